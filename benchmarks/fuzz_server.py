"""Throws mutated requests at the server: no 5xx, no hang, no reply outside its contract, and memory that stays flat.

    python benchmarks/fuzz_server.py --count 100000 --seed 1
    python benchmarks/fuzz_server.py --count 5000 --store sqlite:///fuzz.db

Valid tasks of every served kind are mutated: members deleted, renamed, doubled or replaced by hostile values, arrays
emptied or multiplied, bytes cut or changed, headers, methods and paths as well. Tasks are asynchronous too, with
webhooks and uploads to nowhere, trainings have damaged datasets, and polls ask for what was sent. Between them the
control API gets its own: faults, scenarios, a clock that is moved, deliveries. The application is called through ASGI
in this process, so that a failure has its traceback, and so that the memory is the server's own.
"""
# ruff: noqa: ANN401 - any JSON value, any settings

import argparse
import asyncio
import contextlib
import ctypes
import faulthandler
import gc
import json
import time
from collections import Counter
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from hostile_control import PREFIX, ControlMutator
from hostile_requests import Mutator

from genmock.mockserver import Exchange, Settings, create_app
from genmock.specs import load_catalog
from genmock.validators import HttpReply, HttpRequest, check_http_reply

END_OF_TIME = 253_000_000_000.0  # in the year 9987: tasks may be asked to take longer than any clock goes
HANG_S = 60.0  # a request that takes longer ends the run with a traceback
WARM_UP = 0.5  # of the requests: until then the bounded stores fill up, and memory may grow
FETCHED = 0.02  # of the pictures that a reply points to
CONTROLLED = 0.1  # of the requests go to the control API
LEAVING_S = 0.2  # after which a client leaves that has no answer yet
SLOW_FAULTS = {"latency", "stall", "drop"}  # of real seconds, or in need of a connection: taken back at once
TOLD = {"uploadFailed"}  # errors that are a 5xx by the provider's own rules
HOST = [(b"host", b"mock.test")]


@dataclass
class Result:
    """What came of a run. statuses: how many replies had each. rss_mb: resident memory after warm-up and at the end.

    control: the statuses of the control API. deliveries: how many ended in each state.
    """

    seed: int
    statuses: Counter[int] = field(default_factory=Counter)
    control: Counter[int] = field(default_factory=Counter)
    deliveries: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    elapsed_s: float = 0.0
    rss_mb: tuple[float, float] = (0.0, 0.0)


async def call(app: Any, method: str, path: str, headers: list[tuple[bytes, bytes]], body: bytes) -> tuple[int, bytes]:
    """Send one request through ASGI and return its status and body; (0, b"") when the client left without an answer."""
    sent: list[MutableMapping[str, Any]] = []
    path, _, query = path.partition("?")
    scope = {
        **{"type": "http", "http_version": "1.1", "method": method, "path": unquote(path), "raw_path": path.encode()},
        **{"query_string": query.encode(), "headers": headers, "scheme": "http", "server": ("mock.test", 80)},
        "client": None,
    }
    received = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> dict[str, Any]:
        message = next(received, None)
        if message is None:
            await asyncio.sleep(LEAVING_S)
        return message or {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return (sent[0]["status"] if sent else 0), b"".join(message.get("body", b"") for message in sent)


class Fuzz:
    """One run against one server."""

    def __init__(self, seed: int, **settings: Any) -> None:
        self.result = Result(seed)
        self.mutator = Mutator(seed)
        self.control = ControlMutator(self.mutator)
        self._exchanges: list[Exchange] = []
        told = {"check_replies": True, "clock": "virtual", "webhook_attempts": 2, "webhook_timeout": 1.0, **settings}
        self.app = create_app(Settings(**told), on_exchange=self._exchanges.append)

    async def step(self, number: int) -> None:
        """Send one request, to the provider or to the control API, and judge its reply."""
        controlled = self.mutator.random.random() < CONTROLLED
        request = (self.control if controlled else self.mutator).request()
        self._exchanges.clear()
        faulthandler.dump_traceback_later(HANG_S, exit=True)
        began = time.perf_counter()
        try:
            status, body = await call(self.app, *request)
            await (self._judge_control if controlled else self._judge)(request, status, body)
        except Exception as error:  # any exception that leaves the application is what this looks for
            self._fail(f"request {number}: {error!r}", request)
        self.result.slowest_s = max(self.result.slowest_s, time.perf_counter() - began)
        faulthandler.cancel_dump_traceback_later()

    async def end(self) -> None:
        """Let everything come to its end, and look for deliveries that do not."""
        await self.post("/faults", method="DELETE")
        await self.post("/deliveries/resume")
        for _ in range(200):
            await self.post("/clock/advance", {"seconds": 10})
            await asyncio.sleep(0.02)
            pending = await self._deliveries("state=pending&limit=1000")
            waiting = [each for each in pending if each["dueAt"] is not None and each["dueAt"] < END_OF_TIME]
            if not waiting:
                break
        else:
            self.result.failures.append(f"{len(waiting)} deliveries never end, like {waiting[0]}")
        self.result.deliveries += Counter(each["state"] for each in await self._deliveries("limit=1000"))
        await self.app.state.runtime.stop()

    async def post(self, path: str, body: Any = None, method: str = "POST") -> Any:
        """Return what an operation of the control API answers to a good request."""
        headers = [*HOST, (b"content-type", b"application/json")]
        _, data = await call(self.app, method, PREFIX + path, headers, json.dumps(body).encode())
        return json.loads(data)

    async def _deliveries(self, query: str) -> list[Any]:
        return list((await self.post(f"/deliveries?{query}", method="GET"))["deliveries"])

    async def _judge(self, request: tuple[Any, ...], status: int, body: bytes) -> None:
        self.result.statuses[status] += 1
        if any(
            exchange.note.startswith(("Prefer", "faults")) or exchange.status == 499 for exchange in self._exchanges
        ):
            return  # as it was asked for
        reply = json.loads(body)
        broken = [v for exchange in self._exchanges for v in exchange.violations if v.pointer.startswith("/reply")]
        codes = {error["code"] for error in reply.get("errors", ())}
        if broken or (status >= 500 and not codes & TOLD):
            self._fail(f"status {status} {broken[:2]} {codes}", request)
        for item in reply.get("data", ()):
            self.mutator.learn(item)
        await self._fetch(request, reply)

    async def _fetch(self, request: tuple[Any, ...], reply: Any) -> None:
        """Fetch some of the pictures that a reply points to."""
        images = [item for item in reply.get("data", ()) if "imageURL" in item and item["taskType"] == "imageInference"]
        produced = [item for item in images if "status" not in item]  # polled ones may be gone: tasks are kept longer
        if len(produced) > self.app.state.runtime.settings.max_pictures:
            return  # the first of them are gone already
        for item in produced:
            if self.mutator.random.random() < FETCHED:
                path = item["imageURL"].removeprefix("http://mock.test")
                fetched, _ = await call(self.app, "GET", path, HOST, b"")
                if fetched != 200:
                    self._fail(f"status {fetched} for the picture", request)

    async def _judge_control(self, request: tuple[Any, ...], status: int, body: bytes) -> None:
        self.result.control[status] += 1
        method, path, _, _ = request
        if status >= 500:
            self._fail(f"status {status} {body[:300]!r}", request)
        if status == 200 and path.startswith(f"{PREFIX}/deliveries?"):
            self.control.deliveries = [each["id"] for each in json.loads(body)["deliveries"]][:20]
        if status in (200, 201) and method in ("GET", "POST"):
            told = HttpReply(status, [("content-type", "application/json"), ("cache-control", "no-store")], body)
            found = check_http_reply(load_catalog().get("genmock-control"), HttpRequest(method, path), told)
            if found:
                self._fail(f"{found[:2]}", request)
        kinds = {each["fault"]["kind"] for each in json.loads(body)["faults"]} if status == 201 else set()
        if kinds & SLOW_FAULTS or self.mutator.random.random() < 0.5:
            await self.post("/faults", method="DELETE")
        if self.mutator.random.random() < 0.02:
            await call(self.app, "POST", f"{PREFIX}/reset", HOST, b"")

    def _fail(self, what: str, request: tuple[Any, ...]) -> None:
        self.result.failures.append(f"{what} for {request[0]} {request[1][:200]} {request[3][:2000]!r}")


async def run(count: int, seed: int, **settings: Any) -> Result:
    """Send ``count`` mutated requests and return what came of them."""
    fuzz, started, before = Fuzz(seed, **settings), time.perf_counter(), 0.0
    for number in range(count):
        if number == int(count * WARM_UP):
            before = rss_mb()
        await fuzz.step(number)
    await fuzz.end()
    fuzz.result.elapsed_s, fuzz.result.rss_mb = time.perf_counter() - started, (before, rss_mb())
    return fuzz.result


def rss_mb() -> float:
    """Return this process's resident memory in MB (Linux; 0 elsewhere), less what is only kept for the next use.

    One large picture leaves a hundred MB of free memory behind, which the C library gives back when it is asked to.
    """
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # where the C library is another
        ctypes.CDLL("libc.so.6").malloc_trim(0)
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
    parser.add_argument("--store", default="memory")
    parser.add_argument("--reused", choices=("error", "allow"), default="error", help="the setting reused_task_uuid")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.count} requests, contract {options.contract}, store {options.store}")
    told = {"contract": options.contract, "store": options.store, "reused_task_uuid": options.reused}
    result = asyncio.run(run(options.count, options.seed, max_media=16 * 1024 * 1024, **told))
    print(f"statuses  {dict(sorted(result.statuses.items()))}; control {dict(sorted(result.control.items()))}")
    print(f"ended     {dict(result.deliveries)} of the last 1,000 deliveries")
    print(f"speed     {options.count / result.elapsed_s:.0f} requests/s, the slowest {result.slowest_s:.2f} s")
    print(f"memory    {result.rss_mb[0]:.0f} MB after warm-up, {result.rss_mb[1]:.0f} MB at the end")
    print(f"failures  {len(result.failures)}", *result.failures[:20], sep="\n")


if __name__ == "__main__":
    main()
