"""The faults that are set, and how often each matched and struck: in the store, so that every process agrees."""

from collections.abc import Iterable, Sequence

from ..derive import digest
from ..json_codec import dumps, loads
from ..stores import Delete, Put, Store
from .model import Fault

TABLE, KEY = "state", "faults"  # the entry that holds the faults
COUNTS = "faults"  # the table of numbers: "<counter>/matched", "<counter>/struck"


class FaultState:
    """The faults of a store. seed: the server's, from which probabilities and latencies are drawn."""

    def __init__(self, store: Store, *, seed: int = 0) -> None:
        self._store = store
        self._data: bytes | None = None
        self._faults: tuple[Fault, ...] = ()
        self.seed = seed

    async def faults(self) -> tuple[Fault, ...]:
        """Return the faults in the order in which they were set. They are parsed only when they have changed."""
        data = await self._store.get(TABLE, KEY)
        if data is None:
            return ()
        if data != self._data:
            self._faults = tuple(Fault.of_json(value) for value in loads(data))
            self._data = data
        return self._faults

    async def put(self, faults: Sequence[Fault], *, keep: bool = False) -> None:
        """Set faults after those that are; one whose id is set takes that one's place. They count from 0.

        keep: those whose id is set stay as they are, and count on; for what a server is started with.
        """
        known = {fault.id: fault for fault in await self.faults()}
        faults = [fault for fault in faults if not (keep and fault.id in known)]
        replaced = [known[fault.id] for fault in faults if fault.id in known]
        await self._write((known | {fault.id: fault for fault in faults}).values(), forget=[*faults, *replaced])

    async def remove(self, fault_id: str) -> bool:
        """Take one fault back and return True; return False when there is none of that id."""
        faults = await self.faults()
        kept = [fault for fault in faults if fault.id != fault_id]
        if len(kept) == len(faults):
            return False
        await self._write(kept, forget=[fault for fault in faults if fault.id == fault_id])
        return True

    async def clear(self) -> int:
        """Take every fault back and return how many there were."""
        faults = await self.faults()
        await self._write((), forget=faults)
        return len(faults)

    async def counts(self, fault_id: str) -> tuple[int, int]:
        """Return how often a fault, with those that count with it, matched and struck."""
        matched, struck = [await self._store.add(COUNTS, f"{fault_id}/{what}", 0) for what in ("matched", "struck")]
        return matched or 0, struck or 0

    async def count(self, fault: Fault, *, may_strike: bool = True) -> int | None:
        """Count a match, and return its number when the fault strikes it, counted too; else None.

        may_strike: whether it can, when its schedule says so.
        """
        number = await self._store.add(COUNTS, f"{fault.counter}/matched", 1) or 0
        if not (may_strike and fault.schedule.strikes(number, drawn(self.seed, fault.id, number))):
            return None
        struck = await self._store.add(COUNTS, f"{fault.counter}/struck", 1, at_most=fault.schedule.times)
        return number if struck is not None else None

    async def _write(self, faults: Iterable[Fault], *, forget: Sequence[Fault]) -> None:
        """Set faults, and forget the counts of those that are new or gone, unless others still count there."""
        values = [fault.as_json() for fault in faults]
        await self._store.write(Put(TABLE, KEY, dumps(values)) if values else Delete(TABLE, KEY))
        anew = {fault.id for fault in forget}
        counting = {fault.counter for fault in faults if fault.id not in anew}
        for counter in sorted({fault.counter for fault in forget} - counting):
            matched, struck = await self.counts(counter)
            await self._store.add(COUNTS, f"{counter}/matched", -matched)
            await self._store.add(COUNTS, f"{counter}/struck", -struck)


def drawn(seed: int, fault_id: str, number: int, what: str = "strike") -> float:
    """Return a number from 0 up to 1 for one match of a fault: the same for the same history, on every machine."""
    return int.from_bytes(digest("fault", seed, fault_id, number, what)[:8]) / 2**64
