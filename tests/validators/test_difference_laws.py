"""Random edits of the FLUX document, judged by requests that Hypothesis makes of it."""

import copy
import importlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from genmock.specs import Document, load_catalog
from genmock.validators import Difference, check_request, compare_documents

valid_items = importlib.import_module("genmock.validators.strategies").valid_items
SHIPPED = load_catalog().get("flux-1-dev-srpo")
FULL = os.environ.get("GENMOCK_SCALE") == "full"
EXAMPLES = 300 if FULL else 30
PLACES = range(0, 100, 9 if FULL else 45)
Schema = dict[str, Any]


def of_content(content: Any) -> Document:
    entry = replace(SHIPPED.entry, sha256="", overlays=(), lenient=True)
    return Document(entry, json.dumps(content).encode())


FLUX = of_content(SHIPPED.effective)  # an edit of the published form could be undone by an overlay


def schemas(schema: Any) -> Iterator[Schema]:
    """Yield a task's schema and those of its members and elements."""
    if isinstance(schema, dict):
        yield schema
        for inner in (*schema.get("properties", {}).values(), schema.get("items")):
            yield from schemas(inner)


def task_of(content: Any) -> Schema:
    found: Schema = content["components"]["schemas"]["RequestBody"]["items"]
    return found


COUNT = len(list(schemas(task_of(FLUX.published))))


def optional(schema: Schema) -> list[str]:
    """Return two or more members that need not be sent; raises IndexError when there are fewer."""
    names = [name for name in schema["properties"] if name not in schema.get("required", ())]
    return [names[0], *names[1:-1], names[-1]] if names[1] else names


NARROWER: dict[str, Callable[[Schema], object]] = {
    "a higher minimum": lambda s: s.update(minimum=s["minimum"] + s.get("multipleOf", 1)),
    "a lower maximum": lambda s: s.update(maximum=s["maximum"] - s.get("multipleOf", 1)),
    "a larger step": lambda s: s.update(multipleOf=s["multipleOf"] * 2),
    "a value less": lambda s: s["enum"].pop(),
    "a member less": lambda s: s["properties"].popitem(),
    "a member to send": lambda s: s.update(required=[*s.get("required", ()), optional(s)[0]]),
    "a shorter text": lambda s: s.update(maxLength=s["maxLength"] - 1),
    "a longer text": lambda s: s.update(minLength=s["minLength"] + 1),
    "a pattern": lambda s: s["minLength"] and s.update(pattern="^[a-z ]*$"),
    "another type": lambda s: s["maximum"] and s.update(type="string"),
    "a pair that excludes itself": lambda s: s.update(
        allOf=[*s.get("allOf", ()), {"not": {"required": [optional(s)[0], optional(s)[-1]]}}]
    ),
    "a member that needs another": lambda s: s.update(dependentRequired={optional(s)[-1]: [optional(s)[0]]}),
    "fewer elements": lambda s: s["items"] and s.update(maxItems=1),
    "a condition": lambda s: s.update({"if": {"required": list(s["properties"])[:1]}, "then": False}),
    "a closed alternative": lambda s: s["anyOf"].pop(),
}
WIDER: dict[str, Callable[[Schema], object]] = {
    "a lower minimum": lambda s: s.update(minimum=s["minimum"] - s.get("multipleOf", 1)),
    "no maximum": lambda s: s.pop("maximum"),
    "no step": lambda s: s.pop("multipleOf"),
    "a value more": lambda s: s["enum"].append("another"),
    "a member more": lambda s: s["properties"].update(another={"type": "string"}),
    "less to send": lambda s: s["required"].pop(),
    "members of any name": lambda s: s.pop("additionalProperties"),
    "no shortest text": lambda s: s.pop("minLength"),
    "a type more": lambda s: s.update(type=[s["type"], "null"]) if isinstance(s["type"], str) else None,
    "no alternatives": lambda s: s.pop("anyOf"),
    "another title": lambda s: s.update(title="another"),
    "an alternative more": lambda s: s["anyOf"].append({"format": "date"}),
}
EDITS: dict[str, Callable[[Schema], object]] = {**NARROWER, **WIDER}


def edited(*edits: tuple[str, int]) -> Document:
    """Return the document with edits, each at the first schema from a number on that has what it changes."""
    content = copy.deepcopy(dict(FLUX.published))
    for name, number in edits:
        listed = list(schemas(task_of(content)))
        next((s for s in listed[number % len(listed) :] + listed if applied(name, s)), None)
    return of_content(content)


def applied(name: str, schema: Schema) -> bool:
    before = json.dumps(schema)
    try:
        EDITS[name](schema)
    except (KeyError, IndexError, TypeError, StopIteration):
        return False
    return json.dumps(schema) != before


def errors(document: Document, body: Any) -> list[Any]:
    return [violation for violation in check_request(document, body) if violation.severity == "error"]


@pytest.mark.slow
@pytest.mark.timeout(900)  # the whole count takes minutes
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    edits=st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.integers(0, COUNT - 1)), min_size=1, max_size=4),
    items=st.lists(valid_items(FLUX, operation="imageInference"), min_size=20, max_size=40),
)
def test_nothing_is_called_compatible_that_breaks_a_request(edits: list[tuple[str, int]], items: list[Any]) -> None:
    new = edited(*edits)
    found = compare_documents(FLUX, new)
    broken = [item for item in items if errors(new, [item])]
    event(f"{'breaking' if breaking(found) else 'compatible'}, {'requests break' if broken else 'no request breaks'}")
    assert not broken or breaking(found)


def breaking(found: Iterable[Difference]) -> list[Difference]:
    return [difference for difference in found if difference.verdict == "breaking"]


@pytest.mark.slow
@pytest.mark.parametrize("number", PLACES)
@pytest.mark.parametrize("name", NARROWER)
def test_a_narrower_document_breaks_and_every_break_is_proved(name: str, number: int) -> None:
    new = edited((name, number))
    found = breaking(compare_documents(FLUX, new))
    assert found
    for difference in found:
        assert difference.example is not None
        assert errors(FLUX, difference.example.message) == []
        assert difference.example.violation in errors(new, difference.example.message)


@pytest.mark.slow
@pytest.mark.parametrize("number", PLACES)
@pytest.mark.parametrize("name", WIDER)
def test_a_wider_document_breaks_nothing(name: str, number: int) -> None:
    assert breaking(compare_documents(FLUX, edited((name, number)))) == []
