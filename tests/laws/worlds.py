"""A server in this process with a client of it, and a receiver of what it delivers."""

import asyncio
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from PIL import Image

from genmock.mockserver import Exchange, Settings, VirtualClock, create_app

KEY = "key-of-the-tests-0123456789abcdef"
BASE_URL = "http://mock.test"
PATIENCE_S = 20.0


def png(colour: tuple[int, int, int] = (200, 40, 40), size: tuple[int, int] = (128, 128)) -> bytes:
    """Return a picture whose left half is blue."""
    buffer = io.BytesIO()
    image = Image.new("RGB", size, colour)
    image.paste((20, 90, 200), (0, 0, size[0] // 2, size[1]))
    image.save(buffer, "PNG")
    return buffer.getvalue()


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
        reply: httpx.Response = self.run(self._client.request(method, path, **arguments))
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
        found: list[Any] = self.run(
            _socket(self.app, [[{"taskType": "authentication", "apiKey": KEY}], *frames], count)
        )
        return found

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


class Receiver:
    """What takes deliveries, in the same event loop. bodies: (path, body) of each, JSON decoded. url: where."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self.bodies: list[Any] = []
        self._server = runner.run(asyncio.start_server(self._take, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        body = await reader.readexactly(length)
        self.bodies.append((head.split()[1], json.loads(body) if "application/json" in head else body))
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    def close(self) -> None:
        """Listen no more."""
        self._server.close()
