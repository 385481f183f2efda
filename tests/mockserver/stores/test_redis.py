"""The Redis store: servers that cannot be used, connections that are lost, and what it leaves behind."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis

from genmock.mockserver.clock import RealClock, VirtualClock
from genmock.mockserver.stores import Bound, Delete, Put, Store, StoreError, open_store

Result = TypeVar("Result")
ALL_BOUNDS = {"contents": Bound(entries=9, bytes=99, recent=True, durable=True)}
SERVER = "a server of Redis 7 or newer, or of Valkey, that answers there and lets itself be written"
ADVICE = "start one; or see to the address, the user and the password in the setting store"


def _run(port: int, work: Callable[[Redis], Awaitable[Result]]) -> Result:
    async def whole() -> Result:
        async with Redis(port=port) as client:
            return await work(client)

    return asyncio.run(whole())


def _refusal(url: str) -> str:
    store = open_store(url, VirtualClock(), {})

    async def work() -> str:
        with pytest.raises(StoreError) as caught:
            await store.open()
        await store.close()
        return str(caught.value)

    return asyncio.run(work())


def test_a_server_that_does_not_answer_is_told_without_the_password() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # held, and so nobody else's, but not listening
        port = held.getsockname()[1]
        told = _refusal(f"redis://someone:secret@127.0.0.1:{port}/3")
    what, where, expected, advice = (line for line in told.splitlines() if line)
    assert what.startswith("cannot use the store: Error ") and "secret" not in told
    assert where == f"  where     redis://127.0.0.1:{port}/3"
    assert (expected, advice) == (f"  expected  {SERVER}", f"  next      {ADVICE}")


def test_a_wrong_password_is_told_without_it(redis_port: int) -> None:
    assert _refusal(f"redis://someone:secret@127.0.0.1:{redis_port}") == (
        "cannot use the store: invalid username-password pair or user is disabled.\n\n"
        f"  where     redis://127.0.0.1:{redis_port}/0\n  expected  {SERVER}\n  next      {ADVICE}"
    )


def test_connections_that_were_lost_are_made_again(redis_port: int) -> None:
    async def work(client: Redis) -> tuple[bytes | None, int]:
        store = open_store(f"redis://127.0.0.1:{redis_port}?prefix=lost:", VirtualClock(), {})
        await store.write(Put("tasks", "a", b"1"))
        await client.client_kill_filter(_type="normal", skipme=True)
        await asyncio.sleep(0)  # the loop hears of it
        found = await store.get("tasks", "a"), await store.size("tasks")
        await store.close()
        return found

    assert _run(redis_port, work) == (b"1", 1)


def test_worlds_with_prefixes_of_their_own_do_not_meet(redis_port: int) -> None:
    async def work(client: Redis) -> tuple[bytes | None, int]:
        one, other = (
            open_store(f"redis://127.0.0.1:{redis_port}?prefix={name}", VirtualClock(), {}) for name in ("one:", "two:")
        )
        await one.write(Put("tasks", "a", b"1"))
        await other.write(Put("tasks", "b", b"1"))
        await other.clear()
        found = await other.get("tasks", "a"), await one.size("tasks")
        await one.close()
        await other.close()
        return found

    assert _run(redis_port, work) == (None, 1)


def test_the_server_forgets_what_expired_by_the_real_clock_by_itself(redis_port: int) -> None:
    now = RealClock().now()

    async def work(client: Redis) -> list[float]:
        store = open_store(f"redis://127.0.0.1:{redis_port}?prefix=real:", RealClock(), {})
        await store.write(Put("tasks", "a", b"", expires_at=now + 100), Put("tasks", "b", b""))
        await store.close()
        return [await client.ttl(f"real:entry:tasks:{key}") for key in "ab"]

    timed, ever = _run(redis_port, work)
    assert 100 < timed <= 160 and ever == -1


def test_the_server_does_not_expire_by_a_virtual_clock(redis_port: int) -> None:
    async def work(client: Redis) -> int:
        clock = VirtualClock(start=1_000.0)
        store = open_store(f"redis://127.0.0.1:{redis_port}?prefix=virtual:", clock, {})
        await store.write(Put("tasks", "a", b"", expires_at=2_000.0))
        await store.close()
        ttl: int = await client.ttl("virtual:entry:tasks:a")
        return ttl

    assert _run(redis_port, work) == -1


@pytest.mark.parametrize("emptied", [True, False], ids=["cleared", "deleted"])
def test_nothing_is_left_of_what_was_forgotten(backend_on_redis: Any, redis_port: int, emptied: bool) -> None:
    async def work(store: Store) -> None:
        for key in "abc":
            await store.write(Put("contents", key, b"123", expires_at=2e9, due_at=1e9), Put("tasks", key, b""))
        await store.add("accounts", "a", 1)
        if emptied:
            await store.clear()
        else:
            await store.write(*(Delete(table, key) for table in ("contents", "tasks") for key in "abc"))

    backend_on_redis.run(work, ALL_BOUNDS)
    prefix = urlsplit(backend_on_redis.url).query.removeprefix("prefix=")
    left = _run(redis_port, lambda client: client.keys(f"{prefix}*"))
    counters = {f"{prefix}{name}".encode() for name in ("last", "uses", "bytes", "numbers")}
    assert set(left) == (set() if emptied else counters)
