"""Accounts: what each key holds and has spent, in exact decimals of a US dollar, kept in the store."""

from collections.abc import Mapping
from decimal import Decimal

from .stores.base import Store
from .tasks import account_id

UNIT = Decimal("1e-9")  # of a dollar: what the store counts, in whole numbers
MAX_UNITS = 2**63 - 1


class Accounts:
    """Balances by key. default: what a key without an entry in ``named`` starts with."""

    def __init__(self, store: Store, default: float, named: Mapping[str, float]) -> None:
        self._store = store
        self._default = Decimal(str(default))
        self._named = {key: Decimal(str(amount)) for key, amount in named.items()}
        self._held = {key: _units(amount) for key, amount in self._named.items()}
        self._held_by_others = _units(self._default)

    async def count(self, key: str) -> None:
        """Count a request of a key."""
        await self._store.add("requests_made", account_id(key), 1)

    async def requests(self, key: str) -> int:
        """Return how many requests a key has made."""
        return await self._store.add("requests_made", account_id(key), 0) or 0

    async def balance(self, key: str) -> Decimal:
        """Return what a key's account holds now."""
        return self._start(key) - await self.spent(key)

    async def spent(self, key: str) -> Decimal:
        """Return what a key has been charged in all."""
        return (await self._store.add("spent", account_id(key), 0) or 0) * UNIT

    async def charge(self, key: str, amount: Decimal) -> bool:
        """Take an amount from a key's account and return True; take nothing and return False when it holds less.

        A negative amount gives back what a task cost that did not come to be.
        """
        held = self._held.get(key, self._held_by_others)
        return await self._store.add("spent", account_id(key), int(amount / UNIT), at_most=held) is not None

    def _start(self, key: str) -> Decimal:
        return self._named.get(key, self._default)


def _units(amount: Decimal) -> int:
    """Return an amount as the store counts it, at most what it can count."""
    return min(int(amount / UNIT), MAX_UNITS)
