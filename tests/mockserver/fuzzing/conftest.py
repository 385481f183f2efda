"""Servers to fuzz: our own, and the same with a defect planted between it and its client."""

import importlib
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from genmock.mockserver import ServerThread, Settings, create_app
from genmock.specs import load_catalog

fuzzing = importlib.import_module("genmock.mockserver.fuzzing")
AT_ONCE = {"imageInference": 0.0, "training": 0.0, "job": 0.0}
Change = Callable[[Any], Any]
Serve = Callable[..., AbstractContextManager[str]]


class Defective:
    """An ASGI application whose JSON is changed on its way in or out."""

    def __init__(self, app: Any, asked: Change | None, told: Change | None) -> None:
        self.app, self.asked, self.told = app, asked, told

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        is_order = scope["type"] == "http" and (b"content-type", b"application/json") in scope["headers"]
        if not is_order:
            await self.app(scope, receive, send)
            return
        data, more = b"", True
        while more:
            message = await receive()
            data, more = data + message.get("body", b""), message.get("more_body", False)
        data = json.dumps(self.asked(json.loads(data))).encode() if self.asked else data
        headers = [pair for pair in scope["headers"] if pair[0] != b"content-length"]
        scope = {**scope, "headers": [*headers, (b"content-length", str(len(data)).encode())]}
        start: dict[str, Any] = {}
        parts: list[bytes] = []

        async def body() -> Any:
            return {"type": "http.request", "body": data}

        async def out(message: Any) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                whole = b"".join(parts)
                is_json = (b"content-type", b"application/json") in start["headers"]
                whole = json.dumps(self.told(json.loads(whole))).encode() if self.told and is_json else whole
                kept = [pair for pair in start["headers"] if pair[0] != b"content-length"]
                await send({**start, "headers": [*kept, (b"content-length", str(len(whole)).encode())]})
                await send({"type": "http.response.body", "body": whole})

        await self.app(scope, body, out)


@pytest.fixture
def serve() -> Serve:
    """Return what serves our own server: asked and told change the JSON of requests and replies."""

    @contextmanager
    def serving(asked: Change | None = None, told: Change | None = None, **settings: Any) -> Iterator[str]:
        app = create_app(Settings(duration=AT_ONCE, quiet=True, **settings))
        with ServerThread(Defective(app, asked, told) if asked or told else app) as server:
            yield server.url

    return serving


@pytest.fixture
def fuzz() -> Callable[..., Any]:
    """Return what fuzzes a server in a few seconds."""

    def run(url: str, document: str, *parts: str, examples: int = 20, **options: Any) -> Any:
        chosen = load_catalog().get(document)
        base = url if chosen.entry.provider == "kiapi" or options.get("published") else f"{url}/v1"
        plan = {"key": "k", "max_examples": examples, "max_time_s": 60.0, "parts": parts} | options
        return fuzzing.fuzz_server(fuzzing.Plan(base, chosen, **plan))

    return run


@pytest.fixture
def unused_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
