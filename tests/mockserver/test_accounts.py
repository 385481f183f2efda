"""Accounts: exact sums in the store, nothing taken that is not there."""

import asyncio
import importlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from genmock.mockserver import VirtualClock
from genmock.mockserver.stores import MemoryStore

accounts = importlib.import_module("genmock.mockserver.accounts")
CENT = Decimal("0.0001")
AMOUNTS = st.lists(st.integers(0, 9_999).map(lambda count: count * CENT), max_size=30)


class Held:
    """The accounts of a fresh store in memory, called from outside its event loop."""

    def __init__(self, default: float, named: Mapping[str, float] | None = None) -> None:
        self.store = MemoryStore(VirtualClock(), {})
        self._accounts = accounts.Accounts(self.store, default, named or {})

    def charge(self, key: str, amount: Decimal) -> Any:
        return asyncio.run(self._accounts.charge(key, amount))

    def count(self, key: str) -> None:
        asyncio.run(self._accounts.count(key))

    def balance(self, key: str) -> Any:
        return asyncio.run(self._accounts.balance(key))

    def spent(self, key: str) -> Any:
        return asyncio.run(self._accounts.spent(key))

    def requests(self, key: str) -> Any:
        return asyncio.run(self._accounts.requests(key))


def test_a_key_starts_with_the_default_or_its_own() -> None:
    held = Held(2.5, {"poor": 0.1})
    assert (held.balance("any"), held.balance("poor")) == (Decimal("2.5"), Decimal("0.1"))


def test_thirty_cents_are_three_times_ten() -> None:
    held = Held(0.3)
    assert [held.charge("key", Decimal("0.1")) for _ in range(4)] == [True, True, True, False]
    assert held.balance("key") == 0


def test_what_is_not_there_is_not_taken() -> None:
    held = Held(1.0)
    assert not held.charge("key", Decimal("1.0001"))
    assert (held.balance("key"), held.spent("key")) == (1, 0)


def test_nothing_can_be_taken_from_an_empty_account() -> None:
    assert Held(0.0).charge("key", Decimal(0))


def test_what_is_given_back_can_be_spent_again() -> None:
    held = Held(1.0)
    assert [held.charge("key", Decimal(amount)) for amount in (1, -1, 1, 1)] == [True, True, True, False]
    assert (held.balance("key"), held.spent("key")) == (0, 1)


def test_the_smallest_price_is_kept_exactly() -> None:
    held = Held(1.0)
    for _ in range(3):
        held.charge("key", Decimal("0.000000001"))
    assert held.balance("key") == Decimal("0.999999997")


def test_an_account_of_more_than_64_bits_can_be_charged() -> None:
    held = Held(1e12)
    assert held.charge("key", Decimal(1))
    assert held.balance("key") == Decimal(10**12 - 1)


def test_keys_do_not_share() -> None:
    held = Held(1.0)
    held.charge("one", Decimal(1))
    assert (held.balance("one"), held.balance("two")) == (0, 1)


def test_requests_are_counted_by_key() -> None:
    held = Held(1.0)
    for key in ("one", "one", "two"):
        held.count(key)
    assert [held.requests(key) for key in ("one", "two", "three")] == [2, 1, 0]


def test_two_servers_on_one_store_take_from_the_same_account() -> None:
    held = Held(1.0)
    other = accounts.Accounts(held.store, 1.0, {})
    assert asyncio.run(other.charge("key", Decimal(1)))
    assert not held.charge("key", CENT)


def test_charges_at_the_same_time_take_no_more_than_there_is() -> None:
    held = accounts.Accounts(MemoryStore(VirtualClock(), {}), 1.0, {})

    async def all_at_once() -> Any:
        return await asyncio.gather(*(held.charge("key", Decimal("0.1")) for _ in range(50)))

    assert sum(asyncio.run(all_at_once())) == 10


@given(amounts=AMOUNTS)
def test_balance_and_spent_always_add_up_and_never_fall_below_zero(amounts: list[Decimal]) -> None:
    held = Held(5.0)
    taken = sum((amount for amount in amounts if held.charge("key", amount)), Decimal(0))
    assert (held.spent("key"), held.balance("key")) == (taken, 5 - taken)
    assert held.balance("key") >= 0
