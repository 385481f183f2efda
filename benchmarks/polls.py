"""What an accepted task costs a whole server, and whether polls stay as fast when there are many, for each store.

    python -m benchmarks polls

Tasks are accepted through the application itself, a hundred in a request, until there are so many; then single polls of
tasks spread over all of them are timed, one after the other, through all steps of a request. Memory is that of the
process. Redis is started for this where it is installed.
"""
# ruff: noqa: ANN401 - an ASGI application

import argparse
import asyncio
import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import MutableMapping
from typing import Any

from genmock.mockserver import Settings, create_app
from genmock.mockserver.derive import derived_uuid

from .processes import ROOT
from .stores import redis_url, rss

SIZES = (1_000, 100_000)
BATCH = 100
ROUNDS = 1_000
TASK = {"taskType": "imageInference", "model": "runware:108@1", "width": 512, "height": 512, "deliveryMethod": "async"}
PROMPT = "a lighthouse on a cliff above a calm sea at dusk, with a small boat coming home, number "


async def post(app: Any, tasks: list[dict[str, Any]]) -> bytes:
    """Send tasks through ASGI and return the reply's body. Fails unless it is a success."""
    body, sent = json.dumps(tasks).encode(), list[MutableMapping[str, Any]]()
    headers = [(b"authorization", b"Bearer key"), (b"content-type", b"application/json")]
    scope = {
        **{"type": "http", "http_version": "1.1", "method": "POST", "path": "/v1", "raw_path": b"/v1"},
        **{"query_string": b"", "headers": headers, "scheme": "http", "server": ("mock.test", 80), "client": None},
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    reply = b"".join(message.get("body", b"") for message in sent)
    assert sent[0]["status"] == 200, reply
    return reply


async def measure(store: str, sizes: list[int]) -> list[tuple[float, float]]:
    """Return, at each size, the median µs of a poll, and the bytes of the process for each task."""
    top = sizes[-1] + 1
    app = create_app(Settings(store=store, clock="virtual", max_tasks=top, max_pictures=top, journal_size=10))
    await post(app, [TASK | {"taskUUID": derived_uuid("warm"), "positivePrompt": PROMPT}])
    found, filled, before = [], 0, rss()
    for size in sizes:
        for first in range(filled, size, BATCH):
            await post(app, [_task(number) for number in range(first, min(first + BATCH, size))])
        filled = size
        gc.collect()
        await _polled(app, size)  # warm: the first polls of a process are slower, whatever is stored
        found.append((await _polled(app, size), (rss() - before) / size))
    await app.state.runtime.stop()
    return found


def _task(number: int) -> dict[str, Any]:
    return TASK | {"taskUUID": derived_uuid("poll", number), "positivePrompt": f"{PROMPT}{number}"}


async def _polled(app: Any, size: int) -> float:
    times = []
    for number in range(ROUNDS):
        task = {"taskType": "getResponse", "taskUUID": derived_uuid("poll", number * 7919 % size)}
        began = time.perf_counter()
        await post(app, [task])
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e6


def main() -> None:
    """Measure each store in a process of its own, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--store", help="measure this one here, and print JSON")
    options = parser.parse_args()
    if options.store:
        print(json.dumps(asyncio.run(measure(options.store, options.sizes))))
        return
    print(
        "store     " + "".join(f"{f'poll at {size:,}, µs':>24}" for size in options.sizes) + "   ratio   bytes a task"
    )
    with tempfile.TemporaryDirectory() as folder, redis_url(folder) as redis:
        urls = {"memory": "memory", "sqlite": f"sqlite:///{folder}/polls.db", "redis": redis}
        for name, url in ((name, url) for name, url in urls.items() if url):
            command = [sys.executable, "-m", "benchmarks.polls", "--store", url, "--sizes", *map(str, options.sizes)]
            run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
            found = json.loads(run.stdout)
            polls = "".join(f"{poll:>24.0f}" for poll, _ in found)
            print(f"{name:<10}{polls}{found[-1][0] / found[0][0]:>8.2f}{found[-1][1]:>15,.0f}", flush=True)


if __name__ == "__main__":
    main()
