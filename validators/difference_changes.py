"""A change of what fits at one place: narrower (something fitted before and no longer does), wider, or neither."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from .difference_places import KINDS, Place, SchemaPath, holds
from .violations import shown

Effect = Literal["narrower", "wider", "mixed", "unclear", "settled", "none"]
FLIPPED: Mapping[Effect, Effect] = {"narrower": "wider", "wider": "narrower"}
# Bounds by the kind of value that they bind: on others they say nothing. Numbers always have integers among them.
BOUNDS = {
    "minimum": "integer",
    "maximum": "integer",
    "minLength": "string",
    "maxLength": "string",
    "minItems": "array",
    "maxItems": "array",
    "minProperties": "object",
    "maxProperties": "object",
}
MAX_NAMED = 5  # values of an enum that one line names


@dataclass(frozen=True, eq=False)
class Change:
    """One structural difference.

    where: the members that lead to it, "[]" for an element. effect: "mixed" is narrower and wider, "unclear" is for
    examples to decide, "settled" stays unclear whatever examples say, "none" changes no verdict. old, new: where it
    stands in each document. names: the members that it is about, or the rule.
    """

    where: tuple[str, ...]
    keyword: str
    effect: Effect
    text: str
    old: SchemaPath
    new: SchemaPath
    places: tuple[Place, Place]
    names: tuple[str, ...] = ()

    def turned(self, table: Mapping[Effect, Effect]) -> "Change":
        """Return the change as its surroundings turn it: inside ``not``, narrower is wider."""
        return replace(self, effect=table.get(self.effect, self.effect))


@dataclass(frozen=True)
class Pair:
    """The same place in both documents, and the path of a message that leads to it."""

    where: tuple[str, ...]
    old: Place
    new: Place

    def change(
        self,
        keyword: str,
        effect: Effect,
        text: str,
        *,
        old: SchemaPath | None = None,
        new: SchemaPath | None = None,
        names: Sequence[str] = (),
    ) -> Change:
        """Return a change of a keyword; where it stands is looked up unless given."""
        paths = (self.old.path_of(keyword) if old is None else old, self.new.path_of(keyword) if new is None else new)
        return Change(self.where, keyword, effect, text, *paths, (self.old, self.new), tuple(names))

    def below(self, part: str, old: Place, new: Place) -> "Pair":
        """Return the pair of a member or an element."""
        return Pair((*self.where, part), old, new)


def facts(pair: Pair) -> Iterator[Change]:
    """Yield what changed at a place itself, without what lies below it."""
    yield from _types(pair)
    yield from _values(pair)
    kinds = pair.old.types & pair.new.types
    for keyword, kind in BOUNDS.items():
        if kind in kinds:
            yield from _bound(pair, keyword)
    if "integer" in kinds:
        yield from _step(pair)
    if "string" in kinds:
        yield from _texts(pair, "pattern", _every)
        yield from _texts(pair, "format", _asserted)
    if "array" in kinds:
        yield from _flag(pair, "uniqueItems")
    if "object" in kinds:
        yield from _required(pair)
        yield from _dependents(pair)
    yield from _notes(pair)


def effect_of(lost: bool, gained: bool) -> Effect:
    """Return the effect of losing or gaining values."""
    return "mixed" if lost and gained else "narrower" if lost else "wider" if gained else "none"


def _types(pair: Pair) -> Iterator[Change]:
    lost, gained = pair.old.types - pair.new.types, pair.new.types - pair.old.types
    if lost or gained:
        text = f"type {_type_text(pair.old)} -> {_type_text(pair.new)}"
        yield pair.change("type", effect_of(bool(lost), bool(gained)), text)


def _type_text(place: Place) -> str:
    kinds = [kind for kind in KINDS if kind in place.types]
    if len(kinds) == len(KINDS):
        return "any"
    names = ["number" if kind == "fraction" else kind for kind in kinds]
    return "|".join(name for name in names if name != "integer" or "number" not in names) or "none"


def _values(pair: Pair) -> Iterator[Change]:
    old, new = pair.old.allowed, pair.new.allowed
    if old is None and new is None:
        return
    lost = [value for value in old or () if not holds(value, new or ())]
    gained = [value for value in new or () if not holds(value, old or ())]
    is_const = bool(pair.new.found("const") or pair.old.found("const")) and len(new or old or ()) == 1
    words = [f"{verb} {_listed(values)}" for verb, values in (("loses", lost), ("gains", gained)) if values]
    text, effect = ", ".join(words), effect_of(bool(lost), bool(gained))
    if old is None or new is None or (len(old) == len(new) == 1):
        text = f"{_value_text(old)} -> {_value_text(new)}"
    if old is None or new is None:
        effect = effect_of(old is None, new is None)
    if effect != "none":
        paths = [place.path_of("const", "enum") for place in (pair.old, pair.new)]
        keyword = "const" if is_const else "enum"
        yield pair.change(keyword, effect, f"{keyword} {text}", old=paths[0], new=paths[1])


def _value_text(values: Sequence[Any] | None) -> str:
    return "none" if values is None else _listed(values) or "nothing"


def _listed(values: Sequence[Any]) -> str:
    more = f" and {len(values) - MAX_NAMED} more" if len(values) > MAX_NAMED else ""
    return ", ".join(shown(value) for value in values[:MAX_NAMED]) + more


def _bound(pair: Pair, keyword: str) -> Iterator[Change]:
    old, new = pair.old.bound(keyword), pair.new.bound(keyword)
    if (old and old[:2]) == (new and new[:2]):
        return
    text = f"{keyword} {_bound_text(old)} -> {_bound_text(new)}"
    sign = 1 if keyword.startswith("min") else -1
    tighter = old is None or (new is not None and (sign * new[0], new[1]) > (sign * old[0], old[1]))
    paths = old[2] if old else pair.old.home, new[2] if new else pair.new.home
    yield pair.change(keyword, "narrower" if tighter else "wider", text, old=paths[0], new=paths[1])


def _bound_text(bound: tuple[Any, bool, SchemaPath] | None) -> str:
    return "none" if bound is None else f"{bound[0]} (exclusive)" if bound[1] else f"{bound[0]}"


def _step(pair: Pair) -> Iterator[Change]:
    old, new = pair.old.step, pair.new.step
    if old == new:
        return
    lost = new is not None and (old is None or (old / new).denominator != 1)
    gained = old is not None and (new is None or (new / old).denominator != 1)
    words = [_listed([v for _, v in place.found("multipleOf")]) or "none" for place in (pair.old, pair.new)]
    yield pair.change("multipleOf", effect_of(lost, gained), f"multipleOf {words[0]} -> {words[1]}")


def _texts(pair: Pair, keyword: str, checked: Callable[[str], bool]) -> Iterator[Change]:
    """Yield the change of patterns or formats. checked: whether a value of the keyword refuses anything."""
    old, new = ({str(v): path for path, v in place.found(keyword)} for place in (pair.old, pair.new))
    lost, gained = [v for v in old if v not in new], [v for v in new if v not in old]
    if not lost and not gained:
        return
    text = f"{keyword} {_listed(lost) or 'none'} -> {_listed(gained) or 'none'}"
    narrower, wider = any(map(checked, gained)), any(map(checked, lost))
    effect: Effect = "unclear" if narrower and wider else effect_of(narrower, wider)
    paths = old[lost[0]] if lost else pair.old.home, new[gained[0]] if gained else pair.new.home
    yield pair.change(keyword, effect, text, old=paths[0], new=paths[1])


def _every(_: str) -> bool:
    return True


def _asserted(name: str) -> bool:
    from .reference import FORMATS  # here: it loads the reference validator

    return name in FORMATS


def _flag(pair: Pair, keyword: str) -> Iterator[Change]:
    old, new = (any(value for _, value in place.found(keyword)) for place in (pair.old, pair.new))
    if old != new:
        yield pair.change(keyword, effect_of(new, old), f"{keyword} {shown(old)} -> {shown(new)}")


def _required(pair: Pair) -> Iterator[Change]:
    for name, path in pair.new.required.items():
        if name not in pair.old.required:
            yield pair.change("required", "narrower", "must be sent now", old=pair.old.home, new=path, names=(name,))
    for name, path in pair.old.required.items():
        if name not in pair.new.required:
            text = "need no longer be sent"
            yield pair.change("required", "wider", text, old=path, new=pair.new.home, names=(name,))


def _dependents(pair: Pair) -> Iterator[Change]:
    keyword = "dependentRequired"
    for names, path in pair.new.dependents.items():
        if names not in pair.old.dependents and names[1] not in pair.new.required:
            yield pair.change(keyword, "narrower", f"needs {names[1]!r} now", old=pair.old.home, new=path, names=names)
    for names, path in pair.old.dependents.items():
        if names not in pair.new.dependents and names[1] not in pair.old.required:
            text = f"no longer needs {names[1]!r}"
            yield pair.change(keyword, "wider", text, old=path, new=pair.new.home, names=names)


def _notes(pair: Pair) -> Iterator[Change]:
    """Yield changes of what refuses nothing and still means something to a sender."""
    for keyword in ("default", "x-genmock-tolerated", "deprecated"):
        old, new = ([value for _, value in place.found(keyword)] for place in (pair.old, pair.new))
        if old != new:
            text = f"{keyword} {_listed(old) or 'none'} -> {_listed(new) or 'none'}"
            yield pair.change(keyword, "none" if keyword == "deprecated" or not new else "settled", text)


def counted_names(schema: Any) -> tuple[str, ...]:  # noqa: ANN401 - any schema
    """Return the members that a schema speaks of, at its own level and in its alternatives."""
    if isinstance(schema, list):
        return tuple(dict.fromkeys(name for each in schema for name in counted_names(each)))
    if not isinstance(schema, Mapping):
        return ()
    own: Iterable[str] = (*schema.get("required", ()), *schema.get("properties", ()))
    inner = (schema.get(k) for k in ("not", "if", "then", "else", "allOf", "anyOf", "oneOf"))
    return tuple(dict.fromkeys((*own, *(name for each in inner if each for name in counted_names(each)))))
