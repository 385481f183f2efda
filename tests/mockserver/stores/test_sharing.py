"""Several store objects, and several processes, on one SQLite file or one Redis server."""

import asyncio
import subprocess
import sys
from typing import Any

from genmock.mockserver.clock import START
from genmock.mockserver.stores import Bound, Delete, Entry, Put, Store

RACE = """
import asyncio, sys
from genmock.mockserver.clock import VirtualClock
from genmock.mockserver.stores import Put, open_store

async def main():
    store = open_store(sys.argv[1], VirtualClock(), {})
    won = [n for n in range(50) if await store.insert(Put("tasks", str(n), b""), Put("media", f"{n}/0", b""))]
    spent = [await store.add("accounts", "a", 1, at_most=100) for _ in range(75)]
    taken = [each.key for _ in range(20) for each in await store.take("outbox", now=2e9, until=3e9, limit=3)]
    await store.close()
    print(*won, "/", *(each for each in spent if each), "/", *taken)

asyncio.run(main())
"""


def test_what_one_store_wrote_another_reads(shared_backend: Any) -> None:
    async def work(store: Store) -> tuple[Any, ...]:
        other = shared_backend.open()
        await store.write(Put("tasks", "a", b"1"))
        seen = await other.get("tasks", "a"), await other.insert(Put("tasks", "a", b"2"))
        await other.write(Delete("tasks", "a"))
        await other.close()
        return *seen, await store.size("tasks")

    assert shared_backend.run(work) == (b"1", False, 0)


def test_what_was_written_is_there_when_the_store_is_opened_again(shared_backend: Any) -> None:
    async def begin(store: Store) -> None:
        await store.write(Put("tasks", "a", b"1", expires_at=START + 9, due_at=START + 1))
        await store.add("accounts", "a", 2**53 + 1)

    async def go_on(store: Store) -> tuple[Any, ...]:
        await store.write(Put("tasks", "b", b"2"))
        numbers = await store.add("accounts", "a", 1), await store.next_due("tasks")
        return *numbers, list(await store.newest("tasks", limit=9))

    shared_backend.run(begin)
    assert shared_backend.run(go_on) == (2**53 + 2, START + 1, [Entry(2, "b", b"2"), Entry(1, "a", b"1")])


def test_a_lease_holds_for_every_store(shared_backend: Any) -> None:
    async def work(store: Store) -> list[int]:
        other = shared_backend.open()
        await store.write(Put("outbox", "a", b"", due_at=START))
        takes = [(store, 0), (other, 0), (other, 29), (other, 30), (store, 30)]
        counts = [len(await each.take("outbox", now=START + at, until=START + at + 30, limit=9)) for each, at in takes]
        await other.close()
        return counts

    assert shared_backend.run(work) == [1, 0, 0, 1, 0]


def test_a_bound_of_memory_alone_forgets_nothing_that_is_to_last(shared_backend: Any) -> None:
    async def work(store: Store) -> Any:
        await store.write(*(Put("tasks", str(number), b"12") for number in range(9)))
        return await store.size("tasks")

    assert shared_backend.run(work, {"tasks": Bound(entries=2, bytes=2)}) == 9


def test_expired_entries_do_not_pile_up(shared_backend: Any) -> None:
    async def work(store: Store) -> Any:
        for number in range(600):
            await store.write(Put("tasks", str(number), b"", expires_at=shared_backend.clock.now() + 1))
            shared_backend.clock.advance(1)
        shared_backend.clock = type(shared_backend.clock)()  # before all of them expired
        early = shared_backend.open()
        left = await early.size("tasks")
        await early.close()
        return left

    assert shared_backend.run(work) <= 256


def test_processes_that_race_never_both_win(shared_backend: Any) -> None:
    async def prepare(store: Store) -> None:
        await store.write(*(Put("outbox", f"job-{number}", b"", due_at=START) for number in range(100)))

    shared_backend.run(prepare)
    command = [sys.executable, "-c", RACE, shared_backend.url]
    racers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = [racer.communicate(timeout=60)[0].split("/") for racer in racers]
    won, spent, taken = ([word for part in column for word in part.split()] for column in zip(*answers, strict=True))
    assert sorted(map(int, won)) == list(range(50))
    assert sorted(map(int, spent)) == list(range(1, 101))
    assert sorted(taken) == sorted(f"job-{number}" for number in range(100))
    assert asyncio.run(_sizes(shared_backend)) == (50, 50, 100)


def test_processes_may_open_a_new_store_at_once(shared_backend: Any) -> None:
    command = [sys.executable, "-c", RACE, shared_backend.url]
    racers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    for racer in racers:
        racer.communicate(timeout=60)
    assert [racer.returncode for racer in racers] == [0] * 4


async def _sizes(backend: Any) -> tuple[int, int, int]:
    store = backend.open()
    sizes = await store.size("tasks"), await store.size("media"), await store.size("outbox")
    await store.close()
    return sizes
