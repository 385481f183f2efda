"""The Qwen-Image document says what its published page says: no fact less, no fact more."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SPECS = Path(__file__).parents[2] / "specs" / "runware"
PAGE = (SPECS / "qwen-image.page.txt").read_text("utf-8")
DOCUMENT: dict[str, Any] = json.loads((SPECS / "qwen-image.json").read_text("utf-8"))
FLUX: dict[str, Any] = json.loads((SPECS / "flux-1-dev-srpo.json").read_text("utf-8"))

TYPES = {"float": "number", "array of objects": "array"}
FACTS_LINE = re.compile(r"(string|integer|float|boolean|object|array of objects)\b(.*) -$")
COUNTS_LINE = re.compile(r"(Allowed values|Properties) (\d+) (?:values|properties)$")
LABELLED = re.compile(r"(min items|min|max|step|default|value): (\S+)")
KEYWORDS = ("type", "format", "const", "default", "multipleOf", "minItems")
BOUNDS = ("minimum", "maximum", "minLength", "maxLength")

Fact = tuple[str, str, Any]


def path_of(name: str) -> str:
    """`lora»modelmodel` is the page's way to write `lora.model`: the last part is there twice."""
    if "»" not in name:
        return name
    *parents, doubled = name.split("»")
    leaf = doubled[: len(doubled) // 2]
    assert leaf * 2 == doubled, name
    return ".".join([*parents, leaf])


def literal(text: str) -> Any:
    """A value as the page prints it: JSON where it is JSON, else a bare string."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def facts_of_line(path: str, kind: str, rest: str) -> Iterator[Fact]:
    """The facts of a line such as `integer required min: 128 max: 2048 step: 16 -`."""
    yield path, "type", TYPES.get(kind, kind)
    suffix = "Length" if kind == "string" else "imum"
    names = {"min": f"min{suffix}", "max": f"max{suffix}", "step": "multipleOf", "min items": "minItems"}
    for label, value in LABELLED.findall(rest):
        keyword = "const" if label == "value" else names.get(label, label)
        yield path, str(keyword), literal(value)
    words = LABELLED.sub("", rest).split()
    if "required" in words:
        yield path, "required", True
    if "UUID" in words or "URI" in words:
        yield path, "format", "uuid" if "UUID" in words else "uri"
    left_over = set(words) - {"required", "UUID", "v4", "URI"}
    assert not left_over, f"{path}: the page says {left_over}, which this test does not understand"


def facts_of_page(page: str) -> set[Fact]:
    """Every fact that the page states, as (dotted path, keyword, value)."""
    facts: set[Fact] = set()
    path, previous = "", ""
    for line in page.splitlines():
        if match := FACTS_LINE.match(line):
            path = path_of(previous)
            facts.update(facts_of_line(path, match[1], match[2]))
            # a container that has no line of its own (`advancedFeatures`) is known by its members
            facts.update((parent, "type", "object") for parent in containers(path, facts))
        elif match := COUNTS_LINE.match(line):
            facts.add((path, match[1], int(match[2])))
        elif previous.endswith("Alternative to"):  # the page breaks the line before the name
            facts.add((path, "alternative", line.partition(".")[0]))
        previous = line
    return facts


def containers(path: str, facts: set[Fact]) -> list[str]:
    """The parents of a path that no fact has described yet."""
    parts = path.split(".")
    parents = [".".join(parts[:count]) for count in range(1, len(parts))]
    described = {fact[0] for fact in facts}
    return [parent for parent in parents if parent not in described]


def schema_at(schema: dict[str, Any]) -> dict[str, Any]:
    """The object schema that holds a property's own properties: its items for an array."""
    inner: dict[str, Any] = schema.get("items", schema)
    return inner


def facts_of_document(schema: dict[str, Any], parent: str = "") -> Iterator[Fact]:
    """Every fact that the document states of the properties of ``schema``, in the page's terms."""
    for name, member in schema.get("properties", {}).items():
        path = f"{parent}.{name}" if parent else name
        yield from ((path, key, member[key]) for key in (*KEYWORDS, *BOUNDS) if key in member)
        if name in schema.get("required", ()):
            yield path, "required", True
        if allowed := member.get("enum", member.get("oneOf")):
            yield path, "Allowed values", len(allowed)
        inner = schema_at(member)
        # the page counts the properties of a parameter, not those of its section headings
        if inner.get("properties") and path not in ("inputs", "settings", "advancedFeatures"):
            yield path, "Properties", len(inner["properties"])
        yield from facts_of_document(inner, path)
    for excluded in schema.get("allOf", ()):
        absolute, percentage = excluded["not"]["required"]
        yield f"{parent}.{percentage}", "alternative", absolute


def item_of(document: dict[str, Any]) -> dict[str, Any]:
    item: dict[str, Any] = document["components"]["schemas"]["RequestBody"]["items"]
    return item


def pairs_of_flux() -> set[Fact]:
    """ControlNet's excluded pairs: the page names no alternative there, the FLUX document does."""
    control_net = item_of(FLUX)["properties"]["controlNet"]
    return {fact for fact in facts_of_document({"properties": {"controlNet": control_net}}) if fact[1] == "alternative"}


PAGE_FACTS = facts_of_page(PAGE) | pairs_of_flux()


def differences(document: dict[str, Any]) -> set[Fact]:
    return PAGE_FACTS ^ set(facts_of_document(item_of(document)))


def places(schema: dict[str, Any], route: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The route to everything in the item that states one of the facts."""
    for name, member in schema.get("properties", {}).items():
        here = (*route, "properties", name)
        yield here
        yield from ((*here, key) for key in (*KEYWORDS, *BOUNDS, "enum", "oneOf") if key in member)
        yield from ((*here, key, 0) for key in ("enum", "oneOf") if key in member)
        yield from places(schema_at(member), (*here, "items") if "items" in member else here)
    yield from ((*route, "required", index) for index in range(len(schema.get("required", ()))))
    yield from ((*route, "allOf", index) for index in range(len(schema.get("allOf", ()))))


def without(document: dict[str, Any], route: tuple[Any, ...]) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    holder: Any = item_of(changed)
    for step in route[:-1]:
        holder = holder[step]
    del holder[route[-1]]
    return changed


PLACES = list(places(item_of(DOCUMENT)))


def test_the_document_states_exactly_the_facts_of_the_page() -> None:
    assert differences(DOCUMENT) == set()


def test_the_page_was_read_whole() -> None:
    parameters = {path for path, _, _ in PAGE_FACTS}
    assert len(parameters) == 71
    assert len(PAGE_FACTS) == 208


@pytest.mark.parametrize("route", PLACES, ids=lambda route: ".".join(map(str, route)))
def test_a_document_that_lacks_any_one_fact_is_caught(route: tuple[Any, ...]) -> None:
    assert differences(without(DOCUMENT, route)) != set()


def test_a_document_with_one_more_parameter_is_caught() -> None:
    changed = copy.deepcopy(DOCUMENT)
    item_of(changed)["properties"]["promptWeighting"] = {"type": "string"}
    assert differences(changed) == {("promptWeighting", "type", "string")}


def test_a_document_with_another_bound_is_caught() -> None:
    changed = copy.deepcopy(DOCUMENT)
    item_of(changed)["properties"]["steps"]["maximum"] = 49
    assert differences(changed) == {("steps", "maximum", 49), ("steps", "maximum", 50)}


def test_values_that_the_page_only_counts_are_those_of_the_flux_document() -> None:
    ours, flux = item_of(DOCUMENT)["properties"], item_of(FLUX)["properties"]
    for name in ("scheduler", "outputType", "outputFormat"):
        assert ours[name]["enum"] == flux[name]["enum"]
    for path in ("deliveryMethod", "safety.mode", "lora.transformer", "controlNet.controlMode"):
        name, _, leaf = path.partition(".")
        pair = [schema_at(of[name])["properties"][leaf] if leaf else of[name] for of in (ours, flux)]
        assert pair[0]["oneOf"] == pair[1]["oneOf"]


def test_image_members_take_what_those_of_the_flux_document_take() -> None:
    ours, flux = item_of(DOCUMENT)["properties"], item_of(FLUX)["properties"]
    assert ours["inputs"]["properties"]["seedImage"] == flux["inputs"]["properties"]["seedImage"]
    assert ours["inputs"]["properties"]["maskImage"] == flux["inputs"]["properties"]["maskImage"]
    assert (
        ours["controlNet"]["items"]["properties"]["guideImage"]
        == flux["controlNet"]["items"]["properties"]["guideImage"]
    )


def objects(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "properties" in schema:
        yield schema
        for member in schema["properties"].values():
            yield from objects(schema_at(member))


def test_every_object_is_closed() -> None:
    assert all(schema["additionalProperties"] is False for schema in objects(item_of(DOCUMENT)))


@pytest.mark.parametrize("name", ["AuthenticationTask", "ResponseBody", "ErrorResponse"])
def test_the_shared_components_are_the_published_ones(name: str) -> None:
    assert DOCUMENT["components"]["schemas"][name] == FLUX["components"]["schemas"][name]


def test_the_four_documented_requests_use_only_documented_parameters() -> None:
    examples = [json.loads(block) for block in re.findall(r"^\{\n.*?^\}", PAGE, re.S | re.M)]
    requests = [example for example in examples if "positivePrompt" in example]
    assert len(requests) == 4
    assert all(set(request) <= set(item_of(DOCUMENT)["properties"]) for request in requests)
