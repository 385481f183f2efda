"""Throws mutated requests at the server: no 5xx, no hang, no reply outside its contract, and memory that stays flat.

    python benchmarks/fuzz_server.py --count 100000 --seed 1

Valid tasks of every served kind are mutated: members deleted, renamed, doubled or replaced by hostile values, arrays
emptied or multiplied, bytes cut or changed, headers, methods and paths as well. The application is called through
ASGI in this process, so that a failure has its traceback, and so that the memory is the server's own.
"""
# ruff: noqa: ANN401 - any JSON value, any settings

import argparse
import asyncio
import faulthandler
import json
import random
import time
from collections import Counter
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from hostile_requests import Mutator

from genmock.mockserver import Exchange, Settings, create_app

HANG_S = 60.0  # a request that takes longer ends the run with a traceback
WARM_UP = 0.5  # of the requests: until then the bounded stores fill up, and memory may grow
FETCHED = 0.02  # of the pictures that a reply points to


@dataclass
class Result:
    """What came of a run. statuses: how many replies had each. rss_mb: resident memory after warm-up and at the end."""

    seed: int
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    elapsed_s: float = 0.0
    rss_mb: tuple[float, float] = (0.0, 0.0)


async def call(app: Any, method: str, path: str, headers: list[tuple[bytes, bytes]], body: bytes) -> tuple[int, bytes]:
    """Send one request through ASGI and return its status and body."""
    sent: list[MutableMapping[str, Any]] = []
    scope = {
        **{"type": "http", "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode()},
        **{"query_string": b"", "headers": headers, "scheme": "http", "server": ("mock.test", 80), "client": None},
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


async def run(count: int, seed: int, **settings: Any) -> Result:
    """Send ``count`` mutated requests and return what came of them."""
    exchanges: list[Exchange] = []
    app = create_app(Settings(check_replies=True, **settings), on_exchange=exchanges.append)
    result, mutator, started, before = Result(seed), Mutator(seed), time.perf_counter(), 0.0
    for number in range(count):
        if number == int(count * WARM_UP):
            before = rss_mb()
        request = mutator.request()
        exchanges.clear()
        faulthandler.dump_traceback_later(HANG_S, exit=True)
        began = time.perf_counter()
        try:
            status, body = await call(app, *request)
            await _judge(app, exchanges, request, status, body, mutator.random, result)
        except Exception as error:  # any exception that leaves the application is what this looks for
            result.failures.append(f"request {number}: {error!r} for {request[3][:2000]!r}")
        result.slowest_s = max(result.slowest_s, time.perf_counter() - began)
        faulthandler.cancel_dump_traceback_later()
    result.elapsed_s, result.rss_mb = time.perf_counter() - started, (before, rss_mb())
    return result


async def _judge(
    app: Any,
    exchanges: list[Exchange],
    request: tuple[Any, ...],
    status: int,
    body: bytes,
    some: random.Random,
    result: Result,
) -> None:
    result.statuses[status] += 1
    reply = json.loads(body)
    broken = [v for exchange in exchanges for v in exchange.violations if v.pointer.startswith("/reply")]
    if status >= 500 or broken:
        result.failures.append(f"status {status} {broken[:2]} for {request[3][:2000]!r}")
    images = [item for item in reply.get("data", ()) if "imageURL" in item and item["taskType"] == "imageInference"]
    produced = [item for item in images if "status" not in item]  # polled ones may be gone: tasks are kept longer
    if len(produced) > app.state.runtime.settings.max_pictures:
        return  # the first of them are gone already
    for item in produced:
        if some.random() < FETCHED:
            path = item["imageURL"].removeprefix("http://mock.test")
            fetched, _ = await call(app, "GET", path, [(b"host", b"mock.test")], b"")
            if fetched != 200:
                result.failures.append(f"status {fetched} for the picture of {request[3][:2000]!r}")


def rss_mb() -> float:
    """Return this process's resident memory in MB (Linux; 0 elsewhere)."""
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))
    except OSError:
        return 0.0


def main() -> None:
    """Run from the command line and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--contract", choices=("strict", "provider", "report"), default="provider")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.count} requests, contract {options.contract}")
    result = asyncio.run(run(options.count, options.seed, contract=options.contract, max_media=16 * 1024 * 1024))
    print(f"statuses  {dict(sorted(result.statuses.items()))}")
    print(f"speed     {options.count / result.elapsed_s:.0f} requests/s, the slowest {result.slowest_s:.2f} s")
    print(f"memory    {result.rss_mb[0]:.0f} MB after warm-up, {result.rss_mb[1]:.0f} MB at the end")
    print(f"failures  {len(result.failures)}", *result.failures[:20], sep="\n")


if __name__ == "__main__":
    main()
