"""Jobs over time: a record and a time say everything."""

import importlib
import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

jobs = importlib.import_module("genmock.mockserver.providers.kiapi.jobs")
START = 1_767_225_600.0
STALLED = float("inf")
ORDER = ["queued", "running", "succeeded", "failed"]
ENGINE = jobs.JobFailure("the engine stopped", 500, "engineFailed", 0.5)
MEMBERS = "type params id status result artifacts error created_at started_at finished_at progress progress_label"


def record(**members: Any) -> Any:
    """Return a job that begins after 10 s and takes 10 s, a second of which is preparation."""
    usual = {
        "id": "job_1",
        "type": "qwen",
        "subject": "image.qwen.generate",
        "model": "image",
        "params": {"prompt": "a fox"},
        "created_at": START,
        "starts_at": START + 10,
        "duration_s": 10.0,
        "steps": 30,
        "result": {"file_id": "file_1", "prompt": "a fox", "timings": {"total_s": 10.0}},
        "artifact": "file_1",
        "drawing": {},
        "boot": "1",
    }
    return jobs.JobRecord(**{**usual, **members})


def at(seconds: float, **members: Any) -> tuple[Any, ...]:
    """Return (status, progress, label, started after, finished after) of a job that is so many seconds old."""
    state = jobs.state_at(record(**members), START + seconds)
    times = [None if time is None else time - START for time in (state.started_at, state.finished_at)]
    return (state.status, state.progress, state.label, *times)


def test_a_job_waits_runs_and_succeeds() -> None:
    assert at(0) == at(9.9) == ("queued", None, "queued", None, None)
    assert at(10) == at(11.2) == ("running", 0.0, "running", 10, None)
    assert at(11.5) == ("running", 1 / 30, "denoising", 10, None)
    assert at(19.9) == ("running", 29 / 30, "denoising", 10, None)
    assert at(20) == at(9999) == ("succeeded", 1.0, "done", 10, 20)


def test_a_job_that_fails_keeps_how_far_it_came() -> None:
    assert at(14.9, failure=ENGINE)[:2] == ("running", 13 / 30)
    assert at(15, failure=ENGINE) == at(99, failure=ENGINE) == ("failed", 13 / 30, "denoising", 10, 15)


@pytest.mark.parametrize(("part", "progress", "label"), [(0.0, 0.0, "running"), (1.0, 1.0, "denoising")])
def test_a_job_fails_at_its_very_beginning_or_end(part: float, progress: float, label: str) -> None:
    failure = replace(ENGINE, at=part)
    assert at(9, failure=failure)[0] == "queued"
    assert at(10 + 10 * part, failure=failure) == ("failed", progress, label, 10, 10 + 10 * part)


def test_a_job_that_stalls_runs_for_ever() -> None:
    assert at(1e9, duration_s=STALLED) == ("running", 0.0, "running", 10, None)
    assert at(1e9, starts_at=STALLED, duration_s=STALLED) == ("queued", None, "queued", None, None)


def test_a_job_that_fails_at_once_ends_though_it_would_stall() -> None:
    assert record(duration_s=STALLED, failure=replace(ENGINE, at=0.0)).ends_at == START + 10


def test_a_job_that_takes_no_time_is_never_seen_running() -> None:
    assert at(9.999, duration_s=0.0)[0] == "queued"
    assert at(10, duration_s=0.0) == ("succeeded", 1.0, "done", 10, 10)


seconds = st.floats(0, 1e6)
records = st.builds(
    record,
    starts_at=st.one_of(st.just(STALLED), seconds.map(lambda each: START + each)),
    duration_s=st.one_of(st.just(STALLED), seconds),
    steps=st.integers(1, 1000),
    failure=st.one_of(st.none(), st.floats(0, 1).map(lambda part: jobs.JobFailure("it broke", 500, "", part))),
)


@given(record=records, times=st.tuples(seconds, seconds).map(sorted))
def test_no_job_ever_goes_back(record: Any, times: list[float]) -> None:
    before, after = (jobs.state_at(record, START + time) for time in times)
    assert ORDER.index(before.status) <= ORDER.index(after.status)
    assert (before.progress or 0.0) <= (after.progress or 0.0) <= 1.0
    assert before.started_at in (None, after.started_at)
    assert before.finished_at in (None, after.finished_at)
    assert not {before.status, after.status} > {"succeeded", "failed"}


@given(record=records)
def test_a_record_survives_the_store(record: Any) -> None:
    assert jobs.JobRecord.of_bytes(record.as_bytes()) == record


def test_a_record_keeps_what_json_has_not() -> None:
    kept = jobs.JobRecord.of_bytes(record(params={"guidance": math.nan, "seed": 10**30}).as_bytes())
    assert (math.isnan(kept.params["guidance"]), kept.params["seed"]) == (True, 10**30)


def test_clients_see_twelve_members_in_their_order() -> None:
    for time in (0, 10, 20):
        assert list(jobs.job_json(record(), START + time, 77)) == MEMBERS.split()


def test_only_who_is_done_has_a_result_and_a_file() -> None:
    running, done = (jobs.job_json(record(), START + time, 77) for time in (19, 20))
    assert (running["result"], running["artifacts"], running["error"]) == (None, [], None)
    assert json.dumps(done["result"]) == (
        '{"file_id": "file_1", "image_bytes": 77, "prompt": "a fox", "timings": {"total_s": 10.0}}'
    )
    assert (done["artifacts"], done["error"]) == (["file_1"], None)


def test_the_error_of_a_job_shows_when_it_has_failed() -> None:
    running, failed = (jobs.job_json(record(failure=ENGINE), START + time, 0) for time in (14, 15))
    assert (running["error"], failed["error"]) == (None, "the engine stopped")
    assert (failed["result"], failed["artifacts"]) == (None, [])
