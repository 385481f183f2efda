"""One-item requests while pictures are drawn: how much later the slowest hundredth is answered."""

import queue
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from . import pictures, rounds
from .figures import Figure, Scale
from .loads import POSTS, Driven, LoadError
from .processes import Serving, genmock, serving

ONE_ITEM = POSTS[0]
CLIENTS, SIZE_PX = 4, 2048
ORDERED = 400  # pictures for one round: more than can be drawn in it
MANY = 1_000_000  # pictures that are kept, so that those of the loads drop none of these
AHEAD_S = 0.5  # for which pictures are drawn already when the timing begins


def measured(scale: Scale) -> list[Figure]:
    """Return the p99 with four clients that fetch cold 2048x2048 PNGs, beside the quiet one, in turns."""
    quiet, busy = [], []
    with serving(genmock("--max-pictures", str(MANY))) as server:
        rounds.probe(server, ONE_ITEM, ours=True)
        for number in range(scale.of(5, 1)):
            scale.say(f"mixed load, round {number + 1}")
            quiet.append(_timed(server, scale).p99_ms)
            with _drawing(server):
                busy.append(_timed(server, scale).p99_ms)
    ratio = statistics.median(loud / calm for loud, calm in zip(busy, quiet, strict=True))
    beside = f"quiet, {statistics.median(quiet):.1f} ms"
    name = "p99 of one item while 2048x2048 PNGs are drawn"
    return [Figure(name, statistics.median(busy), "ms", beside, ratio, at_most=5.0)]


def _timed(server: Serving, scale: Scale) -> Driven:
    found = rounds.post(server, ONE_ITEM, scale.of(4, 1))
    rounds.hold(server.name, ONE_ITEM.name, ONE_ITEM.status, found)
    return found


@contextmanager
def _drawing(server: Serving) -> Iterator[None]:
    """Let four clients fetch pictures that were never drawn, one after the other. Raises LoadError for a wrong one."""
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for path in pictures.ordered(server, SIZE_PX, "PNG", ORDERED):
        waiting.put(path)
    over, wrong = threading.Event(), list[str]()

    def fetch() -> None:
        while not over.is_set() and not wrong:
            path = waiting.get(timeout=1)  # there are more than can be drawn: an empty queue is a mistake
            status, _ = server.ask("GET", path)
            if status != 200:
                wrong.append(f"{path} was answered with {status}")

    clients = [threading.Thread(target=fetch) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    time.sleep(AHEAD_S)
    try:
        yield
    finally:
        over.set()
        for client in clients:
            client.join()
    if wrong:
        raise LoadError(f"{server.name} did not draw what was ordered: {wrong[0]}")
