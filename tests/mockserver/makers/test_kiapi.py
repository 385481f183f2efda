"""kiapi in pipeline mode: one job at a time, each finished when its picture is."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

Servers = Callable[..., Any]
PROMPT = {"prompt": "a fox", "width": 64, "height": 64, "steps": 4}
GENERATE = "/v1/image/qwen/generate"
JSON = {"accept": "application/json"}


def generate(server: Any, headers: Any = JSON, **members: Any) -> Any:
    return server.send("POST", GENERATE, json={**PROMPT, **members}, headers=headers)


def queue(server: Any, **members: Any) -> str:
    reply = generate(server, mode="async", **members)
    assert reply.status_code == 202, reply.text
    return str(reply.json()["job_id"])


def poll(server: Any, job: str) -> Any:
    return server.send("GET", f"/v1/jobs/{job}").json()


def told(server: Any, job: str) -> tuple[str, float | None, str]:
    state = poll(server, job)
    return state["status"], state["progress"], state["progress_label"]


def test_a_synchronous_request_gets_the_picture_that_was_made(serve_pipeline: Servers, gate: Any) -> None:
    gate.open()
    server = serve_pipeline()
    raw = generate(server, {"accept": "image/png"})
    assert (raw.status_code, raw.headers["content-type"], raw.content[1:4]) == (200, "image/png", b"PNG")
    file = raw.headers["x-kiapi-file-id"]
    assert server.send("GET", f"/v1/files/{file}/download").content == raw.content
    assert len(server.made) == 1


def test_a_job_is_queued_running_step_by_step_and_done_with_its_picture(serve_pipeline: Servers, gate: Any) -> None:
    server = serve_pipeline()
    first, second = queue(server), queue(server, seed=2)
    gate.wait(lambda: told(server, first) == ("running", 0.0, "running"))
    assert told(server, second) == ("queued", None, "queued")
    gate.pass_step(1)
    gate.wait(lambda: told(server, first) == ("running", 0.25, "denoising"))
    assert server.send("GET", "/v1/files").json()["data"] == []
    gate.open()
    gate.wait(lambda: told(server, second) == ("succeeded", 1.0, "done"))
    done = poll(server, first)
    assert done["created_at"] <= done["started_at"] <= done["finished_at"]
    assert done["result"]["image_bytes"] > 0
    assert done["result"]["file_id"] == done["artifacts"][0]


def test_one_job_is_made_at_a_time_whatever_the_number_of_workers(serve_pipeline: Servers, gate: Any) -> None:
    server = serve_pipeline(pipeline_workers=2)
    jobs = [queue(server, seed=seed) for seed in (1, 2)]
    gate.wait(lambda: told(server, jobs[0])[0] == "running")
    gate.pass_step(1)
    gate.wait(lambda: told(server, jobs[0])[1] == 0.25)
    assert [told(server, job)[0] for job in jobs] == ["running", "queued"]
    assert server.send("GET", "/health").json()["queue_len"] == 1


def test_a_job_whose_picture_cannot_be_made_fails_as_kiapi_fails(serve_pipeline: Servers) -> None:
    server = serve_pipeline()
    reply = generate(server, prompt="fail")
    assert (reply.status_code, reply.json()) == (500, {"detail": "qwen failed: the engine stopped"})
    (job,) = server.send("GET", "/v1/jobs").json()["data"]
    assert (job["status"], job["error"], job["progress"], job["artifacts"]) == ("failed", "the engine stopped", 0.0, [])


def test_a_full_queue_is_told_in_the_words_of_its_memory(serve_pipeline: Servers, gate: Any) -> None:
    server = serve_pipeline(pipeline_queue=0)
    queue(server)
    reply = generate(server)
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "2")
    assert reply.json()["detail"].endswith("but the budget is 25.0 GB with nothing left to evict")
    assert len(server.send("GET", "/v1/jobs").json()["data"]) == 1


def test_a_client_that_waits_too_long_gets_504_and_the_job_goes_on(serve_pipeline: Servers, gate: Any) -> None:
    server = serve_pipeline(kiapi_sync_timeout=0.1)
    assert generate(server).status_code == 504
    gate.open()
    (job,) = server.send("GET", "/v1/jobs").json()["data"]
    gate.wait(lambda: told(server, job["id"])[0] == "succeeded")


def test_jobs_that_are_deleted_are_unknown_and_made_all_the_same(serve_pipeline: Servers, gate: Any) -> None:
    server = serve_pipeline()
    running, queued, last = (queue(server, seed=seed) for seed in (1, 2, 3))
    gate.wait(lambda: told(server, running)[0] == "running")
    deleted = [server.send("DELETE", f"/v1/jobs/{job}").json()["was_running"] for job in (running, queued)]
    replies = [server.send(method, f"/v1/jobs/{running}").status_code for method in ("GET", "DELETE")]
    assert (deleted, replies) == ([True, False], [404, 404])
    gate.pass_step(1)
    assert [job["id"] for job in server.send("GET", "/v1/jobs").json()["data"]] == [last]
    assert (told(server, last)[0], server.send("GET", "/health").json()["queue_len"]) == ("queued", 2)
    gate.open()
    gate.wait(lambda: told(server, last)[0] == "succeeded")
    assert len(server.send("GET", "/v1/files").json()["data"]) == len(server.made) == 3
    assert [job["id"] for job in server.send("GET", "/v1/jobs").json()["data"]] == [last]


def test_who_waits_for_a_job_that_another_deletes_gets_its_picture(serve_pipeline: Servers, gate: Any) -> None:
    server = serve_pipeline()
    with ThreadPoolExecutor(1) as clients:
        waiting = clients.submit(generate, server, {"accept": "image/png"})
        gate.wait(lambda: gate.said("began"))
        (job,) = server.send("GET", "/v1/jobs").json()["data"]
        server.send("DELETE", f"/v1/jobs/{job['id']}")
        gate.open()
        assert (waiting.result().status_code, waiting.result().content[1:4]) == (200, b"PNG")


def test_an_edit_is_made_from_its_picture(serve_pipeline: Servers, gate: Any) -> None:
    gate.open()
    server = serve_pipeline()
    raw = generate(server, {"accept": "image/png"})
    image = {"type": "file_id", "file_id": raw.headers["x-kiapi-file-id"]}
    edit = {**PROMPT, "images": [image]}
    reply = server.send("POST", "/v1/image/qwen/edit", json=edit, headers=JSON)
    assert reply.json()["status"] == "succeeded", reply.text
    assert len(server.made) == 2


@pytest.mark.parametrize(("mode", "asked", "made"), [("fake", "mode=pipeline", 1), ("pipeline", "mode=fake", 0)])
def test_a_request_can_ask_for_the_other_mode(
    mode: str, asked: str, made: int, serve_pipeline: Servers, gate: Any
) -> None:
    gate.open()
    server = serve_pipeline(mode=mode)
    assert generate(server, {**JSON, "prefer": asked}).status_code == 200
    assert len(server.made) == made


def test_a_restart_goes_on_with_jobs_where_they_are_kept(serve_pipeline: Servers, gate: Any, tmp_path: Any) -> None:
    settings = {"store": f"sqlite:///{tmp_path}/state.db", "kiapi_jobs": "keep"}
    before = serve_pipeline(**settings)
    job = queue(before)
    gate.wait(lambda: gate.said("began"))
    before.stop()
    gate.open()
    after = serve_pipeline(**settings)
    gate.wait(lambda: told(after, job) == ("succeeded", 1.0, "done"))


def test_a_restart_forgets_jobs_and_makes_nothing_of_them(serve_pipeline: Servers, gate: Any, tmp_path: Any) -> None:
    store = f"sqlite:///{tmp_path}/state.db"
    before = serve_pipeline(store=store)
    queue(before)
    gate.wait(lambda: gate.said("began"))
    before.stop()
    gate.open()
    after = serve_pipeline(store=store)
    assert generate(after).status_code == 200
    assert len(after.made) == 1
