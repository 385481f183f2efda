"""`genmock worker`: fulfils the orders of servers on other machines, taken from the queue beside their store."""

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import CancelledError as NotMade
from typing import TYPE_CHECKING, Any

from ..stores import Put, Store, open_store
from .broker import TASK, open_queue
from .opening import plan_of
from .parcel import unpacked
from .pool import Made, MakingFailed, Pool, Ticket
from .producer import KEPT_S

if TYPE_CHECKING:
    from saq import Job, Worker

    from ..clock import Clock
    from ..settings import Settings

LOG = logging.getLogger("genmock.worker")
TELL_S = 0.2  # how often progress is told
SWEEP_S = 2  # how often orders are looked for whose worker died
LISTEN_S = 1.0  # how long one look for an order takes, at most; a worker stops between two
STOP_S = 30  # for the orders in hand, when the worker is asked to stop


class Hands:
    """The one function of a worker, and what it works with."""

    def __init__(self, store: Store, clock: "Clock", pool: Pool) -> None:
        self._store = store
        self._clock = clock
        self._pool = pool

    async def make(self, context: Mapping[str, Any], *, order: Mapping[str, Any]) -> int:
        """Fulfil an order, keep what was made in the store, and return its size in bytes. Raises MakingFailed.

        Done once, however often it is asked for: what is in the store already is not made again.
        """
        wanted = await unpacked(self._store, order)
        data = await self._store.get("contents", wanted.key)
        if data is None:
            data = await self._made(context["job"], self._pool.submit(wanted))
            await self._store.write(Put("contents", wanted.key, data, self._clock.now() + KEPT_S, extend=True))
        return len(data)

    async def _made(self, job: "Job", ticket: Ticket) -> bytes:
        """Return the file, its steps told meanwhile. When the job is given up, so is the work."""
        made = asyncio.wrap_future(ticket.made)
        try:
            while not made.done():
                await asyncio.wait([made], timeout=TELL_S)
                await job.update(meta={"done": ticket.done, "of": ticket.of})  # the heartbeat, too
            return made.result()
        except NotMade:
            raise MakingFailed("cancelled") from None
        finally:
            ticket.cancel()


def worker_of(settings: "Settings", hands: Hands) -> "Worker[Any]":
    """Return the worker of SAQ that lets these hands work."""
    from saq import Worker

    return Worker(
        open_queue(settings.store),
        functions=[(TASK, hands.make)],
        concurrency=max(settings.pipeline_workers, 1),
        timers={"schedule": 1, "worker_info": SWEEP_S, "sweep": SWEEP_S, "abort": 1},
        dequeue_timeout=LISTEN_S,
        shutdown_grace_period_s=STOP_S,
    )


async def work(settings: "Settings", clock: "Clock") -> None:
    """Work until SIGINT or SIGTERM. Raises StoreError when the store cannot be used."""
    from ..world import bounds

    store = open_store(settings.store, clock, bounds(settings))
    await store.open()
    pool = Pool(
        plan_of(settings),
        workers=max(settings.pipeline_workers, 1),
        timeout_s=settings.pipeline_timeout,
        on_made=_tell,
    )
    worker = worker_of(settings, Hands(store, clock, pool))
    try:
        await worker.start()
    finally:
        await worker.queue.disconnect()
        await asyncio.to_thread(pool.close)
        await store.close()


def _tell(made: Made) -> None:
    LOG.info("%s: %s in %.2f s, %d steps", made.what, made.failed or "made", made.took_s, made.steps)
