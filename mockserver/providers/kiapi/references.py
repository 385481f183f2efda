"""File references of a request: by id, URL or data URL, read with the checks and in the words of kiapi.

Source: docs/providers/kiapi.md, "File references".
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import ParseResult, urlparse

from genmock.specs import ErrorCatalog

from ...fetch import BadStatus, FetchFailed, HostNotAllowed, Unreachable, fetch
from ...settings import Settings
from ...world import World
from .errors import Refused, refusal
from .files import UNKNOWN_TYPE, FileRecord, Files, file_bytes, guessed_ending, new_file_id, record_of

LOCALHOST = "127.0.0.1"  # what the name stands for here, without asking anybody


@dataclass(frozen=True, slots=True)
class Resolved:
    """A file that a reference means. record: of the files, or a new one. is_new: it has to be stored yet."""

    data: bytes
    record: FileRecord
    is_new: bool


@dataclass
class ReferenceFailed(Exception):
    """A reference cannot be used. refused: the reply that says so. before: what the references before it mean.

    What is new of those is stored all the same, since kiapi stores one before it looks at the next.
    """

    refused: Refused
    before: Sequence[Resolved] = ()


async def resolve(
    world: World,
    settings: Settings,
    errors: ErrorCatalog,
    references: Sequence[tuple[str, Mapping[str, Any]]],
    *,
    at: float | None = None,
) -> Sequence[Resolved]:
    """Return what references mean, in their order.

    references: (kind, reference): the word that texts use, like "init_image", and the members that were sent. at: Unix
    seconds when files have to exist and new ones are made; None: now. What is new is not stored yet (``entries_of``).
    Raises ReferenceFailed for the first that cannot be used.
    """
    reader, found = _Reader(world, settings, errors, at), list[Resolved]()
    for kind, reference in references:
        try:
            found.append(await reader.resolved(kind, reference))
        except Refused as refused:
            raise ReferenceFailed(refused, found) from None
        except ValueError as error:  # of a URL that is none: kiapi says what Python says
            raise ReferenceFailed(Refused(400, str(error)), found) from None
    return found


@dataclass(frozen=True)
class _Reader:
    """What references are read with."""

    world: World
    settings: Settings
    errors: ErrorCatalog
    at: float | None

    async def resolved(self, kind: str, reference: Mapping[str, Any]) -> Resolved:
        """Return what one reference means. Raises Refused, or ValueError with kiapi's text."""
        if reference["type"] == "file_id":
            return await self._held(kind, reference["file_id"])
        if reference["type"] == "url":
            return await self._from_url(kind, reference["url"])
        return await self._from_data_url(kind, reference["data_url"])

    async def _held(self, kind: str, file_id: str) -> Resolved:
        record = await Files(self.world.store, self.world.clock).get(file_id, at=self.at)
        data = await file_bytes(self.world, record) if record is not None else None
        if record is None or data is None:
            raise refusal(self.errors, "unknownReference", kind=kind, quoted=repr(file_id))
        return Resolved(data, record, is_new=False)

    async def _from_url(self, kind: str, url: str) -> Resolved:
        parts = urlparse(url)
        if parts.scheme not in ("http", "https"):
            raise refusal(self.errors, "invalidUrl", kind=kind)
        if not parts.hostname:
            raise refusal(self.errors, "urlWithoutHost", kind=kind)
        try:
            found = await fetch(url, hosts=self.settings.allow_host, max_bytes=self.settings.max_body)
        except HostNotAllowed:
            raise self._not_allowed(kind, url, parts) from None
        except FetchFailed as error:
            raise refusal(self.errors, "fetchFailed", kind=kind, quoted=repr(url), reason=_reason(error)) from None
        content_type = _media_type(found.content_type)
        name = PurePosixPath(parts.path).name or f"{kind}{guessed_ending(content_type)}"
        return await self._new(found.data, name, content_type, {"source": "url", "url": url, "kind": kind})

    async def _from_data_url(self, kind: str, data_url: str) -> Resolved:
        header, comma, payload = data_url.partition(",")
        if not comma or not header.startswith("data:"):
            raise refusal(self.errors, "invalidDataUrl", kind=kind)
        content_type = header.removeprefix("data:").partition(";")[0] or UNKNOWN_TYPE
        try:
            data = base64.b64decode(payload, validate=True) if ";base64" in header else payload.encode()
        except ValueError as error:  # binascii.Error is one too
            raise refusal(self.errors, "invalidDataPayload", kind=kind, reason=error) from None
        return await self._new(
            data, kind + guessed_ending(content_type), content_type, {"source": "data_url", "kind": kind}
        )

    async def _new(self, data: bytes, filename: str, content_type: str, meta: Mapping[str, Any]) -> Resolved:
        record = record_of(
            data,
            filename=filename,
            content_type=content_type,
            file_id=await new_file_id(self.world.store, self.settings.seed),
            meta=meta,
            created_at=self.world.clock.now() if self.at is None else self.at,
        )
        return Resolved(data, record, is_new=True)

    def _not_allowed(self, kind: str, url: str, parts: ParseResult) -> Refused:
        """Return why a host that nobody allowed is not asked. Raises ValueError for a port or host that is none."""
        host = str(parts.hostname)
        private = private_address(host, parts.port)
        if private:
            return refusal(self.errors, "privateHost", kind=kind, quoted=repr(host), ip=private)
        reason = f"genmock fetches only from hosts that are allowed: start it with --allow-host {host}"
        return refusal(self.errors, "fetchFailed", kind=kind, quoted=repr(url), reason=reason)


def private_address(host: str, port: int | None = None) -> str:
    """Return the address that is not public which a host is, or "" for any other.

    No name but localhost is looked up: nothing leaves this machine. Raises ValueError for what cannot be a host.
    """
    import socket

    if host == "localhost" or host.endswith(".localhost"):
        return LOCALHOST
    try:
        found = socket.getaddrinfo(host, port, proto=socket.IPPROTO_TCP, flags=socket.AI_NUMERICHOST)
    except OSError:  # a name
        return ""
    addresses = (str(entry[4][0]) for entry in found)
    return next((address for address in addresses if not is_public(ip_address(address))), "")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether kiapi would fetch from an address; one that IPv6 only wraps is judged as what it wraps."""
    judged = getattr(address, "ipv4_mapped", None) or address
    return not (
        judged.is_private
        or judged.is_loopback
        or judged.is_link_local
        or judged.is_multicast
        or judged.is_reserved
        or judged.is_unspecified
    )


def _reason(error: FetchFailed) -> str:
    """Return why a URL could not be read, in the words of Python's own client."""
    if isinstance(error, BadStatus):
        return f"HTTP Error {error.status}: {error.phrase}"
    return f"<urlopen error {error}>" if isinstance(error, Unreachable) else str(error)


def _media_type(header: str | None) -> str:
    """Return the media type of a Content-Type header as Python's own client reads it: text/plain for none."""
    from email.message import Message  # here: as above

    message = Message()
    if header is not None:
        message["content-type"] = header
    return message.get_content_type()
