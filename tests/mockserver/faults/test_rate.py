"""The limit on how often a key may ask."""

import asyncio
from collections.abc import Sequence

import pytest

from genmock.mockserver import VirtualClock
from genmock.mockserver.faults import Rate, RateError, parse_rate, retry_after
from genmock.mockserver.stores import MemoryStore, Store

TEN = Rate(10, 1.0)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def store(clock: VirtualClock) -> Store:
    return MemoryStore(clock, {})


def asked(store: Store, clock: VirtualClock, times: int, rate: Rate = TEN, key: str = "a") -> Sequence[int | None]:
    async def all_of_them() -> list[int | None]:
        return [await retry_after(store, clock, key, rate) for _ in range(times)]

    return asyncio.run(all_of_them())


@pytest.mark.parametrize(
    ("text", "rate"),
    [("10/s", TEN), ("100/min", Rate(100, 60.0)), ("5/h", Rate(5, 3600.0)), (" 1 / s ", Rate(1, 1.0))],
)
def test_a_rate_is_read(text: str, rate: Rate) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "10", "0/s", "-1/s", "1.5/s", "10/day", "1000001/s", "10/s/s"])
def test_what_is_no_rate_is_told(text: str) -> None:
    with pytest.raises(RateError) as told:
        parse_rate(text)
    assert str(told.value) == f'cannot use "{text}" as a rate; expected 1 to 1,000,000 / s, min or h, like 10/s'


def test_as_many_as_the_rate_says_are_allowed_at_once(store: Store, clock: VirtualClock) -> None:
    assert asked(store, clock, 12) == [None] * 10 + [1, 1]


def test_each_share_of_the_period_allows_one_more(store: Store, clock: VirtualClock) -> None:
    asked(store, clock, 10)
    clock.advance(0.25)
    assert asked(store, clock, 3) == [None, None, 1]


def test_a_refused_request_is_not_counted(store: Store, clock: VirtualClock) -> None:
    asked(store, clock, 100)
    clock.advance(0.1)
    assert asked(store, clock, 2) == [None, 1]


def test_whoever_waits_as_long_as_told_is_allowed(store: Store, clock: VirtualClock) -> None:
    rate = Rate(2, 60.0)
    *_, wait = asked(store, clock, 3, rate)
    assert wait == 30
    clock.advance(29.9)
    assert asked(store, clock, 1, rate) == [1]
    clock.advance(0.1)
    assert asked(store, clock, 1, rate) == [None]


def test_a_long_silence_saves_nothing_up(store: Store, clock: VirtualClock) -> None:
    asked(store, clock, 10)
    clock.advance(3600)
    assert asked(store, clock, 11) == [None] * 10 + [1]


def test_a_clock_that_was_set_back_locks_nobody_out(store: Store, clock: VirtualClock) -> None:
    asked(store, VirtualClock(clock.now() + 1e6), 10)
    assert asked(store, clock, 11) == [None] * 10 + [1]


def test_each_key_has_its_own_limit(store: Store, clock: VirtualClock) -> None:
    asked(store, clock, 10)
    assert asked(store, clock, 1, key="b") == [None]


def test_over_a_long_time_no_more_than_the_rate_is_allowed(store: Store, clock: VirtualClock) -> None:
    allowed = 0
    for _ in range(1000):
        clock.advance(0.01)
        allowed += list(asked(store, clock, 3)).count(None)
    assert 100 <= allowed <= 110  # 10 s, and what is allowed at once


class Raced:
    """A store in which another process asks between any two steps of ours, so long as it has turns left."""

    def __init__(self, store: Store, clock: VirtualClock) -> None:
        self._store = store
        self._clock = clock
        self.turns = 3

    async def add(self, table: str, key: str, amount: int, *, at_most: int | None = None) -> int | None:
        if self.turns:
            self.turns -= 1
            await retry_after(self._store, self._clock, "a", TEN)
        total: int | None = await self._store.add(table, key, amount, at_most=at_most)
        return total


def test_processes_that_ask_at_the_same_moment_share_one_allowance(store: Store, clock: VirtualClock) -> None:
    raced = Raced(store, clock)
    assert asked(raced, clock, 12).count(None) == 10 - 3
    assert raced.turns == 0
