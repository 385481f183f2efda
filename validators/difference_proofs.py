"""Examples of a change: a message that one document takes and the other refuses, for the reason at issue.

The search is directed: it starts from a minimal message and puts values from the edge of the difference where the
change is. What it finds was judged by both documents; what it does not find proves nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any

from .difference_changes import Change
from .difference_places import Place, SchemaPath, same
from .difference_samples import TEXTS, build, first, objects, probes
from .violations import Violation, pointer_of

MAX_TRIALS = 1_500  # messages that are judged for one change
MAX_VALUES = 14  # values of one member where several are tried together
MAX_REPAIRS = 3
# A reason given under another name, where branches and conditions are at work.
NAMES = {"minimum": ("exclusiveMinimum",), "maximum": ("exclusiveMaximum",), "const": ("enum",), "enum": ("const",)}
DEEP = frozenset("anyOf oneOf not if type properties additionalProperties dependentSchemas contains".split()) | {
    "unevaluatedProperties", "unevaluatedItems", "propertyNames", "format", "pattern", "enum", "const", "required",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Side:
    """One document's view of a message: what it has against it, and the place of the whole message."""

    refusals: Callable[[Any], Sequence[Violation]]
    place: Place


@dataclass(frozen=True)
class Witness:
    """A message that one side takes, and why the other refuses it."""

    value: Any
    violation: Violation


@dataclass(frozen=True, eq=False)
class Search:
    """Looks for messages that ``taker`` takes and ``refuser`` refuses.

    path_of: where a change stands in the refuser's document. seen: each such message that was met. mended: texts that
    the taker's rules want, by where.
    """

    taker: Side
    refuser: Side
    path_of: Callable[[Change], SchemaPath]
    seen: list[Witness] = field(default_factory=list)
    mended: dict[tuple[str, ...], str] = field(default_factory=dict)

    def witness(self, change: Change) -> Witness | None:
        """Return a message that is refused for a change, or None when none was found."""
        loose: Witness | None = None
        for value in islice(self._trials(change), MAX_TRIALS):
            taken = self._repaired(value, change.where)
            found = [] if taken is None else self.refuser.refusals(taken)
            self.seen.extend(Witness(taken, violation) for violation in found)
            for violation in found:
                reason = self._reason(change, violation)
                if reason == "exactly":
                    return Witness(taken, violation)
                if reason and loose is None:
                    loose = Witness(taken, violation)
        return loose

    def _reason(self, change: Change, violation: Violation) -> str:
        """Return whether a violation comes of a change: "exactly", "nearby" (it could be said better) or ""."""
        if change.keyword == "x-genmock-rules":
            return "exactly" if violation.rule in change.names else ""
        if not is_at(change.where, violation.pointer):
            return ""
        if change.keyword == "required":
            return (
                "exactly"
                if violation.expected in change.names[:1] or repr(change.names[0]) in violation.message
                else ""
            )
        if violation.source.endswith("#" + pointer_of(self.path_of(change))):
            return "exactly"
        if violation.rule == change.keyword or violation.rule in NAMES.get(change.keyword, ()):
            return "exactly"
        return "nearby" if change.keyword in DEEP else ""

    def _trials(self, change: Change) -> Iterator[Any]:
        """Yield messages to try, the most telling first."""
        if change.keyword == "x-genmock-rules":
            yield from self._combined([_path(name) for name in change.names[1:]])
            return
        for value in self._values(change):
            yield from islice(build(self.taker.place, {change.where: value}), 6)

    def _values(self, change: Change) -> Iterator[Any]:
        """Yield values for the place of a change, each once."""
        places = [self.taker.place.at(change.where), self.refuser.place.at(change.where), *change.places]
        tried: list[Any] = []
        for value in (*self._objects(change, places), *(v for place in places for v in islice(probes(place), 200))):
            if not any(same(value, other) for other in tried):
                tried.append(value)
                yield value

    def _objects(self, change: Change, places: Sequence[Place]) -> Iterator[Any]:
        if not any("object" in place.types and (place.members or place.required) for place in places):
            return
        names = tuple(dict.fromkeys(change.names))
        values = {name: self._of_member(name, places) for name in names}
        yield from islice(objects(places[0], names, values), 200)
        if change.keyword in ("additionalProperties", "minProperties", "maxProperties", "propertyNames"):
            yield from objects(places[0], ("unlistedMember",), {"unlistedMember": ("a",)})
        yield from objects(places[0], places[0].members, {n: self._of_member(n, places)[:2] for n in places[0].members})

    def _of_member(self, name: str, places: Sequence[Place]) -> list[Any]:
        found: list[Any] = []
        for place in places:
            for value in islice(probes(place.member(name)), MAX_VALUES):
                if not any(same(value, other) for other in found):
                    found.append(value)
        return found[:MAX_VALUES]

    def _combined(self, paths: Sequence[tuple[str, ...]]) -> Iterator[Any]:
        """Yield messages that hold every combination of edge values at some paths."""
        values = []
        for path in paths:
            places = [side.place.at(path) for side in (self.taker, self.refuser)]
            values.append([v for place in places for v in islice(probes(place), MAX_VALUES)])
        for row in product(*values):
            yield from islice(build(self.taker.place, dict(zip(paths, row, strict=True))), 2)

    def _repaired(self, value: Any, where: Sequence[str]) -> Any:  # noqa: ANN401 - any JSON value, or None
        """Return a message that the taker takes, mended beside the place at issue; None when that does not help."""
        for _ in range(MAX_REPAIRS):
            found = self.taker.refusals(value)
            if not found:
                return value
            worst = found[0]
            parts = parts_of(worst.pointer)
            if worst.rule == "required" and isinstance(worst.expected, str):
                place = self.taker.place.at("[]" if part.isdigit() else part for part in parts)
                value = _put(value, (*parts, worst.expected), first(place.member(worst.expected)))
            elif isinstance(worst.sent, str) and not is_at(where, worst.pointer):
                value = self._reworded(value, parts, len(found))
            else:
                return None
        return None

    def _reworded(self, value: Any, parts: Sequence[str], wrong: int) -> Any:  # noqa: ANN401 - any JSON value
        """Return a message with another text at a path, one to which the taker has less to say."""
        known = self.mended.get(tuple(parts))
        for text in TEXTS if known is None else (known, *TEXTS):
            other = _put(value, parts, text)
            if len(self.taker.refusals(other)) < wrong:
                self.mended[tuple(parts)] = text
                return other
        return value


def parts_of(pointer: str) -> tuple[str, ...]:
    """Return the parts of an RFC 6901 pointer."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def is_at(where: Sequence[str], pointer: str) -> bool:
    """Return whether a pointer into a message names a place or something below it."""
    parts = parts_of(pointer)
    if len(parts) < len(where):
        return False
    return all(
        named == part or (named == "[]" and part.isdigit()) or named.startswith("<")
        for named, part in zip(where, parts, strict=False)
    )


def _path(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.replace("[]", ".[]").split(".") if part)


def _put(value: Any, parts: Sequence[str], new: Any) -> Any:  # noqa: ANN401 - any JSON values
    """Return a message with another value at a path."""
    if not parts:
        return new
    if isinstance(value, list):
        return [_put(v, parts[1:], new) if str(i) == parts[0] else v for i, v in enumerate(value)]
    return {**value, parts[0]: _put(value.get(parts[0]), parts[1:], new)}
