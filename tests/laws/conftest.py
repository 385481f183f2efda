"""Worlds to compare: each a fresh server in this process, on a clock that only a test moves.

`world` is a factory of them, and `tasks` makes strategies of requests that such a world can answer.
"""

import asyncio
import base64
import copy
import io
import itertools
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from PIL import Image

from genmock.mockserver import Exchange, Settings, VirtualClock, create_app
from genmock.validators.strategies import invalid_items, mutation_names, sample, valid_items

KEY = "key-of-the-tests-0123456789abcdef"
BASE_URL = "http://mock.test"
FULL = os.environ.get("GENMOCK_SCALE") == "full"
IMAGES = ("seedImage", "maskImage", "guideImage", "guideImages", "images", "masks")
OUTSIDE = ("webhookURL", "uploadEndpoint", "deliveryMethod", "ttl")  # members that reach out of one request
MODELS = ("runware:111@1", "runware:108@1")
PATIENCE_S = 20.0
NUMBERS = itertools.count()  # of the stores of this process

BASE = settings(
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    # Whoever plants defects only wants to know that a law breaks, not the smallest example of it.
    phases=[Phase.explicit, Phase.generate] if os.environ.get("GENMOCK_SHRINK") == "no" else tuple(Phase),
)
settings.register_profile("laws", BASE, max_examples=200 if FULL else 20)
settings.register_profile("few", BASE, max_examples=80 if FULL else 8)
settings.register_profile("histories", BASE, max_examples=100 if FULL else 10, stateful_step_count=50 if FULL else 25)


def png(colour: tuple[int, int, int] = (200, 40, 40), size: tuple[int, int] = (128, 128)) -> bytes:
    """Return a picture whose left half is blue."""
    buffer = io.BytesIO()
    image = Image.new("RGB", size, colour)
    image.paste((20, 90, 200), (0, 0, size[0] // 2, size[1]))
    image.save(buffer, "PNG")
    return buffer.getvalue()


INLINE = f"data:image/png;base64,{base64.b64encode(png()).decode()}"


class World:
    """One server and a client of it. body: what is decoded of the newest reply to `post`."""

    def __init__(self, runner: asyncio.Runner, clock: VirtualClock | None, options: Mapping[str, Any]) -> None:
        self._runner = runner
        self.clock = clock or VirtualClock()
        lawful = {"check_replies": True, "public_url": BASE_URL, **options}
        self.exchanges: list[Exchange] = []
        self.app = create_app(Settings(**lawful), clock=self.clock, on_exchange=self.exchanges.append)
        self.runtime = self.app.state.runtime
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url=BASE_URL, headers={"authorization": f"Bearer {KEY}"}
        )

    def send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Send one request; fail when the reply breaks the documents that the server knows."""
        reply = self.run(self._client.request(method, path, **arguments))
        assert reply.headers.get("content-type", ""), reply
        for exchange in self.exchanges:
            broken = [each for each in exchange.violations if each.pointer.startswith("/reply")]
            assert not broken, (broken, reply.text)
        self.exchanges.clear()
        return reply

    def post(self, *tasks: Mapping[str, Any]) -> tuple[int, list[Any], list[Any]]:
        """Return (status, data, errors) of a request array of Runware."""
        reply = self.send("POST", "/v1", content=json.dumps(tasks), headers={"content-type": "application/json"})
        body = reply.json()
        return reply.status_code, body.get("data", []), body.get("errors", [])

    def data(self, *tasks: Mapping[str, Any]) -> list[Any]:
        """Return the items of tasks none of which fails."""
        status, data, errors = self.post(*tasks)
        assert (status, errors) == (200, []), (status, errors)
        return data

    def poll(self, uuid: str) -> list[Any]:
        """Return what getResponse tells of a task none of whose results fails."""
        return self.data({"taskType": "getResponse", "taskUUID": uuid})

    def file(self, url: str) -> bytes:
        """Return the file that a URL of the server leads to."""
        reply = self.send("GET", url)
        assert reply.status_code == 200, (url, reply.text)
        return reply.content

    def make(self, path: str, *, accept: str = "application/json", **body: Any) -> httpx.Response:
        """Return kiapi's reply to a JSON body."""
        return self.send("POST", path, json=body, headers={"accept": accept})

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Return what the control API answers."""
        reply = self.send(method, f"/__genmock__{path}", json=body)
        assert reply.is_success, reply.text
        return reply.json() if reply.content else None

    def frames(self, *frames: Sequence[Mapping[str, Any]], count: int) -> list[Any]:
        """Return the next so many data items and errors that come over a WebSocket to frames, the key's first."""
        return self.run(_socket(self.app, [[{"taskType": "authentication", "apiKey": KEY}], *frames], count))

    def run(self, work: Any) -> Any:
        """Return what a coroutine returns. Raises TimeoutError when it takes far too long."""
        return self._runner.run(asyncio.wait_for(work, PATIENCE_S))

    def close(self) -> None:
        """Stop the server."""
        self.run(self._client.aclose())
        self.run(self.runtime.stop())


async def _socket(app: Any, frames: Sequence[Any], count: int) -> list[Any]:
    """Take an application through one WebSocket connection and return the items and errors after the first frame."""
    inbox: asyncio.Queue[Any] = asyncio.Queue()
    outbox: asyncio.Queue[Any] = asyncio.Queue()
    address = {"client": ("127.0.0.1", 1), "server": ("mock.test", 80), "scheme": "ws", "root_path": ""}
    path = {"path": "/v1", "raw_path": b"/v1", "query_string": b"", "headers": [(b"host", b"mock.test")]}
    scope = {"type": "websocket", "asgi": {"version": "3.0"}, "http_version": "1.1", **address, **path}
    scope |= {"subprotocols": [], "extensions": {}, "state": {}}
    inbox.put_nowait({"type": "websocket.connect"})
    serving = asyncio.ensure_future(app(scope, inbox.get, outbox.put))
    assert (await asyncio.wait_for(outbox.get(), PATIENCE_S))["type"] == "websocket.accept"
    found: list[Any] = []
    try:
        for number, frame in enumerate(frames):
            inbox.put_nowait({"type": "websocket.receive", "text": json.dumps(frame)})
            if number == 0:
                await asyncio.wait_for(outbox.get(), PATIENCE_S)
        while len(found) < count:
            message = json.loads((await asyncio.wait_for(outbox.get(), PATIENCE_S))["text"])
            found += [*message.get("data", ()), *message.get("errors", ())]
    finally:
        inbox.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(serving, PATIENCE_S)
    return found


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    """Return the event loop of all worlds."""
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="session")
def world(runner: asyncio.Runner) -> Callable[..., World]:
    """Return a function that makes a fresh world: world(seed=1) has Settings(seed=1)."""

    def fresh(clock: VirtualClock | None = None, **options: Any) -> World:
        return World(runner, clock, options)

    return fresh


def grounded(value: Any) -> Any:
    """Return a message whose images are all there: a small picture stands for each reference."""
    if isinstance(value, dict):
        return {
            name: ([INLINE] * len(member) if isinstance(member, list) else INLINE)
            if name in IMAGES
            else grounded(member)
            for name, member in value.items()
        }
    return [grounded(element) for element in value] if isinstance(value, list) else value


@st.composite
def _tasks(draw: st.DrawFn, model: str | None = None, most: int = 1) -> list[dict[str, Any]]:
    """Return tasks for pictures with taskUUIDs of their own, small, with every image at hand."""
    items = st.one_of(*(valid_items(each, operation="imageInference") for each in ([model] if model else MODELS)))
    found = [grounded(item) for item in draw(st.lists(items, min_size=1, max_size=most))]
    for number, item in enumerate(found):
        for name in (*OUTSIDE, "outpaint", "lora"):
            item.pop(name, None)
        item["taskUUID"] = f"{number:08x}-0000-4000-8000-{draw(st.integers(0, 2**40)):012x}"
        item |= {"width": draw(st.sampled_from((128, 144, 256))), "height": draw(st.sampled_from((128, 192)))}
        item["numberResults"] = min(item.get("numberResults", 1), 4)
        if draw(st.booleans()):
            item.pop("numberResults")
    return found


@pytest.fixture(scope="session")
def tasks() -> Callable[..., st.SearchStrategy[list[dict[str, Any]]]]:
    """Return a function that makes a strategy of request arrays: tasks(most=3)."""
    return _tasks


class Receiver:
    """What takes webhooks, in the same event loop. bodies: (path, decoded body) of those that came. url: where."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self.bodies: list[Any] = []
        self._server = runner.run(asyncio.start_server(self._take, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        self.bodies.append((head.split()[1], json.loads(await reader.readexactly(length))))
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    def close(self) -> None:
        """Listen no more."""
        self._server.close()


@pytest.fixture(scope="session")
def receiver(runner: asyncio.Runner) -> Iterator[Receiver]:
    """Return a receiver of webhooks."""
    made = Receiver(runner)
    yield made
    made.close()


@pytest.fixture(params=["memory", "sqlite", "redis"])
def new_store(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Return a function that returns the URL of an empty store, of each kind in turn."""
    if request.param == "redis":
        port = request.getfixturevalue("redis_port")
        return lambda: f"redis://127.0.0.1:{port}/0?prefix={next(NUMBERS)}:"
    folder = request.getfixturevalue("tmp_path")
    return lambda: "memory" if request.param == "memory" else f"sqlite:///{folder}/{next(NUMBERS)}.db"


@pytest.fixture(scope="session")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Yield the port of a Redis or Valkey server that keeps nothing."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        pytest.skip("no redis-server or valkey-server was found; install one: apt-get install redis-server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    options = {"port": port, "bind": "127.0.0.1", "dir": tmp_path_factory.mktemp("redis"), "save": ""}
    arguments = [str(part) for name, value in options.items() for part in (f"--{name}", value)]
    with subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL) as server:
        try:
            until = time.monotonic() + PATIENCE_S
            while time.monotonic() < until:
                with socket.socket() as trial:
                    if trial.connect_ex(("127.0.0.1", port)) == 0:
                        break
            yield port
        finally:
            server.terminate()


@pytest.fixture(scope="session")
def picture() -> bytes:
    """Return a small PNG file."""
    return png()


@pytest.fixture(scope="session")
def broken() -> list[tuple[dict[str, Any], str, str]]:
    """Return a task for each way to break one, with the rule and the pointer of the verdict.

    The file that GENMOCK_BROKEN names has them where they are not to be drawn by the source that is tested.
    """
    kept = os.environ.get("GENMOCK_BROKEN")
    if kept:
        return [(item, rule, pointer) for item, rule, pointer in json.loads(Path(kept).read_text())]
    return drawn_broken()


def drawn_broken() -> list[tuple[dict[str, Any], str, str]]:
    """Return such tasks, drawn from the strategies, with taskUUIDs of their own."""
    found = []
    ways = [(model, name) for model in MODELS for name in mutation_names(model)]
    for number, (model, name) in enumerate(ways):
        (mutation,) = sample(invalid_items(model, only=name), 1, seed=number)
        item = copy.deepcopy(mutation.item)
        if mutation.pointer != "/taskUUID" and mutation.member != "taskUUID":
            item["taskUUID"] = f"{number:08x}-0000-4000-8000-000000000000"
        routed = {mutation.pointer.removeprefix("/"), mutation.member} & {"taskType", "model"}
        if not routed and mutation.rule != "const":  # another document judges; one constant of several is an enum
            found.append((item, mutation.rule, mutation.pointer))
    return found
