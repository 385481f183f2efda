"""What a new installation of kiapi is verified by: nine things that a client does, one after the other, over HTTP."""

import io
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from PIL import Image

QWEN = "/v1/image/qwen"
JSON = {"accept": "application/json"}
SMALL = {"prompt": "a lighthouse that says HELLO", "width": 256, "height": 256, "steps": 4, "seed": 42}
PATIENCE_S = 30.0


@pytest.fixture
def kiapi(url_of: Callable[[str], str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url_of("plain"), timeout=60) as client:
        yield client


def picture(data: bytes) -> Any:
    return Image.open(io.BytesIO(data))


def png(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(file, "PNG")
    return file.getvalue()


def uploaded(kiapi: httpx.Client, colour: str) -> dict[str, str]:
    reply = kiapi.post("/v1/files", files={"file": (f"{colour}.png", png(colour), "image/png")})
    return {"type": "file_id", "file_id": reply.raise_for_status().json()["file_id"]}


def made(kiapi: httpx.Client, operation: str, **members: Any) -> dict[str, Any]:
    """Return the job of a request that was waited for."""
    reply = kiapi.post(f"{QWEN}/{operation}", json={**SMALL, **members}, headers=JSON)
    job: dict[str, Any] = reply.raise_for_status().json()
    assert job["status"] == "succeeded"
    return job


def refused(kiapi: httpx.Client, **members: Any) -> tuple[int, str]:
    reply = kiapi.post(f"{QWEN}/generate", json={**SMALL, **members})
    return reply.status_code, reply.json()["detail"]


def test_a_picture_as_a_job(kiapi: httpx.Client) -> None:
    result = made(kiapi, "generate")["result"]
    data = kiapi.get(f"/v1/files/{result['file_id']}/download").raise_for_status().content
    assert (picture(data).size, len(data)) == ((256, 256), result["image_bytes"])
    assert (result["params"]["kind"], result["params"]["seed"]) == ("txt2img", 42)


def test_a_picture_as_bytes(kiapi: httpx.Client) -> None:
    reply = kiapi.post(f"{QWEN}/generate", json=SMALL).raise_for_status()
    assert (reply.headers["content-type"], picture(reply.content).size) == ("image/png", (256, 256))
    file_id, job_id = reply.headers["x-kiapi-file-id"], reply.headers["x-kiapi-job-id"]
    assert kiapi.get(f"/v1/jobs/{job_id}").json()["artifacts"] == [file_id]


def test_a_picture_of_another(kiapi: httpx.Client) -> None:
    result = made(kiapi, "generate", init_image=uploaded(kiapi, "navy"), image_strength=0.5)["result"]
    assert (result["params"]["kind"], result["params"]["image_strength"]) == ("img2img", 0.5)


def test_two_pictures_edited_into_one(kiapi: httpx.Client) -> None:
    images = [uploaded(kiapi, "navy"), uploaded(kiapi, "orange")]
    job = made(kiapi, "edit", prompt="put both side by side", images=images)
    assert (job["type"], job["result"]["model"], job["result"]["params"]["kind"]) == ("qwen-edit", "edit-2509", "edit")


def test_a_picture_that_is_polled_for(kiapi: httpx.Client) -> None:
    reply = kiapi.post(f"{QWEN}/generate", json={**SMALL, "mode": "async", "format": "webp"})
    assert (reply.status_code, reply.json()["status"]) == (202, "queued")
    path, until = f"/v1/jobs/{reply.json()['job_id']}", time.monotonic() + PATIENCE_S
    while (job := kiapi.get(path).json())["status"] in ("queued", "running") and time.monotonic() < until:
        time.sleep(0.05)  # what a client does between polls
    assert job["status"] == "succeeded"
    assert picture(kiapi.get(f"/v1/files/{job['artifacts'][0]}/download").content).format == "WEBP"


def test_a_size_that_cannot_be(kiapi: httpx.Client) -> None:
    assert refused(kiapi, width=1000) == (422, "width and height must be multiples of 16")


def test_a_model_that_there_is_not(kiapi: httpx.Client) -> None:
    assert refused(kiapi, model="sdxl") == (400, "unknown qwen model 'sdxl'; available: ['edit-2509', 'image']")


def test_a_file_that_there_is_not(kiapi: httpx.Client) -> None:
    missing = {"type": "file_id", "file_id": "file_00000000"}
    assert refused(kiapi, init_image=missing) == (400, "unknown init_image file_id 'file_00000000'")


def test_models_and_operations_are_found(kiapi: httpx.Client) -> None:
    models = kiapi.get(f"{QWEN}/models").json()
    document = kiapi.get(f"{QWEN}/openapi.json").json()
    assert [model["name"] for model in models] == ["image", "edit-2509"]
    assert {f"{QWEN}/generate", f"{QWEN}/edit", f"{QWEN}/models"} <= set(document["paths"])
    assert "/v1/jobs/{job_id}" in kiapi.get(document["x-kiapi-root-openapi"]).json()["paths"]
