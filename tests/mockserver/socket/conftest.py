"""A server with a socket, and raw clients of it: the fixtures `serve` and `mock`, and what a log must not have."""

import json
import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from genmock.mockserver import Clock, Settings, create_app
from genmock.mockserver.server import ServerThread

KEY = "key-of-the-tests-0123456789abcdef"
PATIENCE_S = 10.0  # for a frame that must come
QUIET_S = 0.6  # without a frame: none is coming
AFTER_S = 0.2  # the same where all that should come has come
UUID = "b0000000-0000-4000-8000-"


class Client:
    """A raw client of one connection. Frames are JSON both ways."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def send(self, *tasks: Any) -> None:
        """Send tasks in one frame."""
        self.connection.send(json.dumps(tasks))

    def receive(self) -> dict[str, Any]:
        """Return the next frame."""
        return dict(json.loads(self.connection.recv(timeout=PATIENCE_S)))

    def ask(self, *tasks: Any) -> dict[str, Any]:
        """Send tasks and return the first frame of the answer."""
        self.send(*tasks)
        return self.receive()

    def item(self, *tasks: Any) -> dict[str, Any]:
        """Send tasks and return the only item of the first frame of the answer."""
        (item,) = self.ask(*tasks)["data"]
        return dict(item)

    def error(self, *tasks: Any) -> dict[str, Any]:
        """Send tasks and return the only error of the first frame of the answer."""
        frame = self.ask(*tasks)
        assert list(frame) == ["errors"], frame
        (error,) = frame["errors"]
        return dict(error)

    def authenticate(self, session: str = "", key: str = KEY) -> str:
        """Authenticate and return the session's UUID. session: the one to take up."""
        wanted = {"connectionSessionUUID": session} if session else {}
        return str(self.item({"taskType": "authentication", "apiKey": key, **wanted})["connectionSessionUUID"])

    def is_silent(self, seconds: float = QUIET_S) -> bool:
        """Return whether no frame comes for a while."""
        try:
            self.connection.recv(timeout=seconds)
        except TimeoutError:
            return True
        return False

    def frames(self, count: int) -> list[dict[str, Any]]:
        """Return so many frames, and what comes shortly after them; fewer where the connection ends before."""
        found: list[dict[str, Any]] = []
        try:
            while True:
                patience = PATIENCE_S if len(found) < count else AFTER_S
                found.append(json.loads(self.connection.recv(timeout=patience)))
        except (TimeoutError, ConnectionClosed):
            return found

    def until_end(self) -> list[dict[str, Any]]:
        """Return the frames that come before the connection ends."""
        found = []
        try:
            while True:
                found.append(self.receive())
        except ConnectionClosed:
            return found

    def ended(self) -> int:
        """Wait for the end of the connection and return its close code; 1006 when there was none."""
        try:
            while True:
                self.connection.recv(timeout=PATIENCE_S)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd is not None else 1006

    def drop(self) -> None:
        """End the connection without a word."""
        with suppress(OSError):  # it may have ended
            self.connection.socket.shutdown(socket.SHUT_RDWR)


class Server:
    """A server in a thread, its clients, and its HTTP client with a key."""

    def __init__(self, stack: ExitStack, app: Starlette, url: str) -> None:
        self._stack = stack
        self.runtime = app.state.runtime
        self.url = url.replace("http", "ws", 1) + "/v1"
        headers = {"authorization": f"Bearer {KEY}"}
        plain = httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_S, verify=False)  # no certificates to load
        self.http = stack.enter_context(plain)

    def connect(self, path: str = "", *, url: str = "", **options: Any) -> Client:
        """Connect, and no more. url: to another server."""
        usual = {"max_size": None, "open_timeout": PATIENCE_S, "close_timeout": 0.1, "ping_interval": None}
        return Client(self._stack.enter_context(connect((url or self.url) + path, **{**usual, **options})))

    def client(self, session: str = "", **options: Any) -> Client:
        """Connect and authenticate."""
        client = self.connect(**options)
        client.authenticate(session)
        return client

    def fault(self, kind: str, **members: Any) -> None:
        """Set a fault."""
        self.http.post("/__genmock__/faults", json={"kind": kind, **members}).raise_for_status()

    def await_end(self, session: str) -> None:
        """Wait until the server has noticed that the connection of a session is gone."""
        until = time.monotonic() + PATIENCE_S
        while session in {connection.session for connection in tuple(self.runtime.sockets)}:
            assert time.monotonic() < until
            self.http.get("/__genmock__/health")

    def exchanges(self) -> list[dict[str, Any]]:
        """Return the journal, the newest exchange first."""
        return list(self.http.get("/__genmock__/journal").json()["exchanges"])

    def violations(self) -> list[Any]:
        """Return how frames of the server broke the contract."""
        found = [violation for exchange in self.exchanges() for violation in exchange["violations"]]
        return [violation for violation in found if violation["pointer"].startswith("/reply")]


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Return a function that starts a server, which checks its frames: serve(max_frame=9) has Settings(max_frame=9)."""
    with ExitStack() as stack:

        def started(clock: Clock | None = None, **settings: Any) -> Server:
            app = create_app(Settings(**{"check_replies": True, **settings}), clock=clock)
            return Server(stack, app, stack.enter_context(ServerThread(app)).url)

        yield started


@pytest.fixture
def mock(serve: Callable[..., Server]) -> Iterator[Server]:
    """Return a server with the default settings, whose frames all keep the contract."""
    server = serve()
    yield server
    assert server.violations() == []


@pytest.fixture
def paint() -> Callable[..., dict[str, Any]]:
    """Return a function that makes a task for pictures: paint(1, steps=2). number: the end of its taskUUID."""

    def made(number: int = 1, **members: Any) -> dict[str, Any]:
        return {
            "taskType": "imageInference",
            "taskUUID": f"{UUID}{number:012}",
            "model": "runware:111@1",
            "positivePrompt": "a lighthouse",
            "width": 128,
            "height": 128,
            **members,
        }

    return made


@pytest.fixture(autouse=True)
def nothing_unhandled(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test during which an exception was logged."""
    with caplog.at_level(logging.ERROR):
        yield
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
