"""From schemas to places: which ways there are to fill each, in the order of the document."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from .choices import Choices
from .meeting import can_judge, meets
from .merging import NOTS, TEXTS, Flat, same
from .nodes import Alternative, Array, Node, Object, Path, Plain
from .numbers import numbers_of
from .texts import fitting, texts_of

SIMPLE: tuple[Any, ...] = (None, False, True, 0, 1.5, "a", [], {}, [0], {"a": None})


@dataclass(frozen=True, eq=False)
class Grower:
    """Grows the tree of one document. tolerated: with what an overlay only tolerates."""

    root: Mapping[str, Any]
    tolerated: bool = True

    def node(self, schema: Any, path: Path = ()) -> Node:  # noqa: ANN401 - any schema
        """Return the place that a schema describes."""
        return Node(self, schema, path)

    def alternatives(self, node: Node) -> Iterator[Alternative]:
        """Yield the ways to fill a place; those that list values, as one, and null once."""
        listed = [flat for flat in node.flats if "enum" in flat]
        nothing = False
        for flat in node.flats:
            kinds = [] if "enum" in flat else flat.get("type") or _implied(flat)
            for kind in kinds:
                if kind != "null" or not nothing:
                    yield from self._of_kind(node, flat, kind)
                nothing = nothing or kind == "null"
            if listed and flat is listed[0]:
                yield from _listed(listed)

    def _of_kind(self, node: Node, flat: Flat, kind: str) -> Iterator[Alternative]:
        match kind:
            case "object":
                yield from self._objects(node, flat)
            case "array":
                yield Array(flat, self.node(flat.get("items", True), (*node.path, "[]")))
            case "integer" | "number":
                numbers = numbers_of(flat, whole=kind == "integer")
                if not numbers.is_empty:
                    yield Plain(flat, kind, self.guarded(flat, numbers.choices), numbers)
            case "string":
                choices = texts_of(flat).choices
                if not choices.is_empty:
                    yield Plain(flat, kind, choices)
            case "boolean":
                yield Plain(flat, kind, Choices((False, True), ()))
            case "null":
                yield Plain(flat, kind, Choices((None,), ()))
            case _:
                yield Plain(flat, "", self.guarded(flat, Choices(SIMPLE, ())))

    def _objects(self, node: Node, flat: Flat) -> Iterator[Object]:
        declared = {name: self.node(part, (*node.path, name)) for name, part in flat.get("properties", {}).items()}
        others = flat.get("additionalProperties", True)
        for name in flat.get("required", ()):
            if name not in declared:
                declared[name] = self.node(others, (*node.path, name))
        if others is not False and (not declared or isinstance(others, Mapping)):
            declared |= {name: self.node(others, (*node.path, name)) for name in "ab"}
        members = {name: each for name, each in declared.items() if each.flats}
        if set(flat.get("required", ())) <= members.keys():
            yield Object(flat, members)

    def guarded(self, flat: Flat, choices: Choices[Any]) -> Choices[Any]:
        """Return choices filtered by what is not constructed: few schemas have such."""
        nots = [part for part in flat.get(NOTS, ()) if isinstance(part, Mapping) and "required" not in part]
        if not nots:
            return choices
        if all(map(can_judge, nots)):
            return Choices((), [choices.strategy.filter(lambda value: not any(meets(part, value) for part in nots))])
        refused = {"components": self.root.get("components", {}), "anyOf": nots}
        judge = jsonschema_rs.Draft202012Validator(refused, validate_formats=True)
        return Choices((), [choices.strategy.filter(lambda value: not judge.is_valid(value))])


def _listed(flats: Sequence[Flat]) -> Iterator[Plain]:
    values: list[Any] = []
    for flat in flats:
        fits = _fits(flat)
        values += [v for v in flat["enum"] if fits(v) and not any(same(v, each) for each in values)]
    if values:
        yield Plain({**flats[0], "enum": values}, "", Choices(values, ()))


def _fits(flat: Flat) -> Callable[[Any], bool]:
    """Return whether a listed value fits the rest of a flat schema."""
    own = {key: value for key, value in flat.items() if not key.startswith("x-")}
    patterns = [{keyword: value} for keyword, value in flat.get(TEXTS, ()) if not keyword.startswith("x-")]
    barred = [{"not": part} for part in flat.get(NOTS, ())]
    judge = jsonschema_rs.Draft202012Validator({**own, "allOf": [True, *patterns, *barred]}, validate_formats=True)
    looks = fitting({TEXTS: [fact for fact in flat.get(TEXTS, ()) if fact[0].startswith("x-")]})
    return lambda value: judge.is_valid(value) and (not isinstance(value, str) or looks(value))


def _implied(flat: Flat) -> list[str]:
    """Return the types that a schema without one is about; "" when it says nothing of any."""
    if {"properties", "required", "additionalProperties", "dependentRequired"} & flat.keys():
        return ["object"]
    if {"items", "minItems", "maxItems"} & flat.keys():
        return ["array"]
    if {TEXTS, "minLength", "maxLength"} & flat.keys():
        return ["string"]
    return ["number"] if {"minimum", "maximum", "multipleOf"} & flat.keys() else [""]
