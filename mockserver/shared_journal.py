"""A journal that several processes keep together, in a store that outlives them."""

from typing import Any

from .exchange import Exchange, cut_down
from .journal import Filter, Opening
from .json_codec import dumps, loads
from .stores.base import Delete, Entry, Put, Store

PAGE = 500  # entries read from the store at once


class SharedJournal(Opening):
    """The journal of every server on one store. Exchanges are numbered anew in the order of their ends."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def record(self, exchange: Exchange) -> None:
        """Keep an exchange that has ended, and give it its number."""
        exchange.id = await self._store.add("journal", "numbers", 1) or 0
        value = dumps(cut_down(exchange).as_json(), default=str)  # a violation's `expected` may be no JSON
        await self._store.write(Put("journal", str(exchange.id), value))

    async def page(self, wanted: Filter, *, before: int | None, limit: int) -> tuple[int, list[dict[str, Any]]]:
        """Return how many exchanges fit a filter and have an id below ``before``, and the newest of them as JSON."""
        found = [loads(entry.value) for entry in await self._all()]
        fitting = [each for each in found if (before is None or each["id"] < before) and _is_wanted(each, wanted)]
        return len(fitting), sorted(fitting, key=lambda each: each["id"], reverse=True)[:limit]

    async def told(self, number: int) -> dict[str, Any] | None:
        """Return the exchange with that id as JSON, or None when it is gone or never was."""
        data = await self._store.get("journal", str(number))
        return loads(data) if data is not None else None

    async def extent(self) -> tuple[int, int, int]:
        """Return how many exchanges are kept, the lowest id and the highest."""
        ids = [int(entry.key) for entry in await self._all()] or [0]
        return len(ids) if ids != [0] else 0, min(ids), max(ids)

    async def forget(self) -> int:
        """Forget every exchange and return how many there were; numbering goes on."""
        entries = await self._all()
        await self._store.write(*(Delete("journal", entry.key) for entry in entries))
        return len(entries)

    async def _all(self) -> list[Entry]:
        found: list[Entry] = []
        while page := await self._store.newest("journal", limit=PAGE, before=found[-1].sequence if found else None):
            found += page
        return found


def _is_wanted(exchange: dict[str, Any], wanted: Filter) -> bool:
    tasks = ((task["taskUUID"], task["taskType"]) for task in exchange["tasks"])
    return wanted.fits(exchange["reply"]["status"], tasks)
