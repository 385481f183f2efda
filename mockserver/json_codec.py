"""JSON as bytes: fast where orjson can, exact everywhere."""

import json
from typing import Any

import orjson


def dumps(value: object) -> bytes:
    """Return a JSON value as bytes; integers of any size keep their digits."""
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits, or half of a surrogate pair: orjson refuses both
        return json.dumps(value, separators=(",", ":")).encode()


def loads(data: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value of JSON that ``dumps`` wrote; integers of any size keep their digits."""
    return json.loads(data)
