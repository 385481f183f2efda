"""The store in an SQLite file: what was written is there after a kill, and several processes share it."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from ..clock import Clock
from .base import Bounds, Delete, Entry, Put
from .sqlite_changes import BUSY_S, RETRY_S, Changes
from .sqlite_file import checkpoint, connect, gone, identity, is_busy, is_log_long, unusable
from .sqlite_steps import Steps

Result = TypeVar("Result")
LOOK_EVERY = 16  # changes by this process, after which it looks how long the log is


class SqliteStore:
    """A store in a file, through one connection. It opens by itself when it is first used.

    Each step is taken at once, in the event loop's own thread: it takes microseconds, a hop to another thread and back
    ten times as long; and while that thread waited for the interpreter between two statements, it would keep the file
    locked. What has to wait for another process waits asynchronously.
    """

    def __init__(self, path: Path, clock: Clock, bounds: Bounds) -> None:
        self._path = path.absolute()  # whoever changes the working folder later keeps the file
        self._clock = clock
        self._bounds = {table: bound for table, bound in bounds.items() if bound.durable}
        self._steps: Steps | None = None
        self._file: tuple[int, int] | None = None  # which file it is, whatever its name leads to later
        self._changes = Changes(self._path, clock, self._ready)
        self._changed = 0
        self._checkpoint: threading.Thread | None = None

    async def open(self) -> None:
        """Make the file ready. Raises StoreError for one that cannot be opened or written, or is none of ours."""
        await self._read(lambda steps: None)

    async def close(self) -> None:
        """Let go of the file. What was written stays."""
        steps, self._steps = self._steps, None
        if self._checkpoint is not None:
            await asyncio.to_thread(self._checkpoint.join)
        if steps is not None:
            steps.connection.close()

    async def get(self, table: str, key: str) -> bytes | None:
        """Return the value of an entry, or None."""
        now = self._clock.now()
        value = await self._read(lambda steps: steps.get(table, key, now))
        if value is not None and table in self._bounds and self._bounds[table].recent:
            await self._change(lambda steps: steps.use(table, key))
        return value

    async def write(self, *changes: Put | Delete) -> None:
        """Make the changes in order, all or none."""
        now = self._clock.now()
        await self._change(lambda steps: steps.change(changes, now))

    async def insert(self, first: Put, *rest: Put) -> bool:
        """Write all of them and return True; write nothing and return False when the first one's key is there."""
        now = self._clock.now()

        def insert(steps: Steps) -> bool:
            if steps.get(first.table, first.key, now) is not None:
                return False
            steps.change((first, *rest), now)
            return True

        return await self._change(insert)

    async def add(self, table: str, key: str, amount: int, *, at_most: int | None = None) -> int | None:
        """Add to a number and return what it is now, or leave it and return None when it would exceed ``at_most``.

        Raises StoreError when the sum has more than 64 bits.
        """
        run = self._change if amount else self._read
        return await run(lambda steps: steps.add(table, key, amount, at_most))

    async def newest(self, table: str, *, limit: int, before: int | None = None) -> Sequence[Entry]:
        """Return entries, the newest key first. before: only those with a lower sequence."""
        now = self._clock.now()
        return await self._read(lambda steps: steps.newest(table, limit, before, now))

    async def size(self, table: str) -> int:
        """Return how many entries a table has."""
        now = self._clock.now()
        return await self._read(lambda steps: steps.size(table, now))

    async def take(self, table: str, *, now: float, until: float, limit: int) -> Sequence[Entry]:
        """Return entries that are due by ``now``, the earliest first, and make each due again at ``until``."""
        time = self._clock.now()
        if not await self._read(lambda steps: steps.due(table, now, min(limit, 1), time)):
            return []  # whoever looks often does not keep those waiting who write
        return await self._change(lambda steps: steps.lease(table, now, until, limit, time))

    async def next_due(self, table: str) -> float | None:
        """Return when the next entry is due, or None when none ever is."""
        now = self._clock.now()
        return await self._read(lambda steps: steps.next_due(table, now))

    async def clear(self) -> None:
        """Forget everything, in every table."""
        await self._change(lambda steps: steps.clear())

    async def _read(self, step: Callable[[Steps], Result]) -> Result:
        """Take a step that changes nothing; it hardly ever has to wait, as readers and the writer do not."""
        ends_at = time.monotonic() + BUSY_S
        while True:
            try:
                return step(self._ready())
            except sqlite3.Error as error:
                if not is_busy(error) or time.monotonic() >= ends_at:
                    raise unusable(self._path, error) from None
            await asyncio.sleep(RETRY_S)

    async def _change(self, step: Callable[[Steps], Result]) -> Result:
        """Take a step that changes the file."""
        result = await self._changes.make(step)
        self._changed += 1
        if self._changed % LOOK_EVERY == 0 and is_log_long(self._path):
            self._begin_checkpoint()
        return result

    def _begin_checkpoint(self) -> None:
        """Have a thread write the log into the file, unless one does."""
        if self._checkpoint is None or not self._checkpoint.is_alive():
            self._checkpoint = threading.Thread(target=checkpoint, args=(self._path,), name="genmock-sqlite")
            self._checkpoint.start()

    def _ready(self) -> Steps:
        """Return the steps on the file, opened where it is not yet. Raises StoreError."""
        if self._steps is None:
            self._steps = Steps(connect(self._path), self._bounds)
            self._file = identity(self._path)
        if identity(self._path) != self._file:
            raise gone(self._path)
        return self._steps
