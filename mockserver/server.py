"""Serving: binding a port, running in the foreground, or in a thread beside a test."""

import errno
import socket
import threading
from types import TracebackType

import uvicorn
from starlette.types import ASGIApp

from .configuration import SettingsError

START_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 5.0


class StartError(Exception):
    """The server thread ended, or took too long, before it was ready."""


def bind(host: str, port: int) -> socket.socket:
    """Return a bound, listening socket; port 0 picks a free one. Raises SettingsError when it cannot be had.

    The protocol is named: asyncio turns delayed sending off (TCP_NODELAY) only for sockets that say TCP, and without
    that each small request waits about 40 ms.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise _cannot_listen(host, port, error) from error
    listening.setblocking(False)
    return listening


def url_of(listening: socket.socket) -> str:
    """Return the URL of a listening socket."""
    host, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def server_for(app: ASGIApp) -> uvicorn.Server:
    """Return a server for an application: quiet, since the journal's log says what matters."""
    config = uvicorn.Config(
        app,
        access_log=False,
        log_level="error",
        server_header=False,
        timeout_graceful_shutdown=3,
        ws="none",
    )
    return uvicorn.Server(config)


def serve(app: ASGIApp, listening: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM."""
    server_for(app).run(sockets=[listening])


class ServerThread:
    """A server in a thread of this process, as a context manager: ``with ServerThread(app) as server: server.url``."""

    def __init__(self, app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._listening = bind(host, port)
        self.url = url_of(self._listening)
        self._server = server_for(app)
        self._ended: BaseException | None = None
        self._changed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="genmock", daemon=True)

    def __enter__(self) -> "ServerThread":
        """Start, and wait until connections are accepted. Raises StartError."""
        self._thread.start()
        # The socket listens already, so a client that comes early only waits; this waits for start-up's own errors.
        deadline = START_TIMEOUT_S
        while not self._server.started and self._thread.is_alive() and deadline > 0:
            self._changed.wait(0.005)
            deadline -= 0.005
        if not self._server.started:
            raise StartError(f"the server did not start: {self._ended or 'it took too long'}") from self._ended
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, letting requests in flight finish."""
        self._server.should_exit = True
        self._thread.join(STOP_TIMEOUT_S)
        self._listening.close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listening])
        except BaseException as error:  # a SystemExit of uvicorn's too: the starting thread reports it
            self._ended = error
        finally:
            self._changed.set()


def _cannot_listen(host: str, port: int, error: OSError) -> SettingsError:
    busy = error.errno == errno.EADDRINUSE
    return SettingsError(
        f"cannot listen on {host} port {port}: {'another program does' if busy else error.strerror or error}",
        where="--host and --port",
        expected="an address of this machine and a free port",
        advice="use --port 0 for a free port, or another number",
    )
