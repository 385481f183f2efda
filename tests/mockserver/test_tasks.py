"""A task's state is a function of its record and the time: what never happens, whatever they are."""

import importlib
import json
import math
import os
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

tasks = importlib.import_module("genmock.mockserver.tasks")
Failure, TaskRecord, state_at = tasks.Failure, tasks.TaskRecord, tasks.state_at

SCALE = 1 if os.environ.get("GENMOCK_SCALE") == "full" else 10
MANY = settings(max_examples=1000 // SCALE, deadline=None)
ERROR, OTHER = {"code": "providerError"}, {"code": "imageBlocked"}
TIMES = st.floats(0.0, 40.0)
PARTS = st.floats(0.0, 1.0)
TOGETHER = st.booleans()


def record(count: int = 3, duration_s: float = 10.0, *failures: Any, **members: Any) -> Any:
    made = TaskRecord(
        provider="runware",
        account="0123456789abcdef",
        uuid="a0000000-0000-4000-8000-000000000000",
        type="imageInference",
        model="runware:108@1",
        accepted_at=0.0,
        duration_s=duration_s,
        expires_at=1000.0,
        results=[{"imageUUID": str(number)} for number in range(count)],
        failures=failures,
    )
    return replace(made, **members)


def statuses(task: Any, now: float, *, together: bool = True) -> tuple[str, int, list[str]]:
    state = state_at(task, now, together=together)
    return state.status, state.progress, [result.status for result in state.results]


@st.composite
def records(draw: st.DrawFn) -> Any:
    """Any record: few results or many, with failures and uploads, that ends, stalls or expires early."""
    count = draw(st.integers(0, 5))
    places = st.none() | st.integers(0, 5)
    failures = draw(st.lists(st.builds(Failure, st.sampled_from([ERROR, OTHER]), PARTS, places), max_size=3))
    uploads = draw(st.just([]) | st.lists(st.sampled_from(["pending", "done", "failed"]), min_size=5, max_size=5))
    duration = draw(st.floats(0.0, 20.0) | st.just(math.inf))
    return record(
        count,
        duration,
        *failures,
        accepted_at=draw(st.floats(0.0, 5.0)),
        expires_at=draw(st.floats(0.0, 60.0) | st.just(1e9)),
        uploads=uploads[:count],
    )


def test_a_task_goes_from_accepted_through_processing_to_success() -> None:
    task = record(2)
    assert statuses(task, 0.0) == ("accepted", 0, ["processing"] * 2)
    assert statuses(task, 5.0) == ("processing", 50, ["processing"] * 2)
    assert statuses(task, 9.99) == ("processing", 99, ["processing"] * 2)
    assert statuses(task, 10.0) == ("success", 100, ["success"] * 2)
    assert statuses(task, 999.9) == ("success", 100, ["success"] * 2)


def test_one_by_one_results_finish_in_equal_parts_of_the_time() -> None:
    task = record(4, 8.0)
    finished = [statuses(task, now, together=False)[2].count("success") for now in (0, 1.9, 2, 4, 6, 7.9, 8)]
    assert finished == [0, 0, 1, 2, 3, 3, 4]
    assert statuses(task, 4.0, together=False) == ("processing", 50, ["success"] * 2 + ["processing"] * 2)


def test_a_task_without_a_duration_is_finished_when_it_is_accepted() -> None:
    assert statuses(record(2, 0.0), 0.0) == ("success", 100, ["success"] * 2)


def test_a_task_without_results_is_a_success_when_it_ends() -> None:
    assert [statuses(record(0), now)[0] for now in (0.0, 10.0)] == ["accepted", "success"]


def test_a_time_before_the_task_is_its_beginning() -> None:
    assert statuses(record(1, accepted_at=50.0), 20.0) == ("accepted", 0, ["processing"])


def test_a_task_that_fails_does_so_after_its_part_of_the_time() -> None:
    task = record(2, 10.0, Failure(ERROR, 0.25))
    assert statuses(task, 2.4) == ("processing", 24, ["processing"] * 2)
    assert statuses(task, 2.5) == ("error", 25, ["error"] * 2)
    assert statuses(task, 999.0) == ("error", 25, ["error"] * 2)
    assert [result.error for result in state_at(task, 2.5).results] == [ERROR] * 2
    assert task.ends_at == 2.5


@pytest.mark.parametrize("together", [True, False])
def test_a_result_that_fails_leaves_the_others_alone(together: bool) -> None:
    task = record(3, 9.0, Failure(ERROR, result=1))
    assert statuses(task, 9.0, together=together) == ("success", 100, ["success", "error", "success"])
    assert state_at(task, 9.0).results[1].error == ERROR


def test_a_task_all_of_whose_results_fail_is_an_error() -> None:
    task = record(2, 9.0, Failure(ERROR, result=0), Failure(OTHER, result=1))
    assert statuses(task, 9.0) == ("error", 100, ["error"] * 2)


def test_a_failure_of_a_result_that_there_is_not_is_none() -> None:
    assert statuses(record(1, 9.0, Failure(ERROR, result=4)), 9.0) == ("success", 100, ["success"])


def test_a_task_that_stalls_never_gets_anywhere() -> None:
    task = record(2, math.inf, expires_at=math.inf)
    assert {statuses(task, now)[:2] for now in (0.0, 1e6, 1e12)} == {("accepted", 0)}
    assert task.ends_at == math.inf


def test_a_task_that_stalls_and_fails_at_once_has_ended() -> None:
    task = record(1, math.inf, Failure(ERROR, 0.0))
    assert (statuses(task, 0.0)[0], task.ends_at) == ("error", 0.0)


def test_results_are_told_until_they_expire() -> None:
    task = record(2, 10.0, expires_at=70.0)
    assert statuses(task, 69.9)[0] == "success"
    assert statuses(task, 70.0) == ("expired", 100, ["expired"] * 2)


@pytest.mark.parametrize(("upload", "status"), [("pending", "processing"), ("done", "success"), ("failed", "error")])
def test_a_result_waits_for_its_upload(upload: str, status: str) -> None:
    task = record(1, 10.0, *([Failure(OTHER, result=0)] if upload == "failed" else []), uploads=[upload])
    assert statuses(task, 10.0) == (status, 100, [status])
    assert state_at(task, 10.0).results[0].error == (OTHER if status == "error" else None)


@given(task=records(), now=TIMES, together=TOGETHER)
@MANY
def test_reading_changes_nothing(task: Any, now: float, together: bool) -> None:
    before = repr(task)
    assert state_at(task, now, together=together) == state_at(task, now, together=together)
    assert repr(task) == before


@given(task=records(), times=st.tuples(TIMES, TIMES), together=TOGETHER)
@MANY
def test_progress_never_falls(task: Any, times: tuple[float, float], together: bool) -> None:
    earlier, later = (state_at(task, now, together=together) for now in sorted(times))
    assert 0 <= earlier.progress <= later.progress <= 100


@given(task=records(), times=st.tuples(TIMES, TIMES), together=TOGETHER)
@MANY
def test_what_has_ended_never_begins_again(task: Any, times: tuple[float, float], together: bool) -> None:
    order = {"processing": 0, "success": 1, "error": 2, "expired": 3}
    earlier, later = (state_at(task, now, together=together) for now in sorted(times))
    for before, after in zip(earlier.results, later.results, strict=True):
        assert order[before.status] <= order[after.status]


@given(task=records(), now=TIMES)
@MANY
def test_together_results_finish_all_or_none(task: Any, now: float) -> None:
    task = replace(task, uploads=())
    found = [result.status for result in state_at(task, now).results]
    assert "processing" not in found or set(found) == {"processing"}


@given(task=records(), now=TIMES)
@MANY
def test_one_by_one_results_finish_in_their_order(task: Any, now: float) -> None:
    task = replace(task, uploads=())
    waiting = [result.status == "processing" for result in state_at(task, now, together=False).results]
    assert waiting == sorted(waiting)


@given(task=records(), now=TIMES)
@MANY
def test_however_they_came_results_end_alike(task: Any, now: float) -> None:
    task = replace(task, duration_s=0.0, accepted_at=0.0)
    assert state_at(task, now) == state_at(task, now, together=False)


@given(task=records(), now=TIMES, together=TOGETHER)
@MANY
def test_a_result_has_an_error_exactly_when_it_failed(task: Any, now: float, together: bool) -> None:
    state = state_at(task, now, together=together)
    assert len(state.results) == len(task.results)
    assert all((result.error is not None) == (result.status == "error") for result in state.results)
    assert state.status != "error" or all(result.status == "error" for result in state.results)


@given(task=records())
@MANY
def test_a_task_is_not_over_before_its_end_and_over_at_it(task: Any) -> None:
    task = replace(task, uploads=(), expires_at=1e9)
    if math.isfinite(task.ends_at):
        assert state_at(task, task.ends_at + 1e-6).status in ("success", "error")


@given(task=records(), now=TIMES)
@MANY
def test_a_record_comes_back_from_its_bytes(task: Any, now: float) -> None:
    read = TaskRecord.of_bytes(task.as_bytes())
    assert read.as_bytes() == task.as_bytes()
    assert [state_at(read, now, together=how) for how in (True, False)] == [
        state_at(task, now, together=how) for how in (True, False)
    ]


def test_a_record_that_never_ends_or_expires_comes_back_from_its_bytes() -> None:
    task = record(1, math.inf, expires_at=math.inf)
    read = TaskRecord.of_bytes(task.as_bytes())
    assert (read.duration_s, read.expires_at) == (math.inf, math.inf)


def test_the_bytes_of_a_record_are_strict_json() -> None:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    json.loads(record(1, math.inf, expires_at=math.inf).as_bytes(), parse_constant=refuse)


def test_the_name_of_an_account_is_short_stable_and_does_not_tell_its_key() -> None:
    names = [tasks.account_id(key) for key in ("one", "one", "two", "")]
    assert names[0] == names[1]
    assert len(set(names)) == 3
    assert all(len(name) == 16 and "one" not in name for name in names)


def test_the_name_of_a_task_does_not_differ_by_case() -> None:
    assert tasks.task_id("acc", "AbC") == tasks.task_id("acc", "aBc") == "acc/abc"


def test_integers_of_any_size_keep_their_digits_in_a_record() -> None:
    assert TaskRecord.of_bytes(record(detail={"seed": 2**70}).as_bytes()).detail["seed"] == 2**70
