"""Time, passed in: the server never reads the wall clock itself."""

import time
from typing import Protocol


class Clock(Protocol):
    """Where the server's time comes from."""

    def now(self) -> float:
        """Return the time in seconds since the Unix epoch."""
        ...


class RealClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Return the time in seconds since the Unix epoch."""
        return time.time()


class VirtualClock:
    """A clock that stands still until it is advanced. start: 2026-01-01 00:00:00 UTC unless given."""

    def __init__(self, start: float = 1_767_225_600.0) -> None:
        self._now = start

    def now(self) -> float:
        """Return the time in seconds since the Unix epoch."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock forward. Raises ValueError for a negative number of seconds."""
        if seconds < 0:
            raise ValueError(f"a clock cannot go back: advance({seconds})")
        self._now += seconds
