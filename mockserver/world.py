"""The world: everything in a server that changes. Reset is a new one."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .accounts import Accounts
from .clock import Clock, RealClock
from .journal import Journal
from .media import Pictures, Uploads
from .settings import Settings

MAX_TASKS = 10_000  # tasks whose details can still be asked for; the oldest go first


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """A task that was answered: what getTaskDetails and getResponse tell of it."""

    key: str
    item: Mapping[str, Any]
    data: tuple[Mapping[str, Any], ...]
    errors: tuple[Mapping[str, Any], ...]


class Tasks:
    """Answered tasks by (key, taskUUID), the newest of each; bounded."""

    def __init__(self, limit: int = MAX_TASKS) -> None:
        self._limit = limit
        self._records: OrderedDict[tuple[str, str], TaskRecord] = OrderedDict()

    def put(self, task_uuid: str, record: TaskRecord) -> None:
        """Keep what became of a task."""
        self._records.pop((record.key, task_uuid.lower()), None)
        self._records[record.key, task_uuid.lower()] = record
        while len(self._records) > self._limit:
            self._records.popitem(last=False)

    def get(self, key: str, task_uuid: str) -> TaskRecord | None:
        """Return a key's task, or None."""
        return self._records.get((key, task_uuid.lower()))

    def __len__(self) -> int:
        return len(self._records)


@dataclass
class World:
    """All mutable state of a server, in one place."""

    clock: Clock
    accounts: Accounts
    journal: Journal
    uploads: Uploads
    pictures: Pictures
    tasks: Tasks = field(default_factory=Tasks)

    @classmethod
    def of(cls, settings: Settings, clock: Clock | None = None) -> "World":
        """Return a fresh world for some settings."""
        return cls(
            clock=clock or RealClock(),
            accounts=Accounts(settings.balance, settings.key_balance),
            journal=Journal(settings.journal_size),
            uploads=Uploads(settings.max_media),
            pictures=Pictures(settings.max_pictures),
        )
