"""kill -9 at random moments under load: what was acknowledged is finished, and every webhook comes."""

import json
import logging
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

SCRIPTS = Path(sys.executable).parent
KILLS = 100 if os.environ.get("GENMOCK_SCALE") == "full" else 10
KEY = "key-of-the-kill-test-0123456789"
TASK = {
    "taskType": "imageInference",
    "model": "runware:108@1",
    "positivePrompt": "a fox",
    "width": 128,
    "height": 128,
    "deliveryMethod": "async",
    "numberResults": 2,
    "seed": 2**63 - 1,
}


class Hook(BaseHTTPRequestHandler):
    """Takes webhooks; every fifth is refused, so that retries are pending when the server dies."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        server: Any = self.server
        server.count += 1
        refused = server.count % 5 == 0
        if not refused:
            server.got.update((item["taskUUID"], item["imageUUID"]) for item in body["data"])
        self.send_response(500 if refused else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def hook() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.daemon_threads = True
    server.count, server.got = 0, set()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class Server:
    """A genmock process of two workers on one port, which can be killed with all of them and started again."""

    def __init__(self, store: str, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._options = ["--port", str(self.port), "--store", store, "--workers", "2", "--quiet"]
        self._options += ["--duration", "imageInference=0.3", "--webhook-backoff", "0.05", "--log-format", "plain"]

    def start(self) -> None:
        """Start, and wait until it answers."""
        command = [str(SCRIPTS / "genmock"), "serve", *self._options]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, cwd=self._folder)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            assert self._process.poll() is None, (self._folder / "server.log").read_text()
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/__genmock__/health", timeout=5).status_code == 200:
                    return
            time.sleep(0.02)
        raise TimeoutError("the server did not start")

    def kill(self) -> None:
        """Kill it and its workers, as when the power goes."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """Stop it as a user does."""
        self._process.terminate()
        self._process.wait(30)


class Load:
    """Threads that send tasks until they are told to stop. acknowledged: the taskUUIDs whose reply came whole."""

    def __init__(self, url: str, webhook: str, threads: int = 4) -> None:
        self.acknowledged: list[str] = []
        self._url, self._webhook = url, webhook
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        with client(self._url) as own:
            while not self._done.wait(0.01):  # enough to be under load, few enough to be delivered
                name = str(uuid.uuid4())
                with suppress(httpx.TransportError):
                    reply = own.post("/v1", json=[TASK | {"taskUUID": name, "webhookURL": self._webhook}])
                    assert reply.status_code == 200, reply.text
                    self.acknowledged.append(name)


def client(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"authorization": f"Bearer {KEY}"}, timeout=30)


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_nothing_that_was_acknowledged_is_lost(shared_backend: Any, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    moments = random.Random(seed)
    server = Server(shared_backend.url, tmp_path)
    with hook() as receiver:
        server.start()
        load = Load(server.url, f"http://127.0.0.1:{receiver.server_port}/hook")
        try:
            for _ in range(KILLS):
                time.sleep(moments.uniform(0.1, 1.5))
                server.kill()
                server.start()
        finally:
            load.end()
        lost = unfinished(server.url, load.acknowledged)
        wanted = {(name, image) for name, images in images_of(server.url, load.acknowledged) for image in images}
        missing = wait_for(receiver.got, wanted)
        server.stop()
    told = f"{KILLS} kills, seed {seed}: {len(load.acknowledged)} acknowledged, {len(lost)} lost, "
    told += f"{len(wanted)} webhooks due, {len(missing)} missing, {receiver.count} received"
    logging.getLogger(__name__).warning(told)  # shown with --log-cli-level=WARNING
    assert len(load.acknowledged) > KILLS
    assert (lost, missing) == ([], set()), told


def unfinished(url: str, names: list[str]) -> list[str]:
    """Return the tasks that are no success within a minute."""
    left, deadline = list(names), time.monotonic() + 60
    while left and time.monotonic() < deadline:
        left = [name for name, images in images_of(url, left) if len(images) != TASK["numberResults"]]
        time.sleep(0.1)
    return left


def images_of(url: str, names: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield (taskUUID, the imageUUIDs of its finished results)."""
    with client(url) as own:
        for start in range(0, len(names), 50):
            part = names[start : start + 50]
            body = own.post("/v1", json=[{"taskType": "getResponse", "taskUUID": name} for name in part]).json()
            items = [item for item in body["data"] if item["status"] == "success"]
            yield from ((name, [item["imageUUID"] for item in items if item["taskUUID"] == name]) for name in part)


def wait_for(got: set[tuple[str, str]], wanted: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return what has not come within three minutes."""
    deadline = time.monotonic() + 180
    while wanted - got and time.monotonic() < deadline:
        time.sleep(0.1)
    return wanted - got
