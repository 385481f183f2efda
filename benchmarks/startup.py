"""How long `genmock serve` takes from the start of its process to its first answer, and its memory after it.

    python -m benchmarks startup

Beside it, in turns, a bare Starlette application under uvicorn that answers the same request with a constant, so that
the ratio says what genmock adds on whatever machine this runs.
"""

import http.client
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO
from urllib.parse import urlsplit

from .processes import environment, rss_mb

ROUNDS = 10
ANSWER_S = 300.0  # more than any start takes
TASK = {
    "taskType": "imageInference",
    "taskUUID": "a770f077-f413-47de-9dac-be0b26a35da6",
    "model": "runware:108@1",
    "positivePrompt": "a lighthouse",
    "width": 512,
    "height": 512,
}
GENMOCK = """
from genmock.mockserver.cli import main
main(["serve", "--port", "0", "--log-format", "plain"])
"""
BARE = """
import socket
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def answer(request):
    await request.json()
    return JSONResponse({"data": []})

listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
listening.bind(("127.0.0.1", 0))
listening.listen()
print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
app = Starlette(routes=[Route("/v1", answer, methods=["POST"])])
uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False)).run(sockets=[listening])
"""
PROGRAMS = {"genmock serve": GENMOCK, "bare starlette + uvicorn": BARE}


@dataclass(frozen=True)
class Start:
    """One start. banner_s, answered_s: from the start of the process. rss_mb: resident memory after the answer."""

    banner_s: float
    answered_s: float
    rss_mb: float


def genmock_with(*options: str) -> str:
    """Return the program that serves genmock with further options."""
    return GENMOCK.replace('"plain"]', f'"plain", *{options!r}]')


def start(code: str, task: Mapping[str, object] = TASK) -> Start:
    """Run a program that prints its URL, send it one request, stop it, and return what it took."""
    began = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as folder,  # without a settings file
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=folder,
            env=environment(),
        ) as run,
    ):
        try:
            url = _url(run, errors)
            banner_s = time.perf_counter() - began
            _post(url, task)
            return Start(banner_s, time.perf_counter() - began, rss_mb(run.pid))
        finally:
            run.terminate()


def main() -> None:
    """Start the programs in turns, and print the medians and their ratios."""
    for code in PROGRAMS.values():
        start(code)  # byte code is written, files are in memory
    starts: dict[str, list[Start]] = {name: [] for name in PROGRAMS}
    for _ in range(ROUNDS):
        for name, code in PROGRAMS.items():
            starts[name].append(start(code))
    rows = {name: _medians(found) for name, found in starts.items()}
    print(f"median of {ROUNDS} starts        banner s   first answer s   memory MB")
    for name, (banner, answered, memory) in rows.items():
        print(f"{name:<26}{banner:>12.2f}{answered:>17.2f}{memory:>12.0f}")
    ratios = [ours / bare for ours, bare in zip(*rows.values(), strict=True)]
    print(f"{'ratio':<26}{ratios[0]:>12.2f}{ratios[1]:>17.2f}{ratios[2]:>12.2f}")


def _medians(found: list[Start]) -> tuple[float, float, float]:
    rows = [(each.banner_s, each.answered_s, each.rss_mb) for each in found]
    banner, answered, memory = (statistics.median(column) for column in zip(*rows, strict=True))
    return banner, answered, memory


def _url(run: "subprocess.Popen[str]", errors: IO[bytes]) -> str:
    assert run.stdout is not None
    line = run.stdout.readline()
    found = re.search(r"http://[^\s\"]+", line)
    if found is None:
        errors.seek(0)
        raise SystemExit(f"no URL in the first line: {line!r}. It wrote: {errors.read().decode()}")
    return found[0]


def _post(url: str, task: Mapping[str, object]) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=ANSWER_S)
    headers = {"Authorization": "Bearer key", "Content-Type": "application/json"}
    connection.request("POST", "/v1", json.dumps([task]), headers)
    reply = connection.getresponse()
    if reply.status != 200:
        raise SystemExit(f"status {reply.status}: {reply.read().decode()}")
    reply.read()
    connection.close()


if __name__ == "__main__":
    main()
