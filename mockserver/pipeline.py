"""The request pipeline: named steps in order, and a journal entry however it ends."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from starlette.datastructures import URL, Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from genmock.specs import Document, ErrorCatalog

from .exchange import Exchange, Wire, headers_of, wire_of
from .faults import Disorder, Preferences, disordered
from .json_codec import dumps
from .runtime import Runtime
from .stores import StoreError
from .world import World

NO_PREFERENCE = Preferences()
VIOLATIONS_HEADER = "genmock-violations"
REASON_HEADER = "genmock-reason"
MAX_REASON = 400  # characters of the reason that a header carries
DEFECT_TEXT = "A defect of genmock, not of your request: see its log, and please report it."
UNREACHABLE_TEXT = "The store of this genmock cannot be used: see its log, or its journal."
STOPPING_TEXT = "The server is stopping."
_UNPRINTABLE = re.compile(r"[^ -~]")

Trouble = Callable[[int, str], bytes]  # from a status (500 or 503) and a text to the body that a provider would send


@dataclass(slots=True)
class Reply:
    """What goes back: a status, a body, further headers.

    body: the JSON; where ``content`` is given, what the journal shows in its place. content: the bytes of a reply that
    is no JSON. media_type: of the bytes, "" for none. reason: why it is an error; "" for one that is none.
    """

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    media_type: str = "application/json"
    reason: str = ""


@dataclass(slots=True)
class Call:
    """One request on its way through the steps. Each step reads what earlier ones left and adds its own.

    scope, receive: of the ASGI server. headers: of the request, by lower-case name; the first of each. base_url: how
    the client reached us, without a slash. data: the body's bytes. body: decoded; is_json: from JSON, as the journal
    shows it. key: the account.
    preferences: what the client asks for in its header Prefer. disorder: what a fault does to the reply on its way.
    judged: each item of the reply that a document describes, with that document. left: set when the client has left,
    where the transport tells by itself.
    """

    runtime: Runtime
    world: World
    scope: Scope
    receive: Receive
    headers: Mapping[bytes, bytes]
    exchange: Exchange
    base_url: str
    data: bytes = b""
    body: Any = None
    is_json: bool = False
    key: str = ""
    dry_run: bool = False
    preferences: Preferences = NO_PREFERENCE
    disorder: Disorder | None = None
    reply: Reply | None = None
    judged: list[tuple[Document, Mapping[str, Any]]] = field(default_factory=list)
    left: asyncio.Event | None = None
    _request: Request | None = None

    @property
    def request(self) -> Request:
        """The request as Starlette has it: made when a step asks for it, which few do."""
        if self._request is None:
            self._request = Request(self.scope, self.receive)
        return self._request

    def header(self, name: bytes) -> str | None:
        """Return a header of the request, or None. name: in lower case."""
        value = self.headers.get(name)
        return value.decode("latin-1") if value is not None else None

    @property
    def errors(self) -> ErrorCatalog:
        """The errors of the provider whose steps these are."""
        return self.runtime.errors_of(self.exchange.provider)

    async def gone(self) -> None:
        """Wait until the client has left."""
        if self.left is not None:
            await self.left.wait()
            return
        while (await self.receive())["type"] != "http.disconnect":
            pass


Step = Callable[[Call], Awaitable[None]]


async def run(
    steps: Sequence[Step], always: Sequence[Step], scope: Scope, receive: Receive, runtime: Runtime, *, provider: str
) -> ASGIApp:
    """Take a request through the steps until one has a reply, then through those that always run; journal it."""
    world, started = runtime.world, time.perf_counter()
    headers = headers_of(scope)
    exchange = world.journal.open(
        method=scope["method"],
        path=scope["path"],
        headers=Headers(scope=scope),
        started_at=world.clock.now(),
        client=fingerprint(headers),
        provider=provider,
    )
    call = Call(runtime, world, scope, receive, headers, exchange, base_url_of(scope, headers, runtime))
    try:
        if not runtime.is_ready:
            await runtime.start()
        for step in steps:
            await step(call)
            if call.reply is not None:
                break
        for step in always:
            await step(call)
        response = _response(call)
        exchange.wire = _wire(call, response)
        return disordered(response, call.disorder)
    except asyncio.CancelledError:
        exchange.status, exchange.note = 503, "the server stopped before the answer was ready"
        raise
    except ClientDisconnect:
        exchange.status, exchange.note = 499, "the client left before the answer was ready"
        raise
    except StoreError as error:
        exchange.status, exchange.note = 503, str(error)
        raise
    except Exception as error:  # a defect of ours: journalled, and raised again
        exchange.status, exchange.note = 500, f"{type(error).__name__}: {error}"
        raise
    finally:
        exchange.duration_s = time.perf_counter() - started
        if call.reply is not None:
            exchange.status, exchange.reply = call.reply.status, call.reply.body
        with suppress(StoreError):  # whoever asked is told by the request itself
            await world.journal.record(exchange)
        if runtime.on_exchange is not None:
            runtime.on_exchange(exchange)
        exchange.fold()


class Sent:
    """A reply as it is sent, which is all that most replies need of a Response."""

    __slots__ = ("content", "headers", "status")

    def __init__(self, content: bytes, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.content = content
        self.status = status
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.content})


class PipelineApp:
    """An ASGI application that takes each request through steps, whatever its method.

    trouble: how an error is told that no step could tell. provider: whose steps they are, or "" for nobody's.

    A class, because starlette takes a plain function for an endpoint that wants a Request and a few methods.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        always: Sequence[Step],
        runtime: Runtime,
        *,
        trouble: Trouble,
        provider: str = "",
    ) -> None:
        self._steps = steps
        self._always = always
        self._runtime = runtime
        self._trouble = trouble
        self._provider = provider

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a WebSocket is turned away: providers have routes of their own for those.

        A defect of ours is a 500 in the provider's shape, and raised again for the log.
        """
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
            return
        try:
            response: ASGIApp = await run(
                self._steps, self._always, scope, receive, self._runtime, provider=self._provider
            )
        except asyncio.CancelledError:  # the server stops, and waits no longer
            response = self._told(503, STOPPING_TEXT, {"connection": "close"})
        except ClientDisconnect:  # nobody reads an answer
            return
        except StoreError:
            response = self._told(503, UNREACHABLE_TEXT)
        except Exception:  # a defect of ours: the client is told so, and whoever logs gets it
            await self._told(500, DEFECT_TEXT)(scope, receive, send)
            raise
        await response(scope, receive, send)

    def _told(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
        return Response(self._trouble(status, text), status, headers, "application/json")


def fingerprint(headers: Mapping[bytes, bytes]) -> str:
    """Return which software sent a request, as far as its headers tell.

    Source: docs/providers/runware.md, the clients' headers.
    """
    name = headers.get(b"x-sdk-name")
    if name:
        return f"sdk-{name.decode('latin-1')}/{headers.get(b'x-sdk-version', b'?').decode('latin-1')}"
    return headers.get(b"user-agent", b"")[:120].decode("latin-1")


def base_url_of(scope: Scope, headers: Mapping[bytes, bytes], runtime: Runtime) -> str:
    """Return this server's URL as the client knows it."""
    public = runtime.settings.public_url
    if public:
        return public.rstrip("/")
    host = headers.get(b"host", b"")
    server = tuple(scope.get("server") or ()) or None
    return _base_url(scope["scheme"], host, server, scope.get("app_root_path", scope.get("root_path", "")))


@lru_cache(maxsize=256)
def _base_url(scheme: str, host: bytes, server: tuple[object, ...] | None, root: str) -> str:
    headers = [(b"host", host)] if host else []
    scope = {
        "scheme": scheme,
        "headers": headers,
        "server": server,
        "path": f"{root.rstrip('/')}/",
        "query_string": b"",
    }
    return str(URL(scope=scope)).rstrip("/")


def _wire(call: Call, response: Sent) -> Wire | None:
    """Return what is kept of an exchange in place of its bodies; None for one whose bodies are no JSON, or long."""
    if call.reply is None or call.reply.content is not None or not call.is_json:
        return None
    return wire_of(call.scope["headers"], call.data if call.body is not None else None, response.content)


def _response(call: Call) -> Sent:
    reply, violations = call.reply, call.exchange.violations
    assert reply is not None, "the last step gives a reply"
    content = dumps(reply.body) if reply.content is None else reply.content
    headers = {name.lower(): value for name, value in reply.headers.items()} if reply.headers else {}
    headers[VIOLATIONS_HEADER] = str(len(violations))
    if violations or reply.reason:
        headers[REASON_HEADER] = _UNPRINTABLE.sub("?", _reason(call)[:MAX_REASON])
    if reply.status not in (204, 304):
        headers["content-length"] = str(len(content))
    kind = reply.media_type
    if kind:
        plain_text = kind.startswith("text/") and "charset=" not in kind
        headers.setdefault("content-type", f"{kind}; charset=utf-8" if plain_text else kind)
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return Sent(content, reply.status, raw)


def _reason(call: Call) -> str:
    """Return why a reply is what it is: the first rule that was broken, else the first error; "" for neither."""
    for first in call.exchange.violations:
        return f"{first.rule} at {first.pointer or 'the body'}: {first.message}"
    return call.reply.reason if call.reply is not None else ""
