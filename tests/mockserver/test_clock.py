"""Clocks: the machine's, and one that stands still."""

import asyncio
import importlib
import threading
import time

import pytest

from genmock.mockserver import RealClock, Settings, VirtualClock

clock_of = importlib.import_module("genmock.mockserver.runtime").clock_of


def test_the_real_clock_is_the_machines() -> None:
    before = time.time()
    assert before <= RealClock().now() <= time.time()


def test_a_virtual_clock_starts_with_2026_and_stands_still() -> None:
    clock = VirtualClock()
    assert clock.now() == clock.now() == 1_767_225_600.0


def test_a_virtual_clock_moves_when_it_is_told_to() -> None:
    clock = VirtualClock(10.0)
    clock.advance(2.5)
    clock.advance(0)
    assert clock.now() == 12.5


def test_a_clock_cannot_go_back() -> None:
    with pytest.raises(ValueError, match=r"^a clock cannot go back: advance\(-1\)$"):
        VirtualClock().advance(-1)


def test_a_poll_moves_a_virtual_clock_by_its_tick() -> None:
    clock = VirtualClock(10.0, tick_per_poll=0.5)
    clock.tick()
    clock.tick()
    assert clock.now() == 11.0


def test_a_poll_moves_no_clock_without_a_tick() -> None:
    clock = VirtualClock(10.0)
    clock.watch(lambda: pytest.fail("it was not moved"))
    clock.tick()
    assert clock.now() == 10.0


def test_a_poll_does_not_move_the_real_clock() -> None:
    clock = RealClock()
    clock.tick()
    assert clock.now() - time.time() < 60


def test_whoever_waits_on_a_virtual_clock_waits_for_its_next_move() -> None:
    clock = VirtualClock(10.0)
    assert [clock.wait_s(until) for until in (9.0, 10.0, 10.5)] == [0.0, 0.0, float("inf")]


def test_whoever_waits_on_the_real_clock_waits_for_the_time_that_is_left() -> None:
    clock = RealClock()
    assert 50 < clock.wait_s(time.time() + 60) <= 60
    assert clock.wait_s(time.time() - 60) == 0.0


def test_every_watcher_is_told_of_every_move_after_it() -> None:
    clock = VirtualClock(10.0, tick_per_poll=1.0)
    seen: list[tuple[str, float]] = []
    clock.watch(lambda: seen.append(("one", clock.now())))
    clock.watch(lambda: seen.append(("two", clock.now())))
    clock.advance(5)
    clock.tick()
    assert seen == [("one", 15.0), ("two", 15.0), ("one", 16.0), ("two", 16.0)]


def test_nobody_is_told_of_the_real_clock() -> None:
    RealClock().watch(lambda: pytest.fail("nobody moves it"))


def test_no_move_is_lost_when_threads_move_it_at_once() -> None:
    clock = VirtualClock(0.0)

    def moved() -> None:
        for _ in range(2000):
            clock.advance(1)

    threads = [threading.Thread(target=moved) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.now() == 8000.0


def test_the_settings_choose_the_clock() -> None:
    clock = clock_of(Settings(clock="virtual", tick_per_poll=2.0))
    clock.tick()
    assert clock.now() == VirtualClock().now() + 2.0
    assert isinstance(clock_of(Settings()), RealClock)


def test_who_sleeps_on_a_virtual_clock_moves_it_and_wakes_at_once() -> None:
    clock, seen = VirtualClock(10.0), list[float]()
    clock.watch(lambda: seen.append(clock.now()))
    asyncio.run(clock.sleep(2.5))
    assert (clock.now(), seen) == (12.5, [12.5])


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_a_sleep_of_no_time_does_not_go_back(seconds: float) -> None:
    clock = VirtualClock(10.0)
    asyncio.run(clock.sleep(seconds))
    assert clock.now() == 10.0


@pytest.mark.parametrize("seconds", [1e12, float("inf")])
def test_nobody_sleeps_past_the_end_of_time(seconds: float) -> None:
    clock = VirtualClock()
    asyncio.run(clock.sleep(seconds))
    assert clock.now() == 253_370_764_800.0


def test_who_sleeps_on_the_real_clock_waits() -> None:
    before = time.monotonic()
    asyncio.run(RealClock().sleep(0.02))
    assert 0.015 < time.monotonic() - before < 30
