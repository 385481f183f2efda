"""A table of the store in memory: its entries, their order, and who is next to expire, to be due, to be dropped."""

from bisect import bisect_left
from collections import OrderedDict
from heapq import heapify, heappop, heappush

from .base import Bound, Entry, Put
from .values import finite

Row = tuple[int, bytes, float | None, float | None]  # sequence, value, expires_at, due_at: less memory than a class


class Table:
    """One table, within its bound.

    Its lists and heaps still name entries that have gone, until those are most of them: the row tells.

    rows: by key. _sequences, _keys: side by side in the order of sequences, from ``_first`` on.
    """

    def __init__(self, bound: Bound) -> None:
        self.rows: dict[str, Row] = {}
        self._bound = bound
        self._bytes = 0
        self._last = 0
        self._sequences: list[int] = []
        self._keys: list[str] = []
        self._first = 0
        self._used: OrderedDict[str, None] | None = OrderedDict() if bound.recent else None
        self._expiring: list[tuple[float, str]] = []
        self._due: list[tuple[float, int, str]] = []

    def get(self, key: str) -> bytes | None:
        """Return the value of an entry, or None."""
        row = self.rows.get(key)
        if row is None:
            return None
        if self._used is not None:
            self._used.move_to_end(key)
        return row[1]

    def put(self, change: Put) -> None:
        """Write an entry, without a look at the bounds."""
        key, expires_at, due_at = change.key, finite(change.expires_at), finite(change.due_at)
        old = self.rows.get(key)
        if old is None:
            sequence = self._append(key)
        else:
            sequence = old[0]
            self._bytes -= len(old[1])
            if change.extend:
                expires_at = None if None in (expires_at, old[2]) else max(expires_at or 0.0, old[2] or 0.0)
        value = bytes(memoryview(change.value))  # a copy: orjson's own bytes hold on to 4 KB however short they are
        self.rows[key] = (sequence, value, expires_at, due_at)
        self._bytes += len(change.value)
        if expires_at is not None and (old is None or old[2] != expires_at):
            heappush(self._expiring, (expires_at, key))
        if due_at is not None and (old is None or old[3] != due_at):
            heappush(self._due, (due_at, sequence, key))
        if self._used is not None:
            self._used[key] = None
            self._used.move_to_end(key)
        self._compact()

    def drop(self, key: str) -> None:
        """Forget an entry that may not be there."""
        row = self.rows.pop(key, None)
        if row is not None:
            self._bytes -= len(row[1])
            if self._used is not None:
                del self._used[key]

    def evict(self) -> None:
        """Drop entries until the table is within its bounds."""
        most = len(self.rows) if self._bound.entries is None else self._bound.entries
        most_bytes = self._bytes if self._bound.bytes is None else self._bound.bytes
        while len(self.rows) > 1 and (len(self.rows) > most or self._bytes > most_bytes):
            self.drop(self._oldest() if self._used is None else next(iter(self._used)))

    def sweep(self, now: float) -> None:
        """Drop the entries whose time has run out."""
        while self._expiring and self._expiring[0][0] <= now:
            key = heappop(self._expiring)[1]
            row = self.rows.get(key)
            if row is not None and row[2] is not None and row[2] <= now:
                self.drop(key)

    def newest(self, limit: int, before: int | None) -> list[Entry]:
        """Return entries, the newest key first."""
        found: list[Entry] = []
        index = len(self._sequences) if before is None else bisect_left(self._sequences, before)
        while index > self._first and len(found) < limit:
            index -= 1
            key = self._keys[index]
            row = self.rows.get(key)
            if row is not None and row[0] == self._sequences[index]:
                found.append(Entry(row[0], key, row[1]))
        return found

    def take(self, now: float, until: float | None, limit: int) -> list[Entry]:
        """Return entries that are due, the earliest first, and make each due again at ``until``."""
        taken: dict[str, Entry] = {}
        while len(taken) < limit and (due_at := self.next_due()) is not None and due_at <= now:
            _, sequence, key = heappop(self._due)
            if key not in taken:
                value, expires_at = self.rows[key][1:3]
                taken[key] = Entry(sequence, key, value)
                self.rows[key] = (sequence, value, expires_at, until)
        if until is not None:
            for key, entry in taken.items():
                heappush(self._due, (until, entry.sequence, key))
        return list(taken.values())

    def next_due(self) -> float | None:
        """Return when the next entry is due, or None when none ever is."""
        while self._due:
            due_at, sequence, key = self._due[0]
            row = self.rows.get(key)
            if row is not None and row[0] == sequence and row[3] == due_at:
                return due_at
            heappop(self._due)
        return None

    def _append(self, key: str) -> int:
        self._last += 1
        self._sequences.append(self._last)
        self._keys.append(key)
        return self._last

    def _oldest(self) -> str:
        """Return the key with the lowest sequence."""
        while True:
            key = self._keys[self._first]
            row = self.rows.get(key)
            if row is not None and row[0] == self._sequences[self._first]:
                return key
            self._first += 1

    def _compact(self) -> None:
        """Leave out what has gone where it is more than half, so that each change pays for it only once."""
        most = 2 * len(self.rows) + 64
        if len(self._keys) > most:
            self._first = 0
            self._keys = list(self.rows)  # a dict keeps its keys in the order in which they came
            self._sequences = [row[0] for row in self.rows.values()]
        if len(self._expiring) > most:
            self._expiring = [(row[2], key) for key, row in self.rows.items() if row[2] is not None]
            heapify(self._expiring)
        if len(self._due) > most:
            self._due = [(row[3], row[0], key) for key, row in self.rows.items() if row[3] is not None]
            heapify(self._due)
