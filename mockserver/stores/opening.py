"""Which store a URL names."""

from pathlib import Path

from genmock.validators import closest

from ..clock import Clock
from .base import Bounds, Store, StoreError
from .memory import MemoryStore
from .values import store_error, without_password

SCHEMES = ("memory", "sqlite", "redis", "rediss")
EXPECTED = "memory, sqlite:///PATH, redis://HOST:PORT/DB or rediss://HOST:PORT/DB"
ADVICE = "see docs/stores.md"
WHERE = "the setting store"


def open_store(url: str, clock: Clock, bounds: Bounds) -> Store:
    """Return the store that a URL names, not opened yet.

    url: "memory", "sqlite:///relative.db", "sqlite:////absolute.db", "redis://host:port/db" or "rediss://...".
    clock: tells when an entry has expired. bounds: how much of which table is kept.

    Raises StoreError for a URL that names none, and for Redis without the extra that brings its client.
    """
    scheme = url.partition(":")[0]
    if url == "memory":
        return MemoryStore(clock, bounds)
    if scheme == "sqlite":
        from .sqlite import SqliteStore  # each is loaded where it is used: most servers keep all in memory

        return SqliteStore(_path(url), clock, bounds)
    if scheme in ("redis", "rediss"):
        try:
            from .redis import RedisStore
        except ImportError:
            raise _no_client(scheme) from None
        return RedisStore(url, clock, bounds)
    near = closest(scheme, SCHEMES)
    expected = f"{EXPECTED} (the closest is {near})" if near else EXPECTED
    raise store_error(f"there is no store {without_password(url)!r}", where=WHERE, expected=expected, advice=ADVICE)


def _path(url: str) -> Path:
    path = url.removeprefix("sqlite:///")
    if path in (url, "", ":memory:"):
        raise store_error(
            f"the store {url!r} names no file",
            where=WHERE,
            expected="sqlite:/// and a path: sqlite:///relative.db or sqlite:////absolute.db",
            advice='name a file; or use the store "memory"',
        )
    return Path(path)


def _no_client(scheme: str) -> StoreError:
    return store_error(
        f"the store {scheme}:// needs the package redis, which is not installed",
        where=WHERE,
        expected="the extra that brings it",
        advice="pip install 'genmock[redis]'",
    )
