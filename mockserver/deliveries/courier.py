"""Who makes deliveries: a task beside the server's requests, which takes due jobs from the store.

Every process that shares the store has one. A job that was taken is leased: nobody else gets it until the lease runs
out, which happens when its process died. The attempt is recorded after it was made, so that none is ever lost, and a
receiver may see one twice: at-least-once.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from ..clock import Clock
from ..stores import Delete, Entry, Put, Store, StoreError
from .model import OUTBOX, Attempt, Delivery, Job, Parcel, State
from .outbox import RELEASED, is_paused, job_entry
from .progress import Policy, after_attempt
from .sender import send
from .targets import TargetBlocked

Pack = Callable[[Job, Delivery], Awaitable[Parcel | None]]
Finish = Callable[[Job, Delivery], Awaitable[Sequence[Put]]]
LOG = logging.getLogger("genmock.deliveries")
POLL_S = 1.0  # how often the store is looked at for what other processes put there, or left behind
LEAST_WAIT_S = 0.01
SPARE_S = 10.0  # what a lease leaves for making up what is sent, beside the attempt itself
GRACE_S = 1.0  # what attempts under way have to end when the server stops
AGAIN_S = 0.1  # after which who did not stop is told again


class Courier:
    """Makes the deliveries of a server.

    store: returns the store of the moment. packs: by provider, what a delivery sends; None when there is nothing left
    to send. finishes: by provider, what is written together with the end of an upload. on_attempt: called after each
    attempt, with the job and the delivery as they are then; a log, usually.
    """

    def __init__(
        self,
        *,
        store: Callable[[], Store],
        clock: Clock,
        policy: Policy,
        packs: Mapping[str, Pack],
        finishes: Mapping[str, Finish],
        on_attempt: Callable[[Job, Delivery], None] = lambda job, delivery: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._policy = policy
        self._packs = packs
        self._finishes = finishes
        self.on_attempt = on_attempt
        self._loop: asyncio.AbstractEventLoop | None = None
        self._run: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy: set[str] = set()  # keys of jobs under way, until the moment at which they are written back
        clock.watch(self._moved)

    def nudge(self) -> None:
        """Look for due jobs now. Called in the server's event loop, it starts the courier there if need be.

        From any other thread it wakes a courier that runs.
        """
        try:
            here: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        if self._is_running() and here is self._loop:
            self._wake.set()
        elif self._is_running() or here is None:
            self._moved()
        else:
            self._start(here)

    def _start(self, here: asyncio.AbstractEventLoop) -> None:
        """Begin to work in an event loop; what an earlier one left behind is in the store."""
        self._loop, self._wake, self._tasks, self._busy = here, asyncio.Event(), set(), set()
        self._run = here.create_task(self._work(), name="genmock-courier")

    async def stop(self) -> None:
        """Take no more jobs, let attempts under way end within a second, and leave the rest in the store."""
        if not self._is_running() or self._run is None:
            return
        while not self._run.done():  # more than once: wait_for of Python 3.11, under redis-py, can swallow one
            self._run.cancel()
            await asyncio.wait({self._run}, timeout=AGAIN_S)
        under_way = list(self._tasks)
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=GRACE_S)
            for task in late:
                task.cancel()
        await asyncio.gather(self._run, *under_way, return_exceptions=True)

    def _is_running(self) -> bool:
        return self._loop is not None and self._loop.is_running() and self._run is not None and not self._run.done()

    def _moved(self) -> None:
        """Wake a courier that runs, from whichever thread."""
        if self._is_running() and self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop was closed a moment ago
                self._loop.call_soon_threadsafe(self._wake.set)

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            try:
                wait_s = await self._take()
            except StoreError as error:
                LOG.error("deliveries wait: %s", error)
                wait_s = POLL_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):  # wait_for of Python 3.11 can swallow what stops this task
                    await self._wake.wait()

    async def _take(self) -> float:
        """Begin what is due, as far as there is room, and return the seconds until the next look."""
        store, now = self._store(), self._clock.now()
        until = now + self._policy.webhook_timeout + SPARE_S
        room = self._policy.deliveries_at_once - len(self._tasks)
        if room <= 0:
            return POLL_S  # the end of a job wakes
        for entry in await store.take(RELEASED, now=now, until=until, limit=room):
            await self._begin_released(store, entry, until)
        if await is_paused(store):
            return POLL_S
        room = self._policy.deliveries_at_once - len(self._tasks)
        taken = await store.take(OUTBOX, now=now, until=until, limit=room) if room > 0 else ()
        for entry in taken:
            self._begin(store, entry.key, entry.value)
        if len(taken) >= room:
            return POLL_S
        due_at = await store.next_due(OUTBOX)
        return POLL_S if due_at is None else min(POLL_S, max(self._clock.wait_s(due_at), LEAST_WAIT_S))

    async def _begin_released(self, store: Store, entry: Entry, until: float) -> None:
        """Begin the attempt of one delivery that was asked for by hand; one whose job is under way is put back."""
        key = entry.value.decode()
        if key in self._busy:
            await store.write(Put(RELEASED, entry.key, entry.value, due_at=self._clock.now()))
            return
        value = await store.get(OUTBOX, key)
        forget = Delete(RELEASED, entry.key)
        if value is None:
            await store.write(forget)
            return
        await store.write(Put(OUTBOX, key, value, due_at=until), forget)  # leased, like a job that was taken
        self._begin(store, key, value, only=entry.key)

    def _begin(self, store: Store, key: str, value: bytes, *, only: str = "") -> None:
        if key in self._busy:  # its lease ran out by a clock that was moved, while its attempt goes on
            return
        task = asyncio.get_running_loop().create_task(self._carry(store, key, value, only))
        self._busy.add(key)
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wake.set()

    async def _carry(self, store: Store, key: str, value: bytes, only: str) -> None:
        """Make one attempt of a job. No exception leaves: the lease brings the job back. only: a delivery's id."""
        try:
            await self._advance(store, key, Job.of_bytes(value), only)
        except asyncio.CancelledError:
            with contextlib.suppress(StoreError):
                await store.write(Put(OUTBOX, key, value, due_at=self._clock.now()))
            raise
        except StoreError as error:
            LOG.error("the delivery %s is made again later: %s", key, error)
        except Exception:  # a mistake of ours in one job must not end the others
            LOG.exception("the delivery %s is made again later", key)
        finally:
            self._busy.discard(key)

    async def _advance(self, store: Store, key: str, job: Job, only: str) -> None:
        pending = [n for n, each in enumerate(job.deliveries) if each.state == "pending" and only in ("", each.id)]
        rest: Sequence[Put] = ()
        if pending:
            attempt, end = await self._attempt(job, job.deliveries[pending[0]])
            job = after_attempt(job, pending[0], attempt, now=self._clock.now(), policy=self._policy, end=end)
            self.on_attempt(job, job.deliveries[pending[0]])
            rest = await self._written_at_the_end(job, job.deliveries[pending[0]])
        self._busy.discard(key)  # from the write on, it may be taken again
        if await store.get(OUTBOX, key) is not None:  # else everything was forgotten meanwhile
            entry = job_entry(key, job, now=self._clock.now(), retention_s=self._policy.retention)
            await store.write(entry, *rest)

    async def _attempt(self, job: Job, delivery: Delivery) -> tuple[Attempt, State | None]:
        """Return what came of one attempt, and the delivery's state when trying again would not help."""
        at = self._clock.now()
        try:
            parcel = await self._packs[job.provider](job, delivery)
        except StoreError:
            raise
        except Exception as error:  # a mistake of ours in one job: it is told where the user looks, and ends some time
            LOG.exception("the content of the delivery %s could not be made", delivery.id)
            return Attempt(at, 0, f"its content could not be made: {error!r}"), None
        if parcel is None:
            return Attempt(at, 0, "there is nothing to send any more: the results of the task have expired"), "failed"
        policy = self._policy
        try:
            attempt = await send(
                parcel, delivery.url, at=at, allow_host=policy.allow_host, timeout_s=policy.webhook_timeout
            )
        except TargetBlocked as error:
            return Attempt(at, 0, str(error)), "blocked"
        except Exception as error:  # a mistake of ours, again: else the job would come back for ever
            LOG.exception("the delivery %s could not be sent", delivery.id)
            return Attempt(at, 0, f"it could not be sent: {error!r}"), None
        return attempt, None

    async def _written_at_the_end(self, job: Job, delivery: Delivery) -> Sequence[Put]:
        """Return what the provider writes now that an upload ended; one that was made again by hand changes nothing."""
        if delivery.kind != "upload" or delivery.state == "pending" or delivery.repeats:
            return ()
        return await self._finishes[job.provider](job, delivery)
