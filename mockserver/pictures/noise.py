"""Randomness that is a function: streams of integers and noise pictures hashed from a key, equal on every machine."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

from PIL import Image

from .resample import resized

_T = TypeVar("_T")
_BLOCK_BYTES = 512
_ONE = 256  # fixed-point one: curves are computed in 1/256


class Stream:
    """An endless row of integers derived from a key; equal keys give equal rows."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._pool = b""
        self._at = 0
        self._blocks = 0

    def child(self, label: str) -> "Stream":
        """Return an independent stream; what is drawn from one never shifts the other."""
        return Stream(self._key + b"/" + label.encode())

    def bytes(self, count: int) -> bytes:
        """Return `count` bytes."""
        while self._at + count > len(self._pool):
            block = hashlib.shake_256(self._key + b"#%d" % self._blocks).digest(max(_BLOCK_BYTES, count))
            self._pool, self._at = self._pool[self._at :] + block, 0
            self._blocks += 1
        self._at += count
        return self._pool[self._at - count : self._at]

    def between(self, low: int, high: int) -> int:
        """Return an integer from low to high, both included."""
        return low + int.from_bytes(self.bytes(4), "big") % (high - low + 1)

    def pick(self, choices: Sequence[_T]) -> _T:
        """Return one of the choices."""
        return choices[self.between(0, len(choices) - 1)]

    def chance(self, percent: int) -> bool:
        """Return True `percent` times in a hundred."""
        return self.between(1, 100) <= percent


def noise_image(stream: Stream, width: int, height: int) -> Image.Image:
    """Return white noise, (height, width) uint8."""
    return Image.frombytes("L", (width, height), stream.bytes(width * height))


def clouds(stream: Stream, size: tuple[int, int], cells: int) -> Image.Image:
    """Return smooth noise, (height, width) uint8: `cells` random values across the longer side, interpolated."""
    width, height = size
    longer = max(size)
    grid = (max(2, width * cells // longer), max(2, height * cells // longer))
    return resized(noise_image(stream, *grid), size, Image.Resampling.BICUBIC)


def curve(stream: Stream, length: int, knots: int) -> list[int]:
    """Return `length` values in 0..65535 of a smooth random line through `knots` random heights."""
    heights = [stream.between(0, 65535) for _ in range(knots + 1)]
    rises = [after - before for before, after in pairwise(heights)]
    return [heights[knot] + (rises[knot] * ease >> 24) for knot, ease in _eases(length, knots)]


@lru_cache(maxsize=64)
def _eases(length: int, knots: int) -> Sequence[tuple[int, int]]:
    """Return, for each x of a curve, the knot before it and how far it is on its way to the next: 0 to 2**24."""
    places = (divmod(x * knots * _ONE // length, _ONE) for x in range(length))
    return [(knot, t * t * (3 * _ONE - 2 * t)) for knot, t in places]  # smoothstep
