"""Media that the server holds: uploads, as bytes by their content; drawn files, for the next request."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .clock import Clock
from .derive import digest
from .json_codec import dumps, loads
from .stores.base import Delete, Put, Store

UNUSED_S = 30 * 24 * 3600.0  # how long an upload stays after its last use; docs/providers/runware.md, "Utility tasks"


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes that a client sent. media_type: like "image/png"."""

    data: bytes
    media_type: str


def content_entry(data: bytes, expires_at: float) -> Put:
    """Return the entry of a file by its content; whoever needs it longest decides how long it stays."""
    return Put("contents", content_id(data), data, expires_at, extend=True)


def content_id(data: bytes) -> str:
    """Return the name of a file in the store: the same bytes are kept once."""
    return digest(data).hex()


class Uploads:
    """Uploaded files by UUID. Two names of the same bytes share them; what no name and no task needs expires."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def put(self, name: str, upload: Upload) -> None:
        """Keep an upload under a UUID, in place of what was there."""
        await self._store.write(*self._entries(name, upload.data, upload.media_type))

    async def get(self, name: str) -> Upload | None:
        """Return the upload of that UUID, or None; it is used by that, and stays for another 30 days."""
        found = await self._named(name)
        if found is None:
            return None
        data = await self._store.get("contents", found["content"])
        if data is None:
            return None
        if found["at"] < self._clock.now() - UNUSED_S / 30:  # once a day is often enough
            await self._store.write(*self._entries(name, data, found["media_type"]))
        return Upload(data, found["media_type"])

    async def delete(self, name: str) -> bool:
        """Forget an upload and return whether there was one; its bytes go when nobody needs them."""
        known = await self._named(name) is not None
        await self._store.write(Delete("uploads", name.lower()))
        return known

    async def _named(self, name: str) -> Mapping[str, Any] | None:
        data = await self._store.get("uploads", name.lower())
        return loads(data) if data is not None else None

    def _entries(self, name: str, data: bytes, media_type: str) -> Sequence[Put]:
        now = self._clock.now()
        entry = {"content": content_id(data), "media_type": media_type, "at": now}
        until = now + UNUSED_S
        return content_entry(data, until), Put("uploads", name.lower(), dumps(entry), until)


class FileCache:
    """Drawn files by what they were drawn from, at most ``limit`` bytes; the least recently used go first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._files: OrderedDict[bytes, bytes] = OrderedDict()

    def get(self, key: bytes) -> bytes | None:
        """Return a file, or None."""
        if key in self._files:
            self._files.move_to_end(key)
        return self._files.get(key)

    def put(self, key: bytes, data: bytes) -> None:
        """Keep a file, unless it alone is larger than the limit."""
        if len(data) > self._limit or key in self._files:
            return
        self._files[key] = data
        self._held += len(data)
        while self._held > self._limit:
            self._held -= len(self._files.popitem(last=False)[1])
