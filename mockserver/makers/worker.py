"""A worker process: it opens a maker, fulfils one order after the other, and ends when its server does.

Frames that come in: ("make", plan, order) and ("cancel",). Frames that go out: ("step", done, of) and one of
("made", bytes), ("failed", text), ("cancelled",) for each order. What libraries print goes to the server's stderr.
"""

import os
import queue
import signal
import sys
import threading
import traceback
from functools import partial
from typing import Any, BinaryIO

from ..diffusion.unusable import ModelUnusable
from .base import PictureMaker
from .opening import Plan, opened
from .wire import receive, send

THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Cancelled(Exception):
    """The order is not wanted any more."""


class Desk:
    """Where orders lie until they are fulfilled. cancelled: whether the one in hand is not wanted any more."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.orders: queue.SimpleQueue[tuple[Plan, Any]] = queue.SimpleQueue()
        self.cancelled = threading.Event()

    def read(self) -> None:
        """Take what comes in until the server has gone; then this process ends, whatever it is doing."""
        try:
            while True:
                frame = receive(self._stream)
                if frame[0] == "cancel":
                    self.cancelled.set()
                else:  # whatever was cancelled before was another order
                    self.cancelled.clear()
                    self.orders.put((frame[1], frame[2]))
        except EOFError:
            os._exit(0)


def main() -> None:
    """Be a worker process: orders come in by stdin, files go out by what was stdout."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group; the server ends its workers itself
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not break a frame
    desk = Desk(sys.stdin.buffer)
    threading.Thread(target=desk.read, daemon=True).start()
    open_makers: dict[str, PictureMaker] = {}
    while True:
        plan, order = desk.orders.get()
        send(out, _fulfilled(plan, order, open_makers, partial(_on_step, desk, out)))


def _fulfilled(plan: Plan, order: Any, open_makers: dict[str, PictureMaker], on_step: Any) -> tuple[object, ...]:  # noqa: ANN401 - an Order and a function
    """Return the frame that ends an order."""

    def maker() -> PictureMaker:
        name = repr(plan)
        if name not in open_makers:
            open_makers[name] = opened(plan)
        return open_makers[name]

    try:
        return ("made", order.fulfil(maker, on_step))
    except Cancelled:
        return ("cancelled",)
    except ModelUnusable as error:  # its text is for users as it is
        return ("failed", str(error))
    except Exception as error:  # of a library or of ours: the task fails of it, and this process serves on
        traceback.print_exc()
        return ("failed", f"{type(error).__name__}: {error}")


def _on_step(desk: Desk, out: BinaryIO, done: int, of: int) -> None:
    """Tell the server of a step. Raises Cancelled when the order is not wanted any more."""
    send(out, ("step", done, of))
    if desk.cancelled.is_set():
        raise Cancelled
