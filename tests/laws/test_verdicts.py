"""What is refused, and where: held to the JSON Schema library itself, and to what each mutation breaks."""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from genmock.specs import load_catalog

LAWS = settings.get_profile("laws")
Draft = jsonschema.Draft202012Validator
Path = tuple[str | int, ...]
TEXT_PAST_ALL = "x" * 100_000


def exact_multiple(_: Any, step: Any, value: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    if isinstance(value, int | float) and not isinstance(value, bool) and Decimal(str(value)) % Decimal(str(step)):
        yield jsonschema.ValidationError(f"{value} is not a multiple of {step}")


Exact = jsonschema.validators.extend(Draft, {"multipleOf": exact_multiple})


def judge(item: Mapping[str, Any]) -> Any:
    """Return the library's own validator of the document that describes a task."""
    document = load_catalog().find(item["taskType"], item["model"])
    assert document is not None
    root = document.effective
    return Exact({**root["components"]["schemas"]["RequestBody"]["items"], "components": root["components"]})


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of each value inside a message."""
    for key, member in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield (*path, key)
        yield from places(member, (*path, key))


def changes(value: Any) -> list[Any]:
    """Return what may stand in the place of a value, most of it wrong."""
    if isinstance(value, bool):
        return [not value, "true", 1, None]
    if isinstance(value, int | float):
        near = [value + step for step in (1, -1, 0.5, 0.001, 16, -16)]
        return [*near, 0, -1, 10**6, 2**64, str(value), True, None]
    if isinstance(value, str):
        return [f"{value}x", value[:-1], value.upper(), "", TEXT_PAST_ALL, 7, [value], None]
    return [[], {}, "fox", 1, None, [value] * 200]


@st.composite
def mutated(draw: st.DrawFn, tasks: Any) -> tuple[dict[str, Any], Path]:
    """Return a task with one change, and where it is: a value replaced, left out, or added."""
    (task,) = copy.deepcopy(draw(tasks()))
    found = [path for path in places(task) if path[0] not in ("taskType", "model", "taskUUID")]
    path = draw(st.sampled_from(found))
    parent = task
    for key in path[:-1]:
        parent = parent[key]
    how = draw(st.sampled_from(("replace", "replace", "replace", "leave out", "add")))
    if how == "replace":
        parent[path[-1]] = draw(st.sampled_from(changes(parent[path[-1]])))
    elif how == "leave out":
        del parent[path[-1]]
    elif isinstance(parent, dict):
        path = (*path[:-1], "unheardOf")
        parent["unheardOf"] = 1
    return task, path


def pointed(error: jsonschema.ValidationError, path: Path) -> bool:
    """Return whether a library's error is about a place, or about what has or lacks it."""
    at = tuple(error.absolute_path)
    return at == path[: len(at)] or path == at[: len(path)]


def test_what_the_schema_refuses_is_refused_at_that_place(world: Callable[..., Any], tasks: Callable[..., Any]) -> None:
    verdicts: dict[bool, int] = {}

    @settings(LAWS, max_examples=4 * LAWS.max_examples)
    @given(mutated(tasks))
    def law(found: tuple[dict[str, Any], Path]) -> None:
        task, path = found
        errors = list(judge(task).iter_errors(task))
        here = world()
        status, data, refused = here.post(task)
        (exchange,) = here.control("GET", "/journal")["exchanges"]
        wrong = [each for each in exchange["violations"] if each["severity"] == "error"]
        verdicts[bool(errors)] = verdicts.get(bool(errors), 0) + 1
        if not errors:  # what the rules, or the pictures themselves, may still refuse
            assert status == 200 or not data
            return
        assert status == 400, (errors, data)
        assert data == []
        (error,) = refused
        assert error["taskUUID"] == task["taskUUID"]
        pointers = [tuple(each["pointer"].split("/")[2:]) for each in wrong]
        assert any(
            pointer[: len(path)] == tuple(map(str, path)) or tuple(map(str, path))[: len(pointer)] == pointer
            for pointer in pointers
        ), (path, pointers)
        named = error.get("parameter")
        names = [named] if isinstance(named, str) else named or []
        assert any(name.split(".")[0] == path[0] for name in names), (path, error)
        assert error["code"] and error["message"]

    law()
    assert min(verdicts[True], verdicts[False]) >= 3, verdicts


def test_the_same_request_is_refused_in_the_same_words(world: Callable[..., Any], tasks: Callable[..., Any]) -> None:
    @settings(LAWS)
    @given(mutated(tasks))
    def law(found: tuple[dict[str, Any], Path]) -> None:
        replies = [world().send("POST", "/v1", content=json.dumps([found[0]])) for _ in range(2)]
        assert replies[0].content == replies[1].content
        assert replies[0].status_code == replies[1].status_code

    law()
