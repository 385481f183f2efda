"""The store of a server on its own: everything in this process, bounded, gone when it ends."""

from collections.abc import Sequence

from ..clock import Clock
from .base import Bound, Bounds, Delete, Entry, Put
from .table import Table
from .values import check_number, finite


class MemoryStore:
    """A store in memory. Its methods never suspend, so each is one step for every other task of the loop."""

    def __init__(self, clock: Clock, bounds: Bounds) -> None:
        self._clock = clock
        self._bounds = bounds
        self._tables: dict[str, Table] = {}
        self._numbers: dict[tuple[str, str], int] = {}

    async def open(self) -> None:
        """Do nothing: memory is always ready."""

    async def close(self) -> None:
        """Do nothing: what was written goes with the store."""

    async def get(self, table: str, key: str) -> bytes | None:
        """Return the value of an entry, or None."""
        found = self._tables.get(table)
        if found is None or key not in found.rows:  # nothing has run out of what is not there
            return None
        return self._table(table).get(key)

    async def write(self, *changes: Put | Delete) -> None:
        """Make the changes in order, all or none."""
        now, written = self._clock.now(), dict[str, Table]()
        for change in changes:
            table = written.get(change.table)
            if table is None:
                table = written[change.table] = self._table(change.table, now)
            if isinstance(change, Put):
                table.put(change)
                if change.expires_at is not None and change.expires_at <= now:
                    table.sweep(now)
            else:
                table.drop(change.key)
        for table in written.values():
            table.settle()

    async def insert(self, first: Put, *rest: Put) -> bool:
        """Write all of them and return True; write nothing and return False when the first one's key is there."""
        if first.key in self._table(first.table).rows:
            return False
        await self.write(first, *rest)
        return True

    async def add(self, table: str, key: str, amount: int, *, at_most: int | None = None) -> int | None:
        """Add to a number and return what it is now, or leave it and return None when it would exceed ``at_most``.

        Raises StoreError when the sum has more than 64 bits.
        """
        total = check_number(self._numbers.get((table, key), 0) + amount, table=table, key=key)
        if at_most is not None and total > at_most:
            return None
        if amount:
            self._numbers[table, key] = total
        return total

    async def newest(self, table: str, *, limit: int, before: int | None = None) -> Sequence[Entry]:
        """Return entries, the newest key first. before: only those with a lower sequence."""
        return self._table(table).newest(limit, before)

    async def size(self, table: str) -> int:
        """Return how many entries a table has."""
        return len(self._table(table).rows) if table in self._tables else 0

    async def take(self, table: str, *, now: float, until: float, limit: int) -> Sequence[Entry]:
        """Return entries that are due by ``now``, the earliest first, and make each due again at ``until``."""
        return self._table(table).take(now, finite(until), limit)

    async def next_due(self, table: str) -> float | None:
        """Return when the next entry is due, or None when none ever is."""
        return self._table(table).next_due()

    async def clear(self) -> None:
        """Forget everything, in every table."""
        self._tables.clear()
        self._numbers.clear()

    def _table(self, name: str, now: float | None = None) -> Table:
        """Return a table, without the entries whose time has run out."""
        table = self._tables.get(name)
        if table is None:
            table = self._tables[name] = Table(self._bounds.get(name, Bound()))
        now = self._clock.now() if now is None else now
        if now >= table.expiry.next_at:
            table.sweep(now)
        return table
