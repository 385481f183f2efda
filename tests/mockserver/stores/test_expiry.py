"""When entries in memory expire: in order, exactly, and without a trace of those that have gone."""

import gc

import pytest

from genmock.mockserver.stores.base import Bound, Put
from genmock.mockserver.stores.expiry import WIDTH_S, Expiry
from genmock.mockserver.stores.table import Table


def _table(count: int, *, apart_s: float, most: int | None = None) -> Table:
    table = Table(Bound(entries=most))
    for number in range(count):
        table.put(Put("tasks", str(number), b"value", expires_at=1_000.0 + number * apart_s))
        table.settle()
    return table


@pytest.mark.parametrize("at", [0.0, 1.0, WIDTH_S - 1, WIDTH_S, 10 * WIDTH_S])
def test_notes_come_at_their_time_and_not_before(at: float) -> None:
    expiry = Expiry(lambda sequence, time: True)
    expiry.note(1, at)
    assert (expiry.next_at <= at, list(expiry.expired(at - 0.001)), list(expiry.expired(at))) == (True, [], [(1, at)])


def test_notes_come_in_the_order_of_their_times() -> None:
    expiry = Expiry(lambda sequence, time: True)
    for sequence, at in enumerate((500.0, 20.0, 70.0, 10.0, 71.0)):
        expiry.note(sequence, at)
    early = list(expiry.expired(70.0))
    expiry.note(9, 65.0)  # its span has begun
    assert (early, list(expiry.expired(900.0))) == (
        [(3, 10.0), (1, 20.0), (2, 70.0)],
        [(9, 65.0), (4, 71.0), (0, 500.0)],
    )


def test_nothing_is_due_once_all_have_come() -> None:
    expiry = Expiry(lambda sequence, time: True)
    expiry.note(1, 5.0)
    assert (list(expiry.expired(5.0)), expiry.next_at) == ([(1, 5.0)], float("inf"))


@pytest.mark.parametrize("apart_s", [0.0, 0.1, WIDTH_S])
def test_notes_of_entries_that_have_gone_are_forgotten(apart_s: float) -> None:
    table = _table(5_000, apart_s=apart_s, most=10)
    assert len(list(table.expiry.expired(1e9))) <= 2 * 10 + 64


def test_entries_that_expire_leave_the_others() -> None:
    table = _table(1_000, apart_s=1.0)
    table.sweep(1_899.5)
    assert sorted(table.rows, key=int) == [str(number) for number in range(900, 1_000)]


def test_the_garbage_collector_does_not_walk_through_entries() -> None:
    table = _table(100, apart_s=1.0)
    assert not gc.is_tracked(table.rows)
    assert not gc.is_tracked(table._keys)
