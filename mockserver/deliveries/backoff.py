"""How long to wait before the next attempt."""

from ..derive import digest

JITTER = 0.2  # a delay is up to this part shorter, so that many failed deliveries do not come back at once


def delay_s(attempt: int, *, base: float, cap: float, seed: int, delivery_id: str) -> float:
    """Return the seconds to wait after the failed attempt of that number, 1 for the first.

    base: seconds after the first, doubled with each further one up to ``cap``. The jitter only ever shortens a delay,
    by a hash of seed, delivery and attempt: the same each time.
    Source: docs/providers/runware.md, "Webhooks and uploads"; how much jitter is not public.
    """
    whole = min(cap, base * 2.0 ** min(attempt - 1, 64))
    part = int.from_bytes(digest("jitter", seed, delivery_id, attempt)[:4], "big") / 2**32
    return whole * (1.0 - JITTER * part)
