"""Programs that serve on loopback: started, waited for, asked, measured and stopped."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
START_S = 30.0
STOP_S = 10.0
PORT = "{port}"  # in a command: where the port goes


@dataclass(frozen=True)
class Program:
    """How a server is started. command: its words, with {port}. path: where its tasks are posted."""

    name: str
    command: tuple[str, ...]
    path: str = "/v1"


@dataclass(frozen=True)
class Serving:
    """A server that answers. started_s: from the start of its process until its port was open."""

    name: str
    port: int
    path: str
    pid: int
    started_s: float

    def ask(
        self, method: str, path: str, content: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Send one request over a connection of its own, and return status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, content, dict(headers or {}))
            reply = connection.getresponse()
            return reply.status, reply.read()


@contextlib.contextmanager
def serving(program: Program) -> Iterator[Serving]:
    """Start a program and yield it once its port is open. Its output goes to a file, as without a terminal.

    Raises SystemExit, with what it wrote, when it ends or stays silent for half a minute.
    """
    environ = environment() | {"PYTHONPATH": str(ROOT)}  # for the programs of this package, from any folder
    port = free_port()
    command = [word.replace(PORT, str(port)) for word in program.command]
    with (
        tempfile.TemporaryDirectory() as folder,  # without a settings file
        open(Path(folder, "output.log"), "w+b") as log,
    ):
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait(process, program.name, port, log)
            yield Serving(program.name, port, program.path, process.pid, time.perf_counter() - began)
        finally:
            _stop(process)


def environment() -> dict[str, str]:
    """Return this process's environment as a user's shell has it: without settings, and without what images set.

    Without byte code every start would compile what it imports; unbuffered, each line of a log is written by itself.
    """
    strange = ("GENMOCK_", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    return {name: value for name, value in os.environ.items() if not name.startswith(strange)}


def genmock(*options: str, name: str = "genmock") -> Program:
    """Return genmock as a user starts it, with everything on: its log goes to a file, in plain text."""
    return Program(name, (sys.executable, "-m", "genmock.mockserver.cli", "serve", "--port", PORT, *options))


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def rss_mb(pid: int) -> float:
    """Return a process's resident memory in MB of 1,048,576 bytes (Linux; 0 elsewhere)."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


def cpu_s(pid: int) -> float:
    """Return the processor time that a process has taken, in seconds (Linux; 0 elsewhere)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wait(process: "subprocess.Popen[bytes]", name: str, port: int, log: IO[bytes]) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.005)
    log.seek(0)
    wrote = log.read().decode(errors="replace").strip()
    raise SystemExit(f"{name} did not open port {port} (exit status {process.poll()}). It wrote:\n{wrote[-2000:]}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
