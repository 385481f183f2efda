"""A schema as a tree of places, each of which draws values that fit.

A place is compiled when something is first drawn there, so that a schema may contain itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import jsonschema_rs
from hypothesis import strategies as st

from ..schema import follow
from .meeting import can_judge, meets
from .merging import NOTS, PRESENT, TEXTS, Flat, alternatives, same
from .numbers import Numbers, numbers_of
from .texts import fitting, texts_of

Draw = st.DrawFn
Key = str | int
Path = tuple[str, ...]  # "[]" stands for each element of an array
DEEP = 10  # members below which only what must be there is drawn
SIMPLE: tuple[Any, ...] = (None, False, True, 0, 1.5, "a", [], {}, [0], {"a": None})


@dataclass(frozen=True)
class Want:
    """What a value must have. way: the number of the alternative; None for any. parts: by member, or "[]"."""

    way: int | None = None
    parts: Mapping[str, "Want"] = field(default_factory=dict)

    def of(self, part: str) -> "Want":
        """Return what the value of a member must have."""
        return self.parts.get(part, ANY)


ANY = Want()


class Starved(ValueError):
    """No value can be made that fits. The text says which place of which document."""


class Alternative(Protocol):
    """One way to fill a place."""

    @property
    def flat(self) -> Flat:
        """The flat schema that it comes from."""

    def draw(self, draw: Draw, want: Want = ANY) -> Any:  # noqa: ANN401 - any JSON value
        """Return a value. want: what must be in it."""


@dataclass(frozen=True, eq=False)
class Plain:
    """A value without parts. kind: its type, "" for one of several."""

    flat: Flat
    kind: str
    strategy: st.SearchStrategy[Any]
    numbers: Numbers | None = None

    def draw(self, draw: Draw, want: Want = ANY) -> Any:  # noqa: ANN401
        """Return a value."""
        return draw(self.strategy)


@dataclass(frozen=True, eq=False)
class Array:
    """A list of what one place draws."""

    flat: Flat
    items: "Node"

    def draw(self, draw: Draw, want: Want = ANY) -> list[Any]:
        """Return an array: as short as it may be, one longer, as long as it may be, or between."""
        least, most = self.flat.get("minItems", 0), self.flat.get("maxItems", self.flat.get("minItems", 0) + 3)
        if self.items.is_deep or not self.items.alternatives:
            most = least
        least = max(least, bool(want.parts))
        count = draw(st.integers(least, max(least, min(most, least + 20))))
        found: list[Any] = []
        for index in range(count):
            value = self.items.draw(draw, ANY if index else want.of("[]"))
            if not self.flat.get("uniqueItems") or not any(same(value, each) for each in found):
                found.append(value)
        return found


@dataclass(frozen=True, eq=False)
class Object:
    """Members by name. members: those that can be there. needed: those that must."""

    flat: Flat
    members: Mapping[str, "Node"]

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The members that must be there, in the order of the document."""
        asked = (*self.flat.get("required", ()), *self.flat.get(PRESENT, ()))
        return tuple(name for name in self.members if name in asked)

    @cached_property
    def excluded(self) -> tuple[frozenset[str], ...]:
        """The groups of members of which one must be missing."""
        return tuple(
            frozenset(part["required"])
            for part in self.flat.get(NOTS, ())
            if isinstance(part, Mapping) and set(part) == {"required"}
        )

    @cached_property
    def _next(self) -> st.SearchStrategy[str]:
        """The next optional member, or "" for no more: about seven of a long list, half of a short one."""
        names = [name for name in self.members if name not in self.needed]
        stops = max(1, round(len(names) / min(7, max(1, len(names) / 2)))) if names else 1
        return st.sampled_from((*[""] * stops, *names))

    @cached_property
    def _entry(self) -> st.SearchStrategy[tuple[str, Any]]:
        @st.composite
        def entry(draw: Draw) -> tuple[str, Any]:
            name = draw(self._next)
            return name, self.members[name].draw(draw) if name else None

        return entry()

    def draw(self, draw: Draw, want: Want = ANY) -> dict[str, Any]:
        """Return an object, its members in the order of the document."""
        asked = (*self.needed, *(name for name in want.parts if name not in self.needed))
        found = {name: self.members[name].draw(draw, want.of(name)) for name in asked}
        most = self.flat.get("maxProperties", len(self.members))
        while not self._is_deep and len(found) < most and (picked := draw(self._entry))[0]:
            found.setdefault(*picked)
        for name in list(self.members)[: self.flat.get("minProperties", 0)]:
            if len(found) < self.flat["minProperties"]:
                found.setdefault(name, self.members[name].draw(draw))
        self.settle(draw, found, set(want.parts))
        return {name: found[name] for name in self.members if name in found}

    def settle(self, draw: Draw, found: dict[str, Any], kept: set[str]) -> None:
        """Drop what excludes another member, and add what the presence of one asks for."""
        for group in self.excluded:
            if group <= found.keys():
                del found[min(group - kept - set(self.needed) or group)]
        asking = self.flat.get("dependentRequired", {})
        waiting = [name for name in found if name in asking]
        while waiting:
            for name in asking[waiting.pop()]:
                if name not in found:
                    found[name] = self.members[name].draw(draw)
                    waiting += [name] if name in asking else []

    @cached_property
    def _is_deep(self) -> bool:
        return not self.members or next(iter(self.members.values())).is_deep


@dataclass(frozen=True, eq=False)
class Node:
    """A place of a message: what may stand there.

    path: from the root. schema: as the document has it, before it is worked out.
    """

    grower: "Grower"
    schema: Any
    path: Path = ()

    @property
    def is_deep(self) -> bool:
        """Whether it lies so deep that nothing optional is drawn there."""
        return len(self.path) > DEEP

    @property
    def followed(self) -> Mapping[str, Any]:
        """The schema as the document has it, references at its top followed; {} for true and false."""
        schema = follow(self.grower.root, self.schema)
        return schema if isinstance(schema, Mapping) else {}

    @cached_property
    def flats(self) -> Sequence[Flat]:
        """The flat schemas of the place; none for a member that must not be there."""
        return alternatives(self.grower.root, self.schema, tolerated=self.grower.tolerated)

    @cached_property
    def alternatives(self) -> tuple[Alternative, ...]:
        """The ways to fill the place, the simplest first; none when nothing fits."""
        return tuple(self.grower.alternatives(self))

    @cached_property
    def _choice(self) -> st.SearchStrategy[Alternative]:
        """One of them; null seldom, since it says nothing."""
        ways = self.alternatives
        return st.sampled_from([way for way in ways if not _is_null(way)] * 3 + [way for way in ways if _is_null(way)])

    def draw(self, draw: Draw, want: Want = ANY) -> Any:  # noqa: ANN401
        """Return a value that fits. want: what must be in it. Raises Starved when nothing fits."""
        ways = self.alternatives
        if not ways:
            raise Starved(f"nothing fits at {'.'.join(self.path) or 'the top'}: its keywords contradict one another")
        if want.way is not None:
            return ways[want.way].draw(draw, want)
        return (ways[0] if len(ways) == 1 else draw(self._choice)).draw(draw, want)


@dataclass(frozen=True, eq=False)
class Grower:
    """Grows the tree of one document. tolerated: with what an overlay only tolerates."""

    root: Mapping[str, Any]
    tolerated: bool = True
    validators: dict[int, Any] = field(default_factory=dict)

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
                    yield Plain(flat, kind, self.guarded(flat, numbers.strategy), numbers)
            case "string":
                strategy = texts_of(flat).strategy
                if strategy is not None:
                    yield Plain(flat, kind, strategy)
            case "boolean":
                yield Plain(flat, kind, st.sampled_from((False, True)))
            case "null":
                yield Plain(flat, kind, st.none())
            case _:
                yield Plain(flat, "", self.guarded(flat, st.sampled_from(SIMPLE)))

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

    def guarded(self, flat: Flat, strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        """Return a strategy filtered by what is not constructed: few schemas have such."""
        nots = [part for part in flat.get(NOTS, ()) if isinstance(part, Mapping) and "required" not in part]
        if not nots:
            return strategy
        if all(map(can_judge, nots)):
            return strategy.filter(lambda value: not any(meets(part, value) for part in nots))
        refused = {"components": self.root.get("components", {}), "anyOf": nots}
        judge = jsonschema_rs.Draft202012Validator(refused, validate_formats=True)
        return strategy.filter(lambda value: not judge.is_valid(value))


def _listed(flats: Sequence[Flat]) -> Iterator[Plain]:
    values: list[Any] = []
    for flat in flats:
        fits = _fits(flat)
        values += [v for v in flat["enum"] if fits(v) and not any(same(v, each) for each in values)]
    if values:
        yield Plain({**flats[0], "enum": values}, "", st.sampled_from(values))


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


def _is_null(way: Alternative) -> bool:
    return isinstance(way, Plain) and way.kind == "null"
