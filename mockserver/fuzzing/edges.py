"""The last values that are allowed: what stands one step inside each bound that a broken message oversteps."""

from collections.abc import Iterator
from typing import Any

from genmock.specs import Document
from genmock.validators import check_request

from .laws import copied, parts

BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")


def edge_of(document: Document, operation: str, mutation: Any, *, in_array: bool) -> Any:  # noqa: ANN401 - any message
    """Return the whole message with the bound itself where the mutation oversteps it, or None.

    mutation: as the strategies make it. in_array: the message is a task, which is judged in an array.
    """
    bound = next(_bounds(document, operation, mutation, in_array), None)
    if mutation.rule not in BOUNDS or bound is None or not mutation.pointer:
        return None
    item = copied(mutation.item)
    *above, last = parts(mutation.pointer)
    place: Any = item
    for name in above:
        place = place[int(name)] if isinstance(place, list) else place[name]
    key: Any = int(last) if isinstance(place, list) else last
    place[key] = _at(bound, place[key], mutation.rule)
    return item


def _bounds(document: Document, operation: str, mutation: Any, in_array: bool) -> Iterator[int | float]:  # noqa: ANN401
    """Yield the bound that a mutation oversteps, as the violation tells it."""
    body, prefix = ([mutation.item], "/0") if in_array else (mutation.item, "")
    for found in check_request(document, body, operation=None if in_array else operation):
        bound = found.expected
        if (found.rule, found.pointer) == (mutation.rule, prefix + mutation.pointer) and isinstance(bound, int | float):
            yield bound


def _at(bound: int | float, value: Any, rule: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value at a bound: a number, or a text or an array of that length."""
    if rule in ("minimum", "maximum") or not isinstance(value, str | list):
        return bound
    count = int(bound)
    return (value * (count + 1))[:count] if value else ("a" if isinstance(value, str) else [None]) * count
