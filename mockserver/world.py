"""The world: everything in a server that changes. Reset is a new one."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .accounts import Accounts
from .clock import Clock, RealClock
from .journal import Journal
from .media import FileCache, Pictures, Uploads
from .settings import Settings

MAX_TASKS = 10_000  # tasks whose details can still be asked for; the oldest go first
MAX_FILES = 32 * 1024 * 1024  # bytes of drawn pictures kept for the next request


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """A task that was answered: what getTaskDetails and getResponse tell of it. weight: its bytes, about."""

    key: str
    item: Mapping[str, Any]
    data: tuple[Mapping[str, Any], ...]
    errors: tuple[Mapping[str, Any], ...]
    weight: int = 0


class Tasks:
    """Answered tasks by (key, taskUUID), the newest of each: at most ``limit``, of ``max_bytes`` in all."""

    def __init__(self, limit: int, max_bytes: int) -> None:
        self._limit = limit
        self._max_bytes = max_bytes
        self._held = 0
        self._records: OrderedDict[tuple[str, str], TaskRecord] = OrderedDict()

    def put(self, task_uuid: str, record: TaskRecord) -> None:
        """Keep what became of a task."""
        old = self._records.pop((record.key, task_uuid.lower()), None)
        self._held += record.weight - (old.weight if old else 0)
        self._records[record.key, task_uuid.lower()] = record
        while len(self._records) > 1 and (len(self._records) > self._limit or self._held > self._max_bytes):
            self._held -= self._records.popitem(last=False)[1].weight

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
    tasks: Tasks
    files: FileCache = field(default_factory=lambda: FileCache(MAX_FILES))

    @classmethod
    def of(cls, settings: Settings, clock: Clock | None = None) -> "World":
        """Return a fresh world for some settings."""
        return cls(
            clock=clock or RealClock(),
            accounts=Accounts(settings.balance, settings.key_balance),
            journal=Journal(settings.journal_size),
            uploads=Uploads(settings.max_media),
            pictures=Pictures(settings.max_pictures, settings.max_media),
            tasks=Tasks(MAX_TASKS, settings.max_media),
        )
