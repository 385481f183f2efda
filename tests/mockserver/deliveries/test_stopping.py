"""A courier stops when it is told to, whatever a store's client makes of that."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from genmock.mockserver.clock import VirtualClock
from genmock.mockserver.stores import Entry, open_store

LONG_S = 3.0  # for what ends at once


class Deaf:
    """A store whose first answer swallows what stops its caller, as wait_for of Python 3.11 can under redis-py."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.asked = asyncio.Event()
        self._swallowed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def take(self, table: str, *, now: float, until: float, limit: int) -> Sequence[Entry]:
        self.asked.set()
        if not self._swallowed:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self._swallowed = True
        found: Sequence[Entry] = await self._inner.take(table, now=now, until=until, limit=limit)
        return found


def test_a_courier_stops_though_its_store_swallows_the_first_word(office: Callable[..., Any]) -> None:
    clock = VirtualClock()
    store = Deaf(open_store("memory", clock, {}))
    post = office(clock, store)

    async def work(courier: Any) -> None:
        courier.nudge()
        await store.asked.wait()
        await asyncio.wait_for(courier.stop(), LONG_S)

    post.run(work)
