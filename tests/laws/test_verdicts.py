"""What is refused, and where: held to the JSON Schema library itself, and to what each mutation breaks."""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.validators import extend

from genmock.specs import load_catalog

LAWS = settings.get_profile("laws")
Draft = jsonschema.Draft202012Validator
Path = tuple[str | int, ...]
AT_ONCE = 100  # the journal keeps 200 violations of a request
AT_ITS_PLACE = frozenset("type minimum maximum multipleOf enum minLength maxLength pattern format".split())
TEXT_PAST_ALL = "x" * 5_000


def exact_multiple(_: Any, step: Any, value: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    if isinstance(value, int | float) and not isinstance(value, bool) and Decimal(str(value)) % Decimal(str(step)):
        yield jsonschema.ValidationError(f"{value} is not a multiple of {step}")


Exact = extend(Draft, {"multipleOf": exact_multiple})


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
    return [[], {}, "fox", 1, None, [value] * 30]


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


def pointer_of(path: Any) -> str:
    return "".join(f"/{part}" for part in path)


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
        pointers = {each["pointer"].partition("/0")[2] for each in wrong}
        plain = {pointer_of(each.absolute_path) for each in errors if each.validator in AT_ITS_PLACE}
        composed = [each for each in errors if each.validator not in AT_ITS_PLACE]
        assert plain <= pointers
        assert composed or plain == pointers
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


def test_every_way_to_break_a_task_is_refused_exactly_there(
    world: Callable[..., Any], broken: list[tuple[dict[str, Any], str, str]]
) -> None:
    here = world()
    for first in range(0, len(broken), AT_ONCE):
        chunk = broken[first : first + AT_ONCE]
        status, data, refused = here.post(*(item for item, _, _ in chunk))
        assert (data, len(refused)) == ([], len(chunk))
        assert status == 400
        newest = here.control("GET", "/journal?limit=1")["exchanges"][0]
        found: dict[int, list[tuple[str, str]]] = {}
        for violation in newest["violations"]:
            index, slash, rest = violation["pointer"][1:].partition("/")
            if violation["severity"] == "error":
                found.setdefault(int(index), []).append((violation["rule"], slash + rest))
        assert found == {index: [(rule, pointer)] for index, (_, rule, pointer) in enumerate(chunk)}
