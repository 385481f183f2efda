"""HTTP requests and replies as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Headers = Mapping[str, str] | Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request. url: whole, or from its path on. media_type: that of the body; the header's when empty."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""
    media_type: str = ""

    @property
    def content_type(self) -> str:
        """The body's media type with its parameters, or ""."""
        return self.media_type or header(self.headers, "content-type")


@dataclass(frozen=True, slots=True)
class HttpReply:
    """A reply. body: as received, decompressed."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    @property
    def content_type(self) -> str:
        """The body's media type with its parameters, or ""."""
        return header(self.headers, "content-type")


def header(headers: Headers, name: str) -> str:
    """Return the first header of a name, which is given in lower case, or ""."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return next((value for key, value in pairs if key.lower() == name), "")
