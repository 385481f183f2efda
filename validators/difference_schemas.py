"""The structural difference of two places: their facts, their members and elements, their alternatives and conditions.

What it says of an effect is sound for single keywords. Where keywords overlap (two branches that take the same value),
it may be too strict; examples, which ``difference_proofs`` looks for, then have the last word.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any

from .difference_changes import FLIPPED, Change, Effect, Pair, counted_names, effect_of, facts
from .difference_places import Found, Place, SchemaPath, place_at
from .schema import at
from .violations import shown

# A value may be taken by exactly one branch of a oneOf: one more branch that takes it refuses it.
EXCLUSIVE: Mapping[Effect, Effect] = {"narrower": "mixed", "wider": "unclear"}
UNSURE: Mapping[Effect, Effect] = {"narrower": "unclear", "wider": "unclear", "mixed": "unclear"}
WHOLE = ("contains", "minContains", "maxContains", "unevaluatedProperties", "unevaluatedItems", "propertyNames")


@dataclass(frozen=True)
class Trail:
    """What was compared on the way here, against circles, and what was found alike, so that it is compared once."""

    stack: tuple[tuple[SchemaPath, ...], ...] = ()
    alike: set[tuple[SchemaPath, ...]] = field(default_factory=set)


def compare(pair: Pair, trail: Trail | None = None) -> list[Change]:
    """Return every structural difference of two places."""
    known = trail or Trail()
    key = tuple(path for place in (pair.old, pair.new) for path, _ in (*place.parts, ((), None)))
    if key in known.stack or key in known.alike:
        return []
    changes = list(_changes(pair, Trail((*known.stack, key), known.alike)))
    if not changes:
        known.alike.add(key)
    return changes


def _changes(pair: Pair, seen: Trail) -> Iterator[Change]:
    if pair.old.is_forbidden or pair.new.is_forbidden:
        if pair.old.is_forbidden != pair.new.is_forbidden:
            yield _forbidden(pair)
        return
    yield from facts(pair)
    yield from _members(pair, seen)
    yield from _elements(pair, seen)
    for keyword in ("anyOf", "oneOf"):
        yield from _alternatives(pair, keyword, seen)
    yield from _negations(pair, seen)
    yield from _conditions(pair, seen)
    yield from _dependent_schemas(pair, seen)
    for keyword in WHOLE:
        yield from _whole(pair, keyword)


def _forbidden(pair: Pair) -> Change:
    gone = pair.new.is_forbidden
    text = "no longer taken" if gone else "is taken now"
    return pair.change("properties", effect_of(gone, not gone), text, old=pair.old.home, new=pair.new.home)


def _members(pair: Pair, seen: Trail) -> Iterator[Change]:
    for name in dict.fromkeys((*pair.old.members, *pair.new.members)):
        inner = pair.below(name, pair.old.member(name), pair.new.member(name))
        if name not in pair.old.members and not inner.old.parts:
            text = "declared now; until now any value was let through"
            yield inner.change("properties", "settled", text, old=pair.old.home)
        elif name not in pair.new.members and not inner.new.parts:
            yield inner.change(
                "properties", "settled", "no longer declared; any value is let through", new=pair.new.home
            )
        else:
            yield from compare(inner, seen)
    yield from _others(pair, seen)


def _others(pair: Pair, seen: Trail) -> Iterator[Change]:
    """Yield what changed for members that are not declared."""
    patterns = (name for place in (pair.old, pair.new) for _, v in place.found("patternProperties") for name in v)
    for pattern in dict.fromkeys(patterns):
        places = [place.below(_by_pattern(place, pattern)) for place in (pair.old, pair.new)]
        yield from compare(pair.below(f"<{pattern}>", *places), seen)
    old, new = (p.below([path for path, _ in p.found("additionalProperties")]) for p in (pair.old, pair.new))
    if old.is_forbidden != new.is_forbidden:
        closed = new.is_forbidden
        text = "members that are not declared are " + ("refused now" if closed else "let through now")
        yield pair.change("additionalProperties", effect_of(closed, not closed), text)
    elif not old.is_forbidden:
        yield from compare(pair.below("<other>", old, new), seen)


def _by_pattern(place: Place, pattern: str) -> list[SchemaPath]:
    """Return the schemas of members whose names fit a pattern."""
    own = [(*path, pattern) for path, value in place.found("patternProperties") if pattern in value]
    return own or [path for path, _ in place.found("additionalProperties")]


def _elements(pair: Pair, seen: Trail) -> Iterator[Change]:
    single = max((len(v) for p in (pair.old, pair.new) for _, v in p.found("prefixItems")), default=0)
    for index in range(single):
        yield from compare(pair.below(str(index), pair.old.element(index), pair.new.element(index)), seen)
    yield from compare(pair.below("[]", pair.old.element(), pair.new.element()), seen)


def _alternatives(pair: Pair, keyword: str, seen: Trail) -> Iterator[Change]:
    turn: Mapping[Effect, Effect] = EXCLUSIVE if keyword == "oneOf" else {}
    for old, new in zip_longest(pair.old.found(keyword), pair.new.found(keyword)):
        if old is None or new is None:
            there = new or old
            count = len(there[1]) if there is not None else 0
            text = f"one of {count} alternatives " + ("must fit now" if new else "need no longer fit")
            yield _one_sided(pair, keyword, old, new, text)
            continue
        for change in _branches(pair, keyword, old, new, seen):
            yield change.turned(turn)


def _branches(pair: Pair, keyword: str, old: Found, new: Found, seen: Trail) -> Iterator[Change]:
    """Yield how the branches of one group differ, each old one held to the new one that is most like it."""
    pairs, gone, come = matched(pair, old, new, seen)
    for changes in pairs:
        yield from changes
    for number in gone:
        text, names = f"{keyword} loses {branch_text(old[1][number])}", counted_names(old[1][number])
        place = Pair(pair.where, place_at(pair.old.root, (*old[0], number)), pair.new)
        yield place.change(keyword, "narrower", text, old=(*old[0], number), new=new[0], names=names)
    for number in come:
        text, names = f"{keyword} gains {branch_text(new[1][number])}", counted_names(new[1][number])
        place = Pair(pair.where, pair.old, place_at(pair.new.root, (*new[0], number)))
        yield place.change(keyword, "wider", text, old=old[0], new=(*new[0], number), names=names)


def matched(pair: Pair, old: Found, new: Found, seen: Trail) -> tuple[list[list[Change]], list[int], list[int]]:
    """Return (changes of branches that belong together, old branches that went, new ones that came)."""
    left, right = list(range(len(old[1]))), list(range(len(new[1])))

    def changes(i: int, j: int) -> list[Change]:
        places = place_at(pair.old.root, (*old[0], i)), place_at(pair.new.root, (*new[0], j))
        return compare(Pair(pair.where, *places), seen)

    for i in tuple(left):  # those with their like first: most have it at the same number
        like = next((j for j in sorted(right, key=lambda j: abs(i - j)) if not changes(i, j)), None)
        if like is not None:
            left.remove(i)
            right.remove(like)
    rows = [
        (len(told), abs(i - j), i, j, told) for i in left for j in right if not _are_others(told := changes(i, j), pair)
    ]
    found = []
    for _, _, i, j, told in sorted(rows, key=lambda row: row[:4]):
        if i in left and j in right:
            left.remove(i)
            right.remove(j)
            found.append(told)
    return found, left, right


def _are_others(changes: Sequence[Change], pair: Pair) -> bool:
    return any(_is_other_branch(change, pair.where) for change in changes)


def _is_other_branch(change: Change, where: tuple[str, ...]) -> bool:
    """Return whether a change says that two branches are different things: another type, constant, format or tag."""
    near = len(change.where) <= len(where) + 1
    if change.keyword == "type" and change.where == where:
        return not change.places[0].types & change.places[1].types
    return change.effect != "none" and near and (
        (change.keyword == "const" and change.effect == "mixed")
        or (change.where == where and change.keyword in ("format", "pattern"))
    )  # fmt: skip


def branch_text(branch: Any) -> str:  # noqa: ANN401 - any schema
    """Return a branch in a few words: its reference, title, type, format or pattern."""
    if isinstance(branch, Mapping):
        for keyword in ("$ref", "title", "const", "enum", "format", "pattern", "type", "required"):
            if keyword in branch:
                return f"{keyword} {branch[keyword]}"
    return "an alternative"


def _negations(pair: Pair, seen: Trail) -> Iterator[Change]:
    olds, news = pair.old.found("not"), pair.new.found("not")
    for old, new in _unlike(pair, olds, news, ("",), seen):
        if old is None or new is None:
            names = counted_names([each[1] for each in (old, new) if each])
            what = " with ".join(names) or "what a schema describes"
            text = f"{what} " + ("is refused now" if new else "is no longer refused")
            yield _one_sided(pair, "not", old, new, text)
        else:
            yield from _inner(pair, old, new, ("",), {"": FLIPPED}, seen)


def _conditions(pair: Pair, seen: Trail) -> Iterator[Change]:
    """Yield changes of if/then/else: of what is asked where the condition holds, and of the condition itself."""
    olds, news = ([(path[:-1], at(p.root, path[:-1])) for path, _ in p.found("if")] for p in (pair.old, pair.new))
    keywords = ("if", "then", "else")
    for old, new in _unlike(pair, olds, news, keywords, seen):
        if old is None or new is None:
            names = counted_names([each[1].get(k) for each in (old, new) if each for k in keywords])
            text = f"a condition {'is added' if new else 'is gone'} ({', '.join(names)})"
            yield _one_sided(pair, "if", old, new, text)
        else:
            yield from _inner(pair, old, new, keywords, {"if": UNSURE}, seen)


def _dependent_schemas(pair: Pair, seen: Trail) -> Iterator[Change]:
    found = [
        {name: ((*path, name), schema) for path, v in place.found("dependentSchemas") for name, schema in v.items()}
        for place in (pair.old, pair.new)
    ]
    for name in dict.fromkeys((*found[0], *found[1])):
        old, new = (side.get(name) for side in found)
        if old is None or new is None:
            text = f"{name!r} {'asks for more now' if new else 'no longer asks for more'}"
            yield _one_sided(pair, "dependentSchemas", old, new, text)
        else:
            yield from _inner(pair, old, new, ("",), {}, seen)


def _inner(
    pair: Pair,
    old: Found,
    new: Found,
    keywords: Sequence[str],
    turns: Mapping[str, Mapping[Effect, Effect]],
    seen: Trail,
) -> Iterator[Change]:
    """Yield how schemas differ that judge the same place, each turned by the keyword under which it stands."""
    names = counted_names([old[1], new[1]])
    for keyword in keywords:
        places = [_below(place.root, found, keyword) for place, found in ((pair.old, old), (pair.new, new))]
        for change in compare(Pair(pair.where, *places), seen):
            yield replace(change.turned(turns.get(keyword, {})), names=(*change.names, *names))


def _below(root: Mapping[str, Any], found: Found, keyword: str) -> Place:
    """Return the place of a keyword's schema, or of the schema itself for ""; an empty one where it is missing."""
    path, schema = found
    if keyword and keyword not in schema:
        return Place(root, path, ())
    return place_at(root, (*path, keyword) if keyword else path)


def _unlike(
    pair: Pair, olds: Sequence[Found], news: Sequence[Found], keywords: Sequence[str], seen: Trail
) -> list[tuple[Found | None, Found | None]]:
    """Return the schemas of two lists that differ, paired in order; those that have their like are left out."""
    left, right = list(olds), list(news)
    for old in olds:
        like = next((new for new in right if not any(_inner(pair, old, new, keywords, {}, seen))), None)
        if like is not None:
            left.remove(old)
            right.remove(like)
    return list(zip_longest(left, right))


def _one_sided(pair: Pair, keyword: str, old: Found | None, new: Found | None, text: str) -> Change:
    """Return the change of a keyword that one document alone has."""
    schema = (new or old or ((), {}))[1]
    paths = {"old": old[0] if old else pair.old.home, "new": new[0] if new else pair.new.home}
    return pair.change(keyword, effect_of(bool(new), bool(old)), text, names=counted_names(schema), **paths)


def _whole(pair: Pair, keyword: str) -> Iterator[Change]:
    """Yield the change of a keyword that is compared as it is written."""
    old, new = ([value for _, value in place.found(keyword)] for place in (pair.old, pair.new))
    if old != new:
        effect: Effect = "unclear" if old and new else effect_of(bool(new), bool(old))
        text = f"{keyword} {shown(old) if old else 'none'} -> {shown(new) if new else 'none'}"
        yield pair.change(keyword, effect, text)
