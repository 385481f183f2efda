"""The reference validator: jsonschema over decimals, with formats and patterns judged as ECMA-262 and the RFCs do."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator, FormatChecker, TypeChecker, ValidationError
from jsonschema.validators import extend

from .schema import at_reference, is_multiple, refers

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


def _below(validator: Any, value: object, schema: object, **paths: Any) -> Iterator[ValidationError]:  # noqa: ANN401
    """Yield what a schema below says of a value. No document has a base below its own, so that none is looked for."""
    yield from validator.descend(value, schema, resolver=validator._resolver, **paths)


_Reference = extend(
    Draft202012Validator,
    validators={"pattern": _pattern, "multipleOf": _multiple_of},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_integer, "number": _is_number}),
)


def validator(root: Mapping[str, Any]) -> Any:  # noqa: ANN401 - jsonschema types its validator classes loosely
    """Return the reference validator of a schema whose floats are decimals, and whose references are its own."""
    targets: dict[str, object] = {}
    accepting: dict[int, Callable[[object], bool]] = {}  # by the identity of a member's schema, which the root holds

    def follow(validator: Any, reference: str, value: object, _: object) -> Iterator[ValidationError]:  # noqa: ANN401
        if reference not in targets:
            targets[reference] = at_reference(root, reference)
        yield from _below(validator, value, targets[reference])

    def properties(validator: Any, members: Mapping[str, Any], value: Any, _: object) -> Iterator[ValidationError]:  # noqa: ANN401
        for name, schema in members.items() if validator.is_type(value, "object") else ():
            if name not in value:
                continue
            accepts = accepting.get(id(schema))
            if accepts is None:
                accepts = accepting[id(schema)] = _acceptor(schema)
            if not accepts(value[name]):
                yield from _below(validator, value[name], schema, path=name, schema_path=name)

    keywords: dict[str, Any] = {"$ref": follow, "properties": properties}
    return extend(_Reference, validators=keywords)(root, format_checker=_format_checker())


def errors_of_members(
    validator: Any,  # noqa: ANN401 - as above
    schemas: Mapping[str, Any],
    values: Mapping[str, Any],
) -> Iterator[ValidationError]:
    """Yield what a validator says of some members of an object, as it does when it judges the whole object.

    schemas: of the object's members by name, in order. values: of those that are judged.
    """
    for name, schema in schemas.items():
        if name in values:
            for error in _below(validator, values[name], schema, path=name, schema_path=name):
                error.schema_path.appendleft("properties")
                yield error


def _acceptor(schema: object) -> Callable[[object], bool]:
    """Return what says at once that a value surely fits: most members of a task do, and need no closer look.

    Where the schema refers to something, nothing is sure.
    """
    if not isinstance(schema, Mapping) or refers(schema):
        return _never
    fast = jsonschema_rs.Draft202012Validator(_with_floats(schema), validate_formats=True)

    def accepts(value: object) -> bool:
        try:
            return fast.is_valid(value if isinstance(value, str | int) else _with_floats(value))
        except (UnicodeEncodeError, ValueError):  # an unpaired surrogate; no JSON
            return False

    return accepts


def _never(_: object) -> bool:
    return False


def _with_floats(value: Any) -> Any:  # noqa: ANN401 - any part of a schema, any JSON value
    """Return a schema or a value as JSON has it: its decimals as the floats that they were."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {name: _with_floats(member) for name, member in value.items()}
    return [_with_floats(member) for member in value] if isinstance(value, list) else value
