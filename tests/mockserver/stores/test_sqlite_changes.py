"""Changes of an SQLite file that are asked for at the same time: one transaction, and each still all or none."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from genmock.mockserver.clock import VirtualClock
from genmock.mockserver.stores import Put, Store, StoreError, open_store


def _store(folder: Path) -> Store:
    return open_store(f"sqlite:///{folder}/store.db", VirtualClock(), {})


def _entries(folder: Path) -> int:
    """Return how many entries another connection sees."""
    with contextlib.closing(sqlite3.connect(folder / "store.db")) as connection:
        return int(connection.execute("SELECT count(*) FROM entries").fetchone()[0])


def test_nobody_is_answered_before_the_change_is_in_the_file(tmp_path: Path) -> None:
    async def work(store: Store) -> list[int]:
        async def write(key: str) -> int:
            await store.write(Put("tasks", key, b""))
            return _entries(tmp_path)

        found = list(await asyncio.gather(*(write(key) for key in "abc")))
        await store.close()
        return found

    assert asyncio.run(work(_store(tmp_path))) == [3, 3, 3]  # each saw the changes of all: they came together


def test_a_change_that_cannot_be_made_leaves_those_beside_it(tmp_path: Path) -> None:
    async def work(store: Store) -> tuple[Any, ...]:
        no_bytes: Any = object()
        changes = store.write(Put("tasks", "a", b"")), store.write(Put("tasks", "b", no_bytes)), store.add("n", "a", 1)
        results = await asyncio.gather(*changes, return_exceptions=True)
        size = await store.size("tasks")
        await store.close()
        return results[0], type(results[1]), results[2], size

    assert asyncio.run(work(_store(tmp_path))) == (None, StoreError, 1, 1)


def test_of_two_inserts_at_the_same_time_the_first_wins(tmp_path: Path) -> None:
    async def work(store: Store) -> list[bool]:
        won = await asyncio.gather(*(store.insert(Put("tasks", "a", b""), Put("media", key, b"")) for key in "xy"))
        assert [entry.key for entry in await store.newest("media", limit=9)] == ["x"]
        await store.close()
        return list(won)

    assert asyncio.run(work(_store(tmp_path))) == [True, False]


def test_a_change_that_was_cancelled_while_it_waited_is_not_made(tmp_path: Path) -> None:
    async def work(store: Store) -> Any:
        await store.open()
        waiting = asyncio.ensure_future(store.write(Put("tasks", "a", b"")))
        await asyncio.sleep(0)
        waiting.cancel()
        await store.write(Put("tasks", "b", b""))
        size = await store.size("tasks")
        await store.close()
        return size

    assert asyncio.run(work(_store(tmp_path))) == 1


def test_changes_that_an_ended_event_loop_left_do_not_stop_those_of_the_next(tmp_path: Path) -> None:
    store = _store(tmp_path)

    async def leave() -> None:
        await store.open()
        asyncio.ensure_future(store.write(Put("tasks", "a", b"")))  # noqa: RUF006 - left on purpose
        await asyncio.sleep(0)

    async def go_on() -> Any:
        await store.write(Put("tasks", "b", b""))
        size = await store.size("tasks")
        await store.close()
        return size

    asyncio.run(leave())
    assert asyncio.run(go_on()) in (1, 2)


@pytest.mark.parametrize("together", [1, 3])
def test_changes_that_wait_too_long_are_all_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr("genmock.mockserver.stores.sqlite_changes.BUSY_S", 0.0)

    async def work(store: Store) -> list[str]:
        await store.open()
        other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        writes = [store.write(Put("tasks", str(number), b"")) for number in range(together)]
        found = await asyncio.gather(*writes, return_exceptions=True)
        other.close()
        await store.close()
        return [str(error).splitlines()[0] for error in found]

    assert asyncio.run(work(_store(tmp_path))) == ["cannot use the store: database is locked"] * together
