"""When the entries of a table in memory expire: exact, and the same work for a million entries as for a thousand."""

from array import array
from collections.abc import Callable, Iterator
from heapq import heapify, heappop, heappush

WIDTH_S = 64.0  # of the spans of time that what expires later is put by

AT_ONCE = 64  # notes and spans that one change looks at, unless a span has more

IsNoted = Callable[[int, float], bool]  # whether the entry with that sequence still expires then


class Expiry:
    """Notes of (sequence, time). What expires soon is in a heap, the rest in an array of numbers for each span of time.

    Arrays, because Python's garbage collector walks through a list of a million tuples again and again, for a second
    each time, while every request waits; it does not look into arrays. is_noted: tells notes of entries that have gone.
    """

    def __init__(self, is_noted: IsNoted) -> None:
        self._is_noted = is_noted
        self._soon: list[tuple[float, int]] = []
        self._spans: dict[int, array[float]] = {}  # time, sequence, time, sequence, ...
        self._order: list[int] = []  # a heap of the spans
        self._begun = -1  # the latest span whose notes are in `_soon`
        self._count = 0
        self.next_at = float("inf")  # nothing expires before that

    def note(self, sequence: int, at: float) -> None:
        """Note when an entry expires."""
        span = int(at // WIDTH_S)
        self._count += 1
        if span <= self._begun:
            heappush(self._soon, (at, sequence))
            self.next_at = min(self.next_at, at)
            return
        notes = self._spans.get(span)
        if notes is None:
            notes = self._spans[span] = array("d")
            heappush(self._order, span)
            self.next_at = min(self.next_at, span * WIDTH_S)
        notes.append(at)
        notes.append(sequence)  # exact: below 2**53

    def expired(self, now: float) -> Iterator[tuple[int, float]]:
        """Yield the notes whose time has come, and forget them."""
        while self._order and self._order[0] * WIDTH_S <= now:
            self._begun = heappop(self._order)
            self._soon += _pairs(self._spans.pop(self._begun, array("d")))
            heapify(self._soon)
        while self._soon and self._soon[0][0] <= now:
            at, sequence = heappop(self._soon)
            self._count -= 1
            yield sequence, at
        later = [self._soon[0][0]] if self._soon else []
        self.next_at = min([*later, self._order[0] * WIDTH_S] if self._order else later, default=float("inf"))

    def tidy(self, live: int) -> None:
        """Forget some notes of entries that have gone, once those are most of all. live: how many entries there are.

        A few at a time, those that were looked at longest ago first, so that no request waits for all of them.
        """
        looked_at = 0
        while self._spans and looked_at < AT_ONCE and self._count > 2 * live + 64:
            looked_at += 1 + self._tidy_span(next(iter(self._spans)))
        if len(self._soon) > 2 * live + 64:
            before = len(self._soon)
            self._soon = [(at, each) for at, each in self._soon if self._is_noted(each, at)]
            heapify(self._soon)
            self._count -= before - len(self._soon)

    def _tidy_span(self, span: int) -> int:
        """Forget the notes of a span whose entries have gone, and return how many notes it had."""
        notes = self._spans.pop(span)
        kept = array("d", (number for at, each in _pairs(notes) if self._is_noted(each, at) for number in (at, each)))
        if kept:
            self._spans[span] = kept  # the last in turn
        self._count -= (len(notes) - len(kept)) // 2
        return len(notes) // 2


def _pairs(notes: "array[float]") -> Iterator[tuple[float, int]]:
    return ((at, int(sequence)) for at, sequence in zip(notes[::2], notes[1::2], strict=True))
