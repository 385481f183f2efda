"""What a request that is accepted writes: its job, its input files and its artifact."""

from collections.abc import Callable
from typing import Any

import pytest

UNKNOWN = {"type": "file_id", "file_id": "file_0"}
NO_PICTURE = {"type": "data_url", "data_url": "data:,x"}
TOLD = "unknown init_image file_id 'file_0'"


def test_inline_inputs_are_listed_as_files_of_their_own(
    client: Any, draw_file: Callable[..., bytes], inline: Callable[[bytes], Any]
) -> None:
    client.edit(draw_file(), inline(draw_file("JPEG")), loras=[{"file": NO_PICTURE}])
    *inputs, _ = sorted(client.get("/v1/files")["data"], key=lambda file: bool(file["meta"].get("params")))
    told = {(file["filename"], file["content_type"], file["meta"]["kind"]) for file in inputs}
    assert told == {("image.png", "image/png", "image"), ("lora.bin", "application/octet-stream", "lora")}
    assert len(inputs) == 3
    assert {file["meta"]["source"] for file in inputs} == {"data_url"}


def test_a_job_fails_by_a_reference_that_nobody_knows(client: Any) -> None:
    reply = client.generate(init_image=UNKNOWN)
    assert (reply.status_code, reply.json()) == (400, {"detail": TOLD})
    (job,) = client.get("/v1/jobs")["data"]
    assert (job["status"], job["error"], job["progress"], job["progress_label"]) == ("failed", TOLD, 0.0, "running")
    assert job["started_at"] == job["finished_at"] == job["created_at"]


def test_who_does_not_wait_learns_of_it_by_polls(client: Any) -> None:
    job = client.poll(client.queue(init_image=UNKNOWN))
    assert (job["status"], job["error"], job["result"], job["artifacts"]) == ("failed", TOLD, None, [])


def test_a_reference_is_looked_at_though_the_job_has_to_wait(client: Any) -> None:
    client.queue()
    job_id = client.queue(init_image=UNKNOWN)
    assert client.poll(job_id)["status"] == "queued"
    client.clock.advance(1.5)
    assert client.poll(job_id)["status"] == "failed"


def test_the_first_reference_that_fails_is_told_and_what_came_before_it_stays(
    client: Any, draw_file: Callable[..., bytes]
) -> None:
    reply = client.edit(draw_file(), UNKNOWN, {"type": "file_id", "file_id": "file_1"}, draw_file())
    assert reply.json() == {"detail": "unknown image file_id 'file_0'"}
    (kept,) = client.get("/v1/files")["data"]
    assert kept["meta"] == {"source": "data_url", "kind": "image"}


def test_pictures_are_looked_up_before_loras(client: Any) -> None:
    loras = [{"file": {"type": "file_id", "file_id": "file_1"}}]
    assert client.generate(init_image=UNKNOWN, loras=loras).json() == {"detail": TOLD}
    assert client.generate(loras=loras).json() == {"detail": "unknown lora file_id 'file_1'"}


def test_an_input_that_is_no_picture_fails_in_the_engine(client: Any) -> None:
    reply = client.generate(init_image=NO_PICTURE)
    text = "cannot identify image file 'init_image.bin'"
    assert (reply.status_code, reply.json()) == (500, {"detail": f"qwen failed: {text}"})
    assert client.get("/v1/jobs")["data"][0]["error"] == text


def test_an_edit_says_which_kind_of_job_failed(client: Any) -> None:
    reply = client.edit({"type": "data_url", "data_url": "data:image/png;base64,AAAA"})
    assert reply.json() == {"detail": "qwen-edit failed: cannot identify image file 'image.png'"}


def test_a_lora_may_be_any_file(client: Any) -> None:
    assert client.generate(loras=[{"file": NO_PICTURE}]).status_code == 200


def test_a_job_that_fails_keeps_no_file(client: Any) -> None:
    client.generate(init_image=UNKNOWN)
    client.clock.advance(100)
    assert client.get("/v1/files")["data"] == []


def test_a_failed_job_frees_the_worker(client: Any) -> None:
    client.queue(init_image=UNKNOWN)
    after = client.job()
    assert after["started_at"] == after["created_at"]


def test_a_picture_that_is_larger_than_the_limit_is_refused_by_the_engine(
    kiapi: Callable[..., Any], draw_file: Callable[..., bytes], inline: Callable[[bytes], Any]
) -> None:
    reply = kiapi(max_image_pixels=1000).generate(init_image=inline(draw_file()))
    assert (reply.status_code, reply.json()["detail"]) == (
        500,
        "qwen failed: cannot identify image file 'init_image.png'",
    )


def test_the_server_keeps_so_many_jobs_and_files_as_it_is_told(kiapi: Callable[..., Any]) -> None:
    client = kiapi(max_tasks=3)
    jobs = [client.job() for _ in range(5)]
    assert [job["id"] for job in client.get("/v1/jobs")["data"]] == [job["id"] for job in reversed(jobs[2:])]
    assert [file["file_id"] for file in client.get("/v1/files")["data"]] == [
        job["artifacts"][0] for job in reversed(jobs[2:])
    ]


def test_jobs_with_much_inside_go_before_they_fill_the_memory(
    kiapi: Callable[..., Any], inline: Callable[[bytes], Any]
) -> None:
    client = kiapi(max_media=80_000)
    for number in range(8):
        client.queue(loras=[{"file": inline(bytes([number] * 9000))}])  # a job of 25,000 bytes
    assert len(client.get("/v1/jobs")["data"]) == 3
    assert client.mock.held("files") < 16


@pytest.mark.parametrize(("days", "kept"), [(29, 1), (31, 0)])
def test_jobs_and_files_stay_for_thirty_days(client: Any, days: int, kept: int) -> None:
    client.job()
    client.clock.advance(days * 86_400)
    assert [len(client.get(path)["data"]) for path in ("/v1/jobs", "/v1/files")] == [kept, kept]
