"""Orders that workers on other machines fulfil: a queue of SAQ in the Redis server that is also the store.

SAQ, since it moves an order to its worker in one step, notices by missing heartbeats that a worker died, and tells
progress and cancels; docs/pipeline.md, "Many machines", has the alternatives. An order travels as JSON values, what it
is made from and what comes of it lie in the store.
"""

import asyncio
import logging
import math
import threading
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..clock import RealClock
from ..stores import open_store, without_password
from ..stores.redis_url import server_of
from ..world import bounds
from .order import Order
from .parcel import packed
from .pool import Made, MakingFailed, Ticket

if TYPE_CHECKING:
    from saq import Job
    from saq.queue.redis import RedisQueue

    from ..settings import Settings
    from ..stores import Store

LOG = logging.getLogger("genmock.pipeline")
TASK = "make"  # the name of the one function that workers have
ATTEMPTS = 5  # workers that an order may outlive
HEARTBEAT_S = 15  # how long a worker may say nothing of an order: one on a busy machine is slow, and not dead
LOOK_S = 0.1  # how often progress is read
PATIENCE_S = 10.0  # how long an order waits before the log says that there is no worker
SWEPT_S = 10.0  # how long whoever takes an order from a dead worker may need: SAQ waits five seconds in between
KEPT_S = 600  # how long what became of an order is told


def open_queue(store_url: str) -> "RedisQueue":
    """Return the queue beside a store. Raises StoreError for a URL that names no Redis server."""
    from redis.asyncio import Redis
    from saq.queue.redis import RedisQueue

    server = server_of(store_url)
    return RedisQueue(Redis.from_url(server.url), name=f"{server.prefix}pipeline")


class Broker:
    """What `Pool` is, with its processes elsewhere: it has a thread that asks after them."""

    def __init__(self, settings: "Settings", on_made: Callable[[Made], None] = lambda made: None) -> None:
        self._settings = settings
        self._shown = without_password(settings.store)
        self._worked_at = 0.0
        self._complained = False
        self._on_made = on_made
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="genmock-broker", daemon=True)
        self._queue: RedisQueue | None = None
        self._store: Store | None = None
        self._opening = asyncio.Lock()
        self._thread.start()

    def submit(self, order: Order) -> Ticket:
        """Have something made by a worker. From any thread."""
        if self._loop.is_closed():
            raise MakingFailed("the server is stopping")
        ticket = Ticket(order, of=order.steps)
        asyncio.run_coroutine_threadsafe(self._see(ticket), self._loop)
        return ticket

    def close(self) -> None:
        """Stop asking after orders; workers go on, and what they make is found in the store."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        here = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not here]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._queue is not None:
            await self._queue.disconnect()
        if self._store is not None:
            await self._store.close()

    async def _see(self, ticket: Ticket) -> None:
        """See one order through. Whatever goes wrong ends in its ticket."""
        began = time.perf_counter()
        failed = ""
        try:
            data = await self._fulfilled(ticket)
            if ticket.made.set_running_or_notify_cancel():
                ticket.made.set_result(data)
        except asyncio.CancelledError:
            ticket.made.cancel()
            raise
        except Exception as error:  # of Redis, of SAQ, of the worker: the task fails of it, and the server serves on
            failed = str(error) or type(error).__name__
            if ticket.made.set_running_or_notify_cancel():
                ticket.made.set_exception(MakingFailed(failed))
        self._on_made(Made(ticket.order.what, ticket.of, 0.0, time.perf_counter() - began, failed))

    async def _fulfilled(self, ticket: Ticket) -> bytes:
        """Return the file that a worker made. Raises MakingFailed."""
        from saq import Job

        queue, store = await self._opened()
        key = f"{ticket.order.key}-{uuid.uuid4().hex[:8]}"  # two servers may want the same, and one may drop it
        job = await queue.enqueue(
            Job(
                TASK,
                key=key,
                kwargs={"order": packed(ticket.order)},
                timeout=math.ceil(self._settings.pipeline_timeout),
                heartbeat=HEARTBEAT_S,
                retries=ATTEMPTS,
                ttl=KEPT_S,
            )
        )
        if job is None:
            raise MakingFailed(f"the queue does not take {key}")
        await self._ended(queue, job, ticket)
        data = await store.get("contents", ticket.order.key)
        if data is None:
            raise MakingFailed("what the worker made is not in the store")
        return data

    async def _ended(self, queue: "RedisQueue", job: "Job", ticket: Ticket) -> None:
        """Wait until an order is fulfilled, its steps told meanwhile. Raises MakingFailed."""
        from saq.job import Status

        waits_from = swept_from = time.monotonic()
        while not _is_over(job):
            if ticket.unwanted:
                await queue.abort(job, "not wanted any more")
                raise MakingFailed("cancelled")
            await asyncio.sleep(LOOK_S)
            job = await _found(queue, job)
            ticket.done, ticket.of = _steps(job.meta, ticket)
            if job.status not in (Status.ABORTING, Status.ABORTED):
                swept_from = time.monotonic()
            elif time.monotonic() - swept_from > SWEPT_S:  # who took it from a dead worker died too: nobody has it
                await queue.retry(job, "its worker died, and who found that out")
                swept_from = time.monotonic()
            if job.status == Status.ACTIVE:
                self._worked_at, self._complained = time.monotonic(), False
            elif time.monotonic() - max(waits_from, self._worked_at) > PATIENCE_S and not self._complained:
                self._complained = True
                LOG.warning("orders wait for a worker: genmock worker --mode pipeline --store %s", self._shown)
        if job.status != Status.COMPLETE:
            raise MakingFailed((job.error or "no worker made it").strip().splitlines()[-1])

    async def _opened(self) -> "tuple[RedisQueue, Store]":
        async with self._opening:
            if self._queue is None or self._store is None:
                store = open_store(self._settings.store, RealClock(), bounds(self._settings))
                await store.open()
                self._queue, self._store = open_queue(self._settings.store), store
            return self._queue, self._store


def _is_over(job: "Job") -> bool:
    """Return whether an order has ended for good.

    SAQ takes an order for one of a dead worker, too, that a worker takes in that very moment and has not said so yet:
    it is aborted, and asked for again by whoever swept it.
    """
    from saq.job import TERMINAL_STATUSES, Status

    return job.status in TERMINAL_STATUSES and not (job.status == Status.ABORTED and job.retryable)


async def _found(queue: "RedisQueue", job: "Job") -> "Job":
    """Return what is known of an order now. Raises MakingFailed."""
    found = await queue.job(job.key)
    if found is None:
        raise MakingFailed("the queue has lost it")
    return found


def _steps(meta: Any, ticket: Ticket) -> tuple[int, int]:  # noqa: ANN401 - what a worker said of it
    return int(meta.get("done", ticket.done)), int(meta.get("of", ticket.of))
