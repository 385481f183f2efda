"""Tasks in the store: which taskUUIDs were used, what became of each, and the media that they made.

Four tables. ``requests``: each answered task as it was sent; a taskUUID that is there is used. ``tasks``: the record of
each that makes something. ``media``: which task and result a medium's UUID belongs to. ``refused``: the newest refusal
of a taskUUID that is not used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .json_codec import dumps, loads
from .stores.base import Put, Store
from .tasks import TaskRecord, account_id, task_id


@dataclass(frozen=True, slots=True)
class Archived:
    """A task that was sent earlier. data, errors: the reply that it got, where that is not in a TaskRecord."""

    item: Mapping[str, Any]
    data: Sequence[Mapping[str, Any]] = ()
    errors: Sequence[Mapping[str, Any]] = ()


class Tasks:
    """The tasks of all accounts. Keys of accounts are those that clients send."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def is_used(self, key: str, task_uuid: str) -> bool:
        """Return whether an account has used a taskUUID."""
        return await self._store.get("requests", task_id(account_id(key), task_uuid)) is not None

    async def archive(self, key: str, task_uuid: str, archived: Archived, expires_at: float, *rest: Put) -> bool:
        """Keep an answered task, with everything that belongs to it, and return True; False when its UUID is used."""
        return await self._store.insert(archive_entry(key, task_uuid, archived, expires_at), *rest)

    async def replace(self, key: str, task_uuid: str, archived: Archived, expires_at: float, *rest: Put) -> None:
        """Keep an answered task in place of what its UUID was used for before."""
        await self._store.write(archive_entry(key, task_uuid, archived, expires_at), *rest)

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
        data = await self._store.get("tasks", name)
        return TaskRecord.of_bytes(data) if data is not None else None

    async def of_medium(self, name: str) -> tuple[TaskRecord, int] | None:
        """Return the record that a produced medium belongs to, and the index of its result, or None.

        There is none either when the taskUUID was used again, for a task with fewer results.
        """
        data = await self._store.get("media", name.lower())
        if data is None:
            return None
        owner, index = loads(data)
        record = await self.by_id(owner)
        return (record, index) if record is not None and index < len(record.results) else None


def archive_entry(key: str, task_uuid: str, archived: Archived, expires_at: float) -> Put:
    """Return the entry of an answered task."""
    return Put("requests", task_id(account_id(key), task_uuid), _as_bytes(archived), expires_at)


def record_entry(record: TaskRecord, kept_until: float) -> Put:
    """Return the entry of a task's record, which its media need for as long as they are served."""
    return Put("tasks", task_id(record.account, record.uuid), record.as_bytes(), kept_until)


def medium_entry(record: TaskRecord, name: str, index: int, expires_at: float) -> Put:
    """Return the entry of a medium that one result of a task is."""
    return Put("media", name.lower(), dumps([task_id(record.account, record.uuid), index]), expires_at)


def _as_bytes(archived: Archived) -> bytes:
    return dumps({"item": archived.item, "data": archived.data, "errors": archived.errors})
