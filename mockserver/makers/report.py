"""How far a production is, written where polls read it."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from ..clock import Clock
from ..productions import LEASE_S, TABLE, Production, production_entry
from ..stores import Store
from .pool import Ticket

MOST = 0.99  # of a production whose files are not all kept yet


@dataclass
class Report:
    """The progress of one production. there: files that were made before. tickets: the others, in their order."""

    store: Store
    clock: Clock
    production: Production
    there: int
    tickets: Sequence[Ticket]
    _renewed_at: float = 0.0

    async def tell(self, under_way: Collection[Ticket]) -> bool:
        """Write how far it is, where that has changed, and renew the lease; return whether anybody still wants it."""
        if await self.store.get(TABLE, self.production.task) is None:
            return False
        told, now = self._progress(under_way), time.monotonic()
        if told != self.production or now - self._renewed_at > LEASE_S / 4:
            self.production, self._renewed_at = told, now
            await self.store.write(production_entry(told, due_at=self.clock.now() + LEASE_S))
        return True

    def _progress(self, under_way: Collection[Ticket]) -> Production:
        parts = [ticket.done / max(ticket.of, 1) if ticket in under_way else 1.0 for ticket in self.tickets]
        made = next((number for number, ticket in enumerate(self.tickets) if ticket in under_way), len(self.tickets))
        part = (self.there + sum(parts)) / max(self.there + len(self.tickets), 1)
        return replace(self.production, part=min(part, MOST), finished=self.there + made)
