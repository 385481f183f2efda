"""Replies that go wrong on their way: cut, damaged, stalled, or with the connection dropped.

What a disorder is is told here, and done to HTTP; frames of sockets are sent by whoever has the socket.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .spoil import broken

TRANSPORT = "genmock.transport"  # the key of scope["extensions"] under which the server puts its asyncio transport
Manner = Literal["drop", "stall", "truncate", "corrupt", "schema", "frame_duplicate", "frame_reorder", "close"]


class NoTransport(RuntimeError):
    """A connection is to be dropped by a server that does not give it away."""

    def __init__(self) -> None:
        super().__init__(
            "a fault of kind drop needs the connection, and this ASGI server does not give it: "
            "serve with `genmock serve` or ServerThread instead of a test client or another server"
        )


@dataclass(frozen=True, slots=True)
class Disorder:
    """What becomes of a reply on its way.

    manner: drop, at "headers" (nothing is sent), "body" (half of it is) or "after" (all is, then the connection ends
    though it could be used again); stall after half of the body, for ``seconds`` or until the client leaves; truncate
    the body to its half; corrupt its JSON; schema: a member at ``pointer`` is left out ("missing") or of another type
    ("type"). Of sockets alone: frame_duplicate, each frame comes ``copies`` times more; frame_reorder, last first;
    close, with ``close_code``, at the same moments as drop.
    """

    manner: Manner
    at: Literal["headers", "body", "after"] = "headers"
    seconds: float | None = None
    change: Literal["missing", "type"] = "missing"
    pointer: str | None = None
    copies: int = 1
    close_code: int = 1011

    @classmethod
    def of(cls, kind: Any, parameters: Mapping[str, Any]) -> "Disorder":  # noqa: ANN401 - a kind that is a Manner
        """Return the disorder of a fault of one of those kinds, with its parameters."""
        told = {name: parameters[name] for name in ("at", "seconds", "change", "pointer") if name in parameters}
        copies, code = int(parameters.get("copies", 1)), int(parameters.get("closeCode", 1011))  # 2.0 is an integer
        return cls(kind, copies=copies, close_code=code, **told)

    def spoiled(self, body: bytes) -> bytes:
        """Return what becomes of JSON that is sent whole: by truncate, corrupt and schema another, else the same."""
        if self.manner == "truncate":
            return body[: len(body) // 2]
        if self.manner == "corrupt":
            return body[:-1] + (b"}" if body.endswith(b"]") else b"]")
        if self.manner == "schema":
            value = broken(json.loads(body), self.pointer, self.change)
            return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        return body


def disordered(response: ASGIApp, disorder: Disorder | None) -> ASGIApp:
    """Return an ASGI application that sends a response in disorder; the response itself when there is none."""
    return response if disorder is None else _Disordered(response, disorder)


class _Disordered:
    """Sends a response, whose body is held whole, in disorder."""

    def __init__(self, response: ASGIApp, disorder: Disorder) -> None:
        self._response = response
        self._disorder = disorder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises NoTransport when a connection is to be dropped and cannot be."""
        start, body = await _rendered(self._response, scope, receive)
        disorder = self._disorder
        if disorder.manner == "drop":
            await _drop(disorder.at, start, body, scope, receive, send)
        elif disorder.manner == "stall":
            await _stall(disorder.seconds, start, body, receive, send)
        else:
            changed = disorder.spoiled(body)
            await send(_with_length(start, len(changed)))
            await send(_part(changed))


async def _rendered(response: ASGIApp, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
    """Return the message that starts a response, and its whole body."""
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await response(scope, receive, keep)
    return messages[0], b"".join(message.get("body", b"") for message in messages[1:])


async def _drop(at: str, start: Message, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
    transport = (scope.get("extensions") or {}).get(TRANSPORT)
    if transport is None:
        raise NoTransport
    if at != "headers":
        await send(start)
        await send(_part(body) if at == "after" else _part(body[: len(body) // 2], more=True))
    transport.close()  # what was written is sent first
    await _left(receive)


async def _stall(seconds: float | None, start: Message, body: bytes, receive: Receive, send: Send) -> None:
    half = len(body) // 2
    await send(start)
    await send(_part(body[:half], more=True))
    try:
        await asyncio.wait_for(_left(receive), seconds)
    except (TimeoutError, asyncio.CancelledError):  # the pause is over, or the server stops
        await send(_part(body[half:]))


async def _left(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _part(data: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}


def _with_length(start: Message, length: int) -> Message:
    headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    return {**start, "headers": [*headers, (b"content-length", str(length).encode())]}
