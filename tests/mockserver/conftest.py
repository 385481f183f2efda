"""A mock server in this process, whose every reply is held to the contract: the fixture `serve`; a Redis server."""

import asyncio
import io
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx
import pytest
from PIL import Image

from genmock.mockserver import Clock, Exchange, Settings, create_app
from genmock.validators import Violation, check_response

KEY = "key-of-the-tests-0123456789abcdef"
BASE_URL = "http://mock.test"
UTILITIES = "runware-utilities"
MODELS = {"imageInference": "flux-1-dev-srpo", "training": "exactly-illustrative-training"}  # task types of models
INSTALL = "no redis-server or valkey-server was found; install one: apt-get install redis-server"
UNDECLARED = (405,)  # no document can declare what it does not declare


class Mock:
    """A server without a socket, and a client that checks what comes back."""

    def __init__(self, own_clock: Clock | None, **settings: Any) -> None:
        lenient = {"check_replies": True, "reused_task_uuid": "allow"}  # many tests send one UUID again and again
        self.app = create_app(Settings(**{**lenient, **settings}), clock=own_clock)
        self.runtime = self.app.state.runtime

    def send(self, method: str, url: str, **arguments: Any) -> httpx.Response:
        """Send one request, as the client library has it."""

        async def exchange() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
                return await client.request(method, url, **arguments)

        return asyncio.run(exchange())

    def post(self, *tasks: Any, path: str = "/v1", key: str | None = KEY, **headers: str) -> httpx.Response:
        """Post tasks and hold the reply to the effective documents."""
        sent = {"authorization": f"Bearer {key}"} if key is not None else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        reply = self.send("POST", path, json=list(tasks), headers=sent)
        self.check(tasks, reply)
        return reply

    def raw(self, data: Any, content_type: str | None = "application/json", key: str = KEY) -> httpx.Response:
        """Post bytes, or an iterator of them, and hold the reply to the effective documents."""
        headers = {"authorization": f"Bearer {key}"} | ({"content-type": content_type} if content_type else {})
        reply = self.send("POST", "/v1", content=data, headers=headers)
        tasks = json.loads(data) if reply.status_code == 200 else ()
        self.check(tasks, reply)
        return reply

    def data(self, *tasks: Any, **headers: str) -> list[dict[str, Any]]:
        """Return the results of tasks none of which fails."""
        reply = self.post(*tasks, **headers)
        assert reply.status_code == 200, reply.text
        assert list(reply.json()) == ["data"], reply.text
        return list(reply.json()["data"])

    def error(self, *tasks: Any, **headers: str) -> dict[str, Any]:
        """Return the only error of tasks all of which fail."""
        reply = self.post(*tasks, **headers)
        assert reply.status_code >= 400, reply.text
        (error,) = reply.json()["errors"]
        return dict(error)

    def picture(self, item: dict[str, Any]) -> Image.Image:
        """Return the picture that a result points to, opened."""
        reply = self.send("GET", item["imageURL"])
        assert reply.status_code == 200, reply.text
        return Image.open(io.BytesIO(reply.content))

    def pixels(self, task: Any) -> bytes:
        """Return the pixels of a task's first picture."""
        return self.picture(self.data(task)[0]).convert("RGBA").tobytes()

    @property
    def exchange(self) -> Exchange:
        """The newest exchange of the journal."""
        newest: Exchange = list(self.runtime.world.journal)[-1]
        return newest

    def held(self, table: str) -> int:
        """Return how many entries a table of the store has."""
        count: int = asyncio.run(self.runtime.world.store.size(table))
        return count

    def reset(self) -> None:
        """Forget everything that happened, as the control API's reset does."""
        asyncio.run(self.runtime.reset())

    def check(self, tasks: Sequence[Any], reply: httpx.Response) -> None:
        """Fail when a reply breaks the documents, by our own judgement or by the server's."""
        if reply.status_code in UNDECLARED:
            return
        broken = [v for v in self.exchange.violations if v.pointer.startswith("/reply")]
        assert not broken, broken
        found = self._broken(tasks, reply.json(), reply.status_code)
        assert not found, (found, reply.text)
        assert int(reply.headers["genmock-violations"]) == len(self.exchange.violations)

    def _broken(self, tasks: Sequence[Any], body: Any, status: int) -> list[Violation]:
        parts: dict[Any, list[Any]] = {}
        for item in body.get("data", ()):
            parts.setdefault(self._document(tasks, item), []).append(item)
        rest = {"errors": body["errors"]} if "errors" in body else {}
        whole = [(UTILITIES, body)] if not parts else [(d, {"data": i, **rest}) for d, i in parts.items()]
        catalog = self.runtime.catalog
        return [v for d, part in whole for v in check_response(d, part, status=status, catalog=catalog)]

    def _document(self, tasks: Sequence[Any], item: dict[str, Any]) -> Any:
        """Return what describes an item: its model's document, unless it is polled (then it has a status) or has none.

        A reply in report mode may be to a task that was mended; every model's results have the same form.
        """
        kind = item.get("taskType")
        if kind not in MODELS or "status" in item:
            return UTILITIES
        sent = [task for task in tasks if isinstance(task, dict) and task.get("taskUUID") == item.get("taskUUID")]
        models = [task.get("model") for task in sent if task.get("taskType") == kind]
        known = [model for model in models if isinstance(model, str)]
        return self.runtime.catalog.find(kind, known[0] if known else None) or MODELS[kind]


@pytest.fixture
def serve() -> Callable[..., Mock]:
    """Return a function that makes a server: serve(seed=1) has Settings(seed=1).

    clock: the server's own; or "virtual", the setting.
    """

    def made(clock: Clock | str | None = None, **settings: Any) -> Mock:
        if isinstance(clock, str):
            return Mock(None, clock=clock, **settings)
        return Mock(clock, **settings)

    return made


@pytest.fixture
def mock(serve: Callable[..., Mock]) -> Mock:
    """Return a server with the default settings."""
    return serve()


@pytest.fixture
def draw_file() -> Callable[..., bytes]:
    """Return a function that makes an image file: draw_file("PNG", (128, 128), mode="RGB", color="red")."""

    def drawn(format: str = "PNG", size: tuple[int, int] = (128, 128), **options: Any) -> bytes:
        mode, color = options.pop("mode", "RGB"), options.pop("color", (200, 40, 40))
        buffer = io.BytesIO()
        image = Image.new(mode, size, color)
        if mode == "RGB":  # two halves, so that turning and cutting show
            image.paste((20, 90, 200), (0, 0, size[0] // 2, size[1] // 2))
        image.save(buffer, format, **options)
        return buffer.getvalue()

    return drawn


@pytest.fixture(scope="session")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Yield the port of a Redis or Valkey server that keeps nothing."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        pytest.skip(INSTALL)
    port, folder = _free_port(), tmp_path_factory.mktemp("redis")
    options = {"port": port, "bind": "127.0.0.1", "dir": folder, "save": "", "appendonly": "no"}
    arguments = [str(part) for name, value in options.items() for part in (f"--{name}", value)]
    with subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL) as server:
        try:
            _await_port(port)
            yield port
        finally:
            server.terminate()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _await_port(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as trial:
            trial.settimeout(1)
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise TimeoutError(f"nothing listens on port {port}")
