"""What a stored task costs in each store, and whether a poll takes longer when there are many.

    python benchmarks/stores.py

A task is its record (about 900 bytes of JSON) and one entry for its picture. `get` is what a poll asks of the store,
`insert` what accepting a task does, each one after the other and as its median. Memory is that of the process, and of
the server for Redis, which is started for this where redis-server or valkey-server is installed.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from genmock.mockserver.clock import START, VirtualClock
from genmock.mockserver.derive import derived_uuid
from genmock.mockserver.stores import Put, Store, open_store
from genmock.mockserver.tasks import TaskRecord

SIZES = (1_000, 100_000)
BATCH = 200  # tasks written at once while the store is filled
ROUNDS = 2_000
DAY_S = 86_400.0
PROMPT = "a lighthouse on a cliff above a calm sea at dusk, painted in oil, with a small boat coming home " * 4


def task(number: int) -> tuple[Put, Put]:
    """Return the entries of one accepted task: its record and its picture."""
    uuid, image = derived_uuid("task", number), derived_uuid("image", number)
    result = {
        "taskType": "imageInference",
        "taskUUID": uuid,
        "imageUUID": image,
        "seed": 2**63 + number,
        "cost": 0.0038,
    }
    item = {"positivePrompt": f"{PROMPT}{number}", "width": 1024, "height": 1024, "model": "runware:108@1", "steps": 28}
    record = TaskRecord(
        *("runware", "key", uuid, "imageInference", "runware:108@1", START, 3.0, START + DAY_S, [result]),
        detail={"item": item},
    )
    media = json.dumps({"task": uuid, "index": 0}).encode()
    ends_at = START + DAY_S
    return Put("tasks", uuid, record.as_bytes(), expires_at=ends_at), Put("media", image, media, expires_at=ends_at)


async def measure(url: str) -> dict[str, list[float]]:
    """Return, at each size: median µs of get and of insert, and bytes a task of the process and of where it is kept."""
    store = open_store(url, VirtualClock(), {})
    await store.open()
    found: dict[str, list[float]] = {"get": [], "insert": [], "process": [], "kept": []}
    filled, resident, kept = 0, rss(), await _kept(url)
    for size in SIZES:
        for first in range(filled, size, BATCH):
            await store.write(*(put for number in range(first, first + BATCH) for put in task(number)))
        filled = size
        found["process"].append((rss() - resident) / size)
        found["kept"].append((await _kept(url) - kept) / size)
        keys = [task(number * 7919 % size)[0].key for number in range(ROUNDS)]
        found["get"].append(await _median_us(_gets(store, keys)))
        found["insert"].append(await _median_us(_inserts(store, size)))
        filled += ROUNDS
    await store.close()
    return found


def main() -> None:
    """Measure each store in a process of its own, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", nargs="?", help="the URL of one store, of which the figures are printed as JSON")
    store = parser.parse_args().store
    if store:
        print(json.dumps(asyncio.run(measure(store))))
        return
    print(f"{'':<8}{'get, µs':>26}{'insert, µs':>28}{'bytes a task':>22}")
    header = "".join(f"{size:>10,}" for size in SIZES) + f"{'ratio':>8}"
    print(f"{'store':<8}{header}{header}{'process':>12}{'file or server':>16}")
    with tempfile.TemporaryDirectory() as folder, redis_url(folder) as redis:
        urls = {"memory": "memory", "sqlite": f"sqlite:///{folder}/store.db", "redis": redis}
        for name, url in urls.items():
            if url:
                run = subprocess.run([sys.executable, __file__, url], stdout=subprocess.PIPE, check=True)
                print(_row(name, json.loads(run.stdout)))
            else:
                print(f"{name:<8}no redis-server or valkey-server was found")


@contextlib.contextmanager
def redis_url(folder: str) -> Iterator[str]:
    """Start a server that keeps nothing, and yield its URL, or "" where none is installed."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        yield ""
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            next(line for line in server.stdout if "Ready to accept connections" in line)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()


def _gets(store: Store, keys: list[str]) -> list[Callable[[], Awaitable[object]]]:
    return [lambda key=key: store.get("tasks", key) for key in keys]  # type: ignore[misc]  # a default has no type


def _inserts(store: Store, size: int) -> list[Callable[[], Awaitable[object]]]:
    puts = [task(number) for number in range(size, size + ROUNDS)]
    return [lambda each=each: store.insert(*each) for each in puts]  # type: ignore[misc]  # a default has no type


async def _median_us(calls: list[Callable[[], Awaitable[object]]]) -> float:
    times = []
    for call in calls:
        began = time.perf_counter()
        await call()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e6


async def _kept(url: str) -> float:
    """Return the bytes of a store's files, or the memory of its server."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        return sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*"))
    if not url.startswith("redis"):
        return 0
    from redis.asyncio import Redis

    async with Redis.from_url(url) as client:
        return float((await client.info("memory"))["used_memory"])


def rss() -> float:
    """Return the resident memory of this process in bytes (Linux; 0 elsewhere)."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return float(pages * os.sysconf("SC_PAGE_SIZE"))


def _row(name: str, found: dict[str, list[float]]) -> str:
    def timed(few: float, many: float) -> str:
        return f"{few:>10.1f}{many:>10.1f}{many / few:>8.2f}"

    kept = f"{found['kept'][-1]:>16,.0f}" if found["kept"][-1] else f"{'-':>16}"
    return f"{name:<8}{timed(*found['get'])}{timed(*found['insert'])}{found['process'][-1]:>12,.0f}{kept}"


if __name__ == "__main__":
    main()
