"""A receiver of deliveries that can misbehave: the fixture `receiver`, a real server on a port of its own."""

import asyncio
import importlib
import ssl
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from genmock.mockserver.clock import Clock, RealClock
from genmock.mockserver.deliveries import Courier, Delivery, Job, Parcel, job_entry
from genmock.mockserver.stores import MemoryStore, Put, Store

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
    certificates = importlib.import_module("genmock.mockserver.certificates").certificates
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    certificates.cache_clear()
    yield
    certificates.cache_clear()


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


@dataclass(frozen=True)
class Rules:
    """How deliveries are made, with the defaults of a server's settings, but a shorter time-out."""

    webhook_timeout: float = 0.5
    webhook_attempts: int = 7
    webhook_backoff: float = 0.25
    webhook_backoff_max: float = 8.0
    deliveries_at_once: int = 8
    allow_host: tuple[str, ...] = ()
    retention: float = 100.0
    seed: int = 0


async def pack(_: Job, delivery: Delivery) -> Parcel:
    """Return what the tests' provider sends: the delivery's id."""
    return Parcel("POST" if delivery.kind == "webhook" else "PUT", delivery.id.encode(), "text/plain")


class Office:
    """A courier on a store of its own. It works inside ``with_courier`` only."""

    def __init__(self, clock: Clock, store: Store, **rules: Any) -> None:
        self.clock, self.store = clock, store
        self.rules = Rules(**rules)
        self.pack: Any = pack
        self.uploaded: list[tuple[str, str]] = []

    def courier(self) -> Courier:
        return Courier(
            store=lambda: self.store,
            clock=self.clock,
            policy=self.rules,
            packs={"acme": lambda job, delivery: self.pack(job, delivery)},
            finishes={"acme": self._finish},
        )

    async def _finish(self, _: Job, delivery: Delivery) -> list[Put]:
        self.uploaded.append((delivery.id, delivery.state))
        return [Put("uploads", delivery.id, delivery.state.encode())]

    async def accept(self, name: str, *deliveries: Delivery, due_in: float = 0.0) -> Job:
        """Put a job into the outbox, as a provider does. name: as ``task_id`` has it."""
        job = Job("acme", name, name.rpartition("/")[2].upper(), self.clock.now() + due_in, deliveries)
        await self.store.write(job_entry(name, job, now=self.clock.now(), retention_s=self.rules.retention))
        return job

    async def job(self, name: str) -> Job:
        value = await self.store.get("outbox", name)
        assert value is not None, f"there is no job {name}"
        return Job.of_bytes(value)

    async def until(self, holds: Callable[[], Any]) -> None:
        """Return when a condition holds; fail when it does not within a minute."""
        async with asyncio.timeout(60):
            while not await holds():  # noqa: ASYNC110 - what happens is in the store, or in another thread
                await asyncio.sleep(0.005)

    async def settled(self, *names: str) -> None:
        """Return when nothing of some jobs is pending."""
        for name in names:
            await self.until(partial(self._is_settled, name))

    async def attempted(self, name: str, times: int) -> None:
        """Return when a job's first delivery has had so many attempts."""

        async def holds() -> bool:
            return len((await self.job(name)).deliveries[0].attempts) >= times

        await self.until(holds)

    async def _is_settled(self, name: str) -> bool:
        return (await self.job(name)).next is None

    def run(self, work: Callable[[Courier], Awaitable[Any]]) -> Any:
        """Do something while a courier works, and stop it."""

        async def whole() -> Any:
            courier = self.courier()
            courier.nudge()
            try:
                return await work(courier)
            finally:
                await courier.stop()

        return asyncio.run(whole())


@pytest.fixture
def office() -> Callable[..., Office]:
    """Return a function that returns a courier's office: office(VirtualClock(), webhook_attempts=2)."""

    def opened(clock: Clock | None = None, store: Store | None = None, **rules: Any) -> Office:
        clock = clock or RealClock()
        return Office(clock, store or MemoryStore(clock, {}), **rules)

    return opened
