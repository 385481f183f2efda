"""kiapi: the same picture at once, later and as bytes; a member that is given its default changes nothing."""

import base64
import io
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

LAWS = settings.get_profile("laws")
FEW = settings.get_profile("few")
GENERATE, EDIT = "/v1/image/qwen/generate", "/v1/image/qwen/edit"
DEFAULTS = {"mode": "sync", "scheduler": "linear", "format": "png", "quality": 90, "loras": []}
MEDIA = {"png": "PNG", "jpeg": "JPEG", "webp": "WEBP"}


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    """Return a body of kiapi's that keeps its contract, with a seed of its own."""
    body: dict[str, Any] = {
        "prompt": draw(st.sampled_from(("a fox", "two red boats", "雪"))),
        "width": 16 * draw(st.integers(1, 8)),
        "height": 16 * draw(st.integers(1, 8)),
        "seed": draw(st.integers(0, 2**31 - 1)),
    }
    further = {
        "negative_prompt": st.just("rain"),
        "steps": st.integers(1, 60),
        "guidance": st.sampled_from((1.0, 4.5, 20)),
        "format": st.sampled_from(tuple(MEDIA)),
        "quality": st.integers(1, 100),
        "scheduler": st.just("linear"),
    }
    for name in draw(st.sets(st.sampled_from(sorted(further)))):
        body[name] = draw(further[name])
    return body


def result(job: dict[str, Any]) -> dict[str, Any]:
    """Return a job's result less what differs from job to job."""
    return {name: value for name, value in job["result"].items() if name not in ("file_id", "timings")}


def test_at_once_later_and_as_bytes_it_is_the_same_picture(world: Callable[..., Any]) -> None:
    @settings(LAWS)
    @given(bodies())
    def law(body: dict[str, Any]) -> None:
        here = world(duration={"job": 2.0})
        at_once = here.make(GENERATE, **body)
        raw = here.make(GENERATE, accept="*/*", **body)
        later = here.make(GENERATE, **body, mode="async")
        assert (at_once.status_code, raw.status_code, later.status_code) == (200, 200, 202)
        assert later.json() == {"job_id": later.json()["job_id"], "type": at_once.json()["type"], "status": "queued"}
        here.clock.advance(2.0)
        job = here.send("GET", f"/v1/jobs/{later.json()['job_id']}").json()
        assert job["status"] == "succeeded"
        files = [here.file(f"/v1/files/{each['artifacts'][0]}/download") for each in (job, at_once.json())]
        assert files == [raw.content, raw.content]
        assert result(job) == result(at_once.json())
        assert job["result"]["image_bytes"] == len(raw.content)
        image = Image.open(io.BytesIO(raw.content))
        assert image.size == (body["width"], body["height"])
        assert image.format == MEDIA[body.get("format", "png")]
        assert raw.headers["content-type"] == f"image/{body.get('format', 'png')}"

    law()


def test_a_job_tells_what_was_asked(world: Callable[..., Any]) -> None:
    @settings(LAWS)
    @given(bodies())
    def law(body: dict[str, Any]) -> None:
        here = world(duration={"job": 2.0})
        now = here.clock.now()
        job = here.make(GENERATE, **body).json()
        told = job["result"]
        for name, value in body.items():
            assert job["params"][name] == value
            assert told["params"].get(name, value) == value
        assert (told["prompt"], told["width"], told["height"]) == (body["prompt"], body["width"], body["height"])
        assert (job["created_at"], job["started_at"], job["finished_at"]) == (now, now, now + 2.0)
        assert (job["status"], job["progress"], job["progress_label"], job["error"]) == ("succeeded", 1.0, "done", None)
        assert here.send("GET", f"/v1/jobs/{job['id']}").json() == job
        assert told["timings"] == {"total_s": 2.0}
        (file,) = here.send("GET", "/v1/files").json()["data"]
        assert job["artifacts"] == [file["file_id"]] == [told["file_id"]]

    law()


def test_a_default_that_is_given_changes_nothing(world: Callable[..., Any]) -> None:
    @settings(LAWS)
    @given(bodies(), st.sampled_from(sorted(DEFAULTS)))
    def law(body: dict[str, Any], name: str) -> None:
        body.pop(name, None)
        left_out, given_too = (world().make(GENERATE, **each).json() for each in (body, {**body, name: DEFAULTS[name]}))
        assert given_too == left_out

    law()


def test_a_reference_is_what_it_leads_to(world: Callable[..., Any], picture: bytes) -> None:
    inline = {"type": "data_url", "data_url": f"data:image/png;base64,{base64.b64encode(picture).decode()}"}

    @settings(FEW)
    @given(bodies(), st.integers(1, 3))
    def law(body: dict[str, Any], count: int) -> None:
        here = world()
        sent = here.send("POST", "/v1/files", files={"file": ("a.png", picture)}).json()["file_id"]
        assert here.file(f"/v1/files/{sent}/download") == picture
        held = {"type": "file_id", "file_id": sent}
        made = [here.make(EDIT, accept="*/*", **body, images=[each] * count).content for each in (inline, held)]
        assert made[0] == made[1]
        assert here.send("DELETE", f"/v1/files/{sent}").json() == {"deleted": True, "file_id": sent}
        gone = here.make(EDIT, **body, images=[held])
        assert (gone.status_code, gone.json()) == (400, {"detail": f"unknown image file_id {sent!r}"})

    law()


def test_jobs_wait_for_each_other(world: Callable[..., Any]) -> None:
    @settings(FEW)
    @given(st.lists(bodies(), min_size=2, max_size=4), st.integers(0, 8))
    def law(found: list[dict[str, Any]], halves: int) -> None:
        here = world(duration={"job": 2.0})
        ids = [here.make(GENERATE, **body, mode="async").json()["job_id"] for body in found]
        assert len(set(ids)) == len(ids)
        here.clock.advance(halves)
        done, running = halves // 2, 1 if halves < 2 * len(ids) else 0
        expected = ["succeeded"] * min(done, len(ids)) + ["running"] * running
        expected += ["queued"] * (len(ids) - len(expected))
        listed = here.send("GET", "/v1/jobs").json()["data"]
        assert [(job["id"], job["status"]) for job in reversed(listed)] == list(zip(ids, expected, strict=True))
        assert here.send("GET", "/health").json()["queue_len"] == expected.count("queued")

    law()


def test_health_tells_of_the_models_of_the_last_half_hour(world: Callable[..., Any]) -> None:
    @settings(LAWS)
    @given(st.integers(0, 4000))
    def law(halves: int) -> None:
        here = world(duration={"job": 2.0})
        assert here.send("GET", "/health").json()["memory"]["loaded"] == []
        here.make(GENERATE, prompt="a fox", width=16, height=16)
        idle = halves / 2 + 0.04
        here.clock.advance(idle)
        memory = here.send("GET", "/health").json()["memory"]
        if idle >= 1800:
            assert memory == {"loaded": [], "resident_gb": 0.0, "budget_gb": memory["budget_gb"]}
            return
        (model,) = memory["loaded"]
        assert (model["idle_s"], model["expires_in_s"], model["ttl_s"]) == (halves / 2, 1800 - halves / 2, 1800.0)
        assert memory["resident_gb"] == model["weight_gb"] <= memory["budget_gb"]
        assert model["name"] in {each["name"] for each in here.send("GET", "/v1/image/qwen/models").json()}

    law()


def test_what_is_not_there_is_told_in_kiapi_s_words(world: Callable[..., Any]) -> None:
    here = world()
    for path, detail in (
        ("/v1/jobs/job_0", "unknown job 'job_0'"),
        ("/v1/files/file_0", "unknown file 'file_0'"),
        ("/v1/files/file_0/download", "unknown file 'file_0'"),
    ):
        reply = here.send("GET", path)
        assert (reply.status_code, reply.json()) == (404, {"detail": detail})
    for path, name, kind in (("/v1/jobs/fox", "job_id", "job"), ("/v1/files/fox", "file_id", "file")):
        reply = here.send("GET", path)
        (told,) = reply.json()["detail"]
        pattern = f"^{kind}_[0-9a-f]+$"
        assert (reply.status_code, told["loc"], told["input"]) == (422, ["path", name], "fox")
        assert (told["msg"], told["ctx"]) == (f"String should match pattern '{pattern}'", {"pattern": pattern})
