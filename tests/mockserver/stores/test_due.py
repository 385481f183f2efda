"""What every store promises of entries that are due: their order, and the leases of who takes them."""

import asyncio
from typing import Any

from genmock.mockserver.clock import START
from genmock.mockserver.stores import Delete, Entry, Put, Store


def test_due_entries_are_taken_the_earliest_first(backend: Any) -> None:
    async def work(store: Store) -> list[str]:
        times = {"later": 3, "b": 2, "never": None, "a": 2, "first": 1, "not yet": 4.5}
        await store.write(*(Put("outbox", key, b"", due_at=at and START + at) for key, at in times.items()))
        taken = await store.take("outbox", now=START + 4, until=START + 9, limit=9)
        return [entry.key for entry in taken]

    assert backend.run(work) == ["first", "b", "a", "later"]


def test_what_was_taken_is_due_again_when_the_lease_ends(backend: Any) -> None:
    async def work(store: Store) -> tuple[Any, ...]:
        await store.write(Put("outbox", "a", b"1", due_at=START))
        first = await store.take("outbox", now=START, until=START + 30, limit=1)
        during = await store.take("outbox", now=START + 29, until=START + 60, limit=1)
        due = await store.next_due("outbox")
        after = await store.take("outbox", now=START + 30, until=float("inf"), limit=1)
        return list(first), list(during), due, list(after), await store.next_due("outbox")

    entry = Entry(1, "a", b"1")
    assert backend.run(work) == ([entry], [], START + 30, [entry], None)


def test_what_was_written_again_after_it_was_taken_is_due_as_written(backend: Any) -> None:
    async def work(store: Store) -> tuple[Any, ...]:
        await store.write(Put("outbox", "a", b"", due_at=START), Put("outbox", "b", b"", due_at=START))
        await store.take("outbox", now=START, until=START + 30, limit=2)
        await store.write(Put("outbox", "a", b"", due_at=START + 5), Put("outbox", "b", b""))
        due = await store.next_due("outbox")
        await store.write(Delete("outbox", "a"))
        return due, await store.next_due("outbox")

    assert backend.run(work) == (START + 5, None)


def test_no_two_takers_get_the_same_entry(backend: Any) -> None:
    async def work(store: Store) -> list[str]:
        await store.write(*(Put("outbox", str(number), b"", due_at=START) for number in range(40)))
        takes = (store.take("outbox", now=START, until=START + 30, limit=3) for _ in range(20))
        return [entry.key for taken in await asyncio.gather(*takes) for entry in taken]

    assert sorted(backend.run(work), key=int) == [str(number) for number in range(40)]
