"""Figures of `check_request` and of drawing, both in this process: what they add to the library that does the work."""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Literal

from . import check_request
from .figures import Figure, Scale

VALID = "FLUX, valid"
EXPLAINED_US = 1000.0  # at most, of a task with violations
UNRULED = 1.6  # at most, of a valid task that triggers no prose rule: times jsonschema-rs
PIXELS = 1024
Format = Literal["JPG", "PNG", "WEBP"]
FORMATS: tuple[Format, ...] = ("JPG", "PNG", "WEBP")


def checking(scale: Scale) -> list[Figure]:
    """Return the microseconds of a task, beside jsonschema-rs alone, for each case of `check_request.py`."""
    found = []
    for name, (document, task) in check_request.CASES.items():
        scale.say(f"check_request: {name}")
        calls = check_request.contenders(document, task)
        ours, fast = check_request.measure({each: calls[each] for each in ("check_request", "jsonschema-rs")}).values()
        figure = f"check_request: {name}"
        if "invalid" in name:
            found.append(Figure(figure, ours * 1e6, "µs", "jsonschema-rs", ours / fast, EXPLAINED_US, of_ratio=False))
        else:
            bound = None if "rules" in name else UNRULED
            found.append(Figure(figure, ours * 1e6, "µs", "jsonschema-rs", ours / fast, bound))
    return found


def drawing(scale: Scale) -> list[Figure]:
    """Return the milliseconds of a picture of 1024x1024, drawn and encoded, beside its encoding by Pillow alone."""
    from genmock.mockserver.pictures import PictureSpec, draw, encode  # here: the other figures need no Pillow

    def spec(seed: int) -> PictureSpec:
        return PictureSpec("a lighthouse", "", "runware:111@1", seed, PIXELS, PIXELS, b"")

    def both(kind: Format, seed: int) -> None:
        encode(draw(spec(seed)), format=kind)

    found = []
    for kind in FORMATS:
        scale.say(f"drawing: {kind}")
        whole, alone = [], []
        for seed in range(scale.of(20, 3)):
            whole.append(_took(partial(both, kind, seed)))
            drawn = draw(spec(seed))
            alone.append(_took(partial(encode, drawn, format=kind)))
        ours, pillow = statistics.median(whole), statistics.median(alone)
        name = f"{kind} of 1024x1024, drawn and encoded"
        found.append(Figure(name, ours * 1000, "ms", "encoded by Pillow", ours / pillow, at_most=1.5))
    return found


def _took(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
