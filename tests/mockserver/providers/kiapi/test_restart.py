"""What outlives a server, and what two servers on one store share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def store(tmp_path: Path) -> str:
    """Return the URL of an empty store."""
    return f"sqlite:///{tmp_path}/kiapi.db"


def test_a_restart_forgets_jobs_and_keeps_files(kiapi: Callable[..., Any], store: str) -> None:
    before = kiapi(store=store)
    job = before.job()
    after = kiapi(store=store)
    after.clock.advance(1)
    assert after.get("/v1/jobs")["data"] == []
    assert after.send("GET", f"/v1/jobs/{job['id']}").status_code == 404
    (file,) = after.get("/v1/files")["data"]
    assert [file["file_id"]] == job["artifacts"]
    made = after.send("GET", f"/v1/files/{file['file_id']}/download").content
    assert len(made) == job["result"]["image_bytes"]


def test_a_restart_keeps_jobs_where_the_setting_says_so(kiapi: Callable[..., Any], store: str) -> None:
    job = kiapi(store=store, kiapi_jobs="keep").job()
    after = kiapi(store=store, kiapi_jobs="keep")
    after.clock.advance(1)
    assert after.poll(job["id"]) == job


def test_the_worker_of_a_server_that_forgets_is_free_after_a_restart(kiapi: Callable[..., Any], store: str) -> None:
    before = kiapi(store=store)
    before.fault("task_stall")
    before.queue()
    before.queue()
    after = kiapi(store=store)
    after.mock.send("DELETE", "/__genmock__/faults")
    assert after.job()["status"] == "succeeded"
    assert after.get("/health")["queue_len"] == 0


def test_the_worker_of_a_server_that_keeps_goes_on(kiapi: Callable[..., Any], store: str) -> None:
    before = kiapi(store=store, kiapi_jobs="keep", duration={"job": 30.0})
    first = before.queue()
    after = kiapi(store=store, kiapi_jobs="keep", duration={"job": 30.0})
    second = after.queue()
    assert [after.poll(job)["status"] for job in (first, second)] == ["running", "queued"]


def test_names_are_not_given_twice(kiapi: Callable[..., Any], store: str) -> None:
    jobs = [kiapi(store=store).job() for _ in range(3)]
    assert len({job["id"] for job in jobs}) == len({job["artifacts"][0] for job in jobs}) == 3


@pytest.mark.parametrize("mode", ["forget", "keep"])
def test_a_change_of_the_setting_does_no_harm(kiapi: Callable[..., Any], store: str, mode: str) -> None:
    other = {"forget": "keep", "keep": "forget"}[mode]
    for setting in (mode, other, mode):
        client = kiapi(store=store, kiapi_jobs=setting)
        client.queue()
        assert client.get("/health")["status"] == "ok"
        client.clock.advance(100)
        assert client.states()[-1] == "succeeded"


def test_a_reset_forgets_everything(client: Any) -> None:
    job = client.job()
    client.queue()
    client.mock.reset()
    assert [client.get(path)["data"] for path in ("/v1/jobs", "/v1/files")] == [[], []]
    assert client.get("/health")["memory"]["loaded"] == []
    assert client.job()["id"] == job["id"]


def test_inputs_of_a_job_outlive_the_server_that_took_them(
    kiapi: Callable[..., Any], store: str, draw_file: Callable[..., bytes]
) -> None:
    before = kiapi(store=store, kiapi_jobs="keep")
    held = before.upload(draw_file())
    job_id = before.queue(init_image=held, seed=1)
    assert job_id
    after = kiapi(store=store, kiapi_jobs="keep")
    after.clock.advance(9)
    files = after.get("/v1/files")["data"]
    made = next(file for file in files if file["meta"])
    assert after.send("GET", f"/v1/files/{made['file_id']}/download").content.startswith(b"\x89PNG")
    assert after.generate(init_image=held).status_code == 200


@pytest.mark.parametrize(("mode", "count"), [("forget", 1), ("keep", 2)])
def test_a_job_that_was_not_done_leaves_no_file(
    kiapi: Callable[..., Any], serve: Callable[..., Any], store: str, mode: str, count: int
) -> None:
    before = kiapi(store=store, kiapi_jobs=mode)
    before.job()
    before.queue()
    after = type(before)(serve(before.clock, store=store, kiapi_jobs=mode), before.clock)  # at the same time
    after.get("/health")  # with its first request the server begins
    after.clock.advance(100)
    assert len(after.get("/v1/files")["data"]) == count
