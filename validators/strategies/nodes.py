"""A schema as a tree of places, each of which draws values that fit.

A place is compiled when something is first drawn there, so that a schema may contain itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from hypothesis import strategies as st

from ..schema import follow
from .choices import Choices
from .merging import NOTS, PRESENT, Flat, alternatives, same
from .numbers import Numbers

if TYPE_CHECKING:
    from .growing import Grower

Draw = st.DrawFn
Key = str | int
Path = tuple[str, ...]  # "[]" stands for each element of an array
DEEP = 10  # members below which only what must be there is drawn


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
        ...

    def draw(self, draw: Draw, want: Want = ANY) -> Any:  # noqa: ANN401 - any JSON value
        """Return a value. want: what must be in it."""


@dataclass(frozen=True, eq=False)
class Plain:
    """A value without parts. kind: its type, "" for one of several."""

    flat: Flat
    kind: str
    choices: Choices[Any]
    numbers: Numbers | None = None

    def draw(self, draw: Draw, want: Want = ANY) -> Any:  # noqa: ANN401
        """Return a value."""
        return self.choices.draw(draw)


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
        """The next optional member, or "" for no more: about seven of a long list, half of a short one.

        A member that lists many values comes more often, so that each of them does.
        """
        optional = [name for name in self.members if name not in self.needed]
        names = [name for name in optional for _ in range(1 + _listed_by(self.members[name]) // 16)]
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


def _listed_by(node: Node) -> int:
    """Return how many values a place lists."""
    return max((len(flat.get("enum", ())) for flat in node.flats), default=0)


def _is_null(way: Alternative) -> bool:
    return isinstance(way, Plain) and way.kind == "null"
