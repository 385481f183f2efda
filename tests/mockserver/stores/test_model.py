"""Every store does what a plain list does, whatever is asked of it in whatever order."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from genmock.mockserver.clock import START
from genmock.mockserver.stores import Bound, Delete, Entry, Put

EXAMPLES = 200 if os.environ.get("GENMOCK_SCALE") == "full" else 20
BOUNDS = {
    "few": Bound(entries=3, durable=True),
    "small": Bound(bytes=6, durable=True),
    "recent": Bound(entries=4, bytes=9, recent=True, durable=True),
}
TABLES = st.sampled_from(["plain", *BOUNDS])
KEYS = st.sampled_from(["a", "b", "c", "d", "e", "", "k:\0\n\u20ac\ud800", "a:b"])
VALUES = st.binary(max_size=4)
TIMES = st.none() | st.integers(0, 12).map(lambda seconds: START + seconds / 2) | st.just(float("inf"))
PUTS = st.builds(Put, TABLES, KEYS, VALUES, TIMES, TIMES, st.booleans())
CHANGES = st.lists(PUTS | PUTS | st.builds(Delete, TABLES, KEYS), max_size=4)
NUMBERS = st.integers(-(2**53) - 3, 2**53 + 3) | st.integers(-3, 3)


@dataclass(frozen=True)
class Row:
    """An entry of the model."""

    sequence: int
    put: Put
    used: int


class Model:
    """Tables as dicts that are searched from end to end."""

    def __init__(self) -> None:
        self.now = START
        self.clear()

    def clear(self) -> None:
        self.rows: dict[tuple[str, str], Row] = {}
        self.last: dict[str, int] = {}
        self.uses = 0
        self.numbers: dict[tuple[str, str], int] = {}

    def sweep(self) -> None:
        self.rows = {name: row for name, row in self.rows.items() if _or_never(row.put.expires_at) > self.now}

    def listed(self, table: str) -> list[Row]:
        self.sweep()
        rows = [row for row in self.rows.values() if row.put.table == table]
        return sorted(rows, key=lambda row: row.sequence, reverse=True)

    def due(self, table: str) -> list[Row]:
        rows = [row for row in self.listed(table) if _or_never(row.put.due_at) != float("inf")]
        return sorted(rows, key=lambda row: (row.put.due_at, row.sequence))

    def use(self, table: str, key: str) -> bytes | None:
        self.sweep()
        row = self.rows.get((table, key))
        self.uses += 1
        if row is not None:
            self.rows[table, key] = replace(row, used=self.uses)
        return row.put.value if row else None

    def write(self, changes: Sequence[Put | Delete]) -> None:
        for change in changes:
            self.sweep()
            if isinstance(change, Put):
                self.put(change)
            else:
                self.rows.pop((change.table, change.key), None)
        for table in {change.table for change in changes if isinstance(change, Put)} & BOUNDS.keys():
            self.evict(table, BOUNDS[table])

    def put(self, put: Put) -> None:
        old = self.rows.get((put.table, put.key))
        if old is None:
            self.last[put.table] = self.last.get(put.table, 0) + 1
        elif put.extend:
            put = put._replace(expires_at=max(_or_never(put.expires_at), _or_never(old.put.expires_at)))
        self.uses += 1
        self.rows[put.table, put.key] = Row(old.sequence if old else self.last[put.table], put, self.uses)

    def evict(self, table: str, bound: Bound) -> None:
        while len(rows := self.listed(table)) > 1 and (
            len(rows) > (bound.entries or 99) or sum(len(row.put.value) for row in rows) > (bound.bytes or 99)
        ):
            gone = min(rows, key=lambda row: row.used if bound.recent else row.sequence)
            del self.rows[table, gone.put.key]

    def take(self, table: str, until: float, limit: int) -> list[Entry]:
        taken = [row for row in self.due(table) if _or_never(row.put.due_at) <= self.now][:limit]
        for row in taken:
            self.rows[table, row.put.key] = replace(row, put=row.put._replace(due_at=until))
        return [_entry(row) for row in taken]


class Comparison(RuleBasedStateMachine):
    """A store and the model, told the same."""

    def __init__(self, backend: Any) -> None:
        super().__init__()
        self.model = Model()
        self.clock = backend.clock
        self.store = backend.open(BOUNDS)
        self.runner = asyncio.Runner()

    @initialize()
    def begin(self) -> None:
        self.runner.run(self.store.open())

    def teardown(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()

    @rule(changes=CHANGES)
    def write(self, changes: list[Put | Delete]) -> None:
        self.runner.run(self.store.write(*changes))
        self.model.write(changes)

    @rule(puts=st.lists(PUTS, min_size=1, max_size=3))
    def insert(self, puts: list[Put]) -> None:
        self.model.sweep()
        absent = (puts[0].table, puts[0].key) not in self.model.rows
        assert self.runner.run(self.store.insert(*puts)) is absent
        if absent:
            self.model.write(puts)

    @rule(table=TABLES, key=KEYS)
    def get(self, table: str, key: str) -> None:
        assert self.runner.run(self.store.get(table, key)) == self.model.use(table, key)

    @rule(table=TABLES, key=KEYS, amount=NUMBERS, at_most=st.none() | NUMBERS)
    def add(self, table: str, key: str, amount: int, at_most: int | None) -> None:
        total = self.model.numbers.get((table, key), 0) + amount
        exceeds = at_most is not None and total > at_most
        assert self.runner.run(self.store.add(table, key, amount, at_most=at_most)) == (None if exceeds else total)
        if not exceeds:
            self.model.numbers[table, key] = total

    @rule(table=TABLES, limit=st.integers(0, 3), before=st.none() | st.integers(0, 20))
    def newest(self, table: str, limit: int, before: int | None) -> None:
        rows = [row for row in self.model.listed(table) if before is None or row.sequence < before]
        found = self.runner.run(self.store.newest(table, limit=limit, before=before))
        assert list(found) == [_entry(row) for row in rows[:limit]]

    @rule(table=TABLES, lease_s=st.integers(0, 4) | st.just(float("inf")), limit=st.integers(0, 3))
    def take(self, table: str, lease_s: float, limit: int) -> None:
        now, until = self.model.now, self.model.now + lease_s
        found = self.runner.run(self.store.take(table, now=now, until=until, limit=limit))
        assert list(found) == self.model.take(table, until, limit)

    @rule(seconds=st.sampled_from([0.5, 1, 2]))
    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.model.now = self.clock.now()

    @rule(often=st.integers(0, 4))
    def clear(self, often: int) -> None:
        if often == 0:
            self.runner.run(self.store.clear())
            self.model.clear()

    @invariant()
    def the_store_holds_what_the_model_holds(self) -> None:
        for table in ("plain", *BOUNDS):
            rows, due = self.model.listed(table), self.model.due(table)
            assert list(self.runner.run(self.store.newest(table, limit=99))) == [_entry(row) for row in rows]
            assert self.runner.run(self.store.size(table)) == len(rows)
            assert self.runner.run(self.store.next_due(table)) == (due[0].put.due_at if due else None)


def test_every_store_does_what_a_plain_list_does(backend: Any) -> None:
    class OnThisBackend(Comparison):
        def __init__(self) -> None:
            super().__init__(backend.fresh())

    run_state_machine_as_test(
        OnThisBackend,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],  # a store is no list
        ),
    )


def _or_never(time: float | None) -> float:
    return float("inf") if time is None else time


def _entry(row: Row) -> Entry:
    return Entry(row.sequence, row.put.key, row.put.value)
