"""What a store is: tables of bytes by key, written all or nothing. Everything that a server remembers is in one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class StoreError(Exception):
    """A store cannot be used. The text says which, why, and what to do next."""


class Put(NamedTuple):
    """An entry to write, in place of one with the same key; its place in the order of entries stays then.

    expires_at: Unix seconds by the server's clock from which on it is gone; None: never.
    due_at: Unix seconds from which on ``take`` gives it out; None: it does not.
    extend: an entry that is there keeps the later ``expires_at`` of the two.
    """

    table: str
    key: str
    value: bytes
    expires_at: float | None = None
    due_at: float | None = None
    extend: bool = False


class Delete(NamedTuple):
    """An entry to forget; one that is not there is no error."""

    table: str
    key: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is listed. sequence: grows with each new key of its table, and never changes for one."""

    sequence: int
    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Bound:
    """How much of a table is kept: at most so many entries and bytes of values (None: any number).

    The oldest go first; with ``recent`` those whose last ``get`` or ``put`` is longest ago. The newest entry always
    stays. durable: the bound also holds in stores that outlive the server; else it is the memory store's alone.
    """

    entries: int | None = None
    bytes: int | None = None
    recent: bool = False
    durable: bool = False


Bounds = Mapping[str, Bound]


class Store(Protocol):
    """Tables of bytes by key. Every method may be called from any task of one event loop at a time.

    Changes of one call are made all or none, and whoever reads afterwards, in whichever process, sees them. An entry
    whose time has run out is not there for any method. Raises StoreError when the store cannot be reached.
    """

    async def open(self) -> None:
        """Make the store ready, so that a mistake shows at the start. Raises StoreError. Calling it twice is fine."""
        ...

    async def close(self) -> None:
        """Let go of files and connections. What was written stays, except in memory."""
        ...

    async def get(self, table: str, key: str) -> bytes | None:
        """Return the value of an entry, or None."""
        ...

    async def write(self, *changes: Put | Delete) -> None:
        """Make the changes in order, all or none."""
        ...

    async def insert(self, first: Put, *rest: Put) -> bool:
        """Write all of them and return True; write nothing and return False when the first one's key is there."""
        ...

    async def add(self, table: str, key: str, amount: int, *, at_most: int | None = None) -> int | None:
        """Add to a number and return what it is now; leave it and return None when it would exceed ``at_most``.

        A number that was never added to is 0. Numbers have 64 bits and are read by ``add(table, key, 0)``; they are
        apart from entries: ``get`` and ``newest`` do not show them, only ``clear`` forgets them.
        """
        ...

    async def newest(self, table: str, *, limit: int, before: int | None = None) -> Sequence[Entry]:
        """Return entries, the newest key first. before: only those with a lower sequence, to turn the page."""
        ...

    async def size(self, table: str) -> int:
        """Return how many entries a table has."""
        ...

    async def take(self, table: str, *, now: float, until: float, limit: int) -> Sequence[Entry]:
        """Return entries that are due by ``now``, the earliest first, and make each due again at ``until``.

        No two calls, in whichever process, get the same entry before ``until``: that is the lease of whoever took it.
        """
        ...

    async def next_due(self, table: str) -> float | None:
        """Return when the next entry is due, or None when none ever is."""
        ...

    async def clear(self) -> None:
        """Forget everything, in every table."""
        ...
