"""An input picture gives the same result of the pipeline, in whichever form and order it is sent."""

import base64
import io
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from PIL import Image, ImageDraw

from genmock.mockserver import ServerThread, Settings, create_app

pytest.importorskip("onnxruntime")
HEADERS = {"authorization": "Bearer key-of-the-tests-0123456789abcdef"}
TASK = {
    "taskType": "imageInference",
    "model": "runware:111@1",
    "positivePrompt": "a yellow star on a green background",
    "width": 128,
    "height": 128,
    "steps": 3,
    "seed": 3,
    "strength": 0.7,
    "outputFormat": "PNG",
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ServerThread(create_app(Settings(mode="pipeline"))) as server:
        yield server.url


def post(url: str, task: Any) -> Any:
    reply = httpx.post(
        f"{url}/v1", json=[{"taskUUID": str(uuid4()), **task}], headers=HEADERS, timeout=120, verify=False
    ).json()
    assert "errors" not in reply, reply
    return reply["data"][0]


def picture(url: str, inputs: Any) -> bytes:
    return httpx.get(post(url, {**TASK, "inputs": inputs})["imageURL"], timeout=120, verify=False).content


def file_of(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def test_every_form_of_a_picture_gives_the_same_result(url: str) -> None:
    seed = Image.new("RGB", (128, 128), "navy")
    ImageDraw.Draw(seed).ellipse((30, 30, 90, 90), fill="red")
    text = base64.b64encode(file_of(seed)).decode()
    uri = f"data:image/png;base64,{text}"
    stored = post(url, {"taskType": "mediaStorage", "operation": "upload", "media": uri})["mediaUUID"]
    address = f"{url}/image/ws/2/ii/{stored}.png"
    results = [picture(url, {"seedImage": form}) for form in (uri, text, stored, address)]
    assert results == [results[0]] * 4


def test_the_order_of_members_changes_nothing(url: str) -> None:
    seed, mask = Image.new("RGB", (128, 128), "navy"), Image.new("L", (128, 128), 0)
    mask.paste(255, (32, 32, 96, 96))
    inputs = {
        name: f"data:image/png;base64,{base64.b64encode(file_of(each)).decode()}"
        for name, each in (("seedImage", seed), ("maskImage", mask))
    }
    assert picture(url, inputs) == picture(url, dict(reversed(inputs.items())))
