"""Accounts: what each key holds and has spent, in exact decimals of a US dollar."""

from collections.abc import Mapping
from decimal import Decimal


class Accounts:
    """Balances by key. default: what a key without an entry in ``named`` starts with."""

    def __init__(self, default: float, named: Mapping[str, float]) -> None:
        self._default = Decimal(str(default))
        self._named = {key: Decimal(str(amount)) for key, amount in named.items()}
        self._spent: dict[str, Decimal] = {}
        self._requests: dict[str, int] = {}

    def count(self, key: str) -> None:
        """Count a request of a key."""
        self._requests[key] = self.requests(key) + 1

    def requests(self, key: str) -> int:
        """Return how many requests a key has made."""
        return self._requests.get(key, 0)

    def balance(self, key: str) -> Decimal:
        """Return what a key's account holds now."""
        return self._named.get(key, self._default) - self.spent(key)

    def spent(self, key: str) -> Decimal:
        """Return what a key has been charged in all."""
        return self._spent.get(key, Decimal(0))

    def total_spent(self) -> Decimal:
        """Return what all keys have been charged."""
        return sum(self._spent.values(), Decimal(0))

    def charge(self, key: str, amount: Decimal) -> bool:
        """Take an amount from a key's account and return True; take nothing and return False when it holds less."""
        if amount > self.balance(key):
            return False
        if amount:
            self._spent[key] = self.spent(key) + amount
        return True
