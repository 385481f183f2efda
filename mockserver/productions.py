"""Productions: what the pipeline still has to make for tasks that were accepted, in the store until it is made.

One table, ``productions``, by the name of the task. An entry is due as long as nobody works on it; whoever takes it
renews its lease with every step, so that the work of a process that died is taken up by another. An entry that is gone
is not wanted any more: whoever works on it stops.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from .json_codec import dumps, loads
from .stores.base import Delete, Put, Store

if TYPE_CHECKING:
    from .makers.order import Order
    from .runtime import Runtime

TABLE = "productions"
LEASE_S = 5.0  # how long who works on one may say nothing
LOOK_S = 0.02  # how often who waits for one looks
PAGE = 200  # entries that are read at once
Changes = Sequence[Put | Delete]


@dataclass(frozen=True, slots=True)
class Production:
    """What is to be made for one task, and how far that is.

    provider: whose task it is. task: its name in that provider's table. files: how many are to be made.
    part: of all steps, 0 to 1, those that are done. finished: how many files are made, counted from the first on.
    begun_at: when the work began, in Unix seconds; None before.
    """

    provider: str
    task: str
    files: int
    part: float = 0.0
    finished: int = 0
    begun_at: float | None = None

    @classmethod
    def of_bytes(cls, data: bytes) -> "Production":
        """Return the production that ``production_entry`` wrote."""
        return cls(**loads(data))


@dataclass(frozen=True, slots=True)
class Producing:
    """What a provider has to say of its productions.

    orders: what is to be made, in order; None when the task is gone, or cannot be made any more. begun: what is written
    when the work begins. ended: what is written when it has ended; its text says why it failed, "" for a success.
    alone: one production at a time, in their order.
    """

    orders: Callable[["Runtime", Production], Awaitable["Sequence[Order] | None"]]
    begun: Callable[["Runtime", Production], Awaitable[Changes]]
    ended: Callable[["Runtime", Production, str], Awaitable[Changes]]
    alone: bool = False


def production_entry(production: Production, *, due_at: float) -> Put:
    """Return the entry of a production; who works on it has until ``due_at`` to say how far it is."""
    return Put(TABLE, production.task, dumps(asdict(production)), due_at=due_at)


async def find_production(store: Store, name: str) -> Production | None:
    """Return what is still to be made of a task, or None when it is made, has failed, or was nobody's wish."""
    data = await store.get(TABLE, name)
    return Production.of_bytes(data) if data is not None else None


async def unfinished(store: Store, *, most: int) -> int:
    """Return how many files are still to be made, counted up to a number that is at least ``most``."""
    count, before = 0, None
    while count < most and (page := await store.newest(TABLE, limit=PAGE, before=before)):
        for entry in page:
            production = Production.of_bytes(entry.value)
            count += production.files - production.finished
        before = page[-1].sequence
    return count


async def waiting(store: Store, provider: str) -> int:
    """Return how many productions of a provider have not begun, of the newest."""
    found = [Production.of_bytes(entry.value) for entry in await store.newest(TABLE, limit=PAGE)]
    return sum(each.provider == provider and each.begun_at is None for each in found)


async def ended(store: Store, name: str) -> None:
    """Wait until a production is made, has failed, or is not wanted any more, by whichever process. In real time."""
    while await store.get(TABLE, name) is not None:  # noqa: ASYNC110 - another process may be at work, and tells nobody
        await asyncio.sleep(LOOK_S)


async def revive(store: Store, *, now: float) -> None:
    """Have everything taken up again at once: for the only process that there is, when it starts."""
    for entry in await store.newest(TABLE, limit=PAGE):
        await store.write(Put(TABLE, entry.key, entry.value, due_at=now))
