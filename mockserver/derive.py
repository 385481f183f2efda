"""Everything that looks random, derived by hashing: identifiers and seeds that a request did not give.

Nothing in the server calls a random generator, so the same request with the same ``--seed`` gives the same answer on
every machine.
"""

import hashlib
import json
from typing import Any

VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}  # of RFC 9562, section 4.1


def digest(*parts: object) -> bytes:
    """Return 32 bytes that depend on the parts, their order and their boundaries."""
    data = bytearray()
    for part in parts:
        piece = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        data += len(piece).to_bytes(8, "big")
        data += piece
    return hashlib.sha256(data).digest()


def derived_uuid(*parts: object) -> str:
    """Return a version 4 UUID that depends on the parts."""
    drawn = digest("uuid", *parts).hex()
    variant = VARIANTS[drawn[16]]
    return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-{variant}{drawn[17:20]}-{drawn[20:32]}"


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
