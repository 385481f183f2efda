"""Answers that a test has told: what a task's record keeps of one, and the picture that comes of it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, cast

from .drawing import MediumGone
from .faults import Canned, laid_over
from .media import content_id
from .world import World

KEY = "canned"  # the member of a record's detail
MAX_PIXELS = 8192 * 8192  # of a picture that is made into another format


def noted(reply: Canned | None) -> dict[str, Any]:
    """Return what a record keeps of a canned reply, as a member of its detail; nothing where there is none."""
    if reply is None:
        return {}
    content = {"content": content_id(reply.image), "verbatim": reply.verbatim} if reply.image else {}
    return {KEY: {"result": reply.result, **content}}


def contents(reply: Canned | None) -> Sequence[bytes]:
    """Return the files that the store has to hold for a canned reply."""
    return (reply.image,) if reply is not None and reply.image else ()


def told(result: Mapping[str, Any], detail: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result as clients are told it. detail: of its record."""
    return laid_over(result, detail.get(KEY, {}).get("result", {}))


def picture_of(detail: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what a record's detail keeps of a canned picture, or None where the picture is drawn."""
    canned: Mapping[str, Any] = detail.get(KEY, {})
    return canned if "content" in canned else None


async def canned_maker(world: World, canned: Mapping[str, Any], format: str, quality: int) -> Callable[[], bytes]:
    """Return the function that makes a canned picture's file. format: "JPG", "PNG" or "WEBP". Raises MediumGone."""
    data = await world.store.get("contents", canned["content"])
    if data is None:
        raise MediumGone(canned["content"])
    return (lambda: data) if canned["verbatim"] else partial(fitted, data, format, quality)


def fitted(data: bytes, format: str, quality: int) -> bytes:
    """Return an image file in a format ("JPG", "PNG" or "WEBP"): the very bytes where they have it.

    So are bytes that are no picture, since nothing can be made of them.
    """
    from .pictures import ImageRejected, decode, encode  # here: pictures load late

    if _format_of(data) == format:
        return data
    try:
        picture = decode(data, max_bytes=len(data), max_pixels=MAX_PIXELS)
    except ImageRejected:
        return data
    return encode(picture, format=cast(Literal["JPG", "PNG", "WEBP"], format), quality=quality)


def _format_of(data: bytes) -> str:
    """Return the format that the first bytes of a file say, or ""."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return {b"\xff\xd8\xff": "JPG", b"\x89PN": "PNG"}.get(data[:3], "")
