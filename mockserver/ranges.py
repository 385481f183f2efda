"""Answering for a file: validators, ranges and freshness, as RFC 9110 and RFC 9111 have them."""

import re
from collections.abc import Mapping

from starlette.responses import Response

_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")


def is_fresh(headers: Mapping[str, str], etag: str) -> bool:
    """Return whether a conditional request already has the file (If-None-Match)."""
    given = headers.get("if-none-match")
    if given is None:
        return False
    return given == "*" or etag in (part.strip().removeprefix("W/") for part in given.split(","))


def unchanged(etag: str, cache_control: str) -> Response:
    """Return the reply that sends nothing again."""
    return Response(status_code=304, headers={"etag": etag, "cache-control": cache_control})


def ranged(
    data: bytes, headers: Mapping[str, str], *, media_type: str, etag: str, cache_control: str, method: str = "GET"
) -> Response:
    """Return a file, or the one range of it that was asked for; several ranges at once get the whole file.

    A range that lies outside gets 416. If-Range with another ETag gets the whole file, and so does every method but
    GET, for which alone ranges are defined.
    """
    common = {"etag": etag, "cache-control": cache_control, "accept-ranges": "bytes"}
    asked = headers.get("range") if method == "GET" else None
    found = _RANGE.match(asked.replace(" ", "")) if asked is not None else None
    if found is None or found.groups() == ("", "") or headers.get("if-range", etag) != etag:
        return Response(data, 200, common, media_type)
    first, last = _bounds(found[1], found[2], len(data))
    if first > last:
        return Response(status_code=416, headers={**common, "content-range": f"bytes */{len(data)}"})
    content_range = f"bytes {first}-{last}/{len(data)}"
    return Response(data[first : last + 1], 206, {**common, "content-range": content_range}, media_type)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Return the first and last byte of a range, first > last when it is empty."""
    if not first:
        return max(size - int(last[-18:]), 0) if int(last[-18:]) else size, size - 1
    return int(first[-18:]), min(int(last[-18:]), size - 1) if last else size - 1
