"""The world: everything in a server that changes. It lives in one store; reset is an empty one."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .accounts import Accounts
from .clock import Clock
from .faults import FaultState
from .journal import Journal
from .makers.workshop import Workshop
from .media import FileCache, Uploads
from .models import Models
from .sessions import FRAMES, SESSIONS, Sessions
from .settings import Settings
from .shared_journal import SharedJournal
from .stores import Bound, Store
from .task_table import Expand, Tasks

MAX_FILES = 32 * 1024 * 1024  # bytes of drawn pictures kept for the next request


def bounds(settings: Settings) -> Mapping[str, Bound]:
    """Return how much of each table is kept; docs/stores.md is the table for users."""
    return {
        "requests": Bound(settings.max_tasks, settings.max_media),
        "tasks": Bound(settings.max_tasks),
        "refused": Bound(settings.max_tasks // 10 or 1, settings.max_media // 10 or 1, durable=True),
        "media": Bound(settings.max_pictures),
        "uploads": Bound(settings.max_tasks),
        "contents": Bound(settings.max_tasks, settings.max_media, recent=True),
        "outbox": Bound(settings.max_tasks),
        "files": Bound(settings.max_tasks, settings.max_media),
        "jobs": Bound(settings.max_tasks, settings.max_media),
        "queue": Bound(1_000, durable=True),
        "productions": Bound(settings.max_tasks),
        SESSIONS: Bound(settings.max_tasks),
        FRAMES: Bound(settings.max_tasks, settings.max_media // 4 or 1, durable=True),
        "models": Bound(settings.max_tasks),
        "journal": Bound(settings.journal_size, durable=True),
    }


@dataclass
class World:
    """All mutable state of a server, in one place.

    files, known: caches, which hold nothing that could not be made again: drawn files, and what was read of entries.
    workshop: where the pipeline's files are made; it outlives a world.
    """

    clock: Clock
    store: Store
    accounts: Accounts
    journal: Journal | SharedJournal
    uploads: Uploads
    tasks: Tasks
    models: Models
    sessions: Sessions
    faults: FaultState
    workshop: Workshop
    files: FileCache = field(default_factory=lambda: FileCache(MAX_FILES))
    known: dict[Hashable, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        settings: Settings,
        clock: Clock,
        store: Store,
        workshop: Workshop | None = None,
        expand: Mapping[str, Expand] | None = None,
    ) -> "World":
        """Return the world that a store holds. workshop: a new one unless given. expand: as of ``Tasks``."""
        in_memory = settings.store == "memory"
        return cls(
            clock=clock,
            store=store,
            accounts=Accounts(store, settings.balance, settings.key_balance),
            journal=Journal(settings.journal_size) if in_memory else SharedJournal(store),
            uploads=Uploads(store, clock),
            tasks=Tasks(store, expand),
            models=Models(store, clock),
            sessions=Sessions(store, clock, resume_s=settings.socket_resume, seed=settings.seed),
            faults=FaultState(store, seed=settings.seed),
            workshop=workshop or Workshop(settings),
        )
