"""What sockets cost: a thousand at once with a task each, the memory of one that is idle, and of one that never reads.

    python benchmarks/sockets.py

A server of its own process is asked by this one. Each socket authenticates, orders a picture asynchronously, and polls
until it is there. Then the same number of sockets is opened again, with and without compression, and left idle: the
difference in the server's memory is theirs. At last one client asks for gigabytes and reads nothing.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from genmock.mockserver.derive import derived_uuid

COUNT = 1_000
TASK = {"taskType": "imageInference", "model": "runware:111@1", "positivePrompt": "a lighthouse", "width": 512}
KEY = "key-of-the-benchmark-0123456789"
OPENING_AT_ONCE = 50  # handshakes; more only queue
POLL_S = 0.5
LARGE, POLLS = 20, 400  # pictures in a poll, and polls that nobody reads


@contextmanager
def serving(*options: str) -> Iterator[tuple[str, int]]:
    """Run a server and yield the URL of its socket, and its process."""
    command = [sys.executable, "-m", "genmock.mockserver.cli", "serve", "--port", "0", "--quiet", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = next(line for line in process.stdout if "http://" in line)
        yield "ws://" + line.split("http://")[1].split()[0].rstrip("/,") + "/v1", process.pid
    finally:
        process.terminate()
        process.wait()


def rss(process: int) -> int:
    """Return the bytes of memory of a process (Linux)."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def ask(socket: ClientConnection, *tasks: dict[str, Any]) -> dict[str, Any]:
    """Send tasks and return the next frame."""
    await socket.send(json.dumps(tasks))
    return dict(json.loads(await socket.recv()))


async def opened(
    stack: AsyncExitStack, url: str, count: int, *, compression: str | None = "deflate", max_queue: int = 16
) -> list[ClientConnection]:
    """Return authenticated sockets."""
    options: dict[str, Any] = {"open_timeout": 60, "ping_interval": None, "max_size": None, "close_timeout": 1}
    options |= {"compression": compression, "max_queue": max_queue}
    gate = asyncio.Semaphore(OPENING_AT_ONCE)

    async def one() -> ClientConnection:
        async with gate:
            socket = await stack.enter_async_context(connect(url, **options))
            assert "data" in await ask(socket, {"taskType": "authentication", "apiKey": KEY})
            return socket

    return list(await asyncio.gather(*(one() for _ in range(count))))


async def finished(socket: ClientConnection, number: int) -> float:
    """Order a picture, poll until it is there, and return the seconds that took."""
    began, uuid = time.perf_counter(), derived_uuid("socket", number)
    await ask(socket, {**TASK, "height": 512, "taskUUID": uuid, "deliveryMethod": "async"})
    while True:
        await asyncio.sleep(POLL_S)
        (item,) = (await ask(socket, {"taskType": "getResponse", "taskUUID": uuid}))["data"]
        if item["status"] == "success":
            return time.perf_counter() - began


async def work(url: str, count: int) -> list[float]:
    """Return the seconds that a task took on each of many sockets at once."""
    async with AsyncExitStack() as stack:
        sockets = await opened(stack, url, count)
        return list(await asyncio.gather(*(finished(socket, number) for number, socket in enumerate(sockets))))


async def idle(url: str, process: int, count: int, compression: str | None) -> float:
    """Return the bytes of the server for each idle socket."""
    async with AsyncExitStack() as stack:
        await opened(stack, url, 10, compression=compression)
        before = rss(process)
        await opened(stack, url, count, compression=compression)
        return (rss(process) - before) / count


async def unread(url: str, process: int) -> tuple[float, float]:
    """Return the bytes that a client asked for and did not read, and by how many the server grew."""
    async with AsyncExitStack() as stack:
        (socket,) = await opened(stack, url, 1, max_queue=1)
        task = {**TASK, "height": 512, "taskUUID": derived_uuid("large"), "numberResults": LARGE}
        await ask(socket, {**task, "outputType": "base64Data", "outputFormat": "PNG", "deliveryMethod": "async"})
        poll = {"taskType": "getResponse", "taskUUID": task["taskUUID"]}
        frame = await ask(socket, poll)
        before, most = rss(process), 0
        for _ in range(POLLS):
            await socket.send(json.dumps([poll]))
        for _ in range(40):
            await asyncio.sleep(0.25)
            most = max(most, rss(process))
        socket.transport.abort()
        return float(POLLS * len(json.dumps(frame))), float(most - before)


def main() -> None:
    """Run everything and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT)
    count = parser.parse_args().count
    with serving("--duration", "imageInference=3") as (url, process):
        times = sorted(asyncio.run(work(url, count)))
        print(f"{len(times):,} of {count:,} sockets finished their task of 3 s, on {os.cpu_count()} cores: ", end="")
        print(f"median {statistics.median(times):.1f} s, the slowest {times[-1]:.1f} s", flush=True)
    print("compression    KiB for each idle socket")
    for compression in (None, "deflate"):
        with serving() as (url, process):
            print(
                f"{compression or 'none':<15}{asyncio.run(idle(url, process, count, compression)) / 1024:.0f}",
                flush=True,
            )
    with serving("--duration", "imageInference=0") as (url, process):
        asked, grown = asyncio.run(unread(url, process))
        print(f"a client that asked for {asked / 2**20:,.0f} MiB and read nothing: ", end="")
        print(f"the server grew by {grown / 2**20:,.0f} MiB")


if __name__ == "__main__":
    main()
