"""The faults that are set: added, replaced, taken back, counted."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from genmock.mockserver import VirtualClock
from genmock.mockserver.faults import Fault, FaultState, Plan, plan, read_faults
from genmock.mockserver.stores import open_store

Set = Callable[..., None]
DROP = {"kind": "drop"}


def ids(state: FaultState) -> list[str]:
    return [fault.id for fault in asyncio.run(state.faults())]


def test_a_fault_without_an_id_gets_the_next_free_one_of_its_kind(set_faults: Set, state: FaultState) -> None:
    set_faults(DROP, {**DROP, "id": "drop-2"}, DROP, {"kind": "stall"})
    assert ids(state) == ["drop-1", "drop-2", "drop-3", "stall-1"]


def test_what_is_set_reads_back_as_it_was_written(set_faults: Set, state: FaultState) -> None:
    fault = {"id": "a", "kind": "stall", "match": {"taskType": "x", "when": "task.a == 1"}, "every": 2, "seconds": 3}
    set_faults(fault)
    assert [each.as_json() for each in asyncio.run(state.faults())] == [fault]


def test_a_fault_of_the_same_id_takes_the_place_and_counts_anew(
    set_faults: Set, state: FaultState, struck: Callable[..., Plan]
) -> None:
    set_faults({**DROP, "id": "a"}, {"kind": "stall", "id": "b"})
    struck()
    set_faults({"kind": "corrupt", "id": "a"})
    assert [(each.id, each.kind) for each in asyncio.run(state.faults())] == [("a", "corrupt"), ("b", "stall")]
    assert asyncio.run(state.counts("a")) == (0, 0)


def test_what_a_server_starts_with_leaves_counts_alone(state: FaultState, struck: Callable[..., Plan]) -> None:
    faults = read_faults(DROP, codes=())
    for _ in range(2):
        asyncio.run(state.put(faults, keep=True))
        struck()
    assert asyncio.run(state.counts("drop-1")) == (2, 2)


def test_a_text_of_a_scenario_file_may_hold_half_of_a_surrogate_pair(state: FaultState) -> None:
    fault = Fault("odd", "error", parameters={"code": "insufficientCredits", "message": "\ud800"})
    asyncio.run(state.put([fault]))
    assert asyncio.run(state.faults()) == (fault,)


def test_one_fault_is_taken_back(set_faults: Set, state: FaultState) -> None:
    set_faults(DROP, {"kind": "stall"})
    assert asyncio.run(state.remove("drop-1"))
    assert not asyncio.run(state.remove("drop-1"))
    assert ids(state) == ["stall-1"]


def test_all_faults_are_taken_back(set_faults: Set, state: FaultState) -> None:
    set_faults(DROP, {"kind": "stall"})
    assert asyncio.run(state.clear()) == 2
    assert ids(state) == []


def test_faults_that_count_together_strike_so_often_in_all(set_faults: Set, state: FaultState) -> None:
    shared = {"kind": "error", "code": "modelNotFound", "times": 2, "after": 1}
    set_faults(shared, {**shared, "countWith": "error-1"})
    one, other = asyncio.run(state.faults())
    struck = [asyncio.run(state.count(fault)) for fault in (one, other, one, other)]
    assert struck == [None, 2, 3, None]
    assert asyncio.run(state.counts(other.counter)) == (4, 2)
    asyncio.run(state.remove(one.id))
    assert asyncio.run(state.count(other)) is None  # it counts on
    asyncio.run(state.clear())
    set_faults(shared)
    assert asyncio.run(state.counts("error-1")) == (0, 0)


def test_counts_of_a_fault_that_is_not_there_are_forgotten_too(set_faults: Set, state: FaultState) -> None:
    lonely = {"kind": "error", "code": "modelNotFound", "times": 1, "countWith": "nobody"}
    for _ in range(2):
        set_faults(lonely)
        (fault,) = asyncio.run(state.faults())
        assert [asyncio.run(state.count(fault)) for _ in range(2)] == [1, None]
        asyncio.run(state.clear())


def test_processes_with_one_store_strike_no_more_often_than_one(tmp_path: Path) -> None:
    async def struck_in_all() -> int:
        url, clock = f"sqlite:///{tmp_path}/faults.db", VirtualClock()
        stores = [open_store(url, clock, {}) for _ in range(2)]
        for store in stores:
            await store.open()
        states = [FaultState(store) for store in stores]
        await states[0].put(read_faults({**DROP, "times": 5, "after": 2}, codes=()))
        plans = [plan(states[number % 2], provider="runware", tasks=(), codes=()) for number in range(20)]
        struck = [made.struck for made in await asyncio.gather(*plans)]
        for store in stores:
            await store.close()
        return struck.count(("drop-1",))

    assert asyncio.run(struck_in_all()) == 5


def test_faults_are_parsed_only_when_they_have_changed(set_faults: Set, state: FaultState) -> None:
    set_faults(DROP)
    assert asyncio.run(state.faults()) is asyncio.run(state.faults())
