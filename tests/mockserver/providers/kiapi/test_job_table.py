"""The queue in front of the one worker, whoever adds to it."""

import asyncio
import importlib
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genmock.mockserver import Settings, VirtualClock

jobs = importlib.import_module("genmock.mockserver.providers.kiapi.jobs")
job_table = importlib.import_module("genmock.mockserver.providers.kiapi.job_table")
stores = importlib.import_module("genmock.mockserver.stores")
world = importlib.import_module("genmock.mockserver.world")
STALLED = float("inf")
FAILS = jobs.JobFailure("it broke", 500, "engineFailed", 0.0)


class Server:
    """The jobs of a server, and its clock."""

    def __init__(self) -> None:
        self.clock = VirtualClock(0.0)
        self.store = stores.MemoryStore(self.clock, world.bounds(Settings()))

    def jobs(self, boot: str = "1") -> Any:
        return job_table.Jobs(self.store, self.clock, boot)

    async def admit(self, duration_s: float = 1.0, *, boot: str = "1", failure: Any = None) -> Any:
        table = self.jobs(boot)
        job_id = await table.next_id(0)
        draft = jobs.JobRecord(
            job_id, "qwen", "", "image", {}, self.clock.now(), 0.0, duration_s, 30, {}, "", {}, boot, failure
        )
        return await table.admit(lambda now, at: (replace(draft, created_at=now, starts_at=at), ()))

    def add(self, *durations: float, **members: Any) -> list[tuple[float, float]]:
        """Return when jobs begin and end that come now."""
        admitted = [run(self.admit(each, **members)) for each in durations]
        return [(record.starts_at, record.ends_at) for record in admitted]


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


@pytest.fixture
def server() -> Server:
    return Server()


def test_jobs_are_done_one_after_the_other(server: Server) -> None:
    assert server.add(0.5, 0.5, 2) == [(0, 0.5), (0.5, 1.0), (1.0, 3.0)]


def test_a_worker_that_is_free_begins_at_once(server: Server) -> None:
    server.add(5)
    server.clock.advance(100)
    assert server.add(1) == [(100, 101)]


def test_a_job_that_fails_frees_the_worker(server: Server) -> None:
    assert server.add(10, failure=FAILS) == [(0, 0)]
    assert server.add(10, failure=replace(FAILS, at=0.5)) == [(0, 5)]
    assert server.add(1) == [(5, 6)]


def test_behind_a_job_that_stalls_all_wait(server: Server) -> None:
    assert server.add(STALLED, 1) == [(0, STALLED), (STALLED, STALLED)]
    server.clock.advance(1e6)
    assert run(server.jobs().waiting()) == 1


def test_a_job_that_another_forestalled_is_made_after_it(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    insert = server.store.insert

    async def forestalled(*_: Any) -> bool:
        monkeypatch.setattr(server.store, "insert", insert)
        server.clock.advance(1)
        return False

    monkeypatch.setattr(server.store, "insert", forestalled)
    record = run(server.admit(5))
    assert (record.created_at, record.starts_at) == (1.0, 1.0)


@given(arrivals=st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100), st.booleans()), max_size=20))
def test_no_two_jobs_ever_run_at_once(arrivals: list[tuple[float, float, bool]]) -> None:
    server, free_at = Server(), 0.0
    for pause, duration_s, fails in arrivals:
        server.clock.advance(pause)
        record = run(server.admit(duration_s, failure=replace(FAILS, at=0.5) if fails else None))
        assert record.starts_at == max(server.clock.now(), free_at)
        free_at = record.ends_at


def test_fifty_that_come_at_once_stand_in_one_line(server: Server) -> None:
    async def work() -> list[float]:
        records = await asyncio.gather(*(server.admit(1.0) for _ in range(50)))
        return sorted(record.starts_at for record in records)

    assert run(work()) == [float(number) for number in range(50)]


def test_who_loses_a_place_in_the_line_takes_the_next(server: Server) -> None:
    server.add(3.0)
    turn, insert = stores.Put("queue", "2", b'[2, 3.0, 7.0, "image", "1"]'), server.store.insert

    async def late(*entries: Any) -> bool:  # somebody else is faster, once
        server.store.insert = insert
        await server.store.write(turn)
        return bool(await insert(*entries))

    server.store.insert = late
    assert server.add(1) == [(7, 8)]


def test_the_newest_job_is_told_first(server: Server) -> None:
    server.add(*[1.0] * 450)  # more than a page
    found = run(server.jobs().newest_first())
    assert [record.starts_at for record in found] == [float(number) for number in reversed(range(450))]


def test_a_job_is_forgotten_and_its_turn_is_not(server: Server) -> None:
    record = run(server.admit(5.0))
    run(server.jobs().forget(record))
    assert run(server.jobs().get(record.id)) is None
    assert server.add(1) == [(5, 6)]


def test_ids_are_the_same_for_the_same_seed(server: Server) -> None:
    ids = [run(server.jobs().next_id(seed)) for seed in (0, 0)]
    again = Server()
    assert ids == [run(again.jobs().next_id(0)) for _ in range(2)]
    assert len({*ids, run(Server().jobs().next_id(1))}) == 3


def test_a_later_start_of_the_server_knows_no_job_and_has_a_free_worker(server: Server) -> None:
    record = run(server.admit(STALLED))
    assert run(server.jobs("2").get(record.id)) is None
    assert run(server.jobs("2").newest_first()) == []
    assert (run(server.jobs("2").waiting()), run(server.jobs("2").used())) == (0, {})
    assert server.add(1, boot="2") == [(0, 1)]


def test_a_server_that_keeps_jobs_goes_on_with_those_of_all_starts(server: Server) -> None:
    record = run(server.admit(5.0, boot="1"))
    assert run(server.jobs("").get(record.id)) == record
    assert server.add(1, boot="") == [(5, 6)]


def test_the_models_in_use_are_known_with_the_time_of_it(server: Server) -> None:
    server.add(5.0, 5.0)
    server.clock.advance(3)
    assert (run(server.jobs().used()), run(server.jobs().waiting())) == ({"image": 3.0}, 1)
    server.clock.advance(30)
    assert (run(server.jobs().used()), run(server.jobs().waiting())) == ({"image": 10.0}, 0)


@pytest.mark.parametrize("count", [1001, 1500])
def test_a_long_line_keeps_its_order_though_its_beginning_is_dropped(server: Server, count: int) -> None:
    assert server.add(*[1.0] * count)[-1] == (count - 1, count)
