"""Time, passed in: the server never reads the wall clock itself."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

START = 1_767_225_600.0  # 2026-01-01 00:00:00 UTC
END = 253_370_764_800.0  # 9999-01-01 00:00:00 UTC: dates end in that year, and what is timed must have room before that


class Clock(Protocol):
    """Where the server's time comes from."""

    def now(self) -> float:
        """Return the time in seconds since the Unix epoch."""
        ...

    def wait_s(self, until: float) -> float:
        """Return for how many real seconds whoever waits for a time can sleep before looking again."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        ...

    def watch(self, moved: Callable[[], None]) -> None:
        """Have a function called, in whichever thread, whenever the clock was moved by hand."""
        ...

    def tick(self) -> None:
        """Let pass what a poll takes: nothing, on a clock that runs by itself."""
        ...


class RealClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Return the time in seconds since the Unix epoch."""
        return time.time()

    def wait_s(self, until: float) -> float:
        """Return the seconds until then, 0 when it is past."""
        return max(until - self.now(), 0.0)

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds; timers may end a little early, and that is waited for too."""
        until = self.now() + seconds
        while (left := self.wait_s(until)) > 0:  # noqa: ASYNC110 - time itself is waited for
            await asyncio.sleep(left)

    def watch(self, moved: Callable[[], None]) -> None:
        """Do nothing: nobody moves this clock."""

    def tick(self) -> None:
        """Do nothing: this clock runs by itself."""


class VirtualClock:
    """A clock that stands still until it is advanced: by hand, by polls, or by whoever sleeps on it.

    start: 2026-01-01 00:00:00 UTC unless given. tick_per_poll: seconds that each poll lets pass, so that a task of 3 s
    is done on the third poll with 1, however fast the client polls.
    """

    def __init__(self, start: float = START, *, tick_per_poll: float = 0.0) -> None:
        self._now = start
        self._tick = tick_per_poll
        self._watchers: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return the time in seconds since the Unix epoch."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock forward; from any thread.

        Raises ValueError for a negative number of seconds, and OverflowError for a time after the year 9998.
        """
        if seconds < 0:
            raise ValueError(f"a clock cannot go back: advance({seconds})")
        with self._lock:
            if self._now + seconds > END:
                raise OverflowError(f"a clock cannot pass the year 9998: advance({seconds})")
            self._now += seconds
        for moved in tuple(self._watchers):
            moved()

    def wait_s(self, until: float) -> float:
        """Return infinity, or 0 when it is past: only ``advance`` brings the time nearer."""
        return 0.0 if until <= self._now else float("inf")

    async def sleep(self, seconds: float) -> None:
        """Move the clock, since nobody else would while somebody waits; at most to where time ends."""
        self.advance(min(max(seconds, 0.0), END - self._now))

    def watch(self, moved: Callable[[], None]) -> None:
        """Have a function called, in whichever thread, whenever the clock was advanced."""
        self._watchers.append(moved)

    def tick(self) -> None:
        """Let pass what a poll takes; nothing where time ends."""
        if self._tick:
            with suppress(OverflowError):
                self.advance(self._tick)
