"""JSON as bytes: fast where orjson can, exact everywhere."""

import json
from collections.abc import Callable
from typing import Any

import orjson


def dumps(value: object, *, default: Callable[[object], object] | None = None) -> bytes:
    """Return a JSON value as bytes; integers of any size keep their digits, and what is no number is null.

    default: what stands for a value that JSON does not have. Raises TypeError for one without it.
    """
    try:
        return orjson.dumps(value, default=default)
    except TypeError:  # an integer beyond 64 bits, or half of a surrogate pair: orjson refuses both
        text = json.dumps(value, default=default, separators=(",", ":"))
        if "NaN" in text or "Infinity" in text:  # perhaps as a number
            text = json.dumps(json.loads(text, parse_constant=lambda name: None), separators=(",", ":"))
        return text.encode()


def loads(data: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value of JSON that ``dumps`` wrote; integers of any size keep their digits."""
    return json.loads(data)
