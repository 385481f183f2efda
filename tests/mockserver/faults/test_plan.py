"""Which faults strike, when, and what of a request or task they change."""

import asyncio
import statistics
from collections.abc import Callable
from typing import Any

import pytest

from genmock.mockserver.faults import (
    UNHARMED,
    Disorder,
    Effects,
    Failing,
    FaultState,
    Plan,
    Refusal,
    Strikes,
    Subject,
    plan,
    read_faults,
)

Set = Callable[..., None]
Struck = Callable[..., Plan]
ERROR = {"kind": "error", "code": "modelNotFound"}
REFUSAL = Refusal("modelNotFound")
PAINT = Subject("imageInference", "runware:111@1", {"steps": 20})
TRAIN = Subject("training", "exactly:illustrative@training", {})
POLL = Subject("getResponse", "", {}, produces=False)


def hits(struck: Struck, count: int) -> list[int]:
    """Return the numbers of the requests, from 1 on, that are struck."""
    return [number for number in range(1, count + 1) if struck().struck]


def test_without_faults_nothing_is_planned(struck: Struck) -> None:
    assert struck() is UNHARMED
    assert struck().of(0) == Effects()


@pytest.mark.parametrize(
    ("fault", "strikes"),
    [
        (
            {**ERROR, "scope": "request", "status": 418, "retryAfter": 3},
            Strikes(Refusal("modelNotFound", None, 418, 3)),
        ),
        ({"kind": "latency", "seconds": 2}, Strikes(latency_s=2.0)),
        ({"kind": "drop"}, Strikes(disorder=Disorder("drop", at="headers"))),
        ({"kind": "drop", "at": "after"}, Strikes(disorder=Disorder("drop", at="after"))),
        ({"kind": "stall", "seconds": 3}, Strikes(disorder=Disorder("stall", seconds=3))),
        ({"kind": "truncate"}, Strikes(disorder=Disorder("truncate"))),
        ({"kind": "corrupt", "part": "json"}, Strikes(disorder=Disorder("corrupt"))),
        ({"kind": "schema", "pointer": "/a"}, Strikes(disorder=Disorder("schema", pointer="/a"))),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_request_is_struck(set_faults: Set, struck: Struck, fault: dict[str, Any], strikes: Strikes) -> None:
    set_faults(fault)
    assert struck() == Plan(request=strikes, struck=(f"{fault['kind']}-1",))


@pytest.mark.parametrize(
    ("fault", "effects"),
    [
        (ERROR, Effects(error=REFUSAL)),
        ({**ERROR, "message": "no"}, Effects(error=Refusal("modelNotFound", "no"))),
        ({**ERROR, "scope": "result", "result": 2}, Effects(result_errors={2: REFUSAL})),
        ({"kind": "truncate", "part": "base64"}, Effects(spoil_base64="truncate")),
        ({"kind": "corrupt", "part": "image"}, Effects(spoil_image="corrupt")),
        ({"kind": "task_stall"}, Effects(stalls=True)),
        ({"kind": "task_fail", "code": "modelNotFound", "at": 20}, Effects(fails=Failing(0.2, REFUSAL))),
        ({"kind": "task_expire"}, Effects(expires=True)),
        ({"kind": "duration", "seconds": 30}, Effects(duration_s=30.0)),
        ({"kind": "webhook_duplicate"}, Effects(webhook_duplicates=1)),
        ({"kind": "webhook_reorder"}, Effects(webhook_reorder=True)),
        ({"kind": "webhook_lose"}, Effects(webhook_lose=True)),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_task_is_struck(set_faults: Set, struck: Struck, fault: dict[str, Any], effects: Effects) -> None:
    set_faults(fault)
    assert struck() == Plan(tasks={0: effects}, struck=(f"{fault['kind']}-1",))


def test_each_task_of_a_request_is_a_match_of_its_own(set_faults: Set, struck: Struck) -> None:
    set_faults({**ERROR, "every": 2})
    assert list(struck(PAINT, PAINT, PAINT).tasks) == [0, 2]


def test_a_request_matches_once_however_many_of_its_tasks_do(
    set_faults: Set, struck: Struck, state: FaultState
) -> None:
    set_faults({"kind": "latency", "seconds": 1})
    struck(PAINT, PAINT)
    assert asyncio.run(state.counts("latency-1")) == (1, 1)


@pytest.mark.parametrize(
    ("match", "indexes"),
    [
        ({}, [0, 1, 2]),
        ({"provider": "runware"}, [0, 1, 2]),
        ({"provider": "kiapi"}, []),
        ({"taskType": "training"}, [1]),
        ({"taskType": "*e*"}, [0, 2]),
        ({"model": "runware:*"}, [0]),
        ({"when": "task.steps > 10"}, [0]),
        ({"taskType": "training", "when": "has(task.steps)"}, []),
    ],
)
def test_a_match_chooses_tasks(set_faults: Set, struck: Struck, match: dict[str, str], indexes: list[int]) -> None:
    set_faults({**ERROR, "match": match})
    assert sorted(struck(PAINT, TRAIN, POLL).tasks) == indexes


def test_what_concerns_results_leaves_tasks_without_results_alone(set_faults: Set, struck: Struck) -> None:
    set_faults({"kind": "task_stall"}, {"kind": "webhook_lose"}, {"kind": "corrupt", "part": "image"})
    assert list(struck(POLL, PAINT).tasks) == [1]


def test_a_request_fault_needs_a_task_that_is_meant(set_faults: Set, struck: Struck) -> None:
    set_faults({"kind": "latency", "seconds": 1, "match": {"taskType": "training"}})
    assert struck(PAINT) == UNHARMED
    assert struck(PAINT, TRAIN).request.latency_s == 1


def test_a_request_without_tasks_is_struck_by_what_is_meant_for_all(set_faults: Set, state: FaultState) -> None:
    set_faults({"kind": "drop"}, {"kind": "latency", "seconds": 1, "match": {"model": "*"}})
    assert asyncio.run(plan(state, provider="runware", tasks=(), codes=())).struck == ("drop-1",)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8]),
        ({"times": 2}, [1, 2]),
        ({"after": 6}, [7, 8]),
        ({"every": 3}, [1, 4, 7]),
        ({"after": 2, "every": 3, "times": 2}, [3, 6]),
        ({"probability": 0}, []),
        ({"probability": 1, "times": 1}, [1]),
        ({"times": 2.0, "after": 1.0}, [2, 3]),
    ],
)
def test_a_schedule_chooses_matches(
    set_faults: Set, struck: Struck, schedule: dict[str, float], expected: list[int]
) -> None:
    set_faults({**ERROR, **schedule})
    assert hits(struck, 8) == expected


def test_a_probability_strikes_about_so_often_and_the_same_each_time(set_faults: Set, struck: Struck) -> None:
    set_faults({**ERROR, "probability": 0.3})
    first = hits(struck, 1000)
    set_faults({**ERROR, "id": "error-1", "probability": 0.3})  # set again, it counts from 0
    assert hits(struck, 1000) == first
    assert 250 < len(first) < 350


def test_another_seed_draws_otherwise(set_faults: Set, struck: Struck, state: FaultState) -> None:
    set_faults({**ERROR, "probability": 0.5})
    first = hits(struck, 50)
    state.seed = 1
    set_faults({**ERROR, "id": "error-1", "probability": 0.5})
    assert hits(struck, 50) != first


def test_of_two_that_change_the_same_the_first_strikes_and_the_other_waits(set_faults: Set, struck: Struck) -> None:
    set_faults({**ERROR, "times": 1}, {**ERROR, "code": "timeoutProvider", "times": 1})
    codes = [error.code if (error := struck().of(0).error) else "" for _ in range(3)]
    assert codes == ["modelNotFound", "timeoutProvider", ""]


def test_faults_that_change_different_things_strike_together(set_faults: Set, struck: Struck) -> None:
    set_faults({"kind": "duration", "seconds": 9}, {"kind": "webhook_lose"}, {"kind": "latency", "seconds": 1})
    planned = struck()
    assert (planned.request, planned.of(0)) == (Strikes(latency_s=1), Effects(duration_s=9, webhook_lose=True))
    assert planned.struck == ("duration-1", "webhook_lose-1", "latency-1")


def test_several_results_of_a_task_fail_each_by_its_own_fault(set_faults: Set, struck: Struck) -> None:
    set_faults(*({**ERROR, "scope": "result", "result": number} for number in (0, 3)))
    assert struck().of(0).result_errors == {0: REFUSAL, 3: REFUSAL}


@pytest.mark.parametrize(
    ("distribution", "middle", "low", "high"),
    [("uniform", 2.0, 1.0, 3.0), ("normal", 2.0, 0.0, 6.5), ("lognormal", 2.0, 0.03, 120.0)],
)
def test_a_distribution_keeps_its_middle_and_its_bounds(
    set_faults: Set, struck: Struck, distribution: str, middle: float, low: float, high: float
) -> None:
    set_faults({"kind": "latency", "seconds": 2, "distribution": distribution, "spread": 1})
    drawn = [struck().request.latency_s for _ in range(1000)]
    assert statistics.median(drawn) == pytest.approx(middle, rel=0.1)
    assert low <= min(drawn) < max(drawn) <= high


def test_a_latency_is_never_longer_than_ten_minutes(set_faults: Set, struck: Struck) -> None:
    set_faults({"kind": "latency", "seconds": 600, "distribution": "uniform", "spread": 600})
    assert max(struck().request.latency_s for _ in range(20)) == 600


def test_two_processes_share_the_counts(set_faults: Set, state: FaultState, struck: Struck) -> None:
    set_faults({**ERROR, "times": 2})
    other = FaultState(state._store)
    struck()
    assert asyncio.run(plan(other, provider="runware", tasks=[PAINT], codes=["modelNotFound"])).struck == ("error-1",)
    assert struck() == UNHARMED


def test_faults_of_another_process_are_seen_at_once(set_faults: Set, state: FaultState, struck: Struck) -> None:
    struck()
    asyncio.run(FaultState(state._store).put(read_faults(ERROR, codes=["modelNotFound"])))
    assert struck().struck == ("error-1",)


def test_a_fault_with_the_code_of_another_provider_spares_this_one(set_faults: Set, state: FaultState) -> None:
    set_faults(ERROR)
    spared = asyncio.run(plan(state, provider="kiapi", tasks=[PAINT], codes=["unauthorized"]))
    assert spared.struck == ()


def test_what_a_refused_task_would_have_made_is_not_struck_and_the_next_one_is(set_faults: Set, struck: Struck) -> None:
    set_faults({"kind": "duration", "seconds": 30, "times": 1}, {**ERROR, "scope": "request", "times": 1})
    assert struck() == Plan(Strikes(Refusal("modelNotFound")), {}, ("error-1",))
    assert struck().of(0) == Effects(duration_s=30.0)
