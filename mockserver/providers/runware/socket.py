"""Runware over WebSocket: the same tasks as over REST, one frame in, frames out.

Source: docs/providers/runware.md, "WebSocket".
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from ...decode import Undecodable, decode_json
from ...exchange import headers_of
from ...faults import Subject, refuses_session
from ...json_codec import dumps
from ...pipeline import Call, base_url_of, fingerprint
from ...runtime import Runtime
from ...sessions import Session
from ...stores import StoreError
from .answering import Answering
from .authentication import accept, is_authentication, is_ping, named
from .errors import ErrorItem, TaskRefused, refusal
from .frames import acknowledged, error_frame, task_uuids
from .outgoing import Outgoing, Room
from .rest import DRY_RUN_HEADER, check_array, limit_rate
from .routing import route
from .task import NAME
from .telling import Telling
from .validation import validated
from .wire import TELL_S, Wire

LOOK_S = 0.25  # how often a session that was taken up looks for frames of tasks that its last connection began
VIRTUAL_LOOK_S = 1.0  # how often a virtual clock is looked at for connections that are idle
AT_ONCE = 4  # tasks of a connection whose results are made at the same time: they may be large
LEAST_BYTES = 4096  # what a frame counts for while it is being answered, however small
NORMAL, REFUSED, TRY_AGAIN = 1000, 1008, 1013  # close codes
T = TypeVar("T")


REMEMBERED = 1_000  # taskUUIDs of a connection's newest tasks


class Connection:
    """One client's connection, from its first frame to its last. key: of its account, once it has one."""

    def __init__(self, runtime: Runtime, scope: Scope, receive: Receive, send: Send) -> None:
        self.wire = wire = Wire(scope, send)
        self._runtime = runtime
        self._settings = runtime.settings
        self._world = runtime.world
        self._scope = scope
        self._receive = receive
        self._outgoing = Outgoing(self._world.sessions, wire.send)
        self._held = Room(runtime.settings.max_frame)  # bytes of frames that are being answered
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._in_flight = 0
        self._running: set[asyncio.Task[None]] = set()
        self._taken: Session | None = None
        self._replayed = ""
        self._asked: deque[str] = deque(maxlen=REMEMBERED)
        self.key = ""

    @property
    def session(self) -> str:
        """The UUID of its session, or "" before it has one."""
        return self._taken.uuid if self._taken is not None else ""

    async def turn_away(self, reason: str) -> None:
        """Close a connection that there is no room for."""
        error = refusal(self._runtime.errors_of(NAME), "serviceUnavailable").item
        refused = ErrorItem(error.code, reason, error.status).with_task("authentication", None)
        with suppress(OSError, RuntimeError):  # it may have gone already
            await self.wire.send(dumps(error_frame(refused, self._settings).body).decode())
        await self.wire.close(TRY_AGAIN, "too many connections")

    async def serve(self) -> None:
        """Read frames until the client leaves, or is silent for too long; what was not sent waits for its session."""
        writer = asyncio.create_task(self._outgoing.write())
        try:
            while (message := await self._next()) is not None:
                text = message.get("text")
                await self._take(text.encode("utf-8", "surrogatepass") if text is not None else message["bytes"])
        finally:
            self._outgoing.leave()
            writer.cancel()
            await asyncio.wait({writer})
            with suppress(StoreError):
                await self._outgoing.keep_the_rest()
                if self._taken is not None:
                    await self._world.sessions.end(self._taken)

    async def finish(self) -> None:
        """Let the tasks go on that the client left behind; a server that stops waits a little for them."""
        try:
            if self._running:
                await asyncio.wait(self._running)
        finally:
            for task in self._running:  # none, unless the server waits no longer
                task.cancel()

    # Frames in

    async def _next(self) -> Message | None:
        """Return the next message with a frame, or None when the connection is over.

        None is read while the client does not read what it got, or has given more to do than may be held; nor what it
        sent before it left and nobody has looked at.
        """
        clock = self._world.clock
        deadline = clock.now() + self._settings.socket_idle
        try:
            for room in (self._outgoing.room, self._held):
                if not room.is_free:
                    await self._within(room.wait(), deadline)
            if self._outgoing.left.is_set():
                return None
            message = await self._within(self._receive(), deadline)
        except TimeoutError:
            await self.wire.close(NORMAL, "no message for too long")
            return None
        return message if message["type"] == "websocket.receive" else None

    async def _within(self, awaited: Awaitable[T], deadline: float) -> T:
        """Return what is awaited. Raises TimeoutError when the server's clock passes a time before it is there."""
        clock, waiting = self._world.clock, asyncio.ensure_future(awaited)
        try:
            while True:
                wait_s = clock.wait_s(deadline)
                await asyncio.wait({waiting}, timeout=wait_s if wait_s != float("inf") else VIRTUAL_LOOK_S)
                if waiting.done():
                    return waiting.result()
                if clock.now() >= deadline:
                    raise TimeoutError
        finally:
            waiting.cancel()

    async def _take(self, data: bytes) -> None:
        """Take one frame: authentication at once, so that later frames find it done; tasks beside frames to come."""
        call = self._call()
        answering = Answering(call, Telling(call, self._outgoing, self.wire), self._turns)
        try:
            decoded = decode_json(data)
            call.data, call.is_json = data, True
            call.body = call.exchange.body = decoded.value
            call.exchange.violations += decoded.warnings
            await check_array(call)
            self._asked.extend(task_uuids(call.body))
            await self._authenticate(call, answering)
            if len(call.body) > 1 or not _authenticates(call.body):
                await limit_rate(call)
                self._check_in_flight(call)
        except Undecodable as error:
            await answering.refuse(refusal(self._runtime.errors_of(NAME), error.code, reason=error.reason).item)
        except TaskRefused as refused:
            await answering.refuse(refused.item)
            if self._settings.socket_bad_key == "close" and _authenticates(call.body):
                await self._turn_out()
        except StoreError as error:
            call.exchange.note = str(error)
            await answering.refuse(refusal(self._runtime.errors_of(NAME), "serviceUnavailable").item)
        else:
            tasks, size = len(call.body), max(len(data), LEAST_BYTES)
            self._in_flight += tasks
            self._held.take(size)
            self._keep_running(self._carry(answering, tasks, size))

    def _call(self) -> Call:
        """Return a frame as the request that it would be over HTTP."""
        scheme = {"ws": "http", "wss": "https"}.get(self._scope["scheme"], "http")
        scope = {**self._scope, "type": "http", "method": "WEBSOCKET", "scheme": scheme}
        world, headers = self._runtime.world, headers_of(scope)
        exchange = world.journal.open(
            method="WEBSOCKET",
            path=scope["path"],
            headers=Headers(scope=scope),
            started_at=world.clock.now(),
            client=fingerprint(headers),
            provider=NAME,
        )
        base_url = base_url_of(scope, headers, self._runtime)
        call = Call(self._runtime, world, scope, _never, headers, exchange, base_url)
        call.left, call.key = self._outgoing.left, self.key
        asked = (call.header(DRY_RUN_HEADER), call.request.query_params.get("dryRun"))
        call.dry_run = any(each in ("1", "true") for each in asked)
        return call

    def _check_in_flight(self, call: Call) -> None:
        limit = self._settings.max_in_flight
        if self._in_flight + len(call.body) > limit:
            item = refusal(self._runtime.errors_of(NAME), "rateLimitExceeded").item
            text = f"A connection takes {limit} tasks at once; wait for results."
            raise TaskRefused(ErrorItem(item.code, text, item.status))

    async def _carry(self, answering: Answering, tasks: int, size: int) -> None:
        try:
            await answering.run()
        finally:
            self._in_flight -= tasks
            self._held.give(size)

    # Authentication and sessions

    async def _turn_out(self) -> None:
        """Close a connection whose key was refused, once the client has been told."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._outgoing.sent(), TELL_S)
        await self.wire.close(REFUSED, "the key was refused")

    async def _authenticate(self, call: Call, answering: Answering) -> None:
        """Take the key of an authentication task and answer it; every other frame needs one that came before."""
        first = call.body[0]
        if not is_authentication(first):
            if not self.key:
                if all(is_ping(item) for item in call.body):
                    return  # old Python sends one right behind its key, and takes a refusal for the key's
                raise named(refusal(self._runtime.errors_of(NAME), "missingApiKey"))
            await accept(call, self.key)
            return
        key = first.get("apiKey")
        try:
            await accept(call, key if isinstance(key, str) else "")
            item = (await validated(call, 0, first, await route(call, 0, first), {})).item
        except TaskRefused as refused:
            raise named(refused) from None
        wanted = str(item.get("connectionSessionUUID") or "")
        if self._taken is not None and self.key != call.key:
            await self._world.sessions.end(self._taken)
            self._taken = None
        self.key = call.key
        resumed = await self._resume(call, wanted or self.session)
        self._taken = resumed or await self._world.sessions.begin(self.key)
        self._outgoing.session = self.session
        await answering.welcome({"taskType": "authentication", "connectionSessionUUID": self.session})
        if resumed and self._replayed != self.session:
            self._replayed = self.session
            self._keep_running(self._replay(self.session))

    async def _resume(self, call: Call, wanted: str) -> Session | None:
        """Return the session that is wanted, or None when it cannot be taken up; its earlier connection is ended."""
        if not wanted or not await self._may_resume(call):
            return None
        session = await self._world.sessions.resume(self.key, wanted)
        for other in tuple(self._runtime.sockets) if session is not None else ():
            if isinstance(other, Connection) and other is not self and other.session.lower() == wanted.lower():
                other.wire.abort()  # its client is here now
        return session

    async def _may_resume(self, call: Call) -> bool:
        task = Subject("authentication", "", call.body[0], produces=False)
        fault = await refuses_session(self._world.faults, provider=NAME, task=task)
        if fault:
            call.exchange.note = f"faults: {fault}"
        return not fault

    async def _replay(self, session: str) -> None:
        """Send what waits for a session, and what tasks of its last connection still add to it."""
        sessions = self._world.sessions
        with suppress(StoreError):
            position = await sessions.sent(session)
            await asyncio.sleep(LOOK_S)  # a client that sends its tasks again does so at once
            while not self._outgoing.left.is_set() and self.session == session:
                found = await sessions.next_kept(session, position)
                if found is not None:
                    position, frame = found
                    if (
                        acknowledged(frame) in self._asked
                    ):  # sent again: the answer to that is what its client waits for
                        await sessions.forget(session, position)
                    else:
                        await self._outgoing.put(frame, (session, position))
                    continue
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._outgoing.left.wait(), LOOK_S)

    def _keep_running(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:  # told to the client already; this is for the log
            told = {"message": "a defect of genmock while it answered a frame", "exception": error, "task": task}
            task.get_loop().call_exception_handler(told)


def _authenticates(body: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(body, list) and bool(body) and is_authentication(body[0])


async def _never() -> Message:
    """Wait for a message that does not come: tasks go on when their client leaves."""
    await asyncio.Event().wait()
    raise AssertionError("unreachable")
