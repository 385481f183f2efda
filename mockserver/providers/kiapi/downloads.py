"""A file as kiapi sends it: headers, ranges and their errors as Starlette's FileResponse has them, from bytes.

Source: docs/providers/kiapi.md, "Files"; the version of Starlette that kiapi 0.5.0 locks, 1.3.1.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import quote

from ...derive import digest
from ...pipeline import Reply
from .files import UNKNOWN_TYPE, FileRecord

PLAIN = "text/plain; charset=utf-8"
SET_ANYWAY = ("content-type", "content-length")  # by whoever sends the bytes
Span = tuple[int, int]  # the first byte of a range, and the one after its last


@dataclass(frozen=True, slots=True)
class FileReply:
    """What is sent of a file. headers: lower-case names, the Content-Type among them."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""

    @property
    def reply(self) -> Reply:
        """What the pipeline sends; the journal shows the kind and the length of the bytes."""
        kind = self.headers["content-type"]
        reason = "" if self.status < 400 else self.content.decode() or "the range lies outside the file"
        told = f"<{kind}, {len(self.content):,} bytes>"
        headers = {name: value for name, value in self.headers.items() if name not in SET_ANYWAY}
        return Reply(self.status, told, headers, content=self.content, media_type=kind, reason=reason)


@dataclass
class RangeRefused(Exception):
    """A Range header cannot be obeyed. text: the body of the error."""

    status: int
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def file_reply(
    data: bytes, record: FileRecord, request_headers: Mapping[str, str], *, extra: Mapping[str, str] | None = None
) -> FileReply:
    """Return a file, or what a Range header asks for of it.

    request_headers: with lower-case names, or looked up without regard to case. extra: further headers of the file,
    which errors do not carry.
    """
    headers = {**{name.lower(): value for name, value in (extra or {}).items()}, **_headers(data, record)}
    asked, condition = request_headers.get("range"), request_headers.get("if-range")
    if asked is None or condition not in (None, headers["last-modified"], headers["etag"]):
        return FileReply(200, headers, data)
    try:
        spans = spans_of(asked, len(data))
    except RangeRefused as refused:
        text = refused.text.encode()
        length = {"content-length": str(len(text)), "content-type": PLAIN}
        return FileReply(refused.status, {**refused.headers, **length}, text)
    return _one(data, spans[0], headers) if len(spans) == 1 else _several(data, spans, headers)


def spans_of(header: str, size: int) -> Sequence[Span]:
    """Return the parts of a file of ``size`` bytes that a Range header asks for, sorted; touching ones are one.

    Parts that cannot be understood are left out. Raises RangeRefused.
    """
    unit, separator, parts = header.partition("=")
    if not separator:
        raise RangeRefused(400, "Malformed range header.")
    if unit.strip().lower() != "bytes":
        raise RangeRefused(400, "Only support bytes range")
    spans = [span for part in parts.split(",") if (span := _span(part.strip(), size)) is not None]
    if not spans:
        raise RangeRefused(400, "Range header: range must be requested")
    if not all(0 <= first < size for first, _ in spans):
        raise RangeRefused(416, headers={"content-range": f"bytes */{size}"})
    if any(first > end for first, end in spans):
        raise RangeRefused(400, "Range header: start must be less than end")
    return spans if len(spans) == 1 else _merged(sorted(spans))


def _span(part: str, size: int) -> Span | None:
    """Return one range, or None for a text that is none. Numbers are whatever Python takes for one, as there."""
    first, dash, last = part.partition("-")
    if not dash:
        return None
    try:
        if not first.strip():
            return (max(size - int(last), 0), size)
        start = int(first)
        end = int(last) + 1 if last.strip() else size
    except ValueError:
        return None
    return (start, min(end, size))


def _merged(spans: Sequence[Span]) -> Sequence[Span]:
    merged = [spans[0]]
    for first, end in spans[1:]:
        before = merged[-1]
        if first <= before[1]:
            merged[-1] = (before[0], max(before[1], end))
        else:
            merged.append((first, end))
    return merged


def _one(data: bytes, span: Span, headers: Mapping[str, str]) -> FileReply:
    part = data[span[0] : span[1]]
    changed = {"content-range": _content_range(span, len(data)), "content-length": str(len(part))}
    return FileReply(206, {**headers, **changed}, part)


def _several(data: bytes, spans: Sequence[Span], headers: Mapping[str, str]) -> FileReply:
    """Return the ranges as multipart/byteranges; the boundary, random there, depends on the file and the ranges."""
    boundary = digest("boundary", headers["etag"], spans).hex()[:26]
    parts = []
    for span in spans:
        head = f"Content-Type: {headers['content-type']}\r\nContent-Range: {_content_range(span, len(data))}\r\n\r\n"
        parts += [f"--{boundary}\r\n{head}".encode("latin-1"), data[span[0] : span[1]], b"\r\n"]
    content = b"".join([*parts, f"--{boundary}--".encode()])
    changed = {"content-type": f"multipart/byteranges; boundary={boundary}", "content-length": str(len(content))}
    return FileReply(206, {**headers, **changed}, content)


def _content_range(span: Span, size: int) -> str:
    return f"bytes {span[0]}-{span[1] - 1}/{size}"


def _headers(data: bytes, record: FileRecord) -> dict[str, str]:
    """Return a file's own headers. The time of its record stands for that of a file on disk."""
    stamp = f"{float(record.created_at)}-{len(data)}".encode()
    return {
        "content-type": _content_type(record.content_type),
        "accept-ranges": "bytes",
        "content-disposition": _disposition(record.filename),
        "content-length": str(len(data)),
        "last-modified": formatdate(record.created_at, usegmt=True),
        "etag": f'"{hashlib.md5(stamp, usedforsecurity=False).hexdigest()}"',
    }


def _content_type(content_type: str) -> str:
    """Return a stored media type as a header; what no header can carry, which fails there, is of no known type."""
    if not all(" " <= character <= "\xff" and character != "\x7f" for character in content_type):
        return UNKNOWN_TYPE
    bare = content_type.startswith("text/") and "charset=" not in content_type.lower()
    return f"{content_type}; charset=utf-8" if bare else content_type


def _disposition(filename: str) -> str:
    escaped = quote(filename)
    return f'attachment; filename="{filename}"' if escaped == filename else f"attachment; filename*=utf-8''{escaped}"
