"""JSON as bytes: fast where orjson can, exact everywhere."""

import json
from collections.abc import Callable
from typing import Any

import orjson


def dumps(value: object, *, default: Callable[[object], object] | None = None) -> bytes:
    """Return a JSON value as bytes; integers of any size keep their digits.

    default: what stands for a value that JSON does not have. Raises TypeError for one without it.
    """
    try:
        return orjson.dumps(value, default=default)
    except TypeError:  # an integer beyond 64 bits, or half of a surrogate pair: orjson refuses both
        return json.dumps(value, default=default, separators=(",", ":")).encode()


def loads(data: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value of JSON that ``dumps`` wrote; integers of any size keep their digits."""
    return json.loads(data)
