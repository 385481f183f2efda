"""Files in the store: uploads, fetched inputs and what jobs make, one record each. Their bytes are kept or drawn.

Source: docs/providers/kiapi.md, "Files".
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from ...clock import Clock
from ...derive import digest
from ...json_codec import dumps, loads
from ...media import UNUSED_S, content_entry, content_id
from ...stores import Delete, Put, Store
from ...world import World
from .names import FILES, NAME

if TYPE_CHECKING:
    from mimetypes import MimeTypes

KEPT_S = UNUSED_S  # how long a file stays; ours, kiapi keeps files until they are deleted
PAGE = 200  # entries that are read at once
UNKNOWN_TYPE = "application/octet-stream"
# What the media types of some Python versions lack, so that a name means the same to each.
TYPES = {".webp": "image/webp", ".avif": "image/avif", ".heic": "image/heic", ".md": "text/markdown"}


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file.

    created_at: Unix seconds; from then on it can be seen. size: in bytes, or None until what is drawn was drawn once.
    content: the name of its bytes in the table "contents", or "". drawing: what it is drawn from, for what a job made.
    boot: which start of the server that job belongs to.
    """

    file_id: str
    filename: str
    content_type: str
    created_at: float
    meta: Mapping[str, Any] = field(default_factory=dict)
    size: int | None = None
    content: str = ""
    drawing: Mapping[str, Any] | None = None
    boot: str = ""

    @property
    def kept_until(self) -> float:
        """Until when it stays in the store, and what it is drawn from must, in Unix seconds."""
        return self.created_at + KEPT_S

    def as_json(self) -> dict[str, Any]:
        """Return what clients are told, in kiapi's order."""
        return {
            "file_id": self.file_id,
            "filename": self.filename,
            "content_type": self.content_type,
            "size": self.size,
            "created_at": self.created_at,
            "meta": self.meta,
        }

    def as_bytes(self) -> bytes:
        """Return the record as the store holds it."""
        return dumps(asdict(self))

    @classmethod
    def of_bytes(cls, data: bytes) -> "FileRecord":
        """Return the record that ``as_bytes`` wrote."""
        return cls(**loads(data))


class Files:
    """All files of a server. Nobody sees a file before it was created, though its record may be there."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def put(
        self,
        data: bytes,
        *,
        filename: str,
        content_type: str | None,
        file_id: str,
        meta: Mapping[str, Any] | None = None,
        created_at: float | None = None,
    ) -> FileRecord:
        """Keep a file and return its record. created_at: now when None. See ``record_of`` for the rest."""
        record = record_of(
            data,
            filename=filename,
            content_type=content_type,
            file_id=file_id,
            meta=meta or {},
            created_at=self._clock.now() if created_at is None else created_at,
        )
        await self._store.write(*entries_of(record, data))
        return record

    async def get(self, file_id: str, *, at: float | None = None) -> FileRecord | None:
        """Return the record of a file that exists at a time (Unix seconds; now when None), or None."""
        data = await self._store.get(FILES, file_id)
        record = FileRecord.of_bytes(data) if data is not None else None
        return record if record is not None and record.created_at <= self._time(at) else None

    async def list(self) -> Sequence[FileRecord]:
        """Return the records of all files that exist now, the one created last first."""
        found: list[FileRecord] = []
        before, now = None, self._clock.now()
        while page := await self._store.newest(FILES, limit=PAGE, before=before):
            found += [FileRecord.of_bytes(entry.value) for entry in page]
            before = page[-1].sequence
        visible = [record for record in found if record.created_at <= now]
        return sorted(visible, key=lambda record: record.created_at, reverse=True)

    async def delete(self, file_id: str) -> bool:
        """Forget a file and return whether it existed; its bytes go when nobody needs them.

        What a job will make is not known yet, cannot be deleted, and appears when the job ends.
        """
        known = await self.get(file_id) is not None
        if known:
            await self._store.write(Delete(FILES, file_id))
        return known

    async def read(self, record: FileRecord) -> bytes | None:
        """Return the bytes that are kept of a file, or None: of what is drawn, and what was dropped to make room."""
        return await self._store.get("contents", record.content) if record.content else None

    async def sized(self, world: World, record: FileRecord) -> FileRecord:
        """Return a record whose size is known; what is drawn is drawn for it, once. Raises Gone of ``drawing``."""
        if record.size is not None:
            return record
        from .drawing import drawn  # here: pictures load late, so that the first answer comes early

        known = replace(record, size=len(await drawn(world, record.drawing or {})))
        if await self.get(record.file_id, at=math.inf) is not None:  # else it was deleted meanwhile
            await self._store.write(*entries_of(known))
        return known

    def _time(self, at: float | None) -> float:
        return self._clock.now() if at is None else at


async def file_bytes(world: World, record: FileRecord) -> bytes | None:
    """Return the bytes of a file, kept or drawn, or None when they can no longer be had."""
    if record.drawing is None:
        return await Files(world.store, world.clock).read(record)
    from .drawing import Gone, drawn  # here: as above

    try:
        return await drawn(world, record.drawing)
    except Gone:
        return None


def record_of(
    data: bytes,
    *,
    filename: str,
    content_type: str | None,
    file_id: str,
    meta: Mapping[str, Any],
    created_at: float,
) -> FileRecord:
    """Return the record of bytes that are to be kept; ``entries_of`` writes it.

    content_type: guessed from the name when it is None or empty. Halves of surrogate pairs in the name become "?":
    no header could carry them.
    """
    name = filename.encode("utf-8", "replace").decode()
    return FileRecord(
        file_id=file_id,
        filename=name,
        content_type=content_type or guessed_type(name),
        created_at=created_at,
        meta=meta,
        size=len(data),
        content=content_id(data),
    )


def entries_of(record: FileRecord, data: bytes | None = None) -> Sequence[Put]:
    """Return what is written of a file, to be written together with what belongs to it.

    data: its bytes, unless they are drawn or are there already. A file of which the time never comes is not written.
    """
    if record.created_at == math.inf:
        return ()
    put = Put(FILES, record.file_id, record.as_bytes(), record.kept_until)
    return (put,) if data is None else (content_entry(data, record.kept_until), put)


async def new_file_id(store: Store, seed: int) -> str:
    """Return the next file id: file_ and 32 hexadecimal digits."""
    number = await store.add(NAME, FILES, 1)
    return f"file_{digest('file', seed, number).hex()[:32]}"


def guessed_type(filename: str) -> str:
    """Return the media type that a file name's ending stands for, the same on every machine."""
    try:
        return _types().guess_type(filename)[0] or UNKNOWN_TYPE
    except ValueError:  # a name that looks like a URL and is none
        return UNKNOWN_TYPE


def guessed_ending(content_type: str) -> str:
    """Return the usual ending of a media type, ".bin" for one that has none."""
    return _types().guess_extension(content_type) or ".bin"


@cache
def _types() -> "MimeTypes":
    """Return Python's own table: what the machine's files say is not looked at."""
    from mimetypes import MimeTypes  # here: it reads the machine's files when it is first used

    types = MimeTypes()
    for ending, media_type in TYPES.items():
        types.add_type(media_type, ending)
    return types
