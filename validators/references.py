"""Media references in a request: telling a UUID, an http(s) URL and inline data apart.

Pure looks only: whether a UUID is known or a URL may be fetched is the server's business.
"""

import base64
import binascii
import re

UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z")
URL = re.compile(r"https?://[^/\s]+", re.I)
DATA_URI = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w.+-]+=[^;,]*)*;base64,", re.I)
SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM")


def is_uuid(text: str) -> bool:
    """Return whether a text is a UUID in its 36-character form."""
    return UUID.match(text) is not None


def is_url(text: str) -> bool:
    """Return whether a text is an http or https URL with a host."""
    return URL.match(text) is not None


def decode_inline(text: str) -> bytes | None:
    """Return the bytes of a base64 data URI or of bare base64, or None when a text is neither."""
    found = DATA_URI.match(text)
    try:
        return base64.b64decode(text[found.end() :] if found else text, validate=True)
    except (binascii.Error, ValueError):
        return None


def is_image_reference(text: str) -> bool:
    """Return whether a text is a UUID, a URL, or data that starts like a JPEG, PNG, WebP, GIF or BMP file."""
    if is_uuid(text) or is_url(text):
        return True
    found = DATA_URI.match(text)
    head = decode_inline(text[: (found.end() if found else 0) + 64]) or decode_inline(text)
    return head is not None and (head.startswith(SIGNATURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"))


def is_media_reference(text: str) -> bool:
    """Return whether a text is a UUID, a URL, or data that decodes to at least one byte."""
    return is_uuid(text) or is_url(text) or bool(decode_inline(text))
