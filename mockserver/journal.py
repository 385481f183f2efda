"""The journal: every exchange, however it ended. In memory, bounded."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .exchange import Exchange, cut_down


@dataclass(frozen=True, slots=True)
class Filter:
    """Which exchanges are wanted; None: whatever it is. The filters of tasks are met by one task together."""

    task_uuid: str | None = None
    task_type: str | None = None
    status: int | None = None

    def fits(self, status: int, tasks: Iterable[tuple[str, str]]) -> bool:
        """Return whether an exchange is wanted. status: of its reply. tasks: the taskUUID and type of each."""
        if self.status is not None and status != self.status:
            return False
        if self.task_uuid is None and self.task_type is None:
            return True
        return any(
            (self.task_uuid is None or uuid.lower() == self.task_uuid.lower())
            and (self.task_type is None or kind == self.task_type)
            for uuid, kind in tasks
        )


class Opening:
    """What every journal does alike: it opens exchanges, and numbers them in the order in which they come."""

    _opened = 0

    def open(
        self,
        *,
        method: str,
        path: str,
        headers: Mapping[str, str],
        started_at: float,
        client: str = "",
        provider: str = "",
    ) -> Exchange:
        """Return a new exchange, not yet in the journal: it is added when it is closed."""
        self._opened += 1
        return Exchange(self._opened, started_at, method, path, headers, client, provider)


class Journal(Opening):
    """The newest exchanges, oldest first. limit: how many are kept."""

    def __init__(self, limit: int) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=limit)

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange that has ended."""
        self._exchanges.append(cut_down(exchange))

    def __len__(self) -> int:
        return len(self._exchanges)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(tuple(self._exchanges))

    def get(self, number: int) -> Exchange | None:
        """Return the exchange with that id, or None when it is gone or never was."""
        return next((exchange for exchange in self._exchanges if exchange.id == number), None)

    def find(
        self, *, task_uuid: str | None = None, task_type: str | None = None, status: int | None = None
    ) -> Iterable[Exchange]:
        """Yield the exchanges that match every filter given."""
        return self._fitting(Filter(task_uuid, task_type, status))

    def clear(self) -> int:
        """Forget every exchange and return how many there were; numbering goes on."""
        count = len(self._exchanges)
        self._exchanges.clear()
        return count

    async def record(self, exchange: Exchange) -> None:
        """Keep an exchange that has ended."""
        self.add(exchange)

    async def page(self, wanted: Filter, *, before: int | None, limit: int) -> tuple[int, list[dict[str, Any]]]:
        """Return how many exchanges fit a filter and have an id below ``before``, and the newest of them as JSON."""
        fitting = [exchange for exchange in self._fitting(wanted) if before is None or exchange.id < before]
        fitting.sort(key=lambda exchange: exchange.id, reverse=True)  # the journal has them in the order of their ends
        return len(fitting), [exchange.as_json() for exchange in fitting[:limit]]

    async def told(self, number: int) -> dict[str, Any] | None:
        """Return the exchange with that id as JSON, or None when it is gone or never was."""
        exchange = self.get(number)
        return exchange.as_json() if exchange is not None else None

    async def extent(self) -> tuple[int, int, int]:
        """Return how many exchanges are kept, the lowest id and the highest."""
        ids = [exchange.id for exchange in self] or [0]
        return len(self), min(ids), max(ids)

    async def forget(self) -> int:
        """Forget every exchange and return how many there were; numbering goes on."""
        return self.clear()

    def _fitting(self, wanted: Filter) -> Iterator[Exchange]:
        for exchange in self:
            if wanted.fits(exchange.status, ((task.task_uuid, task.task_type) for task in exchange.tasks)):
                yield exchange
