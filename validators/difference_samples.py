"""Small values for a place: minimal ones that should fit, and ones at and around the edges of what fits.

Nothing here is certain to fit (conditions and rules are not solved): whoever asks judges the values.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import chain, combinations, islice, product
from math import ceil, floor
from typing import Any

from .difference_places import Place

MAX_OPTIONS = 24  # combinations of alternatives that are tried of one place
MAX_LENGTH = 100_000  # characters or elements of a value that is made up
DEPTH = 8
UUID = "7c9a3b52-5f0e-4d1b-9c2a-1f6d3e8b4a70"
# Texts of every form that the documents' formats and patterns ask for.
TEXTS = (
    "a",
    UUID,
    "https://example.com/a.png",
    "data:image/png;base64,iVBORw0KGgo=",
    "iVBORw0KGgo=",
    "aaaa",
    "acme:1@1",
    "2026-01-01T00:00:00Z",
    "2026-01-01",
    "12:00:00Z",
    "a@example.com",
    "example.com",
    "127.0.0.1",
    "::1",
    "A",
    "0",
    "#000000",
    "",
    "1x1",
    "a/b",
    "not a uuid",
)
# Texts that a pattern or a rule is likely to refuse.
ODD = ("A b", "a_b-c.d", "<a> & {b} [c]", "a\nb", "\u00e9\U0001f600", " a ")
OTHERS: tuple[Any, ...] = (None, True, False, 0, 1, -1, 0.5, "", [], {})
MAX_SUBSETS = 64


def options(place: Place) -> Iterator[Place]:
    """Yield a place once for each way to take its alternatives (``anyOf``, ``oneOf``)."""
    group = next(place.open_groups(), None)
    if group is None:
        yield place
        return
    for number in range(len(group[1])):
        yield from islice(options(place.with_branch(group[0], number)), MAX_OPTIONS)


def samples(place: Place, depth: int = DEPTH) -> Iterator[Any]:
    """Yield values that should fit a place, the simplest of each alternative first."""
    for option in islice(options(place), MAX_OPTIONS):
        if option.is_forbidden:
            continue
        if option.allowed is not None:
            yield from option.allowed
            continue
        makers = {"string": _texts, "integer": _numbers, "fraction": _numbers, "boolean": _booleans, "null": _nulls}
        for kind in _kinds(option):
            if kind in makers:
                yield from makers[kind](option)
            elif depth:
                yield from (_arrays if kind == "array" else _objects)(option, depth - 1)


def first(place: Place, depth: int = DEPTH) -> Any:  # noqa: ANN401 - any JSON value
    """Return the simplest value for a place, None when there is none to be made."""
    return next(samples(place, depth), None)


def build(place: Place, wants: Mapping[tuple[str, ...], Any], depth: int = DEPTH) -> Iterator[Any]:
    """Yield minimal values for a place that hold given values at given paths ("[]" is an element).

    wants: () alone stands for the value itself.
    """
    if () in wants:
        yield wants[()]
        return
    if not wants:
        yield from islice(samples(place, depth), 3)
        return
    heads: dict[str, dict[tuple[str, ...], Any]] = {}
    for path, value in wants.items():
        heads.setdefault(path[0], {})[path[1:]] = value
    for option in islice(options(place), MAX_OPTIONS):
        if "[]" in heads:
            for inner in build(option.element(), heads["[]"], depth - 1):
                yield [inner] + [first(option.element(), depth - 1)] * (_least(option, "minItems") - 1)
            continue
        made = [[(name, value) for value in islice(build(option.member(name), inner, depth - 1), 4)]
                for name, inner in heads.items()]  # fmt: skip
        for chosen in islice(product(*made), MAX_OPTIONS):
            yield _object(option, dict(chosen), depth - 1)


def probes(place: Place) -> Iterator[Any]:
    """Yield values at and around the edges of a place, and some of every other type."""
    for option in islice(options(place), MAX_OPTIONS):
        yield from option.allowed or ()
        if {"integer", "fraction"} & option.types and option.allowed is None:
            yield from _edges(option)
        yield from islice(samples(option), 8)
        for keyword in ("minLength", "maxLength"):
            yield from ("a" * size for size in _sizes(option, keyword))
        for keyword in ("minItems", "maxItems"):
            element = first(option.element())
            yield from ([element] * size for size in _sizes(option, keyword))
            yield from (list(islice(_distinct(option.element()), size)) for size in _sizes(option, keyword))
    yield from (*TEXTS, *ODD, *OTHERS)


def objects(place: Place, names: Sequence[str], values: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Yield objects for a place that hold some, all or none of the named members.

    values: what to try for each member.
    """
    sizes = (combinations(names, size) for size in range(len(names) + 1))
    subsets = list(islice(chain.from_iterable(sizes), MAX_SUBSETS))
    for option in islice(options(place), MAX_OPTIONS):
        for chosen in subsets:
            for row in islice(product(*(values.get(name, ()) for name in chosen)), MAX_SUBSETS):
                yield _object(option, dict(zip(chosen, row, strict=True)), DEPTH)


def _kinds(place: Place) -> list[str]:
    """Return the kinds to make, the likeliest first: where no type is declared, what the keywords speak of."""
    order = ["string", "integer", "fraction", "boolean", "array", "object", "null"]
    if place.members or place.required:
        order.remove("object")
        order.insert(0, "object")
    return [kind for kind in order if kind in place.types]


def _booleans(_: Place) -> Iterator[bool]:
    yield from (False, True)


def _nulls(_: Place) -> Iterator[None]:
    yield None


def _texts(place: Place) -> Iterator[str]:
    least = _least(place, "minLength")
    patterns = [str(value) for _, value in place.found("pattern")]
    formats = [str(value) for _, value in place.found("format")]
    listed = TEXTS if patterns or formats else ("a" * max(least, 1),)
    for text in listed:
        if len(text) >= least and fits_all(tuple(patterns), tuple(formats), text):
            yield text


@cache
def fits_all(patterns: tuple[str, ...], formats: tuple[str, ...], text: str) -> bool:
    """Return whether a text fits patterns and formats."""
    from .reference import FORMATS, fits  # here: it loads the reference validator

    known = [name for name in formats if name in FORMATS]
    return all(fits("pattern", p, text) for p in patterns) and all(fits("format", name, text) for name in known)


def _numbers(place: Place) -> Iterator[int | float]:
    low, high = place.bound("minimum"), place.bound("maximum")
    points = [0, 1, *(bound[0] for bound in (low, high) if bound)]
    for number in sorted({n for point in points for n in _near(place, point)}, key=abs):
        above = low is None or number > low[0] or (number == low[0] and not low[1])
        below = high is None or number < high[0] or (number == high[0] and not high[1])
        whole = number.denominator == 1
        if above and below and ("integer" if whole else "fraction") in place.types:
            yield _plain(number)


def _edges(place: Place) -> Iterator[int | float]:
    """Yield numbers at a place's bounds and one step beside them, and numbers beside its steps."""
    bounds = [place.bound("minimum"), place.bound("maximum")]
    points = [Fraction(str(bound[0])) for bound in bounds if bound]
    beside = {n for point in (*points, Fraction(0)) for n in _near(place, point)} - set(points)
    yield from (_plain(number) for number in (*points, *sorted(beside, key=abs)))
    yield from (0.5, 0.25, 0.001, 1.5, 7, 3)


def _near(place: Place, point: Decimal | Fraction | float) -> set[Fraction]:
    """Return the multiples of a place's step next to a point, and the point itself when it is none."""
    step = place.step or Fraction(1)
    exactly = Fraction(str(point))
    multiples = {step * (n + d) for n in (floor(exactly / step), ceil(exactly / step)) for d in (-1, 0, 1)}
    return multiples | {exactly}


def _plain(number: Fraction) -> int | float:
    return int(number) if number.denominator == 1 else float(number)


def _arrays(place: Place, depth: int) -> Iterator[list[Any]]:
    least = _least(place, "minItems")
    if least == 0:
        yield []
    distinct = list(islice(_distinct(place.element(), depth), max(least, 1)))
    yield distinct if len(distinct) >= least else [first(place.element(), depth)] * least


def _distinct(place: Place, depth: int = DEPTH) -> Iterator[Any]:
    """Yield different values for an element, as long as there are any."""
    listed = list(islice(samples(place, depth), 20))
    yield from (value for index, value in enumerate(listed) if value not in listed[:index])
    if "string" in place.types and place.allowed is None:
        yield from (f"a{number}" for number in range(1000))
    if "integer" in place.types and place.allowed is None:
        yield from range(2, 1000)


def _objects(place: Place, depth: int) -> Iterator[dict[str, Any]]:
    yield _object(place, {}, depth)


def _object(place: Place, given: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """Return an object with the members that must be there, those that they need, and the given ones."""
    value = dict(given)
    missing = [name for name in place.required if name not in value]
    while missing:
        for name in missing:
            value[name] = first(place.member(name), depth)
        missing = [other for (name, other) in place.dependents if name in value and other not in value]
    needed = [other for (name, other) in place.dependents if name in value and other not in value]
    value.update((name, first(place.member(name), depth)) for name in needed)
    return value


def _least(place: Place, keyword: str) -> int:
    bound = place.bound(keyword)
    return min(int(bound[0]), MAX_LENGTH) if bound else 0


def _sizes(place: Place, keyword: str) -> Iterator[int]:
    bound = place.bound(keyword)
    if bound is not None and bound[0] < MAX_LENGTH:
        yield from (size for size in (int(bound[0]), int(bound[0]) + 1, int(bound[0]) - 1) if size >= 0)
