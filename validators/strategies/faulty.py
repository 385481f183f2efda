"""Values that break one keyword at one place, with the rule that the verdict names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from .meeting import is_number
from .merging import CONST, OWN, TEXTS, TOLERATED, Flat, same
from .nodes import Alternative, Array, Node, Object, Plain
from .numbers import Numbers, exactly, plain
from .texts import FORMED, LOOSE, PLAIN, fitting

WRONG: Sequence[Any] = ("fox", "1", "true", True, 0, 1, 1.5, [], {}, ["fox"], {"fox": 1}, None)
# What resembles one form of a text and is none: the look, and the keyword that the verdict names.
ALIKE = {
    "data:image/png;base64,%%": ("pattern", "^data:"),
    "7f3ebcb6-b777-4f2b-9a1e-0c5d6a1f8e1z": ("format", "uuid"),
    "https://example.com/a b.png": ("format", "uri"),
}
HALF = Fraction(1, 2)
NO_UUID = ("7f3ebcb6-b777-4f2b-9a1e-0c5d6a1f8e1", "7f3ebcb6b7774f2b9a1e0c5d6a1f8e11", "fox", "")


@dataclass(frozen=True)
class Fault:
    """Values that break one keyword. below: the path from the place to what the verdict points to."""

    name: str
    rule: str
    values: st.SearchStrategy[Any]
    below: tuple[str, ...] = ()


def faults_of(node: Node) -> Iterator[Fault]:
    """Yield the ways to break the keywords of the value at a place, whole arrays and objects but for their type."""
    ways = [way for way in node.alternatives if kind_of(way) != "null"]
    yield from _types(node, ways)
    texts = [way for way in ways if isinstance(way, Plain) and way.kind == "string"]
    if len(texts) > 1:
        yield from _forms(texts)
    for way in ways:
        if not isinstance(way, Plain):
            continue
        alone = sum(kind_of(each) == kind_of(way) for each in ways) == 1  # else the verdict cannot say which was meant
        if alone and "enum" in way.flat:
            yield from _listed(way, ways)
        elif alone and way.numbers is not None:
            yield from _bounds(way.flat, way.numbers)
        elif way.kind == "string" and len(texts) == 1:
            yield from _facts(way.flat)


def kind_of(way: Alternative) -> str:
    """Return the JSON type of an alternative; "" for one of several."""
    if isinstance(way, Object):
        return "object"
    if isinstance(way, Array):
        return "array"
    return way.kind if isinstance(way, Plain) and way.kind else next(iter(way.flat.get("type", ())), "")


def _types(node: Node, ways: Sequence[Alternative]) -> Iterator[Fault]:
    kinds = {kind_of(way) for way in ways if TOLERATED not in way.flat} or {kind_of(way) for way in ways}
    allowed = kinds | {kind_of(way) for way in node.alternatives}
    values = [value for value in WRONG if not _is_one(value, allowed)]
    if "" not in kinds and values and all("type" in way.flat or kind_of(way) for way in ways):
        combined = next((keyword for keyword in ("oneOf", "anyOf") if keyword in node.followed), "type")
        yield Fault("type", "type" if len(kinds) == 1 else combined, st.sampled_from(values))


def _is_one(value: Any, kinds: set[str]) -> bool:  # noqa: ANN401 - any JSON value
    match value:
        case None:
            return "null" in kinds
        case bool():
            return "boolean" in kinds
        case str():
            return "string" in kinds
        case list():
            return "array" in kinds
        case dict():
            return "object" in kinds
    return "number" in kinds or ("integer" in kinds and is_number(value) and value == int(value))


def _listed(way: Plain, ways: Sequence[Alternative]) -> Iterator[Fault]:
    values = [value for each in ways for value in each.flat.get("enum", ())]
    near = [close for value in way.flat["enum"][:8] for close in _near(value)]
    fits = fitting(way.flat)
    near = [value for value in near if not isinstance(value, str) or fits(value)]
    other = [value for value in near if not any(same(value, each) for each in values)]
    if other:
        rule = "const" if CONST in way.flat and len(way.flat["enum"]) == 1 else "enum"
        yield Fault(rule, rule, st.sampled_from(other))


def _near(value: Any) -> Sequence[Any]:  # noqa: ANN401 - any JSON value
    """Return near misses of the same type."""
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, str):
        return (f"{value}x", value[:-1], f" {value}", value.swapcase())
    return (value + 1, value - 1) if is_number(value) else ()


def _bounds(flat: Flat, numbers: Numbers) -> Iterator[Fault]:
    step = numbers.step or Fraction(1, 1000)
    low, high, own = numbers.first, numbers.last, flat.get(OWN, {})
    for keyword, away, count in (
        ("minimum", -1, low),
        ("maximum", 1, high),
        ("exclusiveMinimum", -1, low),
        ("exclusiveMaximum", 1, high),
    ):
        if keyword in flat:
            beyond = exactly(flat[keyword]) + away * step if count is None else (count + away) * step
            far = beyond + away * 1000 * step
            values = [plain(value) for value in (beyond, far) if numbers.step is None or value % numbers.step == 0]
            yield Fault(keyword, own.get(keyword, keyword), st.sampled_from(values))
    if "multipleOf" in flat:
        beside = [exactly(value) + part * step for value in numbers.edges for part in (-HALF, HALF, HALF / 5)]
        whole = "integer" in flat.get("type", ())
        off = [plain(value) for value in beside if _between(numbers, value) and not (whole and value.denominator > 1)]
        if off:
            yield Fault("multipleOf", own.get("multipleOf", "multipleOf"), st.sampled_from(off))


def _between(numbers: Numbers, value: Fraction) -> bool:
    inside = (numbers.least is None or value >= numbers.least) and (numbers.most is None or value <= numbers.most)
    return inside and value % (numbers.step or 1) != 0


def _facts(flat: Flat) -> Iterator[Fault]:
    """Yield the ways to break a text of one form."""
    own = flat.get(OWN, {})
    sized = fitting({TEXTS: flat.get(TEXTS, [])})
    for keyword, away in (("minLength", -1), ("maxLength", 1)):
        count = flat.get(keyword, 0) + away
        texts = [
            text for text in ("a" * count, "狐" * count, "/" + "a" * (count - 1)) if len(text) == count and sized(text)
        ]
        if keyword in flat and count >= 0 and texts:
            yield Fault(keyword, own.get(keyword, keyword), st.sampled_from(texts))
    for keyword, value in flat.get(TEXTS, ()):
        others = [fact for fact in flat[TEXTS] if fact != (keyword, value)]
        good = fitting({**flat, TEXTS: [(keyword, value)]})
        rest = fitting({**flat, TEXTS: others if keyword == "pattern" else []})
        pool = NO_UUID if value == "uuid" else (*LOOSE, *PLAIN, *FORMED)
        values = [text for text in pool if rest(text) and not good(text)]
        if values:
            yield Fault(keyword, own.get(keyword, keyword), st.sampled_from(values))


def _forms(texts: Sequence[Plain]) -> Iterator[Fault]:
    """Yield the ways to break a text of several forms: none of them, or nearly one."""
    good = [fitting(way.flat) for way in texts]
    facts = [fact for way in texts for fact in way.flat.get(TEXTS, ())]
    loose = [text for text in ("no reference!", "{}", "a b", "<fox>") if not any(fits(text) for fits in good)]
    if loose:
        yield Fault("no form", "anyOf", st.sampled_from(loose))
    for text, (keyword, start) in ALIKE.items():
        named = any(key == keyword and str(value).startswith(start) for key, value in facts)
        if named and not any(fits(text) for fits in good):
            yield Fault(f"nearly {start.strip('^:')}", keyword, st.just(text))
