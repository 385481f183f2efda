"""Faults and the header Prefer, in kiapi's words, for who waits and for who polls."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from PIL import UnidentifiedImageError

from genmock.specs import load_errors

ERRORS = load_errors("kiapi")
WEIGHTS = "model 'image' is not activated; missing: Qwen/Qwen-Image. Run: kiapi activate --repo Qwen/Qwen-Image"
IN_WORKER = {
    "weightsMissing": (503, WEIGHTS),
    "overBudget": (503, "model 'image' needs ~30.0 GB but the budget is 25.0 GB with nothing left to evict"),
    "transientOverBudget": (503, "transient job needs ~30.0 GB but the budget is only 25.0 GB"),
    "transientNoRoom": (503, "transient job needs ~30.0 GB but the budget is 25.0 GB with nothing left to evict"),
    "engineFailed": (500, "the engine stopped"),
}
UNKNOWN = {"type": "file_id", "file_id": "file_0"}


@pytest.mark.parametrize("code", IN_WORKER)
def test_an_error_of_the_worker_is_told_to_who_waits_and_is_the_jobs(client: Any, code: str) -> None:
    status, text = IN_WORKER[code]
    client.fault("error", code=code, match={"taskType": "image.*"})
    reply = client.generate()
    assert (reply.status_code, reply.json()) == (
        status,
        {"detail": text if status == 503 else f"qwen failed: {text}"},
    )
    assert "retry-after" not in reply.headers
    (job,) = client.get("/v1/jobs")["data"]
    assert (job["status"], job["error"], job["progress_label"]) == ("failed", text, "running")


@pytest.mark.parametrize("code", IN_WORKER)
def test_who_does_not_wait_is_acknowledged_and_polls_the_error(client: Any, code: str) -> None:
    client.fault("error", code=code, match={"taskType": "image.*"})
    job = client.poll(client.queue())
    assert (job["status"], job["error"]) == ("failed", IN_WORKER[code][1])


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_an_error_before_there_is_a_job_makes_none(client: Any, mode: str) -> None:
    client.fault("error", code="serviceUnavailable", match={"taskType": "image.*"}, retryAfter=2.5)
    reply = client.generate(mode=mode)
    assert (reply.status_code, reply.json()) == (503, {"detail": "The server cannot answer now."})
    assert reply.headers["retry-after"] == "3"
    assert client.get("/v1/jobs")["data"] == []


def test_an_error_of_the_whole_request_makes_no_job_either(client: Any) -> None:
    client.fault("error", code="engineFailed", scope="request", times=1)
    assert client.generate(mode="async").json() == {"detail": "qwen failed: the engine stopped"}
    assert client.get("/v1/jobs")["data"] == []


@pytest.mark.parametrize("code", IN_WORKER)
def test_an_error_of_the_worker_reads_the_same_whether_it_strikes_a_task_or_the_whole_request(
    client: Any, code: str
) -> None:
    client.fault("error", id="task", code=code, match={"taskType": "image.*"}, times=1)
    of_task = client.generate()
    client.fault("error", id="request", code=code, scope="request", times=1)
    of_request = client.generate()
    assert (of_request.status_code, of_request.json()) == (of_task.status_code, of_task.json())


def test_a_fault_may_bring_its_own_words_and_status(client: Any) -> None:
    client.fault("error", code="engineFailed", message="out of {memory}", status=507, times=1)
    reply = client.generate()
    assert (reply.status_code, reply.json()) == (507, {"detail": "out of {memory}"})


@pytest.mark.parametrize(("at", "progress"), [(0, 0.0), (50, 13 / 30), (100, 1.0)])
def test_a_job_fails_while_it_runs(client: Any, at: int, progress: float) -> None:
    client.fault("task_fail", code="engineFailed", at=at)
    reply = client.generate()
    assert reply.json() == {"detail": "qwen failed: the engine stopped"}
    (job,) = client.get("/v1/jobs")["data"]
    assert (job["status"], job["progress"]) == ("failed", progress)
    assert job["finished_at"] - job["started_at"] == pytest.approx(0.1 * at / 100, abs=1e-6)


def test_a_job_that_fails_halfway_is_polled_until_then(client: Any) -> None:
    client.fault("task_fail", code="engineFailed", at=50)
    job_id = client.queue()
    client.clock.advance(0.7)
    assert client.poll(job_id)["status"] == "running"
    client.clock.advance(0.1)
    assert client.poll(job_id)["status"] == "failed"


def test_a_timeout_inside_the_engine_is_told_like_one_of_the_wait_though_the_job_has_failed(client: Any) -> None:
    client.fault("task_fail", code="syncTimeout")
    reply = client.generate()
    (job,) = client.get("/v1/jobs")["data"]
    text = f"qwen job {job['id']} exceeded sync timeout (600.0s); it keeps running — poll /v1/jobs/{job['id']}"
    assert (reply.status_code, reply.json(), job["status"]) == (504, {"detail": text}, "failed")


def test_a_timeout_can_be_had_at_once_and_the_job_goes_on(client: Any) -> None:
    client.fault("error", code="syncTimeout", match={"taskType": "image.*"})
    reply = client.generate()
    (job,) = client.get("/v1/jobs")["data"]
    assert (reply.status_code, job["id"] in reply.json()["detail"], job["status"]) == (504, True, "running")
    client.clock.advance(1)
    assert client.states() == ["succeeded"]
    assert client.generate(mode="async").status_code == 202


def test_a_job_that_stalls_is_waited_for_until_the_timeout(client: Any) -> None:
    client.fault("task_stall", times=1)
    assert client.generate().status_code == 504
    client.clock.advance(1e6)
    assert client.states() == ["running"]
    assert client.generate().status_code == 504
    assert client.states() == ["running", "queued"]
    assert client.get("/health")["queue_len"] == 1


def test_a_fault_decides_how_long_a_job_takes(client: Any) -> None:
    client.fault("duration", seconds=40)
    assert client.job()["result"]["timings"] == {"total_s": 40.0}
    assert client.poll(client.queue())["status"] == "running"


def test_a_file_that_expires_is_gone_when_the_job_is_done(client: Any) -> None:
    client.fault("task_expire")
    reply = client.generate(accept="image/png")
    assert reply.headers["content-type"] == "application/json"  # as kiapi answers without the file
    (file_id,) = reply.json()["artifacts"]
    assert client.send("GET", f"/v1/files/{file_id}").status_code == 404
    assert client.get("/v1/files")["data"] == []


@pytest.mark.parametrize("kind", ["truncate", "corrupt"])
def test_a_damaged_picture_is_damaged_wherever_it_is_had(client: Any, kind: str) -> None:
    whole = client.generate(accept="image/png", seed=1).content
    client.fault(kind, part="image")
    reply = client.generate(accept="image/png", seed=1)
    assert reply.content != whole
    file_id = reply.headers["x-kiapi-file-id"]
    assert client.send("GET", f"/v1/files/{file_id}/download").content == reply.content
    assert client.get(f"/v1/files/{file_id}")["size"] == len(reply.content)
    with pytest.raises((UnidentifiedImageError, OSError, SyntaxError)):
        client.picture(reply).load()


@pytest.mark.parametrize("change", ["missing", "type"])
def test_a_job_can_be_sent_without_a_member_or_with_another_type(client: Any, change: str) -> None:
    client.fault("schema", change=change, pointer="/status", match={"taskType": "image.*"})
    job = client.generate().json()
    assert ("status" in job, job.get("status")) == ((False, None) if change == "missing" else (True, 0))


@pytest.mark.parametrize("kind", ["truncate", "corrupt"])
def test_a_reply_can_be_damaged_on_its_way(client: Any, kind: str) -> None:
    client.fault(kind, times=1)
    with pytest.raises(ValueError, match=r"^('utf-8' codec can't decode|Expecting|Unterminated)"):
        json.loads(client.generate().content)
    assert client.generate().status_code == 200


@pytest.mark.parametrize("kind", ["webhook_duplicate", "webhook_reorder", "webhook_lose", "latency", "no_pong"])
def test_what_has_no_meaning_here_does_no_harm(client: Any, kind: str) -> None:
    client.fault(kind, **({"seconds": 0.001} if kind == "latency" else {}))
    client.held = True
    assert client.job()["status"] == "succeeded"


def test_faults_strike_one_operation_or_one_model(client: Any, draw_file: Callable[..., bytes]) -> None:
    client.fault("error", code="notFound", match={"taskType": "jobs.list"})
    client.fault("error", code="engineFailed", match={"model": "edit-*"})
    assert client.send("GET", "/v1/jobs").status_code == 404
    assert client.edit(draw_file()).status_code == 500
    assert client.generate().status_code == 200
    assert client.get("/v1/files")["object"] == "list"


def test_faults_strike_by_what_a_request_says(client: Any) -> None:
    client.fault("error", code="engineFailed", match={"when": "task.steps > 50"})
    assert [client.generate(steps=steps, seed=10**30).status_code for steps in (50, 51)] == [200, 500]


def test_faults_strike_by_the_name_of_an_upload(client: Any) -> None:
    client.fault("error", code="serviceUnavailable", match={"when": "task.file.filename == 'a.png'"})
    files = {name: {"file": (name, b"x")} for name in ("a.png", "b.png")}
    told = {name: client.send("POST", "/v1/files", files=file).status_code for name, file in files.items()}
    assert told == {"a.png": 503, "b.png": 200}


def test_faults_for_runware_leave_kiapi_alone(client: Any) -> None:
    client.fault("error", code="engineFailed", match={"provider": "runware"})
    assert client.generate().status_code == 200


@pytest.mark.parametrize("path", ["/health", "/v1/files", "/v1/jobs", "/v1/models", "/openapi.json", "/docs", "/redoc"])
def test_every_endpoint_can_be_struck(client: Any, path: str) -> None:
    client.fault("error", code="serviceUnavailable", match={"provider": "kiapi"}, times=1)
    reply = client.send("GET", path)
    assert (reply.status_code, reply.json()) == (503, {"detail": "The server cannot answer now."})


def test_missing_weights_come_before_the_files_and_the_budget_after_them(client: Any) -> None:
    client.fault("error", id="first", code="weightsMissing", times=1)
    assert client.generate(init_image=UNKNOWN).json() == {"detail": WEIGHTS}
    client.fault("error", code="overBudget", times=1)
    assert client.generate(init_image=UNKNOWN).json() == {"detail": "unknown init_image file_id 'file_0'"}


def test_missing_weights_store_no_input_and_a_missing_budget_does(
    client: Any, draw_file: Callable[..., bytes], inline: Callable[[bytes], Any]
) -> None:
    told = []
    for code in ("weightsMissing", "overBudget"):
        client.fault("error", code=code, times=1)
        client.generate(init_image=inline(draw_file()))
        client.clock.advance(1)
        told.append(len(client.get("/v1/files")["data"]))
    assert told == [0, 1]


@pytest.mark.parametrize("code", sorted(ERRORS.codes))
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_any_error_can_be_preferred(client: Any, code: str, mode: str) -> None:
    client.held = False
    reply = client.generate(mode=mode, headers={"prefer": f"code={code}"})
    assert reply.status_code == ERRORS.get(code).status
    assert list(reply.json()) == ["detail"]
    assert client.get("/v1/jobs")["data"] == []


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("unknownModel", "unknown qwen model 'image'; available: ['edit-2509', 'image']"),
        ("unknownReference", "unknown init_image file_id 'image'"),
        ("privateHost", "init_image url host 'image' resolves to non-public address 127.0.0.1"),
        ("fetchFailed", "failed to fetch init_image url 'image': the connection was refused"),
        ("engineFailed", "qwen failed: the engine stopped"),
        ("unreadableImage", "qwen failed: cannot identify image file 'image'"),
        (
            "syncTimeout",
            f"qwen job job_{'0' * 32} exceeded sync timeout (600.0s); it keeps running — poll /v1/jobs/job_{'0' * 32}",
        ),
    ],
)
def test_a_text_is_filled_with_what_the_request_says_or_with_examples(client: Any, code: str, text: str) -> None:
    assert client.generate(headers={"prefer": f"code={code}"}).json() == {"detail": text}


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (400, "There was an error parsing the body"),
        (401, "unauthorized"),
        (404, "Not Found"),
        (405, "Method Not Allowed"),
        (500, "qwen failed: the engine stopped"),
        (503, WEIGHTS),
    ],
)
def test_a_status_can_be_preferred(client: Any, status: int, text: str) -> None:
    client.held = False
    reply = client.generate(headers={"prefer": f"code={status}"})
    assert (reply.status_code, reply.json()) == (status, {"detail": text})


def test_what_cannot_be_preferred_is_told(client: Any) -> None:
    reply = client.generate(headers={"prefer": "code=engineFaild"})
    text = "Prefer: code=engineFaild names no error of the catalogue; did you mean engineFailed?"
    assert (reply.status_code, reply.json()) == (400, {"detail": text})
    assert client.generate(headers={"prefer": "code=200, dynamic=true"}).status_code == 200


@pytest.mark.parametrize("seconds", ["0", "2.5", "1e300"])
def test_a_duration_can_be_preferred(client: Any, seconds: str) -> None:
    job_id = client.queue(headers={"prefer": f"duration={seconds}"})
    assert client.poll(job_id)["status"] == ("succeeded" if seconds == "0" else "running")
    client.clock.advance(2.5)
    assert client.poll(job_id)["status"] == ("running" if seconds == "1e300" else "succeeded")
    assert client.generate().status_code == (504 if seconds == "1e300" else 200)


def test_the_journal_names_the_faults_that_struck(client: Any) -> None:
    client.fault("latency", id="slow", seconds=0)
    client.fault("error", id="weights", code="weightsMissing")
    client.generate()
    assert client.exchange.note == "faults: weights, slow"
    (note,) = client.exchange.tasks
    assert (note.task_type, note.model, note.outcome, note.code) == (
        "image.qwen.generate",
        "image",
        "error",
        "weightsMissing",
    )


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("kind", ["error", "task_fail", "result"])
@pytest.mark.parametrize("code", sorted(ERRORS.codes))
def test_every_error_of_the_catalogue_can_be_had_in_every_way(client: Any, code: str, kind: str, mode: str) -> None:
    members = {"scope": "result"} if kind == "result" else {}
    client.fault("task_fail" if kind == "task_fail" else "error", code=code, match={"taskType": "image.*"}, **members)
    reply = client.generate(mode=mode)
    assert reply.status_code in (202, ERRORS.get(code).status)
    client.clock.advance(9)
    jobs = client.get("/v1/jobs")["data"]
    assert {job["status"] for job in jobs} <= {"failed", "succeeded"}
