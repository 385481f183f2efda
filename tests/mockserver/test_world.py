"""The world: everything that changes, in one store, and a reset that is a new beginning."""

import asyncio
import importlib
from pathlib import Path
from typing import Any

import pytest

from genmock.mockserver import Journal, Settings, VirtualClock, World
from genmock.mockserver.stores import Bound, MemoryStore

world = importlib.import_module("genmock.mockserver.world")
SharedJournal = importlib.import_module("genmock.mockserver.shared_journal").SharedJournal
KEY = "key-of-the-tests-0123456789abcdef"
TASK = {
    "taskType": "imageInference",
    "taskUUID": "a0000000-0000-4000-8000-000000000000",
    "model": "runware:108@1",
    "positivePrompt": "a",
    "width": 128,
    "height": 128,
}


def fresh(**settings: Any) -> World:
    clock, wanted = VirtualClock(), Settings(**settings)
    return World.of(wanted, clock, MemoryStore(clock, world.bounds(wanted)))


def test_a_fresh_world_is_empty_and_keeps_clock_and_store() -> None:
    made = fresh(balance=2.0)
    sizes = [asyncio.run(made.store.size(table)) for table in world.bounds(Settings())]
    assert (asyncio.run(made.journal.extent())[0], set(sizes), asyncio.run(made.faults.faults())) == (0, {0}, ())
    assert asyncio.run(made.accounts.balance("key")) == 2
    assert made.clock.now() == VirtualClock().now()


def test_every_table_that_grows_with_requests_is_bounded() -> None:
    bounds = world.bounds(Settings(max_tasks=50, max_media=70, max_pictures=3, journal_size=4))
    assert (bounds["requests"], bounds["tasks"]) == (Bound(50, 70), Bound(50))
    assert (bounds["jobs"], bounds["files"]) == (Bound(50, 70), Bound(50, 70))
    assert bounds["queue"] == Bound(1_000, durable=True)
    assert (bounds["media"], bounds["journal"]) == (Bound(3), Bound(4, durable=True))
    assert bounds["contents"] == Bound(50, 70, recent=True)
    assert bounds["refused"] == Bound(5, 7, durable=True)


def test_no_bound_is_nothing_at_all() -> None:
    assert world.bounds(Settings(max_tasks=1, max_media=1))["refused"] == Bound(1, 1, durable=True)


@pytest.mark.parametrize(("store", "kind"), [("memory", Journal), ("sqlite:///state.db", SharedJournal)])
def test_servers_that_share_a_store_share_its_journal(store: str, kind: type) -> None:
    assert type(fresh(store=store).journal) is kind


def test_reset_equals_new(mock: Any) -> None:
    first = mock.post(TASK).content
    mock.reset()
    assert mock.held("tasks") == mock.held("media") == mock.held("requests") == 0
    assert mock.post(TASK).content == first
    assert (mock.exchange.id, asyncio.run(mock.runtime.world.accounts.requests(KEY))) == (1, 1)


def test_reset_empties_a_store_that_outlives_the_server(serve: Any, tmp_path: Path) -> None:
    mock = serve(store=f"sqlite:///{tmp_path / 'state.db'}")

    async def told() -> list[int]:
        runtime = mock.runtime
        await runtime.start()
        await runtime.world.uploads.put("a", importlib.import_module("genmock.mockserver.media").Upload(b"x", "a/b"))
        before = await runtime.world.store.size("uploads")
        await runtime.reset()
        sizes = [before, await runtime.world.store.size("uploads"), await runtime.world.store.size("contents")]
        await runtime.stop()
        return sizes

    assert asyncio.run(told()) == [1, 0, 0]
