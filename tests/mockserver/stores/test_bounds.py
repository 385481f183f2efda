"""What every store promises of a table with a bound: which entries go."""

from typing import Any

from genmock.mockserver.clock import START
from genmock.mockserver.stores import Bound, Put, Store


async def _keys(store: Store, table: str = "tasks") -> list[str]:
    return [entry.key for entry in await store.newest(table, limit=99)]


def test_the_oldest_entries_go_first(backend: Any) -> None:
    async def work(store: Store) -> list[str]:
        for key in "abcad":
            await store.write(Put("tasks", key, b""))
        return await _keys(store)

    assert backend.run(work, {"tasks": Bound(entries=3, durable=True)}) == ["d", "c", "b"]


def test_the_least_recently_used_go_first_where_a_bound_says_so(backend: Any) -> None:
    async def work(store: Store) -> list[str]:
        await store.write(*(Put("contents", key, b"12") for key in "abc"))
        await store.get("contents", "a")
        await store.write(Put("contents", "b", b"34"), Put("contents", "d", b"56"))
        return await _keys(store, "contents")

    assert backend.run(work, {"contents": Bound(bytes=7, recent=True, durable=True)}) == ["d", "b", "a"]


def test_the_newest_entry_stays_however_large(backend: Any) -> None:
    async def work(store: Store) -> list[str]:
        await store.write(Put("contents", "a", b"1"), Put("contents", "b", b"1" * 100))
        return await _keys(store, "contents")

    assert backend.run(work, {"contents": Bound(bytes=7, durable=True)}) == ["b"]


def test_an_entry_whose_time_has_run_out_takes_no_room(backend: Any) -> None:
    async def work(store: Store) -> list[str]:
        await store.write(Put("tasks", "a", b"1"), Put("tasks", "b", b"2", expires_at=START + 1))
        backend.clock.advance(1)
        await store.write(Put("tasks", "c", b"3"))
        return await _keys(store)

    assert backend.run(work, {"tasks": Bound(entries=2, bytes=2, durable=True)}) == ["c", "a"]
