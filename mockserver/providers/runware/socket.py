"""Runware over WebSocket: the same tasks as over REST, one frame in, frames out.

Source: docs/providers/runware.md, "WebSocket".
"""

import asyncio
import time
from contextlib import suppress
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope, Send

from ...decode import Undecodable, decode_json
from ...faults.disorder import TRANSPORT
from ...json_codec import dumps
from ...pipeline import DEFECT_TEXT, Call, base_url_of, fingerprint
from ...runtime import Runtime
from ...stores import StoreError
from .authentication import accept, is_authentication, named
from .dispatch import Outcome, answer_one, disturb, prepared
from .errors import ErrorItem, TaskRefused, refusal
from .frames import CLIENT_LIMIT, error_frame, frames_of
from .outgoing import Outgoing
from .rest import check_array, limit_rate
from .task import NAME, Task

LOOK_S = 0.25  # how often a session that was taken up looks for frames of tasks that its last connection began
VIRTUAL_LOOK_S = 1.0  # how often a virtual clock is looked at for connections that are idle
TRY_AGAIN, IDLE = 1013, 1000  # close codes


class Connection:
    """One client's connection, from its first frame to its last."""

    def __init__(self, runtime: Runtime, scope: Scope, receive: Receive, send: Send) -> None:
        self._runtime = runtime
        self._settings = runtime.settings
        self._world = runtime.world
        self._scope = scope
        self._receive = receive
        self._send = send
        self._outgoing = Outgoing(self._world.sessions, self._send_text)
        self._left = self._outgoing.left
        self._in_flight = 0
        self._key = ""

    async def turn_away(self, reason: str) -> None:
        """Close a connection that there is no room for."""
        error = refusal(self._runtime.errors, "serviceUnavailable").item
        refused = ErrorItem(error.code, reason, error.status).with_task("authentication", None)
        with suppress(Exception):  # it may have gone already
            await self._send({"type": "websocket.send", "text": dumps(error_frame(refused, self._settings)).decode()})
            await self._send({"type": "websocket.close", "code": TRY_AGAIN, "reason": "too many connections"})

    async def serve(self) -> None:
        """Read frames until the client leaves, or is silent for too long."""
        writer = asyncio.create_task(self._outgoing.write())
        try:
            while (message := await self._next()) is not None:
                text = message.get("text")
                await self._take(text.encode("utf-8", "surrogatepass") if text is not None else message["bytes"])
        finally:
            self._left.set()
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer
            await self._outgoing.keep_the_rest()
            if self._outgoing.session:
                await self._world.sessions.end(self._key, self._outgoing.session)

    async def _next(self) -> Message | None:
        """Return the next message with a frame, or None when the connection is over."""
        clock = self._world.clock
        deadline = clock.now() + self._settings.socket_idle
        waiting = asyncio.ensure_future(self._receive())
        try:
            return await self._within(waiting, deadline)
        finally:
            waiting.cancel()

    async def _within(self, waiting: "asyncio.Future[Message]", deadline: float) -> Message | None:
        clock = self._world.clock
        while True:
            wait_s = clock.wait_s(deadline)
            done, _ = await asyncio.wait({waiting}, timeout=wait_s if wait_s != float("inf") else VIRTUAL_LOOK_S)
            if done:
                message = waiting.result()
                return message if message["type"] == "websocket.receive" else None
            if clock.now() >= deadline:
                await self._close(IDLE, "no message for too long")
                return None

    async def _close(self, code: int, reason: str) -> None:
        """Close the connection; one whose client does not read cannot be told, and is cut."""
        with suppress(Exception):
            await asyncio.wait_for(self._send({"type": "websocket.close", "code": code, "reason": reason}), 1.0)
            return
        self._cut()

    async def _send_text(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})

    def _cut(self) -> None:
        transport = (self._scope.get("extensions") or {}).get(TRANSPORT)
        if transport is not None:
            transport.abort()

    # Frames in

    async def _take(self, data: bytes) -> None:
        """Take one frame: authentication and pings at once, so that later frames find them done, tasks beside them."""
        call, started = self._call(), time.perf_counter()
        try:
            call.body = call.exchange.body = decode_json(data).value
            await check_array(call)
            await self._authenticate(call)
            await limit_rate(call)
        except Undecodable as error:
            await self._refuse(call, refusal(self._runtime.errors, error.code, reason=error.reason).item, started)
        except TaskRefused as refused:
            await self._refuse(call, refused.item, started)
        except StoreError as error:
            call.exchange.note = str(error)
            await self._refuse(call, refusal(self._runtime.errors, "serviceUnavailable").item, started)
        else:
            if len(call.body) == 1 and call.body[0].get("taskType") == "ping":
                await self._answer(call, started)
            else:
                self._begin(call, started)

    def _call(self) -> Call:
        """Return a frame as the request that it would be over HTTP."""
        scheme = {"ws": "http", "wss": "https"}.get(self._scope["scheme"], "http")
        request = Request({**self._scope, "type": "http", "method": "WEBSOCKET", "scheme": scheme}, _never)
        world = self._runtime.world
        exchange = world.journal.open(
            method="WEBSOCKET",
            path=request.url.path,
            headers=dict(request.headers),
            started_at=world.clock.now(),
            client=fingerprint(request.headers),
            provider=NAME,
        )
        call = Call(self._runtime, world, request, exchange, base_url_of(request, self._runtime), left=self._left)
        call.key = self._key
        return call

    async def _authenticate(self, call: Call) -> None:
        """Take the key of an authentication task and answer it; every other frame needs one that came before."""
        first = call.body[0]
        if not is_authentication(first):
            if not self._key:
                raise named(refusal(self._runtime.errors, "missingApiKey"))
            await accept(call, self._key)
            return
        try:
            await accept(call, str(first.get("apiKey") or ""))
        except TaskRefused:
            if self._settings.socket_bad_key == "close":
                asyncio.get_running_loop().call_later(0.1, self._cut)
            raise
        self._key = call.key
        await self._join(str(first.get("connectionSessionUUID") or ""))

    async def _join(self, wanted: str) -> None:
        """Begin a session, or take up the one that is wanted, with all that waits for it."""
        sessions = self._world.sessions
        resumed = bool(wanted) and await sessions.resume(self._key, wanted)
        session = wanted if resumed else await sessions.begin(self._key)
        self._outgoing.session = session
        answer = {"taskType": "authentication", "connectionSessionUUID": session}
        await self._outgoing.put(dumps({"data": [answer]}))
        if resumed:
            self._keep_running(self._replay())

    async def _replay(self) -> None:
        """Send what waits for a session, and what tasks of its last connection still add to it."""
        sessions, session, sent = self._world.sessions, self._outgoing.session, 0
        until = time.monotonic() + self._settings.socket_resume
        while not self._left.is_set() and time.monotonic() < until:
            for number, frame in await sessions.kept(session, sent):
                await self._outgoing.put(frame)
                await sessions.forget(session, number)
                sent = number
            with suppress(TimeoutError):
                await asyncio.wait_for(self._left.wait(), LOOK_S)

    # Tasks

    def _begin(self, call: Call, started: float) -> None:
        self._in_flight += len(call.body)
        self._keep_running(self._carry(call, started))

    def _keep_running(self, work: Any) -> None:  # noqa: ANN401 - a coroutine
        task = asyncio.get_running_loop().create_task(work)
        self._runtime.background.add(task)
        task.add_done_callback(self._runtime.background.discard)

    async def _carry(self, call: Call, started: float) -> None:
        count = len(call.body)
        try:
            await self._answer(call, started)
        finally:
            self._in_flight -= count

    async def _answer(self, call: Call, started: float) -> None:
        """Answer the tasks of a frame one after the other, each as soon as it is done; journal the frame."""
        outcome = Outcome()
        try:
            if self._in_flight > self._settings.max_in_flight:
                raise TaskRefused(self._too_many())
            body = call.body[1:] if is_authentication(call.body[0]) else call.body
            tasks = await prepared(call, outcome, body, first=len(call.body) - len(body))
            for error in outcome.errors:
                await self._tell(call, [error_frame(error, self._settings)])
            await disturb(call, tasks)
            for task in tasks:
                await self._answer_one(call, task, outcome)
        except TaskRefused as refused:  # of the frame as a whole: every task of it hears of it
            for item in call.body:
                error = refused.item.with_task(item.get("taskType"), item.get("taskUUID"))
                outcome.failed.setdefault(len(outcome.failed), [error])
                await self._tell(call, [error_frame(error, self._settings)])
        except ClientDisconnect:
            call.exchange.note = "the client left before the answer was ready"
        except StoreError as error:
            call.exchange.note = str(error)
        except Exception as error:
            call.exchange.note = f"{type(error).__name__}: {error}"
            await self._defect(call)
            raise
        finally:
            call.exchange.reply = {"data": outcome.data, **({"errors": _told(outcome, self)} if outcome.errors else {})}
            call.exchange.status = 200 if outcome.data or not outcome.errors else outcome.errors[0].status or 200
            await self._journal(call, outcome, started)

    async def _answer_one(self, call: Call, task: Task, outcome: Outcome) -> None:
        before = len(outcome.data)
        answer = await answer_one(task, outcome)
        await self._tell(call, frames_of(task, answer, self._settings))
        del outcome.data[max(before, 100) :]  # the journal shows the first; the others have been sent

    async def _tell(self, call: Call, frames: Any) -> None:  # noqa: ANN401 - a sequence of frames
        for frame in frames:
            data = dumps(frame)
            if len(data) > CLIENT_LIMIT:
                note = f"a frame of {len(data):,} bytes; clients' libraries take {CLIENT_LIMIT:,} unless told"
                call.exchange.note = f"{call.exchange.note} {note}".strip()
            await self._outgoing.put(data)

    async def _refuse(self, call: Call, error: ErrorItem, started: float) -> None:
        """Answer a frame none of whose tasks was looked at."""
        outcome = Outcome(failed={0: [error]})
        await self._tell(call, [error_frame(error, self._settings)])
        call.exchange.status, call.exchange.reply = error.status, {"errors": _told(outcome, self)}
        await self._journal(call, outcome, started)

    async def _defect(self, call: Call) -> None:
        for item in call.body:
            error = ErrorItem("internalServerError", DEFECT_TEXT, 500)
            told = error.with_task(item.get("taskType"), item.get("taskUUID"))
            await self._tell(call, [error_frame(told, self._settings)])

    async def _journal(self, call: Call, outcome: Outcome, started: float) -> None:
        exchange = call.exchange
        exchange.tasks += outcome.in_order
        exchange.duration_s = time.perf_counter() - started
        with suppress(StoreError):
            await call.world.journal.record(exchange)
        if self._runtime.on_exchange is not None:
            self._runtime.on_exchange(exchange)

    def _too_many(self) -> ErrorItem:
        limit = self._settings.max_in_flight
        item = refusal(self._runtime.errors, "rateLimitExceeded").item
        return ErrorItem(item.code, f"A connection takes {limit} tasks at once; wait for results.", item.status)


def _told(outcome: Outcome, connection: Connection) -> list[Any]:
    return [error.told(connection._settings) for error in outcome.errors]


async def _never() -> Message:
    """Wait for a message that does not come: tasks go on when their client leaves."""
    await asyncio.Event().wait()
    raise AssertionError("unreachable")
