"""Changes of a store's SQLite file: those that tasks of the event loop ask for at the same time share a transaction."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ..clock import Clock
from .sqlite_file import is_busy, unusable
from .sqlite_steps import Steps

Result = TypeVar("Result")
Step = Callable[[Steps], Any]
BUSY_S = 10.0  # how long to wait while another process writes
SPIN_S, RETRY_S = 0.001, 0.001  # how long to try again at once, since most write for less; and how often after that
SWEEP_EVERY = 256  # transactions of this process


class _Asked(NamedTuple):
    """A change that waits. answer: set when it is in the file."""

    step: Step
    answer: asyncio.Future[Any]


class Changes:
    """Makes changes, each all or none. ready: returns the steps on the open file, or raises StoreError.

    A transaction costs as much as the changes in it: each writes a handful of pages again. Nobody is answered before
    the transaction is in the file.
    """

    def __init__(self, path: Path, clock: Clock, ready: Callable[[], Steps]) -> None:
        self._path = path
        self._clock = clock
        self._ready = ready
        self._asked: list[_Asked] = []
        self._busy_since: float | None = None
        self._transactions = 0

    async def make(self, step: Callable[[Steps], Result]) -> Result:
        """Take a step that changes the file: all of it or nothing, and nobody else between. Raises StoreError."""
        loop = asyncio.get_running_loop()
        if not self._asked or self._asked[0].answer.get_loop() is not loop:  # what another loop left cannot be answered
            self._asked = []
            loop.call_soon(self._write)
        answer: asyncio.Future[Result] = loop.create_future()
        self._asked.append(_Asked(step, answer))
        return await answer

    def _write(self) -> None:
        """Write what is asked for by now, or try again later while another process writes."""
        asked = [each for each in self._asked if not each.answer.done()]  # who was cancelled asks no more
        try:
            self._answer(asked)
        except sqlite3.Error as error:  # busy: nothing was written
            now = time.monotonic()
            self._busy_since = self._busy_since or now
            if now - self._busy_since < BUSY_S:
                self._asked = asked
                self._try_again(now - self._busy_since)
                return
            for each in asked:
                if not each.answer.done():
                    each.answer.set_exception(unusable(self._path, error))
        self._asked, self._busy_since = [], None

    def _try_again(self, waited_s: float) -> None:
        loop = asyncio.get_running_loop()
        if waited_s < SPIN_S:
            loop.call_soon(self._write)
        else:
            loop.call_later(RETRY_S, self._write)

    def _answer(self, asked: Sequence[_Asked]) -> None:
        """Make changes together; where one of them cannot be made, each by itself. Raises sqlite3.Error when busy."""
        if not asked:
            return
        try:
            results = self._together([each.step for each in asked])
        except Exception as error:  # whatever it is, it is for the one that asked
            if isinstance(error, sqlite3.Error) and is_busy(error):
                raise
            if len(asked) == 1:
                told = unusable(self._path, error) if isinstance(error, sqlite3.Error) else error
                asked[0].answer.set_exception(told)
                return
            for each in asked:
                self._answer([each])
            return
        for each, result in zip(asked, results, strict=True):
            each.answer.set_result(result)

    def _together(self, steps: Sequence[Step]) -> list[Any]:
        """Take steps in one transaction and return their results."""
        file = self._ready()
        with file.connection:  # commits, or rolls back what raised
            file.connection.execute("BEGIN IMMEDIATE")
            if self._transactions % SWEEP_EVERY == 0:
                file.sweep(self._clock.now())
            self._transactions += 1
            return [step(file) for step in steps]
