"""Who sees productions through: a task beside the server's requests, which takes them from the store.

Every process that serves has one; it begins with the first production. What it makes is kept in the store, so that it
is made once, and survives a restart.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..deliveries.model import OUTBOX
from ..productions import LEASE_S, TABLE, Producing, Production, production_entry
from ..stores import Delete, Put, Store, StoreError
from .order import Order
from .pool import MakingFailed, Ticket
from .report import Report

if TYPE_CHECKING:
    from ..runtime import Runtime

LOG = logging.getLogger("genmock.pipeline")
POLL_S = 1.0  # how often the store is looked at for what other processes put there, or left behind
TELL_S = 0.05  # how often progress is written
ELSEWHERE = 32  # productions at once whose orders go to workers on other machines
KEPT_S = 30 * 24 * 3600.0  # how long what was made is kept


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a production. wanted: whether anybody still waits for it. failed: why it was not made, or ""."""

    wanted: bool = True
    failed: str = ""


class Producer:
    """Makes what the productions of a server say. providers: what each of them has to say of its own."""

    def __init__(self, runtime: "Runtime", providers: Mapping[str, Producing]) -> None:
        self._runtime = runtime
        self._providers = providers
        self._loop: asyncio.AbstractEventLoop | None = None
        self._run: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy: set[str] = set()
        self._turns: dict[str, asyncio.Lock] = {}

    def nudge(self, *, now: bool = True) -> None:
        """Look for productions, at once or when it is time; in the server's event loop."""
        here = asyncio.get_running_loop()
        if self._loop is here and self._run is not None and not self._run.done():
            if now:
                self._wake.set()
            return
        self._loop, self._wake, self._tasks, self._busy, self._turns = here, asyncio.Event(), set(), set(), {}
        self._run = here.create_task(self._work(), name="genmock-producer")

    async def stop(self) -> None:
        """Take no more, and leave what is under way in the store, for whoever comes next."""
        if self._run is None or self._loop is not asyncio.get_running_loop():
            return
        under_way = [self._run, *self._tasks]
        while open_tasks := [task for task in under_way if not task.done()]:
            for task in open_tasks:  # more than once: wait_for of Python 3.11, under redis-py, can swallow one
                task.cancel()
            await asyncio.wait(open_tasks, timeout=POLL_S)
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self._take()
            except StoreError as error:
                LOG.error("productions wait: %s", error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._wake.wait()

    async def _take(self) -> None:
        """Begin what is due, as far as there is room."""
        store, now = self._runtime.world.store, self._runtime.clock.now()
        room = (self._runtime.settings.pipeline_workers or ELSEWHERE) - len(self._tasks)
        if room <= 0:
            return
        for entry in await store.take(TABLE, now=now, until=now + LEASE_S, limit=room):
            if entry.key not in self._busy:
                self._busy.add(entry.key)
                task = asyncio.get_running_loop().create_task(self._carry(store, Production.of_bytes(entry.value)))
                self._tasks.add(task)
                task.add_done_callback(self._end)

    def _end(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._wake.set()

    async def _carry(self, store: Store, production: Production) -> None:
        """See one production through. No exception leaves: the lease brings it back."""
        try:
            producing = self._providers[production.provider]
            turn = self._turns.setdefault(production.provider, asyncio.Lock())
            async with turn if producing.alone else contextlib.nullcontext():
                await self._see_through(store, production, producing)
        except asyncio.CancelledError:
            with contextlib.suppress(StoreError):
                if await store.get(TABLE, production.task) is not None:
                    await store.write(production_entry(production, due_at=self._runtime.clock.now()))
            raise
        except StoreError as error:
            LOG.error("what %s asks for is made again later: %s", production.task, error)
        except Exception:  # a mistake of ours in one task must not end the others
            LOG.exception("what %s asks for is made again later", production.task)
        finally:
            self._busy.discard(production.task)

    async def _see_through(self, store: Store, production: Production, producing: Producing) -> None:
        orders = await producing.orders(self._runtime, production)
        if orders is None:
            await store.write(Delete(TABLE, production.task))
            return
        now = self._runtime.clock.now()
        begun = replace(production, begun_at=now)
        await store.write(production_entry(begun, due_at=now + LEASE_S), *await producing.begun(self._runtime, begun))
        outcome = await self._made(store, begun, orders)
        last = await store.get(TABLE, begun.task)
        is_current = self._runtime.world.store is store  # else everything was forgotten meanwhile
        if outcome.wanted and is_current and last is not None:
            changes = await producing.ended(self._runtime, Production.of_bytes(last), outcome.failed)
            await store.write(Delete(TABLE, begun.task), *changes)
            if any(change.table == OUTBOX for change in changes):
                self._runtime.courier.nudge()

    async def _made(self, store: Store, production: Production, orders: Sequence[Order]) -> _Outcome:
        """Have everything made that is not there yet."""
        clock = self._runtime.clock
        lacking = [order for order in orders if await store.get("contents", order.key) is None]
        tickets: list[Ticket] = []
        under_way: dict[asyncio.Future[bytes], Ticket] = {}
        try:
            tickets += [self._runtime.workshop.pool.submit(order) for order in lacking]
            report = Report(self._runtime, store, production, there=len(orders) - len(lacking), tickets=tickets)
            under_way |= {asyncio.wrap_future(ticket.made): ticket for ticket in tickets}
            while under_way:
                done, _ = await asyncio.wait(under_way, timeout=TELL_S, return_when=asyncio.FIRST_COMPLETED)
                for future in done:
                    key = under_way.pop(future).order.key
                    await store.write(Put("contents", key, future.result(), clock.now() + KEPT_S, extend=True))
                if not await report.tell(under_way.values()):
                    return _Outcome(wanted=False)
        except MakingFailed as failed:
            return _Outcome(failed=str(failed))
        finally:
            for future, ticket in under_way.items():
                future.cancel()  # nobody asks it any more how it ended
                ticket.cancel()
        return _Outcome()
