"""Accounts: exact sums, nothing taken that is not there."""

import importlib
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

accounts = importlib.import_module("genmock.mockserver.accounts")
CENT = Decimal("0.0001")
AMOUNTS = st.lists(st.integers(0, 9_999).map(lambda count: count * CENT), max_size=30)


def test_a_key_starts_with_the_default_or_its_own() -> None:
    held = accounts.Accounts(2.5, {"poor": 0.1})
    assert (held.balance("any"), held.balance("poor")) == (Decimal("2.5"), Decimal("0.1"))


def test_thirty_cents_are_three_times_ten() -> None:
    held = accounts.Accounts(0.3, {})
    assert [held.charge("key", Decimal("0.1")) for _ in range(4)] == [True, True, True, False]
    assert held.balance("key") == 0


def test_what_is_not_there_is_not_taken() -> None:
    held = accounts.Accounts(1.0, {})
    assert not held.charge("key", Decimal("1.0001"))
    assert (held.balance("key"), held.spent("key")) == (1, 0)


def test_nothing_can_be_taken_from_an_empty_account() -> None:
    assert accounts.Accounts(0.0, {}).charge("key", Decimal(0))


def test_keys_do_not_share() -> None:
    held = accounts.Accounts(1.0, {})
    held.charge("one", Decimal(1))
    assert (held.balance("two"), held.total_spent()) == (1, 1)


def test_requests_are_counted_by_key() -> None:
    held = accounts.Accounts(1.0, {})
    for key in ("one", "one", "two"):
        held.count(key)
    assert [held.requests(key) for key in ("one", "two", "three")] == [2, 1, 0]


@given(amounts=AMOUNTS)
def test_balance_and_spent_always_add_up_and_never_fall_below_zero(amounts: list[Decimal]) -> None:
    held = accounts.Accounts(5.0, {})
    taken = sum((amount for amount in amounts if held.charge("key", amount)), Decimal(0))
    assert (held.spent("key"), held.balance("key")) == (taken, 5 - taken)
    assert held.balance("key") >= 0
