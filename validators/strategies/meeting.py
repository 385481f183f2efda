"""Whether a value meets a simple schema, judged without the validators, which the strategies put to the test."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from ..reference import fits
from ..rules import FUNCTIONS
from .merging import KIND, same

_KINDS: Mapping[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "number": lambda value: is_number(value),
    "integer": lambda value: is_number(value) and value == int(value),
}
_OF_TEXT = ("pattern", "format", KIND, "minLength", "maxLength")
_OF_NUMBER = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_KNOWN = {"type", "enum", "const", "items", "minItems", "maxItems", *_OF_TEXT, *_OF_NUMBER}


def can_judge(schema: Any) -> bool:  # noqa: ANN401 - any schema
    """Return whether a schema has no other keywords than those that are judged here."""
    return isinstance(schema, Mapping) and set(schema) <= _KNOWN


def meets(schema: Mapping[str, Any], value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether a value meets every keyword of a schema that ``can_judge`` knows."""
    return all(_meets(keyword, wanted, value) for keyword, wanted in schema.items())


def looks(keyword: str, value: str, text: str) -> bool:
    """Return whether a text fits a pattern, a format, or the look that a rule names."""
    return bool(FUNCTIONS[value](text)) if keyword == KIND else fits(keyword, value, text)


def is_number(value: object) -> bool:
    """Return whether a value is a JSON number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _meets(keyword: str, wanted: Any, value: Any) -> bool:  # noqa: ANN401
    if keyword in _OF_NUMBER:
        return not is_number(value) or _compares(keyword, Fraction(str(value)), Fraction(str(wanted)))
    if keyword in _OF_TEXT:
        return not isinstance(value, str) or _reads(keyword, wanted, value)
    match keyword:
        case "type":
            return any(_KINDS[kind](value) for kind in ([wanted] if isinstance(wanted, str) else wanted))
        case "enum":
            return any(same(value, each) for each in wanted)
        case "const":
            return same(value, wanted)
        case "items":
            return not isinstance(value, list) or all(meets(wanted, each) for each in value)
        case "minItems":
            return not isinstance(value, list) or len(value) >= int(wanted)
    return not isinstance(value, list) or len(value) <= int(wanted)


def _compares(keyword: str, number: Fraction, bound: Fraction) -> bool:
    match keyword:
        case "minimum":
            return number >= bound
        case "maximum":
            return number <= bound
        case "exclusiveMinimum":
            return number > bound
        case "exclusiveMaximum":
            return number < bound
    return number % bound == 0


def _reads(keyword: str, wanted: Any, text: str) -> bool:  # noqa: ANN401
    if keyword == "minLength":
        return len(text) >= int(wanted)
    return len(text) <= int(wanted) if keyword == "maxLength" else looks(keyword, str(wanted), text)
