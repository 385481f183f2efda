"""What is done in a store's SQLite file, step by step; whoever calls sees to transactions and threads."""

import sqlite3
from collections.abc import Sequence

from .base import Bound, Bounds, Delete, Entry, Put
from .values import check_number, decoded, encoded, finite

SWEPT = 1_000  # expired entries of a table that one sweep forgets at most
LIVE = "(expires_at IS NULL OR expires_at > ?)"
PUT = f"""
INSERT INTO entries (name, key, sequence, value, expires_at, due_at, used)
    VALUES (?1, ?2, (SELECT ifnull(max(last), 0) + 1 FROM held WHERE name = ?1), ?3, ?4, ?5, ?6)
ON CONFLICT (name, key) DO UPDATE SET value = excluded.value, due_at = excluded.due_at, used = excluded.used,
    sequence = CASE WHEN {LIVE.replace("?", "?7")} THEN sequence ELSE excluded.sequence END,
    expires_at = CASE WHEN ?8 AND {LIVE.replace("?", "?7")} THEN max(expires_at, excluded.expires_at)
        ELSE excluded.expires_at END
"""  # ?7: now, ?8: whether to extend; the later of a time and none is none, as `max` has it
USE = "INSERT INTO held (name, uses) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET uses = uses + 1"
ADD = "INSERT INTO numbers VALUES (?, ?, ?) ON CONFLICT (name, key) DO UPDATE SET number = excluded.number"


class Steps:
    """The steps on one connection. now: the server's time, in Unix seconds. bounds: those that hold in this store."""

    def __init__(self, connection: sqlite3.Connection, bounds: Bounds) -> None:
        self.connection = connection
        self._bounds = bounds
        self._run = connection.execute

    def get(self, table: str, key: str, now: float) -> bytes | None:
        """Return the value of an entry, or None."""
        query = f"SELECT value FROM entries WHERE name = ? AND key = ? AND {LIVE}"
        row = self._run(query, (table, encoded(key), now)).fetchone()
        return None if row is None else row[0]

    def use(self, table: str, key: str) -> None:
        """Note that an entry has just been used."""
        self._run(
            "UPDATE entries SET used = ? WHERE name = ? AND key = ?", (self._next_use(table), table, encoded(key))
        )

    def change(self, changes: Sequence[Put | Delete], now: float) -> None:
        """Make changes in order, and keep to the bounds."""
        for change in changes:
            if isinstance(change, Put):
                self._put(change, now)
            else:
                self._run("DELETE FROM entries WHERE name = ? AND key = ?", (change.table, encoded(change.key)))
        for table in {change.table for change in changes if isinstance(change, Put)} & self._bounds.keys():
            self._evict(table, self._bounds[table], now)

    def add(self, table: str, key: str, amount: int, at_most: int | None) -> int | None:
        """Add to a number and return what it is now, or None when it would exceed ``at_most``."""
        row = self._run("SELECT number FROM numbers WHERE name = ? AND key = ?", (table, encoded(key))).fetchone()
        total = check_number((row[0] if row else 0) + amount, table=table, key=key)
        if at_most is not None and total > at_most:
            return None
        if amount:
            self._run(ADD, (table, encoded(key), total))
        return total

    def newest(self, table: str, limit: int, before: int | None, now: float) -> list[Entry]:
        """Return entries, the newest key first."""
        below = "" if before is None else "AND sequence < ?"
        query = f"""SELECT sequence, key, value FROM entries WHERE name = ? AND {LIVE} {below}
            ORDER BY sequence DESC LIMIT ?"""
        values = [table, now, *([] if before is None else [before]), max(limit, 0)]
        return [Entry(sequence, decoded(key), value) for sequence, key, value in self._run(query, values)]

    def size(self, table: str, now: float) -> int:
        """Return how many entries a table has."""
        held = self._run("SELECT entries FROM held WHERE name = ?", (table,)).fetchone()
        expired = self._run("SELECT count(*) FROM entries WHERE name = ? AND expires_at <= ?", (table, now)).fetchone()
        return held[0] - expired[0] if held else 0

    def due(self, table: str, by: float, limit: int, now: float) -> list[tuple[int, bytes, bytes]]:
        """Return (sequence, key, value) of entries that are due by a time, the earliest first."""
        query = f"""SELECT sequence, key, value FROM entries WHERE name = ? AND due_at <= ? AND {LIVE}
            ORDER BY due_at, sequence LIMIT ?"""
        return self._run(query, (table, by, now, max(limit, 0))).fetchall()

    def lease(self, table: str, by: float, until: float, limit: int, now: float) -> list[Entry]:
        """Return entries that are due by a time, and make each due again at ``until``."""
        rows = self.due(table, by, limit, now)
        self.connection.executemany(
            "UPDATE entries SET due_at = ? WHERE name = ? AND key = ?",
            [(finite(until), table, key) for _, key, _ in rows],
        )
        return [Entry(sequence, decoded(key), value) for sequence, key, value in rows]

    def next_due(self, table: str, now: float) -> float | None:
        """Return when the next entry is due, or None."""
        query = f"SELECT due_at FROM entries WHERE name = ? AND due_at IS NOT NULL AND {LIVE} ORDER BY due_at LIMIT 1"
        row = self._run(query, (table, now)).fetchone()
        return None if row is None else row[0]

    def clear(self) -> None:
        """Forget everything; the triggers then find nothing to count."""
        for table in ("held", "entries", "numbers"):
            self._run(f"DELETE FROM {table}")

    def sweep(self, now: float) -> None:
        """Forget some of what has expired, in every table."""
        for (table,) in self._run("SELECT name FROM held").fetchall():
            self._run(
                """DELETE FROM entries WHERE rowid IN
                    (SELECT rowid FROM entries WHERE name = ? AND expires_at <= ? LIMIT ?)""",
                (table, now, SWEPT),
            )

    def _put(self, change: Put, now: float) -> None:
        table, key = change.table, encoded(change.key)
        expires_at, due_at = finite(change.expires_at), finite(change.due_at)
        used = self._next_use(table) if self._bounds.get(table, Bound()).recent else None
        self._run(PUT, (table, key, change.value, expires_at, due_at, used, now, change.extend))

    def _next_use(self, table: str) -> int:
        """Return the next number of a table's uses: 1 is the first."""
        self._run(USE, (table,))
        return int(self._run("SELECT uses FROM held WHERE name = ?", (table,)).fetchone()[0])

    def _evict(self, table: str, bound: Bound, now: float) -> None:
        """Delete entries until the table is within its bounds: expired ones first."""
        if self._excess(table, bound):
            self._run("DELETE FROM entries WHERE name = ? AND expires_at <= ?", (table, now))
        orders = ["used IS NOT NULL ORDER BY used", "TRUE ORDER BY sequence"][0 if bound.recent else 1 :]
        while self._excess(table, bound):
            for order in orders:
                query = (
                    f"DELETE FROM entries WHERE rowid = (SELECT rowid FROM entries WHERE name = ? AND {order} LIMIT 1)"
                )
                if self._run(query, (table,)).rowcount:
                    break

    def _excess(self, table: str, bound: Bound) -> bool:
        entries, size = self._run("SELECT entries, bytes FROM held WHERE name = ?", (table,)).fetchone()
        too_many = bound.entries is not None and entries > bound.entries
        return entries > 1 and (too_many or (bound.bytes is not None and size > bound.bytes))
