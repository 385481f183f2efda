"""The store in a Redis or Valkey server, which any number of servers share. Its steps are in ``redis.lua``."""

import struct
from asyncio import AbstractEventLoop, get_running_loop
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from weakref import WeakKeyDictionary

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from ..clock import Clock, RealClock
from .base import Bound, Bounds, Delete, Entry, Put, StoreError
from .redis_url import Server, server_of, unusable
from .values import check_number, decoded, encoded, finite, too_long

LUA = (files(__package__ or __name__) / "redis.lua").read_text(encoding="utf-8")
HEADER = struct.Struct(">dd")  # sequence and expiry, before the value
CONNECTIONS = 32
CONNECT_S, ANSWER_S = 5.0, 20.0  # how long to wait for the server
Argument = bytes | str | int | float


@dataclass(frozen=True, slots=True)
class _Link:
    """A client of one event loop. ending: closes it when the loop shuts its asynchronous generators down."""

    client: Redis
    script: AsyncScript
    ending: AsyncGenerator[None, None]


class RedisStore:
    """A store in a server. Connections are made when they are needed, and again in each event loop and after a loss."""

    def __init__(self, url: str, clock: Clock, bounds: Bounds) -> None:
        self._server = server_of(url)
        self._clock = clock
        self._real = "real" if isinstance(clock, RealClock) else ""  # a virtual clock is not the server's
        self._bounds = {table: bound for table, bound in bounds.items() if bound.durable}
        self._links: WeakKeyDictionary[AbstractEventLoop, _Link] = WeakKeyDictionary()

    async def open(self) -> None:
        """Make sure that the server answers, and may be used. Raises StoreError."""
        await self.size("")

    async def close(self) -> None:
        """Let go of the connections of this event loop. What was written stays."""
        link = self._links.pop(get_running_loop(), None)
        if link is not None:
            await link.ending.aclose()

    async def get(self, table: str, key: str) -> bytes | None:
        """Return the value of an entry, or None."""
        bound = self._bounds.get(table)
        if bound is not None and bound.recent:
            value: bytes | None = await self._step("get", table, encoded(key))
            return value
        packed = await self._get(f"{self._server.prefix}entry:{table}:".encode() + encoded(key))
        if packed is None or HEADER.unpack_from(packed)[1] <= self._clock.now():
            return None
        return packed[HEADER.size :]

    async def write(self, *changes: Put | Delete) -> None:
        """Make the changes in order, all or none."""
        if changes:
            await self._step("write", self._real, *self._arguments(changes))

    async def insert(self, first: Put, *rest: Put) -> bool:
        """Write all of them and return True; write nothing and return False when the first one's key is there."""
        return bool(await self._step("insert", self._real, *self._arguments((first, *rest))))

    async def add(self, table: str, key: str, amount: int, *, at_most: int | None = None) -> int | None:
        """Add to a number and return what it is now, or leave it and return None when it would exceed ``at_most``.

        Raises StoreError when the sum has more than 64 bits.
        """
        check_number(amount, table=table, key=key)
        most = "" if at_most is None else str(at_most)
        try:
            total = await self._step("add", f"{table}:".encode() + encoded(key), str(amount), most)
        except StoreError as error:
            raise (too_long(table, key) if "overflow" in str(error) else error) from None
        return None if total is None else int(total)

    async def newest(self, table: str, *, limit: int, before: int | None = None) -> Sequence[Entry]:
        """Return entries, the newest key first. before: only those with a lower sequence."""
        return _entries(await self._step("newest", table, limit, "" if before is None else before))

    async def size(self, table: str) -> int:
        """Return how many entries a table has."""
        return int(await self._step("size", table))

    async def take(self, table: str, *, now: float, until: float, limit: int) -> Sequence[Entry]:
        """Return entries that are due by ``now``, the earliest first, and make each due again at ``until``."""
        return _entries(await self._step("take", table, now, _text(until), limit))

    async def next_due(self, table: str) -> float | None:
        """Return when the next entry is due, or None when none ever is."""
        due_at = await self._step("next_due", table)
        return None if due_at is None else float(due_at)

    async def clear(self) -> None:
        """Forget everything, in every table."""
        await self._step("clear")

    def _arguments(self, changes: Sequence[Put | Delete]) -> list[Argument]:
        """Return the changes as the script takes them, ten arguments each."""
        arguments: list[Argument] = []
        for change in changes:
            key = encoded(change.key)
            if isinstance(change, Put):
                bound = self._bounds.get(change.table, Bound())
                times = _text(change.expires_at), _text(change.due_at), "extend" if change.extend else ""
                most = _text(bound.entries), _text(bound.bytes), "recent" if bound.recent else ""
                arguments += ["put", change.table, key, change.value, *times, *most]
            else:
                arguments += ["delete", change.table, key, *[""] * 7]
        return arguments

    async def _step(self, name: str, *arguments: Argument) -> Any:  # noqa: ANN401 - what the step answers
        try:
            link = await self._link()
            return await link.script([self._server.prefix], [name, self._clock.now(), *arguments])
        except (RedisError, OSError) as error:
            raise unusable(self._server, error) from None

    async def _get(self, name: bytes) -> bytes | None:
        try:
            link = await self._link()
            value: bytes | None = await link.client.get(name)
            return value
        except (RedisError, OSError) as error:
            raise unusable(self._server, error) from None

    async def _link(self) -> _Link:
        """Return the client of the running event loop: connections do not outlive the loop that made them."""
        loop = get_running_loop()
        link = self._links.get(loop)
        if link is None:
            link = self._links[loop] = _link_to(self._server)
            await anext(link.ending)
        return link


def _link_to(server: Server) -> _Link:
    """Return a new client.

    It tries nothing twice, since what was sent may have been done: a number would be added to again. A connection that
    was lost is noticed before it is used again.
    """
    pool = BlockingConnectionPool.from_url(
        server.url,
        max_connections=CONNECTIONS,
        timeout=ANSWER_S,
        socket_connect_timeout=CONNECT_S,
        socket_timeout=ANSWER_S,
        retry=Retry(NoBackoff(), 0),
    )
    client = Redis.from_pool(pool)
    return _Link(client, client.register_script(LUA), _closing(client))


async def _closing(client: Redis) -> AsyncGenerator[None, None]:
    """Close a client when this generator is closed: by the store, or else by ``asyncio.run`` at the end of its loop."""
    try:
        yield
    finally:
        await client.aclose()


def _text(value: float | None) -> str:
    """Return a time or a bound as the script takes it."""
    return "" if value is None or finite(value) is None else repr(value)


def _entries(flat: Sequence[bytes]) -> list[Entry]:
    """Return the entries of an answer: sequence, key, value, sequence, key, value, ..."""
    rows = zip(flat[::3], flat[1::3], flat[2::3], strict=True)
    return [Entry(int(sequence), decoded(key), value) for sequence, key, value in rows]
