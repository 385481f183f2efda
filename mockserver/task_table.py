"""Tasks in the store: which taskUUIDs were used, what became of each, and the media that they made.

Four tables. ``requests``: each answered task as it was sent; a taskUUID that is there is used. ``tasks``: the record of
each that makes something, unless it follows from the task as it was sent: most records are never asked for. ``media``:
which task and result a medium's UUID belongs to. ``refused``: the newest refusal of a taskUUID that is not used.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from .json_codec import dumps, loads
from .stores.base import Put, Store
from .tasks import TaskRecord, account_id, task_id

ARCHIVED = b'{"item":'  # how an entry of ``requests`` begins


class Archived(NamedTuple):
    """A task that was sent earlier.

    data, errors: the reply that it got, where that is not in a TaskRecord. plain: what its record is made from besides
    the item, where it has none in the store; with the name of its ``provider``.
    """

    item: Mapping[str, Any]
    data: Sequence[Mapping[str, Any]] = ()
    errors: Sequence[Mapping[str, Any]] = ()
    plain: Mapping[str, Any] | None = None


Expand = Callable[[str, Archived], TaskRecord]  # from an account and a plain task of it to the task's record


class Tasks:
    """The tasks of all accounts. Keys of accounts are those that clients send. expand: for plain tasks, by provider."""

    def __init__(self, store: Store, expand: Mapping[str, Expand] | None = None) -> None:
        self._store = store
        self._expand = {} if expand is None else expand  # filled while the server is put together

    async def is_used(self, key: str, task_uuid: str) -> bool:
        """Return whether an account has used a taskUUID."""
        return await self.is_taken(task_id(account_id(key), task_uuid))

    async def is_taken(self, name: str) -> bool:
        """Return whether a name of ``task_id`` is that of a task that was answered."""
        return await self._store.get("requests", name) is not None

    async def archive(self, key: str, task_uuid: str, archived: Archived, expires_at: float, *rest: Put) -> bool:
        """Keep an answered task, with everything that belongs to it, and return True; False when its UUID is used."""
        return await self._store.insert(archive_entry(task_id(account_id(key), task_uuid), archived, expires_at), *rest)

    async def replace(self, key: str, task_uuid: str, archived: Archived, expires_at: float, *rest: Put) -> None:
        """Keep an answered task in place of what its UUID was used for before."""
        await self._store.write(archive_entry(task_id(account_id(key), task_uuid), archived, expires_at), *rest)

    async def refuse(self, key: str, task_uuid: str, archived: Archived, expires_at: float) -> None:
        """Keep a refused task; its UUID stays free, since a client may mend the task and send it again."""
        name = task_id(account_id(key), task_uuid)
        await self._store.write(Put("refused", name, _as_bytes(archived), expires_at))

    async def archived(self, key: str, task_uuid: str) -> Archived | None:
        """Return a task as it was sent, answered or refused, or None."""
        name = task_id(account_id(key), task_uuid)
        data = await self._store.get("requests", name) or await self._store.get("refused", name)
        return Archived(**loads(data)) if data is not None else None

    async def get(self, key: str, task_uuid: str) -> TaskRecord | None:
        """Return the record of an account's task, or None."""
        return await self.by_id(task_id(account_id(key), task_uuid))

    async def by_id(self, name: str) -> TaskRecord | None:
        """Return the record with a name of ``task_id``, or None."""
        data = await self.stored(name)
        return self.read(name, data) if data is not None else None

    async def stored(self, name: str) -> bytes | None:
        """Return what ``read`` makes a record of, or None; other bytes for each change of it."""
        return await self._store.get("tasks", name) or await self._store.get("requests", name)

    def read(self, name: str, data: bytes) -> TaskRecord | None:
        """Return the record that stands in what is stored of a task, or follows from it; None where it has none."""
        if not data.startswith(ARCHIVED):
            return TaskRecord.of_bytes(data)
        archived = Archived(**loads(data))
        if archived.plain is None:
            return None
        return self._expand[archived.plain["provider"]](name.partition("/")[0], archived)

    async def result_of(self, name: str) -> tuple[str, int] | None:
        """Return whose result a produced medium is, by ``task_id``, and which, or None."""
        data = await self._store.get("media", name.lower())
        return _linked(data) if data is not None else None


@lru_cache(maxsize=256)
def _linked(data: bytes) -> tuple[str, int]:
    owner, index = loads(data)
    return owner, index


def archive_entry(name: str, archived: Archived, expires_at: float) -> Put:
    """Return the entry of an answered task. name: of ``task_id``."""
    return Put("requests", name, _as_bytes(archived), expires_at)


def record_entry(record: TaskRecord, kept_until: float) -> Put:
    """Return the entry of a task's record, which its media need for as long as they are served."""
    return Put("tasks", task_id(record.account, record.uuid), record.as_bytes(), kept_until)


def medium_entry(owner: str, name: str, index: int, expires_at: float) -> Put:
    """Return the entry of a medium that one result of a task is. owner: the task, by ``task_id``."""
    return Put("media", name.lower(), dumps([owner, index]), expires_at)


def _as_bytes(archived: Archived) -> bytes:
    if archived.plain is not None:
        return dumps({"item": archived.item, "plain": archived.plain})
    return dumps({"item": archived.item, "data": archived.data, "errors": archived.errors})
