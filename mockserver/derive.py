"""Everything that looks random, derived by hashing: identifiers and seeds that a request did not give.

Nothing in the server calls a random generator, so the same request with the same ``--seed`` gives the same answer on
every machine.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}  # of RFC 9562, section 4.1


def digest(*parts: object) -> bytes:
    """Return 32 bytes that depend on the parts, their order and their boundaries."""
    return hashlib.sha256(_framed(parts)).digest()


def derived_uuid(*parts: object) -> str:
    """Return a version 4 UUID that depends on the parts."""
    return uuids_below()(*parts)


@lru_cache(maxsize=256, typed=True)
def uuids_below(*first: object) -> Callable[..., str]:
    """Return ``derived_uuid`` with its first parts given, for whoever needs many such."""
    begun = hashlib.sha256(_framed(("uuid", *first)))

    def uuid(*rest: object) -> str:
        hashed = begun.copy()
        hashed.update(_framed(rest))
        drawn = hashed.hexdigest()
        variant = VARIANTS[drawn[16]]
        return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-{variant}{drawn[17:20]}-{drawn[20:32]}"

    return uuid


def _framed(parts: Iterable[object]) -> bytes:
    """Return the parts as bytes, each behind its length."""
    data = b""
    for part in parts:
        piece = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        data += len(piece).to_bytes(8, "big") + piece
    return data


def derived_seed(*parts: object) -> int:
    """Return an unsigned 32-bit number: the range from which Runware draws the seeds that a request does not give.

    Source: docs/providers/runware.md, "Image results".
    """
    return int.from_bytes(digest("seed", *parts)[:4], "big")


def canonical(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return the one spelling of a JSON value: sorted members, no spaces, 512.0 written as 512."""
    return json.dumps(_whole(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _whole(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(member) for member in value]
    return value
