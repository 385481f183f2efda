"""One-item requests while pictures are drawn: how much later the slowest hundredth is answered."""

import statistics
import threading
from collections.abc import Callable

from . import pictures, rounds
from .figures import Figure, Scale
from .loads import POSTS, Driven
from .processes import Serving, genmock, serving

ONE_ITEM = POSTS[0]
CLIENTS, SIZE_PX = 4, 2048
CALM_S = 2.0  # more than a picture of that size takes: what was under way is done


def measured(scale: Scale) -> list[Figure]:
    """Return the p99 with four clients that fetch cold 2048x2048 PNGs, beside the quiet one, in turns."""
    quiet, busy = [], []
    with serving(genmock()) as server:
        for number in range(scale.of(5, 1)):
            scale.say(f"mixed load, round {number + 1}")
            quiet.append(_timed(server, scale).p99_ms)
            busy.append(_while(lambda: _drawn(server, scale), lambda: _timed(server, scale)).p99_ms)
    ratio = statistics.median(loud / calm for loud, calm in zip(busy, quiet, strict=True))
    return [
        Figure(
            "p99 of one item while 2048x2048 PNGs are drawn",
            *(statistics.median(busy), "ms", f"quiet, {statistics.median(quiet):.1f} ms", ratio, 5.0),
        )
    ]


def _timed(server: Serving, scale: Scale) -> Driven:
    found = rounds.post(server, ONE_ITEM, scale.of(4, 1))
    rounds.hold(server.name, ONE_ITEM.name, ONE_ITEM.status, found)
    return found


def _drawn(server: Serving, scale: Scale) -> None:
    pictures.cold(server, SIZE_PX, "PNG", scale.of(4, 1) + CALM_S, CLIENTS)


def _while(other: Callable[[], None], timed: Callable[[], Driven]) -> Driven:
    """Return what is found while something else runs, which began a moment earlier and ends later."""
    beside = threading.Thread(target=other)
    beside.start()
    beside.join(CALM_S / 2)
    try:
        return timed()
    finally:
        beside.join()
