"""The request pipeline: named steps in order, and a journal entry however it ends."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from starlette.datastructures import URL
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from genmock.specs import Document, ErrorCatalog

from .exchange import MAX_FOLDED, Exchange, Wire, header_texts
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

    data: the body's bytes. body: decoded; is_json: from JSON, as the journal shows it. key: the account. base_url: how
    the client reached us, without a slash.
    preferences: what the client asks for in its header Prefer. disorder: what a fault does to the reply on its way.
    judged: each item of the reply that a document describes, with that document. left: set when the client has left,
    where the transport tells by itself. headers: of the request, by lower-case name; the first of each.
    """

    runtime: Runtime
    world: World
    request: Request
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
    headers: Mapping[bytes, bytes] = field(init=False)

    def __post_init__(self) -> None:
        """Find the headers."""
        self.headers = dict(reversed(self.request.scope["headers"]))

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
        while (await self.request.receive())["type"] != "http.disconnect":
            pass


Step = Callable[[Call], Awaitable[None]]


async def run(
    steps: Sequence[Step], always: Sequence[Step], request: Request, runtime: Runtime, *, provider: str
) -> ASGIApp:
    """Take a request through the steps until one has a reply, then through those that always run; journal it."""
    world, scope, started = runtime.world, request.scope, time.perf_counter()
    headers = header_texts(scope["headers"])
    exchange = world.journal.open(
        method=scope["method"],
        path=scope["path"],
        headers=headers,
        started_at=world.clock.now(),
        client=fingerprint(headers),
        provider=provider,
    )
    call = Call(runtime, world, request, exchange, base_url_of(request, runtime))
    try:
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

    def __init__(self, content: bytes, status: int, headers: Mapping[str, str]) -> None:
        self.content = content
        self.status = status
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
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
            request = Request(scope, receive)
            response: ASGIApp = await run(self._steps, self._always, request, self._runtime, provider=self._provider)
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


def fingerprint(headers: Mapping[str, str]) -> str:
    """Return which software sent a request, as far as its headers tell.

    Source: docs/providers/runware.md, the clients' headers.
    """
    name = headers.get("x-sdk-name")
    if name:
        return f"sdk-{name}/{headers.get('x-sdk-version', '?')}"
    return headers.get("user-agent", "")[:120]


def base_url_of(request: Request, runtime: Runtime) -> str:
    """Return this server's URL as the client knows it."""
    public = runtime.settings.public_url
    if public:
        return public.rstrip("/")
    scope = request.scope
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
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
    short = len(call.data) <= MAX_FOLDED and len(response.content) <= MAX_FOLDED
    if call.reply is None or call.reply.content is not None or not short or not call.is_json:
        return None
    return Wire(call.request.scope["headers"], call.data if call.body is not None else None, response.content)


def _response(call: Call) -> Sent:
    assert call.reply is not None, "the last step gives a reply"
    headers = dict(call.reply.headers)
    headers[VIOLATIONS_HEADER] = str(len(call.exchange.violations))
    reason = _reason(call)
    if reason:
        headers[REASON_HEADER] = _UNPRINTABLE.sub("?", reason[:MAX_REASON])
    content = dumps(call.reply.body) if call.reply.content is None else call.reply.content
    if call.reply.status not in (204, 304):
        headers["content-length"] = str(len(content))
    kind = call.reply.media_type
    if kind:
        plain_text = kind.startswith("text/") and "charset=" not in kind
        headers.setdefault("content-type", f"{kind}; charset=utf-8" if plain_text else kind)
    return Sent(content, call.reply.status, headers)


def _reason(call: Call) -> str:
    """Return why a reply is what it is: the first rule that was broken, else the first error; "" for neither."""
    for first in call.exchange.violations:
        return f"{first.rule} at {first.pointer or 'the body'}: {first.message}"
    return call.reply.reason if call.reply is not None else ""
