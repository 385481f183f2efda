"""Clocks: the machine's, and one that stands still."""

import time

import pytest

from genmock.mockserver import RealClock, VirtualClock


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
