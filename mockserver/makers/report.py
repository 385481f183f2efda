"""How far a production is, written where polls read it."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..productions import LEASE_S, TABLE, Production, production_entry
from ..stores import Store
from .pool import Ticket

if TYPE_CHECKING:
    from ..runtime import Runtime

MOST = 0.99  # of a production whose files are not all kept yet


@dataclass
class Report:
    """The progress of one production. there: files that were made before. tickets: the others, in their order."""

    runtime: "Runtime"
    store: Store
    production: Production
    there: int
    tickets: Sequence[Ticket]
    _renewed_at: float = 0.0

    async def tell(self, under_way: Collection[Ticket]) -> bool:
        """Write how far it is, where that has changed, and renew the lease; return whether anybody still wants it."""
        if not await self.is_wanted():
            return False
        told, now = self._progress(under_way), time.monotonic()
        if told != self.production or now - self._renewed_at > LEASE_S / 4:
            self.production, self._renewed_at = told, now
            await self.store.write(production_entry(told, due_at=self.runtime.clock.now() + LEASE_S))
        return True

    async def is_wanted(self) -> bool:
        """Return whether anybody still waits for it: not where it was abandoned, and not after a reset."""
        is_current = self.runtime.world.store is self.store
        return is_current and await self.store.get(TABLE, self.production.task) is not None

    def _progress(self, under_way: Collection[Ticket]) -> Production:
        parts = [ticket.done / max(ticket.of, 1) if ticket in under_way else 1.0 for ticket in self.tickets]
        made = next((number for number, ticket in enumerate(self.tickets) if ticket in under_way), len(self.tickets))
        part = (self.there + sum(parts)) / max(self.there + len(self.tickets), 1)
        return replace(self.production, part=min(part, MOST), finished=self.there + made)
