"""Real worker processes that share a Redis server with a server: the fixture `fleet`."""

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from genmock.mockserver import ServerThread, Settings, create_app

pytest.importorskip("saq")
pytest.importorskip("onnxruntime")
NUMBERS = itertools.count()


class Fleet:
    """A server that makes nothing itself, and its workers."""

    def __init__(self, store: str, **settings: Any) -> None:
        self.store = store
        self.workers: list[subprocess.Popen[str]] = []
        settings = {"mode": "pipeline", "store": store, "pipeline_workers": 0, **settings}
        self.failed: list[str] = []
        self._thread = ServerThread(
            create_app(Settings(**settings), on_made=lambda made: self.failed.append(made.failed))
        )
        self._thread.__enter__()
        self.url = self._thread.url

    def start_worker(self) -> subprocess.Popen[str]:
        """Start a worker in a process group of its own."""
        command = [
            sys.executable,
            "-m",
            "genmock.mockserver.cli",
            "worker",
            "--mode",
            "pipeline",
            "--store",
            self.store,
        ]
        started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        assert started.stdout is not None
        assert "takes orders from" in started.stdout.readline()
        self.workers.append(started)
        return started

    def kill(self, worker: subprocess.Popen[str]) -> None:
        """Kill a worker as the kernel would; nothing of it gets to say good-bye."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.communicate()
        self.workers.remove(worker)

    def close(self) -> None:
        """Stop all of it, and tell a test that failed what did."""
        print("failed:", [failed for failed in self.failed if failed])  # noqa: T201
        for worker in list(self.workers):
            worker.terminate()
        for worker in list(self.workers):
            worker.communicate(timeout=30)
        self._thread.__exit__(None, None, None)


@pytest.fixture
def fleet(redis_port: int) -> Iterator[Callable[..., Fleet]]:
    """Return a function that starts a server without workers: fleet(pipeline_timeout=5) has that setting."""
    fleets: list[Fleet] = []

    def made(**settings: Any) -> Fleet:
        store = f"redis://127.0.0.1:{redis_port}/0?prefix=fleet-{os.getpid()}-{next(NUMBERS)}:"
        fleets.append(Fleet(store, **settings))
        return fleets[-1]

    yield made
    for each in fleets:
        each.close()
