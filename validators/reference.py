"""The reference validator: jsonschema over decimals, with formats and patterns judged as ECMA-262 and the RFCs do."""

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator, FormatChecker, TypeChecker, ValidationError
from jsonschema.validators import extend

from .schema import is_multiple

# The formats of JSON Schema 2020-12. Others are annotations.
FORMATS = (
    "date date-time duration email hostname idn-email idn-hostname ipv4 ipv6 iri iri-reference json-pointer regex "
    "relative-json-pointer time uri uri-reference uri-template uuid"
).split()


@lru_cache(maxsize=1024)
def _judge(keyword: str, value: str) -> jsonschema_rs.Validator:
    """Return a one-keyword validator; Python's own ``re`` and ``uuid`` read both more loosely than JSON Schema."""
    return jsonschema_rs.Draft202012Validator({keyword: value}, validate_formats=True)


def fits(keyword: str, value: str, text: object) -> bool:
    """Return whether a value fits a format or a pattern; an unpaired surrogate counts as U+FFFD."""
    try:
        return _judge(keyword, value).is_valid(text)
    except UnicodeEncodeError:
        encoded = str(text).encode("utf-16", "surrogatepass")
        return _judge(keyword, value).is_valid(encoded.decode("utf-16", "replace"))


def _format_checker() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name in FORMATS:
        checker.checkers = {**checker.checkers, name: (partial(fits, "format", name), ())}
    return checker


def _is_integer(_: TypeChecker, value: object) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, Decimal):  # 1e300 is too large for a remainder, yet rounds to itself
        return value.is_finite() and value == value.to_integral_value()
    return isinstance(value, int)


def _is_number(_: TypeChecker, value: object) -> bool:
    if isinstance(value, Decimal):  # NaN and the infinities are no JSON numbers, and cannot be compared
        return value.is_finite()
    return isinstance(value, int) and not isinstance(value, bool)


def _pattern(validator: Any, pattern: str, value: object, _: object) -> Iterator[ValidationError]:  # noqa: ANN401
    if validator.is_type(value, "string") and not fits("pattern", pattern, value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _multiple_of(validator: Any, step: int | Decimal, value: Any, _: object) -> Iterator[ValidationError]:  # noqa: ANN401
    if validator.is_type(value, "number") and not is_multiple(value, step):
        yield ValidationError(f"{value} is not a multiple of {step}")


_Reference = extend(
    Draft202012Validator,
    validators={"pattern": _pattern, "multipleOf": _multiple_of},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_integer, "number": _is_number}),
)


def validator(schema: object) -> Any:  # noqa: ANN401 - jsonschema types its validator classes loosely
    """Return the reference validator of a schema whose floats are decimals."""
    return _Reference(schema, format_checker=_format_checker())
