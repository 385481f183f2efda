"""A limit on how often a key may ask: so many requests at once, then one whenever its share of the period has passed.

That is the generic cell rate algorithm: one number for each key says until when its allowance is used up, so that all
processes with one store keep one limit, and nothing has to be forgotten. Source: ITU-T I.371, annex A.
"""

import math
import re
from dataclasses import dataclass

from genmock.validators import shown

from ..clock import Clock
from ..derive import digest
from ..stores import Store

TABLE = "rate"  # of numbers: microseconds since the epoch, by key
PERIODS = {"s": 1.0, "min": 60.0, "h": 3600.0}
MAX_COUNT = 1_000_000
_MICRO = 1_000_000
_RATE = re.compile(r"\s*([0-9]{1,8})\s*/\s*([0-9]{1,8}(?:\.[0-9]{1,6})?)?\s*(s|min|h)\s*")


class RateError(ValueError):
    """A text is no rate. The text says what is one."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in a period."""

    count: int
    period_s: float


def parse_rate(text: str) -> Rate:
    """Return the rate that a text says: "10/s", "100/min", "5/h", "3/10s". Raises RateError."""
    found = _RATE.fullmatch(text)
    if found is None or not 1 <= int(found[1]) <= MAX_COUNT or float(found[2] or 1) == 0:
        raise RateError(f"cannot use {shown(text)} as a rate; expected 1 to {MAX_COUNT:,} / s, min or h, like 10/s")
    return Rate(int(found[1]), PERIODS[found[3]] * float(found[2] or 1))


async def retry_after(store: Store, clock: Clock, key: str, rate: Rate) -> int | None:
    """Count a request of a key and return None; or count nothing and return after how many seconds one is allowed."""
    name = digest("rate", key).hex()[:16]
    now, step = int(clock.now() * _MICRO), round(rate.period_s * _MICRO / rate.count)
    latest = now + round(rate.period_s * _MICRO)
    await _catch_up(store, name, now, latest)
    if await store.add(TABLE, name, step, at_most=latest) is not None:
        return None
    used_until = await store.add(TABLE, name, 0) or 0
    return max(1, math.ceil((used_until + step - latest) / _MICRO))


async def _catch_up(store: Store, name: str, now: int, latest: int) -> None:
    """Bring a number up to now, or back to it where another clock has left it in a future that no rate allows.

    Where another process was faster, the addition is refused, and the number looked at again.
    """
    while not now <= (used_until := await store.add(TABLE, name, 0) or 0) <= latest:
        if await store.add(TABLE, name, now - used_until, at_most=now) is not None:
            return
