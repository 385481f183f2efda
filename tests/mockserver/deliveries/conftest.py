"""A receiver of deliveries that can misbehave: the fixture `receiver`, a real server on a port of its own."""

import asyncio
import importlib
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CERTIFICATE = Path(__file__).parent / "app.test.pem"  # of app.test and 127.0.0.1, signed by itself, with its key
Answer = int | str  # a status, or one of: hang, drip, drop, garbage


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """An HTTP server in a thread. answers: what it does to the next requests, one each; then status 200.

    Give ``answer`` a function of the request for anything else.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.answers: deque[Answer] = deque()
        self.requests: list[Received] = []
        self.answer: Callable[[Received], Answer] = lambda _: self.answers.popleft() if self.answers else 200
        self.open = self.most_open = 0
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._started.wait(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=t"

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(10)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._done = asyncio.Event()
        server = await asyncio.start_server(self._take, "127.0.0.1", 0, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._done.wait()
        server.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            first = await reader.readexactly(1)
            if first == b"\x16":  # the beginning of TLS
                writer.write(b"HTTP/1.1 400 X\r\n\r\n")
                return
            head = (first + await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
            method, path, _ = head[0].split(" ")
            headers = {n.lower(): v for n, v in (line.split(": ", 1) for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            received = Received(method, path, headers, body)
            self.requests.append(received)
            await self._reply(self.answer(received), reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _reply(self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answer == "drop":
            return
        if answer == "hang":
            await reader.read()  # until the sender gives up
        elif answer == "garbage":
            writer.write(b"this is no HTTP\r\n\r\n")
        elif answer == "drip":
            await self._drip(reader, writer)
        else:
            location = b"location: /elsewhere\r\n" if 300 <= int(answer) < 400 else b""
            writer.write(b"HTTP/1.1 %d X\r\ncontent-length: 2\r\n%b\r\nok" % (int(answer), location))

    async def _drip(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        gone = asyncio.ensure_future(reader.read())
        while not gone.done():
            writer.write(b".")
            await asyncio.wait([gone], timeout=0.01)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a receiver that is stopped afterwards."""
    running = Receiver()
    yield running
    running.stop()


@pytest.fixture
def tls_receiver() -> Iterator[Receiver]:
    """Return a receiver that speaks TLS with the certificate of app.test."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATE)
    running = Receiver(tls)
    yield running
    running.stop()


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the certificate of app.test trusted."""
    sender = importlib.import_module("genmock.mockserver.deliveries.sender")
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    sender.certificates.cache_clear()
    yield
    sender.certificates.cache_clear()


@pytest.fixture
def closed_url() -> str:
    """Return a URL at which nothing listens."""
    running = Receiver()
    running.stop()
    return running.url


@pytest.fixture
def names(monkeypatch: Any) -> Callable[..., None]:
    """Return a function that says what a name leads to: names({"a.test": ["10.0.0.1"]}); a list of lists: by turns."""
    targets = importlib.import_module("genmock.mockserver.deliveries.targets")

    def told(table: dict[str, Any]) -> None:
        async def lookup(host: str, _: int) -> list[str]:
            found = table[host]
            return list(found.pop(0) if isinstance(found[0], list) else found)

        monkeypatch.setattr(targets, "lookup", lookup)

    return told
