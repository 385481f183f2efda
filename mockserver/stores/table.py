"""A table of the store in memory: its entries, their order, and who is next to expire, to be due, to be dropped."""

from collections import OrderedDict
from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from struct import Struct

from .base import Bound, Entry, Put
from .expiry import Expiry

NEVER = float("inf")
HEADER = Struct("<qdd")  # sequence, expires_at, due_at (NEVER: none), before the value
SIZE = HEADER.size
pack, unpack = HEADER.pack, HEADER.unpack_from


class Table:
    """One table, within its bound.

    rows: header and value by key. _keys: by sequence, in order. Both are dicts of texts, bytes and numbers alone, which
    Python's garbage collector does not walk through, however many there are.
    """

    def __init__(self, bound: Bound) -> None:
        self.rows: dict[str, bytes] = {}
        self._bound = bound
        self._bytes = 0
        self._first, self._last = 1, 0  # no entry has a sequence below the one, or above the other
        self._keys: dict[int, str] = {}
        self._used: OrderedDict[str, None] | None = OrderedDict() if bound.recent else None
        self.expiry = Expiry(self._is_noted)
        self._due: list[tuple[float, int, str]] = []

    def get(self, key: str) -> bytes | None:
        """Return the value of an entry, or None."""
        row = self.rows.get(key)
        if row is None:
            return None
        if self._used is not None:
            self._used.move_to_end(key)
        return row[SIZE:]

    def put(self, change: Put) -> None:
        """Write an entry, without a look at the bounds."""
        key, value = change.key, change.value
        expires_at = NEVER if change.expires_at is None else change.expires_at
        due_at = NEVER if change.due_at is None else change.due_at
        old = self.rows.get(key)
        if old is None:
            sequence = self._last = self._last + 1
            self._keys[sequence] = key
            old_expires_at = old_due_at = NEVER
        else:
            sequence, old_expires_at, old_due_at = unpack(old)
            self._bytes -= len(old) - SIZE
            if change.extend:
                expires_at = max(expires_at, old_expires_at)
        self.rows[key] = pack(sequence, expires_at, due_at) + value
        self._bytes += len(value)
        if expires_at not in (NEVER, old_expires_at):
            self.expiry.note(sequence, expires_at)
        if due_at not in (NEVER, old_due_at):
            heappush(self._due, (due_at, sequence, key))
        if self._used is not None:
            self._used[key] = None
            self._used.move_to_end(key)

    def drop(self, key: str) -> None:
        """Forget an entry that may not be there."""
        row = self.rows.pop(key, None)
        if row is not None:
            del self._keys[unpack(row)[0]]
            self._bytes -= len(row) - SIZE
            if self._used is not None:
                del self._used[key]

    def settle(self) -> None:
        """Drop entries until the table is within its bounds, and what still names some that have gone."""
        most, most_bytes = self._bound.entries, self._bound.bytes
        while len(self.rows) > 1 and (
            (most is not None and len(self.rows) > most) or (most_bytes is not None and self._bytes > most_bytes)
        ):
            self.drop(self._oldest() if self._used is None else next(iter(self._used)))
        self.expiry.tidy(len(self.rows))
        if len(self._due) > 2 * len(self.rows) + 64:
            rows = ((key, *unpack(row)) for key, row in self.rows.items())
            self._due = [(due_at, sequence, key) for key, sequence, _, due_at in rows if due_at != NEVER]
            heapify(self._due)

    def sweep(self, now: float) -> None:
        """Drop the entries whose time has run out; none has before ``expiry.next_at``."""
        for sequence, at in self.expiry.expired(now):
            if self._is_noted(sequence, at):
                self.drop(self._keys[sequence])

    def newest(self, limit: int, before: int | None) -> list[Entry]:
        """Return entries, the newest key first."""
        found: list[Entry] = []
        for sequence in self._downwards(self._last if before is None else min(before - 1, self._last)):
            if len(found) >= limit:
                break
            key = self._keys.get(sequence)
            if key is not None:
                found.append(Entry(sequence, key, self.rows[key][SIZE:]))
        return found

    def take(self, now: float, until: float | None, limit: int) -> list[Entry]:
        """Return entries that are due, the earliest first, and make each due again at ``until``."""
        taken: dict[str, Entry] = {}
        while len(taken) < limit and (due_at := self.next_due()) is not None and due_at <= now:
            _, sequence, key = heappop(self._due)
            if key not in taken:
                row = self.rows[key]
                taken[key] = Entry(sequence, key, row[SIZE:])
                again = NEVER if until is None else until
                self.rows[key] = pack(sequence, unpack(row)[1], again) + row[SIZE:]
        if until is not None:
            for key, entry in taken.items():
                heappush(self._due, (until, entry.sequence, key))
        return list(taken.values())

    def next_due(self) -> float | None:
        """Return when the next entry is due, or None when none ever is."""
        while self._due:
            due_at, sequence, key = self._due[0]
            row = self.rows.get(key)
            if row is not None and unpack(row)[::2] == (sequence, due_at):
                return due_at
            heappop(self._due)
        return None

    def _is_noted(self, sequence: int, at: float) -> bool:
        key = self._keys.get(sequence)
        return key is not None and unpack(self.rows[key])[1] == at

    def _oldest(self) -> str:
        """Return the key with the lowest sequence."""
        while self._first not in self._keys:  # a dict looks from its start each time, and what has gone is there
            self._first += 1
        return self._keys[self._first]

    def _downwards(self, top: int) -> Iterable[int]:
        """Return the sequences from ``top`` down, with some that have gone where those are not most of all."""
        if top - self._first < 4 * len(self._keys):
            return range(top, self._first - 1, -1)
        return reversed([sequence for sequence in self._keys if sequence <= top])
