"""Readers of values without parts: texts, numbers, truth values, constants.

What each takes, and its words for what it does not, are pydantic's (observed with 2.13). Where JSON Schema is lenient
by itself (64.0 is an integer, 1 is a number) nothing is noted as lax.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .details import Loc
from .notes import Grade, Notes, Unread
from .numerals import integer_of, is_oversized, number_of, truth_of

Json = Any  # any JSON value, as Python's json reads it
TOO_LARGE = ("int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size")
INT64 = 2.0**63
TOLERANCE = 1e-9  # what a multiple may be off by


def _is_multiple(number: float, step: float) -> bool:
    if isinstance(number, int) and isinstance(step, int):
        return number % step == 0
    return not math.isfinite(number) or abs(number - round(number / step) * step) <= TOLERANCE


# keyword of JSON Schema -> pydantic's error, its words, its name for the limit, what holds. In the order of checking.
_BOUNDS: Mapping[str, tuple[str, str, str, Callable[[Any, Any], bool]]] = {
    "multipleOf": ("multiple_of", "a multiple of", "multiple_of", _is_multiple),
    "maximum": ("less_than_equal", "less than or equal to", "le", operator.le),
    "exclusiveMaximum": ("less_than", "less than", "lt", operator.lt),
    "minimum": ("greater_than_equal", "greater than or equal to", "ge", operator.ge),
    "exclusiveMinimum": ("greater_than", "greater than", "gt", operator.gt),
}


@dataclass(frozen=True, slots=True)
class Bound:
    """One limit of a number."""

    kind: str
    msg: str
    name: str
    limit: int | float
    holds: Callable[[Any, Any], bool]


def bounds_of(schema: Mapping[str, Any], number: type[int] | type[float]) -> tuple[Bound, ...]:
    """Return the limits that a schema sets. number: the type of its values, and of the limits in errors."""
    return tuple(
        Bound(kind, f"Input should be {words} {_plain(schema[key])}", name, _limit(schema[key], number), holds)
        for key, (kind, words, name, holds) in _BOUNDS.items()
        if key in schema
    )


def _plain(limit: float) -> str:
    return str(int(limit)) if limit == int(limit) else repr(limit)


def _limit(limit: float, number: type[int] | type[float]) -> int | float:
    return number(limit) if number(limit) == limit else limit


def _bounded(bounds: tuple[Bound, ...], taken: float, value: Json, loc: Loc, notes: Notes) -> Any:  # noqa: ANN401
    for bound in bounds:
        if not bound.holds(taken, bound.limit):
            return notes.fail(bound.kind, loc, bound.msg, value, **{bound.name: bound.limit})
    return taken


@dataclass(frozen=True, slots=True)
class Integer:
    """Integers. Laxly also truth values and texts such as "64"."""

    bounds: tuple[Bound, ...] = ()

    @property
    def label(self) -> str:
        """The name in errors of a union."""
        return "constrained-int" if self.bounds else "int"

    def read(self, value: Json, loc: Loc, notes: Notes) -> Any:  # noqa: ANN401 - an integer or UNREAD
        """Return the integer, or UNREAD."""
        taken = value if type(value) is int else self._coerced(value, loc, notes)
        return taken if isinstance(taken, Unread) else _bounded(self.bounds, taken, value, loc, notes)

    def _coerced(self, value: Json, loc: Loc, notes: Notes) -> int | Unread:
        if type(value) is float:
            notes.lower(Grade.LAX)
            return _whole(value, loc, notes)
        if type(value) is str and is_oversized(value):
            return notes.fail(TOO_LARGE[0], loc, TOO_LARGE[1], value)
        taken = integer_of(value) if type(value) is str else int(value) if type(value) is bool else None
        if type(value) is str and taken is None:
            words = "Input should be a valid integer, unable to parse string as an integer"
            return notes.fail("int_parsing", loc, words, value)
        if taken is None or notes.strict:
            return notes.fail("int_type", loc, "Input should be a valid integer", value)
        notes.loosen(loc, value, taken)
        return taken


def _whole(value: float, loc: Loc, notes: Notes) -> int | Unread:
    if not math.isfinite(value):
        return notes.fail("finite_number", loc, "Input should be a finite number", value)
    if not value.is_integer():
        words = "Input should be a valid integer, got a number with a fractional part"
        return notes.fail("int_from_float", loc, words, value)
    return int(value) if abs(value) < INT64 else notes.fail(TOO_LARGE[0], loc, TOO_LARGE[1], value)


@dataclass(frozen=True, slots=True)
class Number:
    """Floating-point numbers. Laxly also truth values and texts such as "0.5" or "nan"."""

    bounds: tuple[Bound, ...] = ()

    @property
    def label(self) -> str:
        """The name in errors of a union."""
        return "constrained-float" if self.bounds else "float"

    def read(self, value: Json, loc: Loc, notes: Notes) -> Any:  # noqa: ANN401 - a float or UNREAD
        """Return the number as a float, or UNREAD."""
        taken = value if type(value) is float else self._coerced(value, loc, notes)
        return taken if isinstance(taken, Unread) else _bounded(self.bounds, taken, value, loc, notes)

    def _coerced(self, value: Json, loc: Loc, notes: Notes) -> float | Unread:
        if type(value) is int:
            notes.lower(Grade.STRICT)
            return self._from_integer(value, loc, notes)
        taken = number_of(value) if type(value) is str else float(value) if type(value) is bool else None
        if type(value) is str and taken is None:
            words = "Input should be a valid number, unable to parse string as a number"
            return notes.fail("float_parsing", loc, words, value)
        if taken is None or notes.strict:
            return notes.fail("float_type", loc, "Input should be a valid number", value)
        notes.loosen(loc, value, taken)
        return taken

    def _from_integer(self, value: int, loc: Loc, notes: Notes) -> float | Unread:
        try:
            return float(value)
        except OverflowError:
            return notes.fail("float_type", loc, "Input should be a valid number", value)


@dataclass(frozen=True, slots=True)
class Boolean:
    """Truth values. Laxly also 0, 1 and words such as "yes"."""

    label: str = "bool"

    def read(self, value: Json, loc: Loc, notes: Notes) -> Any:  # noqa: ANN401 - a truth value or UNREAD
        """Return the truth value, or UNREAD."""
        if type(value) is bool:
            return value
        whole = type(value) in (int, float) and abs(value) < INT64 and value == int(value)
        taken = truth_of(value) if type(value) is str else {0: False, 1: True}.get(value) if whole else None
        if taken is None and (type(value) is str or whole):
            words = "Input should be a valid boolean, unable to interpret input"
            return notes.fail("bool_parsing", loc, words, value)
        if taken is None or notes.strict:
            return notes.fail("bool_type", loc, "Input should be a valid boolean", value)
        notes.loosen(loc, value, taken)
        return taken


@dataclass(frozen=True, slots=True)
class Text:
    """Texts, and nothing else: numbers are never taken for texts. Lengths count code points."""

    label: str = "str"
    shortest: int | None = None
    longest: int | None = None
    pattern: str | None = None
    matching: re.Pattern[str] | None = None

    def read(self, value: Json, loc: Loc, notes: Notes) -> Any:  # noqa: ANN401 - a text or UNREAD
        """Return the text, or UNREAD."""
        if type(value) is not str:
            return notes.fail("string_type", loc, "Input should be a valid string", value)
        return value if self.label == "str" else self._constrained(value, loc, notes)

    def _constrained(self, value: str, loc: Loc, notes: Notes) -> str | Unread:
        if not _is_unicode(value):
            words = "Input should be a valid string, unable to parse raw data as a unicode string"
            return notes.fail("string_unicode", loc, words, value)
        if self.shortest is not None and len(value) < self.shortest:
            words = f"String should have at least {counted(self.shortest, 'character')}"
            return notes.fail("string_too_short", loc, words, value, min_length=self.shortest)
        if self.longest is not None and len(value) > self.longest:
            words = f"String should have at most {counted(self.longest, 'character')}"
            return notes.fail("string_too_long", loc, words, value, max_length=self.longest)
        if self.matching is not None and self.matching.search(value) is None:
            words = f"String should match pattern '{self.pattern}'"
            return notes.fail("string_pattern_mismatch", loc, words, value, pattern=self.pattern)
        return value


def text_of(schema: Mapping[str, Any]) -> Text:
    """Return the reader of a schema's texts. Its pattern ends where the text does, as in Rust's regular expressions."""
    if not schema.keys() & {"minLength", "maxLength", "pattern"}:
        return Text()
    pattern = schema.get("pattern")
    matching = re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", pattern)) if pattern is not None else None
    return Text("constrained-str", schema.get("minLength"), schema.get("maxLength"), pattern, matching)


def _is_unicode(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


@dataclass(frozen=True, slots=True)
class Constant:
    """One of some constants. Where they are integers, laxly also truth values."""

    values: tuple[Json, ...]

    @property
    def label(self) -> str:
        """The name in errors of a union."""
        return f"literal[{','.join(map(repr, self.values))}]"

    def read(self, value: Json, loc: Loc, notes: Notes) -> Any:  # noqa: ANN401 - a constant or UNREAD
        """Return the constant, or UNREAD."""
        integers = any(type(constant) is int for constant in self.values)
        if integers and type(value) is int and not -INT64 <= value < INT64:
            return notes.fail(TOO_LARGE[0], loc, TOO_LARGE[1], value)
        for constant in self.values:
            if type(constant) is type(value) and constant == value:
                return constant
        for constant in self.values if not notes.strict or type(value) is float else ():
            if constant == value:
                if type(value) is not float:
                    notes.loosen(loc, value, constant)
                return constant
        expected = alternatives(self.values)
        return notes.fail("literal_error", loc, f"Input should be {expected}", value, expected=expected)


def alternatives(values: Sequence[Json]) -> str:
    """Return values as alternatives in words: "0, 1 or 2"."""
    *rest, last = map(repr, values)
    return f"{', '.join(rest)} or {last}" if rest else last


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: "1 item", "2 items"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Anything:
    """Any value, as it is."""

    label: str = "any"

    def read(self, value: Json, loc: Loc, notes: Notes) -> Any:  # noqa: ANN401 - any JSON value
        """Return the value."""
        return value
