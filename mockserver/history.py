"""What a world holds, read as values for whoever looks at it from outside: tasks of every provider, and deliveries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .deliveries import Attempt, Wanted, page
from .stores import Entry, Store
from .world import World

PAGE = 500  # entries that are read at once
ALL = 1_000_000  # more deliveries than a store is asked to keep


@dataclass(frozen=True, slots=True)
class TaskView:
    """One task or job at a time, whichever provider it is for.

    id: its taskUUID or job id. operation: like "runware:imageInference". status: queued, running, succeeded, failed or
    expired. progress: 0.0 to 1.0. accepted_at, ends_at: Unix seconds by the server's clock; infinity for no end.
    """

    id: str
    operation: str
    status: str
    progress: float
    accepted_at: float
    ends_at: float
    results: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One result on its way to one receiver. kind: "webhook" or "upload". state: "pending", "delivered", ...

    due_at: when the next attempt for its task is made, in Unix seconds; infinity for a task that never ends.
    """

    id: str
    task: str
    kind: str
    url: str
    state: str
    attempts: Sequence[Attempt]
    due_at: float


async def read_deliveries(world: World) -> Sequence[DeliveryView]:
    """Return every delivery of a world, the oldest task's first."""
    found = await page(world.store, Wanted(), limit=ALL)
    return [
        DeliveryView(each.delivery.id, each.job.task_uuid, one.kind, one.url, one.state, one.attempts, each.job.due_at)
        for each in reversed(found)
        for one in (each.delivery,)
    ]


async def values_of(store: Store, table: str) -> Sequence[bytes]:
    """Return the values of a table, the oldest first."""
    return [entry.value for entry in await entries_of(store, table)]


async def entries_of(store: Store, table: str) -> Sequence[Entry]:
    """Return the entries of a table, the oldest first."""
    found: list[Entry] = []
    before = None
    while entries := await store.newest(table, limit=PAGE, before=before):
        found += entries
        before = entries[-1].sequence
    return found[::-1]
