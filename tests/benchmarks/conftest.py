"""The package of the benchmarks, and a small server that remembers what it was sent: the fixture `server`."""

import importlib.util
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"

# The checkout's root is not put on the path: its folder genmock/ would hide the installed package.
if "benchmarks" not in sys.modules:
    spec = importlib.util.spec_from_file_location(
        "benchmarks", FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
    )
    assert spec is not None and spec.loader is not None
    sys.modules["benchmarks"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["benchmarks"])


class Server(ThreadingHTTPServer):
    """Answers everything with one status and remembers bodies and paths."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.bodies: list[bytes] = []
        self.paths: list[str] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of connections that a load tool broke off."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def _asked(self) -> Server:
        assert isinstance(self.server, Server)
        return self.server

    def do_POST(self) -> None:
        self._asked.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        self.do_GET()

    def do_GET(self) -> None:
        self._asked.paths.append(self.path)
        self.send_response(self._asked.status)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()
