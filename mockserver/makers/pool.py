"""The worker processes of a server, and the orders that wait for one.

Each process has a thread here that feeds it. A process is started for its first order, and anew when it died. When a
server ends, however it ends, its pipes close, and its processes end.

Why not a library: `concurrent.futures` and `loky` tell no progress and cannot cancel what has begun, `pebble` cancels
by killing, which costs loading the model again, and all of them start processes by importing the caller's main module
once more, which a test's or a user's script need not survive.
"""

import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from .opening import Plan
from .order import Order
from .wire import receive, send
from .worker import THREADS

PROGRAM = f"from {__package__}.worker import main; main()"
ATTEMPTS = 2  # a picture whose process died is tried once more
STOP_TIMEOUT_S = 5.0


class MakingFailed(Exception):
    """A file could not be made. The text says why."""


class _Died(Exception):
    """A worker process ended amid an order."""


@dataclass(frozen=True, slots=True)
class Made:
    """What became of an order, for the log. Times are in seconds. failed: why it was not made, or ""."""

    what: str
    steps: int
    waited_s: float
    took_s: float
    failed: str = ""


@dataclass(eq=False)
class Ticket:
    """An order on its way. made: its file, once it is made; or MakingFailed, or cancelled. done, of: its steps."""

    order: Order
    made: "Future[bytes]" = field(default_factory=Future)
    done: int = 0
    of: int = 0
    unwanted: bool = False
    ordered_at: float = field(default_factory=time.perf_counter)
    process: "_Process | None" = None

    def cancel(self) -> None:
        """Have it not made: at once while it waits, else at its next step."""
        self.unwanted = True
        if not self.made.cancel() and self.process is not None:
            self.process.cancel()


class Pool:
    """So many worker processes, each with a thread. on_made: called in such a thread with each order that ended."""

    def __init__(
        self, plan: Plan, *, workers: int, timeout_s: float, on_made: Callable[[Made], None] = lambda made: None
    ) -> None:
        self._plan = plan
        self._workers = workers
        self._timeout_s = timeout_s
        self._on_made = on_made
        self._tickets: queue.SimpleQueue[Ticket | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._under_way: set[Ticket] = set()
        self._closed = False

    def submit(self, order: Order) -> Ticket:
        """Have something made, after all that was ordered before. From any thread."""
        ticket = Ticket(order, of=order.steps)
        with self._lock:
            if self._closed:
                raise MakingFailed("the server is stopping")
            self._under_way.add(ticket)
            if len(self._threads) < min(self._workers, len(self._under_way)):
                thread = threading.Thread(target=self._serve, name="genmock-pipeline", daemon=True)
                self._threads.append(thread)
                thread.start()
        self._tickets.put(ticket)
        return ticket

    def close(self) -> None:
        """End all processes, whatever they are doing; what was not made is cancelled."""
        with self._lock:
            self._closed = True
            threads, tickets = list(self._threads), list(self._under_way)
        for _ in threads:
            self._tickets.put(None)
        for ticket in tickets:
            ticket.cancel()
            if ticket.process is not None:
                ticket.process.kill()
        for thread in threads:
            thread.join(STOP_TIMEOUT_S)

    def _serve(self) -> None:
        """Feed one process until the pool is closed."""
        process: _Process | None = None
        while (ticket := self._tickets.get()) is not None:
            if ticket.made.set_running_or_notify_cancel():
                process = self._fulfil(ticket, process)
            with self._lock:
                self._under_way.discard(ticket)
        if process is not None:
            process.kill()

    def _fulfil(self, ticket: Ticket, process: "_Process | None") -> "_Process | None":
        """See an order through, and return the process that is there then."""
        began = time.perf_counter()
        failed = ""
        for attempt in range(ATTEMPTS):
            try:
                process = process if process is not None and process.is_alive else _Process(self._plan)
                ticket.made.set_result(process.make(ticket, self._timeout_s * ticket.order.patience))
            except _Died as died:
                process, failed = None, str(died)
                if attempt + 1 < ATTEMPTS and not ticket.unwanted and not self._closed:
                    continue
                ticket.made.set_exception(MakingFailed(failed))
            except (MakingFailed, CancelledError) as error:
                failed = str(error) or "cancelled"
                ticket.made.set_exception(error)
            else:
                failed = ""
            break
        ended = time.perf_counter()
        self._on_made(Made(ticket.order.what, ticket.of, began - ticket.ordered_at, ended - began, failed))
        return process if process is not None and process.is_alive else None


class _Process:
    """One worker process."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(os.environ)
        )
        self._writing = threading.Lock()
        self._in = cast(BinaryIO, self._process.stdin)
        self._out = cast(BinaryIO, self._process.stdout)

    @property
    def is_alive(self) -> bool:
        """Whether it can take an order."""
        return self._process.poll() is None

    def make(self, ticket: Ticket, timeout_s: float) -> bytes:
        """Return the file of an order. Raises MakingFailed, CancelledError, _Died."""
        late = threading.Event()
        timer = threading.Timer(timeout_s, self._too_late, [late])
        timer.daemon = True
        timer.start()
        ticket.process = self
        try:
            self._send("make", self._plan, ticket.order)
            if ticket.unwanted:
                self.cancel()
            return self._answer(ticket)
        except (OSError, EOFError):
            status = self._reaped()
            if late.is_set():
                raise MakingFailed(f"it was not made within {timeout_s:g} s (--pipeline-timeout)") from None
            raise _Died(f"the worker process ended with status {status}") from None
        finally:
            ticket.process = None
            timer.cancel()

    def cancel(self) -> None:
        """Have the order in hand not made any further."""
        try:
            self._send("cancel")
        except (OSError, ValueError):  # it has ended, and so has the order
            return

    def kill(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._reaped()

    def _answer(self, ticket: Ticket) -> bytes:
        while True:
            frame: Any = receive(self._out)
            if frame[0] == "step":
                ticket.done, ticket.of = frame[1], frame[2]
            elif frame[0] == "made":
                return cast(bytes, frame[1])
            elif frame[0] == "cancelled":
                raise CancelledError
            else:
                raise MakingFailed(frame[1])

    def _send(self, *frame: object) -> None:
        with self._writing:
            send(self._in, frame)

    def _too_late(self, late: threading.Event) -> None:
        late.set()
        self._process.kill()

    def _reaped(self) -> int:
        """Return the exit status, the pipes closed."""
        status = self._process.wait()
        for stream in (self._in, self._out):
            try:
                stream.close()
            except OSError:  # what was not written has no reader
                continue
        return status


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a worker process: its libraries compute in one thread, unless a user says otherwise."""
    return {**THREADS, **environ}
