"""Several processes on one port and one store: each is a whole server, and one that dies is replaced."""

import multiprocessing
import os
import signal
import socket
import sys
import threading
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from types import FrameType

from .app import create_app
from .clock import RealClock
from .log import logger_for
from .log_deliveries import delivery_logger_for
from .log_pipeline import pipeline_logger_for
from .server import SIGNALS, ease_collection, serve
from .settings import Settings

STOP_TIMEOUT_S = 10.0
LOOK_S = 0.5  # how long a signal may wait to be seen


class WorkerFailed(Exception):
    """A worker ended by itself, with an error; another would end in the same way."""


def serve_together(settings: Settings, listening: socket.socket) -> None:
    """Serve with as many processes as the settings say, until SIGINT or SIGTERM. For the main thread.

    A process that was killed is replaced. Raises WorkerFailed when one ended with an error of its own.
    """
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()

    before = {number: signal.signal(number, stop) for number in SIGNALS}
    boot = str(RealClock().now())
    workers = [_started(settings, listening, boot) for _ in range(settings.workers)]
    try:
        while not stopping.is_set():
            wait([worker.sentinel for worker in workers], LOOK_S)
            if not stopping.is_set():
                workers = [_alive(worker, settings, listening, boot) for worker in workers]
    finally:
        _stop(workers)
        for number, handler in before.items():
            signal.signal(number, handler)


def _started(settings: Settings, listening: socket.socket, boot: str) -> SpawnProcess:
    """Return a new worker; spawned, not forked, so that it shares nothing but the port and the store."""
    worker = multiprocessing.get_context("spawn").Process(target=_work, args=(settings, listening, boot), daemon=True)
    worker.start()
    return worker


def _alive(worker: SpawnProcess, settings: Settings, listening: socket.socket, boot: str) -> SpawnProcess:
    """Return a worker that runs: itself, or another in its place. Raises WorkerFailed."""
    if worker.is_alive():
        return worker
    if worker.exitcode is not None and worker.exitcode > 0:  # negative: killed by a signal
        raise WorkerFailed(f"a worker ended with exit status {worker.exitcode}; its own message says why")
    return _started(settings, listening, boot)


def _stop(workers: list[SpawnProcess]) -> None:
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(STOP_TIMEOUT_S)
        if worker.is_alive():
            worker.kill()


def _work(settings: Settings, listening: socket.socket, boot: str) -> None:
    """Be one worker."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    app = create_app(
        settings,
        on_exchange=logger_for(settings, sys.stdout),
        on_attempt=delivery_logger_for(settings, sys.stdout),
        on_made=pipeline_logger_for(settings, sys.stdout),
        boot=boot,
    )
    ease_collection()
    serve(app, listening, shared=True)


def _end_with_parent() -> None:
    """End when the parent does, however it ended: nobody else would stop this process."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
