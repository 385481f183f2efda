"""Which store a URL names, and what is said of one that names none."""

import subprocess
import sys
from pathlib import Path

import pytest

from genmock.mockserver.clock import VirtualClock
from genmock.mockserver.stores import MemoryStore, StoreError, open_store

ALL = "memory, sqlite:///PATH, redis://HOST:PORT/DB or rediss://HOST:PORT/DB"


def _refusal(url: str) -> str:
    with pytest.raises(StoreError) as caught:
        open_store(url, VirtualClock(), {})
    return str(caught.value)


def _message(what: str, expected: str, advice: str = "see docs/stores.md") -> str:
    return f"{what}\n\n  where     the setting store\n  expected  {expected}\n  next      {advice}"


def test_memory_is_a_store() -> None:
    assert isinstance(open_store("memory", VirtualClock(), {}), MemoryStore)


def test_a_scheme_that_is_close_to_one_is_told_which() -> None:
    assert _refusal("sqllite:///a.db") == _message(
        "there is no store 'sqllite:///a.db'", f"{ALL} (the closest is sqlite)"
    )


@pytest.mark.parametrize(("url", "shown"), [("", "''"), ("postgresql://u:secret@h/db", "'postgresql://h/db'")])
def test_an_unknown_scheme_is_told_without_its_password(url: str, shown: str) -> None:
    assert _refusal(url) == _message(f"there is no store {shown}", ALL)


@pytest.mark.parametrize("url", ["sqlite", "sqlite:", "sqlite://", "sqlite:///", "sqlite://a.db", "sqlite:///:memory:"])
def test_sqlite_needs_a_path(url: str) -> None:
    assert _refusal(url) == _message(
        f"the store {url!r} names no file",
        "sqlite:/// and a path: sqlite:///relative.db or sqlite:////absolute.db",
        'name a file; or use the store "memory"',
    )


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("redis://", "'redis://' names no server: it has no host"),
        (
            "redis://:secret@host:port",
            "'redis://host:port' names no server: Port could not be cast to integer value as 'port'",
        ),
        ("rediss://host/first", "'rediss://host/first' names no server: 'first' is no number of a database"),
    ],
)
def test_redis_needs_a_host_and_the_number_of_a_database(url: str, why: str) -> None:
    expected = "redis://HOST:PORT/DB or rediss://HOST:PORT/DB, with ?prefix=... to keep several worlds apart"
    assert _refusal(url) == _message(f"the store {why}", expected)


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_redis_needs_its_extra(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "genmock.mockserver.stores.redis", raising=False)
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    assert _refusal(f"{scheme}://localhost") == _message(
        f"the store {scheme}:// needs the package redis, which is not installed",
        "the extra that brings it",
        "pip install 'genmock[redis]'",
    )


def test_a_store_in_memory_loads_neither_of_the_others(tmp_path: Path) -> None:
    code = """
import sys
from genmock.mockserver.clock import VirtualClock
from genmock.mockserver.stores import open_store
open_store("memory", VirtualClock(), {})
print(*sorted({"sqlite3", "redis"} & set(sys.modules)))
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert told.stdout.strip() == ""
