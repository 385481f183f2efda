"""Asking for pictures: at once or later, as bytes or as a job."""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

START = 1_767_225_600.0
GENERATE = "/v1/image/qwen/generate"
SMALL = {"prompt": "a fox", "width": 64, "height": 64}
MEMBERS = "type params id status result artifacts error created_at started_at finished_at progress progress_label"
PARAMS = (
    "prompt negative_prompt init_image image_strength width height steps guidance seed quantize scheduler format "
    "quality loras model mode"
)
RESULT = "file_id image_bytes model prompt params width height timings"
RESULT_PARAMS = (
    "kind model prompt negative_prompt init_image_file_id image_strength seed width height steps guidance quantize "
    "scheduler format quality loras"
)
EDIT_PARAMS = PARAMS.replace("init_image image_strength", "images")
EDIT_RESULT_PARAMS = RESULT_PARAMS.replace("init_image_file_id image_strength", "image_file_ids")


def test_who_waits_for_bytes_gets_the_picture_and_its_names(client: Any) -> None:
    reply = client.generate(accept="image/png")
    told = {name: reply.headers[name] for name in ("content-type", "content-disposition", "accept-ranges")}
    assert told == {
        "content-type": "image/png",
        "content-disposition": f'attachment; filename="qwen_{START:.0f}.png"',
        "accept-ranges": "bytes",
    }
    assert int(reply.headers["content-length"]) == len(reply.content)
    assert reply.headers["last-modified"] == "Thu, 01 Jan 2026 00:00:00 GMT"
    assert {"etag", "x-kiapi-file-id", "x-kiapi-job-id"} <= set(reply.headers)


def test_the_names_lead_to_the_file_and_the_job(client: Any) -> None:
    reply = client.generate(accept="*/*")
    file_id, job_id = reply.headers["x-kiapi-file-id"], reply.headers["x-kiapi-job-id"]
    assert re.fullmatch("file_[0-9a-f]{32}", file_id)
    assert re.fullmatch("job_[0-9a-f]{32}", job_id)
    assert client.send("GET", f"/v1/files/{file_id}/download").content == reply.content
    assert client.poll(job_id)["artifacts"] == [file_id]
    assert client.poll(job_id)["result"]["image_bytes"] == len(reply.content)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/json", "application/json"),
        ("text/html, Application/JSON;q=0.1", "application/json"),
        ("xapplication/jsonx", "application/json"),
        ("application/*", "image/png"),
        ("application/problem+json", "image/png"),
        ("image/webp", "image/png"),
        ("null", "image/png"),
        ("video/mp4", "image/png"),
        ("", "image/png"),
        (";;,q=\x7f", "image/png"),
    ],
)
def test_only_the_name_of_json_in_accept_counts(client: Any, accept: str, kind: str) -> None:
    assert client.generate(accept=accept).headers["content-type"] == kind


@pytest.mark.parametrize("format", ["png", "jpeg", "webp"])
def test_the_format_decides_how_a_picture_is_encoded(client: Any, format: str) -> None:
    reply = client.generate(accept="image/png", format=format, width=96, height=48)
    picture = client.picture(reply)
    assert (picture.format, picture.size) == (format.upper(), (96, 48))
    assert reply.headers["content-type"] == f"image/{format}"
    ending = {"jpeg": "jpg"}.get(format, format)
    assert reply.headers["content-disposition"].endswith(f'.{ending}"')


@pytest.mark.parametrize("format", ["jpeg", "webp"])
def test_a_lower_quality_makes_a_smaller_file(client: Any, format: str) -> None:
    sizes = [client.job(format=format, quality=quality)["result"]["image_bytes"] for quality in (5, 50, 100)]
    assert sizes == sorted(set(sizes))


def test_a_job_has_its_members_in_the_order_of_the_server(client: Any, draw_file: Callable[..., bytes]) -> None:
    made, changed = client.job(), client.edit(draw_file()).json()
    for job, params, result_params in ((made, PARAMS, RESULT_PARAMS), (changed, EDIT_PARAMS, EDIT_RESULT_PARAMS)):
        assert list(job) == MEMBERS.split()
        assert list(job["params"]) == params.split()
        assert list(job["result"]) == RESULT.split()
        assert list(job["result"]["params"]) == result_params.split()


def test_a_job_tells_what_was_sent_and_its_result_what_was_meant(client: Any) -> None:
    job = client.job(steps="12", model=" QWEN-image ", unknown=1, loras=[])
    sent, meant = job["params"], job["result"]["params"]
    assert {name: sent[name] for name in ("steps", "guidance", "seed", "quantize", "model", "mode", "loras")} == {
        "steps": 12,
        "guidance": None,
        "seed": None,
        "quantize": None,
        "model": "image",
        "mode": "sync",
        "loras": [],
    }
    assert {name: meant[name] for name in ("kind", "steps", "guidance", "quantize", "model", "scheduler")} == {
        "kind": "txt2img",
        "steps": 12,
        "guidance": 4.0,
        "quantize": 8,
        "model": "image",
        "scheduler": "linear",
    }


def test_an_edit_has_defaults_of_its_own(client: Any, draw_file: Callable[..., bytes]) -> None:
    job = client.edit(draw_file(), image_strength=7).json()
    assert (job["type"], job["result"]["model"]) == ("qwen-edit", "edit-2509")
    meant = job["result"]["params"]
    assert [meant[name] for name in ("kind", "guidance", "image_file_ids")] == ["edit", 2.5, []]


def test_references_are_told_as_they_were_sent(
    client: Any, draw_file: Callable[..., bytes], inline: Callable[[bytes], Any]
) -> None:
    sent = inline(draw_file())
    job = client.job(init_image=sent)
    assert job["params"]["init_image"] == sent
    assert (job["result"]["params"]["kind"], job["result"]["params"]["init_image_file_id"]) == ("img2img", None)


def test_a_seed_is_drawn_that_gives_the_picture_again(client: Any) -> None:
    job = client.job()
    seed = job["result"]["params"]["seed"]
    assert (job["params"]["seed"], 0 <= seed < 2**31) == (None, True)
    again = client.job(seed=seed)
    assert again["result"]["image_bytes"] == job["result"]["image_bytes"]
    assert client.picture(client.generate(seed=seed)).tobytes() == client.picture(client.generate(seed=seed)).tobytes()


def test_seeds_and_names_are_the_same_in_a_second_server_and_others_with_another_seed(
    kiapi: Callable[..., Any],
) -> None:
    first, second, other = (kiapi(seed=seed).job() for seed in (1, 1, 2))
    assert first == second
    assert {first["id"], *first["artifacts"]}.isdisjoint({other["id"], *other["artifacts"]})
    assert first["result"]["params"]["seed"] != other["result"]["params"]["seed"]


@pytest.mark.parametrize("seed", [0, -1, 2**63, 10**30, -(10**30)])
def test_a_seed_may_be_any_integer(client: Any, seed: int) -> None:
    job = client.job(seed=seed)
    assert (job["params"]["seed"], job["result"]["params"]["seed"]) == (seed, seed)
    assert client.get("/v1/files")["data"][0]["meta"]["params"]["seed"] == seed


def test_who_waits_lets_time_pass_on_a_virtual_clock(client: Any) -> None:
    job = client.job()
    assert client.clock.now() == START + 0.1
    assert (job["created_at"], job["started_at"], job["finished_at"]) == (START, START, START + 0.1)
    assert job["result"]["timings"] == {"total_s": 0.1}


def test_the_setting_of_a_jobs_duration_counts_for_who_waits_too(kiapi: Callable[..., Any]) -> None:
    client = kiapi(duration={"job": 2.0})
    assert client.job()["result"]["timings"] == {"total_s": 2.0}
    assert client.clock.now() == START + 2


def test_an_asynchronous_job_is_acknowledged_and_then_polled(client: Any) -> None:
    reply = client.generate(mode="async", accept="image/png")
    job_id = reply.json()["job_id"]
    assert (reply.status_code, reply.text) == (202, f'{{"job_id":"{job_id}","type":"qwen","status":"queued"}}')
    assert not {"location", "retry-after"} & set(reply.headers)
    told = []
    for _ in range(4):
        job = client.poll(job_id)
        told.append((job["status"], job["progress"], job["progress_label"]))
        client.clock.advance(0.5)
    running = [("running", 0.0, "running"), ("running", 7 / 30, "denoising"), ("running", 18 / 30, "denoising")]
    assert told == [*running, ("succeeded", 1.0, "done")]


def test_polls_move_a_clock_that_ticks(kiapi: Callable[..., Any]) -> None:
    client = kiapi(tick=0.75)
    job_id = client.queue()
    assert [client.poll(job_id)["status"], client.states(), client.poll(job_id)["status"]] == [
        "running",
        ["succeeded"],
        "succeeded",
    ]
    assert client.clock.now() == START + 3 * 0.75


def test_jobs_wait_for_the_one_before_them(client: Any) -> None:
    for _ in range(3):
        client.queue()
    told = [client.states()]
    for _ in range(3):
        client.clock.advance(1.5)
        told.append(client.states())
    assert told == [
        ["running", "queued", "queued"],
        ["succeeded", "running", "queued"],
        ["succeeded", "succeeded", "running"],
        ["succeeded", "succeeded", "succeeded"],
    ]


def test_when_a_later_request_was_answered_every_earlier_job_has_ended(client: Any) -> None:
    for _ in range(3):
        client.queue()
    client.job()
    assert client.clock.now() == pytest.approx(START + 4.6)
    assert set(client.states()) == {"succeeded"}


def test_who_waits_too_long_is_told_and_the_job_goes_on(kiapi: Callable[..., Any]) -> None:
    client = kiapi(kiapi_sync_timeout=2.0, duration={"job": 5.0})
    reply = client.generate()
    (job,) = client.get("/v1/jobs")["data"]
    text = f"qwen job {job['id']} exceeded sync timeout (2.0s); it keeps running — poll /v1/jobs/{job['id']}"
    assert (reply.status_code, reply.json()) == (504, {"detail": text})
    assert (client.clock.now(), job["status"]) == (START + 2, "running")
    client.clock.advance(3)
    assert client.states() == ["succeeded"]


def test_the_time_in_the_queue_counts_as_waiting(kiapi: Callable[..., Any]) -> None:
    client = kiapi(kiapi_sync_timeout=2.0)
    client.queue()
    client.queue()
    assert client.generate().status_code == 504
    assert client.states() == ["succeeded", "running", "queued"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_result_that_json_cannot_say_is_a_500_in_plain_text_to_who_waits_for_json(client: Any, number: str) -> None:
    body = json.dumps(SMALL)[:-1] + f', "guidance": {number}}}'
    kind = {"content-type": "application/json"}
    replies = [
        client.send("POST", GENERATE, content=body, headers={**kind, "accept": accept})
        for accept in ("application/json", "image/png")
    ]
    assert [reply.status_code for reply in replies] == [500, 200]
    assert (replies[0].text, replies[0].headers["content-type"]) == (
        "Internal Server Error",
        "text/plain; charset=utf-8",
    )
    told = [job["result"]["params"]["guidance"] for job in client.get("/v1/jobs")["data"]]
    assert told == [None, None]  # who polls gets null, as FastAPI writes it


def test_null_stands_for_no_number_beside_a_large_one_too(client: Any) -> None:
    body = json.dumps({**SMALL, "seed": 10**30})[:-1] + ', "guidance": NaN}'
    client.send("POST", GENERATE, content=body, headers={"content-type": "application/json"})
    (job,) = json.loads(client.send("GET", "/v1/jobs").content, parse_constant=pytest.fail)["data"]
    assert (job["params"]["guidance"], job["params"]["seed"]) == (None, 10**30)


def test_fifty_clients_wait_in_one_line(client: Any) -> None:
    async def work() -> list[httpx.Response]:
        transport = httpx.ASGITransport(client.mock.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mock.test") as to:
            headers = {"accept": "application/json"}
            return await asyncio.gather(*(to.post(GENERATE, json=SMALL, headers=headers) for _ in range(50)))

    jobs = [reply.json() for reply in asyncio.run(work())]
    assert {job["status"] for job in jobs} == {"succeeded"}
    starts = sorted(job["started_at"] for job in jobs)
    ends = sorted(job["finished_at"] for job in jobs)
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
    assert len({job["id"] for job in jobs}) == 50
