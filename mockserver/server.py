"""Serving: binding a port, running in the foreground, or in a thread beside a test."""

import asyncio
import errno
import gc
import os
import signal
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from .conversion import SettingsError
from .protocols import protocol, socket_protocol
from .settings import Settings

START_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 5.0
GRACE_S = 3  # for requests in flight when the server stops
KEEP_ALIVE_S = 75  # longer than clients' own pools wait, so that none writes into a connection that we just closed
BACKLOG = 2048
TICK_S = 0.1
ACCEPT_AGAIN_S = 0.05
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StartError(Exception):
    """The server thread ended, or took too long, before it was ready. Its cause is what ended it, if anything did."""


def bind(host: str, port: int) -> socket.socket:
    """Return a bound, listening socket; port 0 picks a free one. Raises SettingsError when it cannot be had.

    The protocol is named: asyncio turns delayed sending off (TCP_NODELAY) only for sockets that say TCP, and without
    that each small request waits about 40 ms.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":  # elsewhere the option lets two programs share a port
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise _cannot_listen(host, port, error) from error
    listening.setblocking(False)
    return listening


def url_of(listening: socket.socket) -> str:
    """Return the URL of a listening socket, as a client on this machine writes it."""
    host, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def ease_collection() -> None:
    """Have the garbage collector look less often, once all is loaded: that stays, and requests leave few cycles."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def serve(app: ASGIApp, listening: socket.socket, *, shared: bool = False) -> None:
    """Serve until SIGINT or SIGTERM, then let requests in flight finish and return. For the main thread.

    shared: whether other processes listen on the same socket.
    """
    server = (_SharingServer if shared else _Server)(app)

    def stop(number: int, frame: FrameType | None) -> None:
        server.should_exit = True

    # uvicorn sends itself the signal again when it has stopped: this takes it, and what comes before uvicorn listens.
    before = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        server.run(sockets=[listening])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class ServerThread:
    """A server in a thread of this process, as a context manager: ``with ServerThread(app) as server: server.url``.

    host, port: where to listen, a free port unless given. Raises SettingsError when that cannot be had.
    """

    def __init__(self, app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._listening = bind(host, port)
        self.url = url_of(self._listening)
        self._server = _Server(app)
        self._ended: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="genmock", daemon=True)

    def __enter__(self) -> "ServerThread":
        """Start, and wait until requests are answered. Raises StartError."""
        self._thread.start()
        self._server.settled.wait(START_TIMEOUT_S)
        if not self._server.started:
            self._stop()
            why: object = self._ended or f"not within {START_TIMEOUT_S:.0f} s"
            if isinstance(self._ended, SystemExit):  # uvicorn's, when the application's start-up fails
                why = "its start-up failed, as the log says"
            raise StartError(f"the server did not start: {why}") from self._ended
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, letting requests in flight finish."""
        self._stop()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop in which requests are answered."""
        assert self._server.loop is not None, "it has started"
        return self._server.loop

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listening])
        except BaseException as error:  # a SystemExit of uvicorn's too: the starting thread reports it
            self._ended = error
        finally:
            self._server.settled.set()

    def _stop(self) -> None:
        self._server.stop()
        self._thread.join(STOP_TIMEOUT_S)
        self._listening.close()


class _Server(uvicorn.Server):
    """uvicorn's server, quiet since the journal's log says what matters. settled: set when it has started, or not."""

    def __init__(self, app: ASGIApp) -> None:
        runtime = getattr(getattr(app, "state", None), "runtime", None)
        settings: Settings = runtime.settings if runtime is not None else Settings()
        config = uvicorn.Config(
            app,
            log_config=None,  # logging belongs to the process: a test's, most often
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
            ws=socket_protocol(),
            ws_max_size=settings.max_frame,
            ws_per_message_deflate=settings.socket_deflate,
            ws_ping_interval=None,  # the provider closes a connection that says nothing by itself
            proxy_headers=False,  # any local client could send them; --public-url says what clients see
            http=protocol(),
        )
        super().__init__(config)
        self.settled = threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None
        self._stopped = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell whoever waits for it."""
        self.loop = asyncio.get_running_loop()
        await super().startup(sockets=sockets)
        self.settled.set()

    async def main_loop(self) -> None:
        """Look after the server ten times a second, as uvicorn does, until it is to stop."""
        number = 0
        while not await self.on_tick(number):
            number += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), TICK_S)

    def stop(self) -> None:
        """Have it stop at once. From any thread."""
        self.should_exit = True
        if self.loop is not None:
            with suppress(RuntimeError):  # it has stopped, and its loop is closed
                self.loop.call_soon_threadsafe(self._stopped.set)


class _SharingServer(_Server):
    """A server that takes one connection at a time, so that others on the same socket get their part of them.

    An event loop takes all that wait at once; clients that keep their connections would stay with one process.
    """

    _accepting: Sequence[asyncio.Task[None]] = ()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start."""
        await super().startup(sockets=[])
        self._accepting = [asyncio.create_task(self._accept(listening)) for listening in sockets or ()]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, letting requests in flight finish."""
        for accepting in self._accepting:
            accepting.cancel()
        await super().shutdown(sockets)

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(listening)
            except OSError:  # it was reset before it was taken, or there are too many: the next one may be fine
                await asyncio.sleep(ACCEPT_AGAIN_S)
                continue
            await loop.connect_accepted_socket(self._new_protocol, connection)

    def _new_protocol(self) -> asyncio.Protocol:
        config: Any = self.config
        protocol: asyncio.Protocol = config.http_protocol_class(
            config=config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol


def _cannot_listen(host: str, port: int, error: OSError) -> SettingsError:
    why = "another program listens there" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
    return SettingsError(
        f"cannot listen on {host} port {port}: {why}",
        where="--host and --port",
        expected="an address of this machine and a free port",
        advice="use --port 0 for a free port, or another number",
    )
