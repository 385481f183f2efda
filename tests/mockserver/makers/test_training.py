"""Trainings in pipeline mode: real progress, a file that was trained, and pictures that use it."""

import base64
import io
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from genmock.mockserver.makers.opening import Plan

pytestmark = pytest.mark.slow

Servers = Callable[..., Any]
QWEN = "runware:qwen-image@style-lora-training"
AIR = "acme:ink@1"


@pytest.fixture
def server(serve_pipeline: Servers, gate: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a server whose trainings take four steps."""
    plan = Plan("gated_maker:GatedTrainer", {"gate": str(gate.folder)})
    monkeypatch.setattr("genmock.mockserver.makers.opening.trainer_of", lambda settings: plan)
    return serve_pipeline(pipeline_training_steps=4)


def dataset() -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for number in range(12):
            picture = io.BytesIO()
            Image.new("RGB", (16, 16), (number, 90, 200)).save(picture, "PNG")
            file.writestr(f"{number:02}.png", picture.getvalue())
    return f"data:application/zip;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def train(server: Any, **members: Any) -> str:
    """Return the taskUUID of a training that was accepted."""
    upload = {"taskType": "mediaStorage", "taskUUID": str(uuid.uuid4()), "operation": "upload", "media": dataset()}
    headers = {"authorization": "Bearer key-of-the-tests-0123456789abcdef"}
    media = server.send("POST", "/v1", json=[upload], headers=headers).json()["data"][0]["mediaUUID"]
    task = {"taskType": "training", "taskUUID": str(uuid.uuid4()), "model": QWEN, "inputs": {"dataset": media}}
    task |= {"importModel": {"air": AIR, "name": "Ink"}, **members}
    reply = server.send("POST", "/v1", json=[task], headers=headers).json()
    assert "errors" not in reply, reply
    return str(task["taskUUID"])


def drawn(server: Any, weight: float = 1.0) -> Any:
    return server.post({"taskUUID": str(uuid.uuid4()), "steps": 1, "lora": [{"model": AIR, "weight": weight}]})


def test_a_training_tells_its_steps_and_gives_what_was_trained(server: Any, gate: Any) -> None:
    name = train(server, triggerWord="zorp")
    gate.wait(lambda: gate.said("began"))
    assert server.states(name) == [("processing", 0)]
    assert drawn(server)["errors"][0]["code"] == "modelNotReady"
    gate.pass_step(1)
    gate.wait(lambda: server.states(name) == [("processing", 25)])
    gate.open()
    gate.wait(lambda: server.states(name) == [("success", None)])
    (result,) = server.poll(name)["data"]
    path = result["outputs"]["files"][0]["url"].removeprefix(server.url)
    assert server.send("GET", path).content == b"12 4 0.0005 zorp"


def test_the_trained_weights_are_those_that_a_picture_applies(server: Any, gate: Any) -> None:
    gate.open()
    name = train(server)
    gate.wait(lambda: server.states(name) == [("success", None)])
    assert "data" in drawn(server, 0.5)
    (record,) = [each for each in server.recipes() if each["sampling"]["loras"]]
    assert [adapter["weight"] for adapter in record["sampling"]["loras"]] == [0.5]
    assert list(server.runtime.world.journal)[-1].note == ""


def test_a_lora_that_is_not_known_here_is_noted_and_has_no_effect(server: Any, gate: Any) -> None:
    gate.open()
    server.post({"taskUUID": str(uuid.uuid4()), "steps": 1, "lora": [{"model": "civitai:1@2"}]})
    assert list(server.runtime.world.journal)[-1].note == "the LoRA civitai:1@2 is not known here and has no effect"


def test_a_training_that_fails_says_why_and_leaves_no_model(server: Any, gate: Any) -> None:
    name = train(server, triggerWord="fail")
    (error,) = gate.wait(lambda: server.poll(name).get("errors"))
    assert error["code"] == "providerError"
    assert error["message"] == "The external provider reported an error: ValueError: nothing to learn"
    gate.open()
    assert drawn(server).get("errors") is None  # as any LoRA of which nothing is known
