"""What every store promises of entries and numbers, one promise a test; see test_due.py and test_bounds.py."""

import asyncio
from typing import Any

import orjson
import pytest

from genmock.mockserver.clock import START, RealClock
from genmock.mockserver.stores import Delete, Entry, Put, Store, StoreError

MOST = 2**63 - 1
KEYS = ["", " ", "a\0b", "a\nb", "a:b", "*?[x]", "%00", "\u20ac\U0001f600", "\ud800", "x" * 9_000]


async def _keys(store: Store, table: str = "tasks") -> list[str]:
    return [entry.key for entry in await store.newest(table, limit=99)]


def test_an_entry_is_got_as_it_was_put(backend: Any) -> None:
    async def work(store: Store) -> Any:
        await store.write(Put("tasks", "a", b"\0\xff\r\nvalue"))
        return await store.get("tasks", "a")

    assert backend.run(work) == b"\0\xff\r\nvalue"


def test_an_entry_that_was_never_put_is_none(backend: Any) -> None:
    assert backend.run(lambda store: store.get("tasks", "a")) is None


def test_tables_do_not_share_keys(backend: Any) -> None:
    async def work(store: Store) -> Any:
        await store.write(Put("tasks", "a", b"1"))
        return await store.get("media", "a")

    assert backend.run(work) is None


def test_integers_beyond_64_bits_come_back_exactly(backend: Any) -> None:
    text = b'{"seed":18446744073709551615,"large":36893488147419103232}'

    async def work(store: Store) -> Any:
        await store.write(Put("tasks", "a", text))
        return await store.get("tasks", "a")

    assert backend.run(work) == text
    assert orjson.loads(text)["seed"] == 2**64 - 1


@pytest.mark.parametrize(
    "key", ["", " ", "a\0b", "a\nb", "a:b", "*?[x]", "%00", "\u20ac\U0001f600", "\ud800", "x" * 9_000]
)
def test_a_key_is_any_text(backend: Any, key: str) -> None:
    async def work(store: Store) -> tuple[bytes | None, list[str], list[str]]:
        await store.write(Put("tasks", key, b"1", due_at=START))
        taken = await store.take("tasks", now=START, until=START + 1, limit=9)
        return await store.get("tasks", key), await _keys(store), [entry.key for entry in taken]

    assert backend.run(work) == (b"1", [key], [key])


def test_an_entry_that_is_written_again_keeps_its_place(backend: Any) -> None:
    async def work(store: Store) -> Any:
        await store.write(Put("tasks", "a", b"1"), Put("tasks", "b", b"2"), Put("tasks", "a", b"3"))
        return await store.newest("tasks", limit=9)

    assert list(backend.run(work)) == [Entry(2, "b", b"2"), Entry(1, "a", b"3")]


def test_an_entry_that_was_deleted_comes_back_as_the_newest(backend: Any) -> None:
    async def work(store: Store) -> Any:
        await store.write(Put("tasks", "a", b"1"), Put("tasks", "b", b"2"))
        await store.write(Delete("tasks", "a"), Delete("tasks", "never"), Put("tasks", "a", b"3"))
        return await store.newest("tasks", limit=9)

    assert list(backend.run(work)) == [Entry(3, "a", b"3"), Entry(2, "b", b"2")]


def test_pages_of_entries_follow_one_another(backend: Any) -> None:
    async def work(store: Store) -> list[list[str]]:
        await store.write(*(Put("tasks", str(number), b"") for number in range(7)))
        pages, before = [], None
        while page := await store.newest("tasks", limit=3, before=before):
            pages.append([entry.key for entry in page])
            before = page[-1].sequence
        return pages

    assert backend.run(work) == [["6", "5", "4"], ["3", "2", "1"], ["0"]]


def test_an_entry_is_there_until_its_time_has_run_out(backend: Any) -> None:
    async def work(store: Store) -> tuple[bytes | None, ...]:
        await store.write(Put("tasks", "a", b"1", expires_at=START + 10))
        backend.clock.advance(9.999)
        before = await store.get("tasks", "a")
        backend.clock.advance(0.001)
        return before, await store.get("tasks", "a")

    assert backend.run(work) == (b"1", None)


def test_an_entry_whose_time_has_run_out_is_not_there_for_any_method(backend: Any) -> None:
    async def work(store: Store) -> tuple[Any, ...]:
        await store.write(Put("tasks", "a", b"1", expires_at=START + 10, due_at=START))
        backend.clock.advance(10)
        taken = await store.take("tasks", now=START + 10, until=START + 20, limit=9)
        seen = await store.size("tasks"), await store.next_due("tasks"), await _keys(store), list(taken)
        return *seen, await store.insert(Put("tasks", "a", b"2"))

    assert backend.run(work) == (0, None, [], [], True)


def test_writing_again_moves_the_end_of_an_entry_either_way(backend: Any) -> None:
    async def work(store: Store) -> list[str]:
        await store.write(Put("tasks", "a", b"", expires_at=START + 10), Put("tasks", "a", b"", expires_at=START + 5))
        await store.write(Put("tasks", "b", b"", expires_at=START + 5), Put("tasks", "b", b""))
        backend.clock.advance(7)
        return await _keys(store)

    assert backend.run(work) == ["b"]


def test_extending_an_entry_never_shortens_it(backend: Any) -> None:
    async def work(store: Store) -> list[str]:
        for key, first, second in (("later", 5, 10), ("kept", 10, 5), ("gone", 5, 6)):
            await store.write(Put("tasks", key, b"", expires_at=START + first))
            await store.write(Put("tasks", key, b"", expires_at=START + second, extend=True))
        await store.write(Put("tasks", "ever", b""), Put("tasks", "ever", b"", expires_at=START + 1, extend=True))
        backend.clock.advance(7)
        return await _keys(store)

    assert backend.run(work) == ["ever", "kept", "later"]


def test_an_insert_writes_all_or_nothing(backend: Any) -> None:
    async def work(store: Store) -> tuple[bool, bool, list[str]]:
        first = await store.insert(Put("requests", "a", b""), Put("tasks", "a", b""))
        second = await store.insert(Put("requests", "a", b""), Put("tasks", "b", b""))
        return first, second, await _keys(store)

    assert backend.run(work) == (True, False, ["a"])


def test_one_of_many_inserts_of_a_key_wins(backend: Any) -> None:
    async def work(store: Store) -> Any:
        return await asyncio.gather(*(store.insert(Put("tasks", "a", str(n).encode())) for n in range(50)))

    assert sorted(backend.run(work)) == [False] * 49 + [True]


def test_a_number_starts_at_zero_and_is_no_entry(backend: Any) -> None:
    async def work(store: Store) -> tuple[Any, ...]:
        numbers = await store.add("accounts", "a", 0), await store.add("accounts", "a", 5)
        return (
            *numbers,
            await store.add("accounts", "a", -7),
            await store.get("accounts", "a"),
            await store.size("accounts"),
        )

    assert backend.run(work) == (0, 5, -2, None, 0)


def test_a_number_that_would_exceed_its_most_stays(backend: Any) -> None:
    async def work(store: Store) -> tuple[Any, ...]:
        first = await store.add("accounts", "a", 3, at_most=2), await store.add("accounts", "a", 2, at_most=2)
        return *first, await store.add("accounts", "a", 1, at_most=2), await store.add("accounts", "a", 0)

    assert backend.run(work) == (None, 2, None, 2)


def test_a_number_has_64_bits(backend: Any) -> None:
    async def work(store: Store) -> tuple[Any, ...]:
        most = await store.add("accounts", "most", MOST - 1), await store.add("accounts", "most", 1, at_most=MOST)
        least = await store.add("accounts", "least", -MOST), await store.add("accounts", "least", -1)
        return *most, *least, await store.add("accounts", "least", 0, at_most=-MOST - 1)

    assert backend.run(work) == (MOST - 1, MOST, -MOST, -MOST - 1, -MOST - 1)


@pytest.mark.parametrize("amount", [1, MOST + 1])
def test_a_number_of_more_than_64_bits_is_told(backend: Any, amount: int) -> None:
    async def work(store: Store) -> None:
        await store.add("accounts", "a", MOST)
        with pytest.raises(StoreError) as caught:
            await store.add("accounts", "a", amount)
        assert str(caught.value) == (
            "a number in the store would have more than 64 bits\n\n"
            "  where     a in the table accounts\n"
            "  expected  a sum from -9223372036854775808 to 9223372036854775807\n"
            "  next      add less to it; or start again with POST /__genmock__/reset"
        )
        assert await store.add("accounts", "a", 0) == MOST

    backend.run(work)


def test_additions_at_once_lose_none(backend: Any) -> None:
    async def work(store: Store) -> Any:
        await asyncio.gather(*(store.add("accounts", "a", 1, at_most=40) for _ in range(60)))
        return await store.add("accounts", "a", 0)

    assert backend.run(work) == 40


def test_clearing_forgets_everything_and_counts_from_the_start(backend: Any) -> None:
    async def work(store: Store) -> tuple[Any, ...]:
        await store.write(Put("tasks", "a", b"1", due_at=START), Put("media", "b", b"2", expires_at=START + 5))
        await store.add("accounts", "a", 5)
        await store.clear()
        left = await store.size("tasks"), await store.get("media", "b"), await store.next_due("tasks")
        await store.write(Put("tasks", "c", b"3"))
        return *left, await store.add("accounts", "a", 0), list(await store.newest("tasks", limit=9))

    assert backend.run(work) == (0, None, None, 0, [Entry(1, "c", b"3")])


def test_writing_nothing_is_fine(backend: Any) -> None:
    assert backend.run(lambda store: store.write()) is None


def test_opening_and_closing_twice_is_fine(backend: Any) -> None:
    async def work(store: Store) -> Any:
        await store.open()
        await store.write(Put("tasks", "a", b"1"))
        await store.close()
        await store.close()
        return await store.get("tasks", "a")

    assert backend.run(work) == b"1"


def test_a_store_outlives_the_event_loop_that_it_was_used_in(backend: Any) -> None:
    store = backend.open()
    asyncio.run(store.write(Put("tasks", "a", b"1")))
    assert asyncio.run(store.get("tasks", "a")) == b"1"
    asyncio.run(store.close())


def test_the_real_clock_does_as_well(backend: Any) -> None:
    store, now = backend.open(clock=RealClock()), RealClock().now()

    async def work() -> list[str]:
        times = {"past": now - 1, "soon": now + 900, "far": now + 1e15, "ever": None}
        await store.write(*(Put("tasks", key, b"", expires_at=at) for key, at in times.items()))
        found = await _keys(store)
        await store.close()
        return found

    assert asyncio.run(work()) == ["ever", "far", "soon"]
