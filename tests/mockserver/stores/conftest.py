"""One of each store: the fixture `backend`, parametrised over memory, SQLite and Redis."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from genmock.mockserver.clock import Clock, VirtualClock
from genmock.mockserver.stores import Bound, Store, open_store

Result = TypeVar("Result")
NUMBERS = itertools.count()  # of the stores of this process


class Backend:
    """Where stores are kept. shared: two stores on one URL have the same entries. Virtual time unless told."""

    def __init__(self, url: Callable[[], str], *, shared: bool) -> None:
        self._new_url = url
        self.url = url()
        self.shared = shared
        self.clock = VirtualClock()

    def open(self, bounds: Mapping[str, Bound] | None = None, *, clock: Clock | None = None) -> Store:
        """Return another store object on the same entries."""
        return open_store(self.url, clock or self.clock, bounds or {})

    def run(self, work: Callable[[Store], Awaitable[Result]], bounds: Mapping[str, Bound] | None = None) -> Result:
        """Do something with a store, in an event loop of its own, and close the store."""

        async def whole() -> Result:
            store = self.open(bounds)
            await store.open()
            try:
                return await work(store)
            finally:
                await store.close()

        return asyncio.run(whole())

    def fresh(self) -> "Backend":
        """Return an empty one of the same kind."""
        return Backend(self._new_url, shared=self.shared)


@pytest.fixture(params=["memory", "sqlite", "redis"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Return where stores are kept, empty."""
    return _backend(request, request.param)


@pytest.fixture(params=["sqlite", "redis"])
def shared_backend(request: pytest.FixtureRequest) -> Backend:
    """Return where stores are kept that several processes share, empty."""
    return _backend(request, request.param)


@pytest.fixture
def backend_on_redis(request: pytest.FixtureRequest) -> Backend:
    """Return where a Redis store is kept, empty."""
    return _backend(request, "redis")


def _backend(request: pytest.FixtureRequest, kind: str) -> Backend:
    if kind == "memory":
        return Backend(lambda: "memory", shared=False)
    if kind == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        return Backend(lambda: f"sqlite:///{folder}/{next(NUMBERS)}.db", shared=True)
    port: int = request.getfixturevalue("redis_port")
    return Backend(lambda: f"redis://127.0.0.1:{port}/0?prefix={next(NUMBERS)}:", shared=True)
