"""Training from outside: a dataset is uploaded, a training runs, its model is used."""

import base64
import io
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from genmock.mockserver import VirtualClock

QWEN, EXACTLY = "runware:qwen-image@style-lora-training", "exactly:illustrative@training"
OTHER_KEY = "another-key-of-the-tests-0123456789"
UNZIPPABLE = "Dataset must be a ZIP file that can be unpacked; it is none, or damaged."
COUNT = "Dataset must contain between 10 and 50 images."


def picture(number: int = 0, format: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), (number, 90, 200)).save(buffer, format)
    return buffer.getvalue()


def packed(count: int = 12, **more: bytes) -> bytes:
    """Return a ZIP file of pictures and of further files, by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(count):
            file.writestr(f"{number:02}.png", picture(number))
        for name, data in more.items():
            file.writestr(name, data)
    return buffer.getvalue()


def train(dataset: str, model: str = QWEN, air: str = "acme:ink@1", **members: Any) -> dict[str, Any]:
    """Return a training task; members of importModel are given by name, with a leading underscore."""
    own = {name[1:]: members.pop(name) for name in list(members) if name.startswith("_")}
    task = {"taskType": "training", "taskUUID": str(uuid.uuid4()), "model": model, "inputs": {"dataset": dataset}}
    return {**task, "importModel": {"air": air, "name": "Ink", **own}, **members}


def draw(**members: Any) -> dict[str, Any]:
    task = {"taskType": "imageInference", "taskUUID": str(uuid.uuid4()), "positivePrompt": "a fox"}
    return {**task, "model": "runware:108@1", "width": 512, "height": 512, **members}


class Trained:
    """A server with a virtual clock, and what one does with it."""

    def __init__(self, serve: Callable[..., Any], **settings: Any) -> None:
        self.clock = VirtualClock()
        self.mock = serve(self.clock, **settings)

    def upload(self, data: bytes) -> str:
        """Upload a file and return its UUID."""
        media = f"data:application/zip;base64,{base64.b64encode(data).decode()}"
        task = {"taskType": "mediaStorage", "taskUUID": str(uuid.uuid4()), "operation": "upload", "media": media}
        return str(self.mock.data(task)[0]["mediaUUID"])

    def poll(self, task: dict[str, Any]) -> dict[str, Any]:
        """Return what a poll tells of a training."""
        (item,) = self.mock.data({"taskType": "getResponse", "taskUUID": task["taskUUID"]})
        return dict(item)

    def run(self, task: dict[str, Any], **headers: str) -> dict[str, Any]:
        """Train to the end and return the result."""
        self.mock.data(task, **headers)
        self.clock.advance(10)
        return self.poll(task)

    def rejected(self, data: bytes, model: str = EXACTLY) -> str:
        """Return why a dataset is refused."""
        error = self.mock.error(train(self.upload(data), model))
        assert (error["code"], error["parameter"]) == ("invalidDataset", "inputs.dataset")
        return str(error["message"])

    def search(self, text: str = "acme", **members: Any) -> list[str]:
        """Return the AIRs that a search finds."""
        headers = {"key": members.pop("key")} if "key" in members else {}
        task = {"taskType": "modelSearch", "taskUUID": str(uuid.uuid4()), "search": text, **members}
        return [model["air"] for model in self.mock.data(task, **headers)[0]["results"]]


@pytest.fixture
def server(serve: Callable[..., Any]) -> Trained:
    return Trained(serve)


@pytest.mark.parametrize("model", [QWEN, EXACTLY])
def test_a_training_is_acknowledged_makes_progress_and_ends_with_a_file(
    model: str, server: Trained, tmp_path: Path
) -> None:
    from safetensors import safe_open

    task = train(server.upload(packed(12)), model, includeCost=True)
    assert server.mock.data(task) == [{"taskType": "training", "taskUUID": task["taskUUID"]}]
    seen = []
    for _ in range(4):
        seen.append(server.poll(task)["progress"])
        server.clock.advance(2.5)
    result = server.poll(task)
    (file,) = result["outputs"].pop("files")
    assert seen == [0, 25, 50, 75]
    expected = {"taskType": "training", "taskUUID": task["taskUUID"], "status": "success", "air": "acme:ink@1"}
    assert result == {**expected, "outputs": {}, "cost": 1.2}
    assert file["url"].endswith(f"{file['uuid']}.safetensors")
    path = tmp_path / "ink.safetensors"
    path.write_bytes(server.mock.send("GET", file["url"]).content)
    with safe_open(path, "np") as opened:
        assert opened.get_tensor("transformer.transformer_blocks.7.attn.to_v.lora_A.weight").shape == (4, 3072)
        assert opened.metadata()["image_count"] == "12"
        assert opened.metadata().get("training_steps") == ("300" if model == QWEN else None)


def test_the_file_is_not_there_before_the_end(server: Trained) -> None:
    task = train(server.upload(packed()))
    url = server.run(task)["outputs"]["files"][0]["url"]
    again = Trained(lambda clock: type(server.mock)(clock))
    again.mock.data({**task, "inputs": {"dataset": again.upload(packed())}})
    assert again.mock.send("GET", url).status_code == 404
    again.clock.advance(10)
    assert again.mock.send("GET", url).content == server.mock.send("GET", url).content


def test_the_same_request_with_the_same_pictures_gives_the_same_file(server: Trained) -> None:
    def made(**members: Any) -> bytes:
        task = train(server.upload(packed(12)), triggerWord="inkstyle", **members)
        return bytes(server.mock.send("GET", server.run(task)["outputs"]["files"][0]["url"]).content)

    assert made() == made(includeCost=True, webhookURL="http://127.0.0.1:9/hook")
    assert len({made(), made(trainingSteps=400), made(air="acme:ink@2")}) == 3


@pytest.mark.parametrize("count", [9, 51])
def test_nine_and_fifty_one_pictures_are_refused_by_one_document_and_taken_by_the_other(
    count: int, server: Trained
) -> None:
    assert server.rejected(packed(count), EXACTLY) == COUNT
    assert server.run(train(server.upload(packed(count)), QWEN))["status"] == "success"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"cat.jpg": b"my cat"}, "Dataset must contain readable images only: 'cat.jpg'. The data is not an image"),
        ({"notes.txt": b"my cat"}, "Dataset must contain images and their captions only: 'notes.txt' has no image."),
        ({"../cat.png": picture()}, "Dataset must not contain paths that lead elsewhere: '../cat.png'."),
        ({"cat.gif": picture(format="GIF")}, "Dataset must contain JPEG, PNG or WebP images only: 'cat.gif' is GIF."),
        ({"cat.png": bytes(40_000_000)}, "Dataset must not contain files packed more than 100 times: 'cat.png'."),
    ],
)
def test_a_bad_dataset_is_refused_with_the_reason(files: dict[str, bytes], said: str, server: Trained) -> None:
    assert server.rejected(packed(12, **files)).startswith(said)


def test_what_is_no_zip_file_is_refused(server: Trained) -> None:
    assert server.rejected(picture()) == UNZIPPABLE


def test_a_dataset_that_is_not_there_is_refused(server: Trained) -> None:
    name = "5f4ed4f6-1f3c-4a52-8d7c-2c7d3b4f9a11"
    assert server.mock.error(train(name))["message"] == (
        "Dataset must be the UUID or the URL of a ZIP file. "
        f"The image '{name}' given as 'inputs.dataset' was not found."
    )


def test_a_dataset_from_a_host_that_nobody_allowed_is_refused(server: Trained) -> None:
    assert server.mock.error(train("https://example.org/set.zip"))["code"] == "inputHostNotAllowed"


def test_a_dataset_may_be_named_by_its_url(server: Trained) -> None:
    media = f"data:application/zip;base64,{base64.b64encode(packed()).decode()}"
    task = {"taskType": "mediaStorage", "taskUUID": str(uuid.uuid4()), "operation": "upload", "media": media}
    url = server.mock.data(task)[0]["mediaURL"]
    assert server.run(train(url))["status"] == "success"


def test_inline_data_is_taken_with_a_warning(server: Trained) -> None:
    task = train(f"data:application/zip;base64,{base64.b64encode(packed()).decode()}")
    assert server.run(task)["status"] == "success"
    server.mock.data(task)
    warned = {violation.rule: violation.severity for violation in server.mock.exchange.violations}
    assert warned["dataset-reference"] == "warning"


def test_strict_refuses_inline_data(serve: Callable[..., Any]) -> None:
    task = train(f"data:application/zip;base64,{base64.b64encode(packed()).decode()}")
    server = Trained(serve, contract="strict")
    server.mock.error(task)
    found = {violation.rule: violation.severity for violation in server.mock.exchange.violations}
    assert found["dataset-reference"] == "error"


def test_a_training_is_charged_and_a_refused_one_is_not(serve: Callable[..., Any]) -> None:
    server = Trained(serve, balance=2.0)
    server.rejected(packed(9))
    server.run(train(server.upload(packed())))
    assert server.mock.error(train(server.upload(packed()), air="acme:ink@2"))["code"] == "insufficientCredits"


def test_a_dry_run_tells_the_price_and_trains_nothing(server: Trained) -> None:
    task = train(server.upload(packed()))
    estimate = {"taskType": "training", "taskUUID": task["taskUUID"], "air": "acme:ink@1", "cost": 1.2}
    assert server.mock.data(task, x_runware_dry_run="1") == [estimate]
    server.clock.advance(10)
    assert server.search() == []


def test_report_mode_names_a_model_that_the_task_does_not(serve: Callable[..., Any]) -> None:
    server = Trained(serve, contract="report")
    task = train(server.upload(packed()))
    del task["importModel"]
    assert server.run(task)["air"] == f"genmock:{task['taskUUID']}@1"


def test_a_trained_lora_is_taken_as_model_and_as_lora(server: Trained) -> None:
    server.run(train(server.upload(packed())))
    (as_model,) = server.mock.data(draw(model="acme:ink@1", includeCost=True, seed=1))
    (as_lora,) = server.mock.data(draw(lora=[{"model": "ACME:ink@1", "weight": 0.8}], includeCost=True, seed=1))
    assert as_model["cost"] == as_lora["cost"]
    assert server.mock.picture(as_model).tobytes() != server.mock.pixels(draw(seed=1))


def test_an_exactly_illustrative_model_is_taken_as_model_only(server: Trained) -> None:
    server.run(train(server.upload(packed()), EXACTLY))
    assert len(server.mock.data(draw(model="acme:ink@1"))) == 1
    error = server.mock.error(draw(lora=[{"model": "acme:ink@1"}]))
    assert (error["code"], error["parameter"]) == ("modelNotFound", "lora.0.model")


def test_the_tasks_of_a_trained_model_are_judged_by_its_base(server: Trained) -> None:
    server.run(train(server.upload(packed()), EXACTLY))
    error = server.mock.error(draw(model="acme:ink@1", hiresFix=True))
    assert (error["code"], error["parameter"]) == ("unsupportedParameter", "hiresFix")


def test_a_model_is_not_ready_before_its_training_is(server: Trained) -> None:
    server.mock.data(train(server.upload(packed())))
    assert server.mock.error(draw(model="acme:ink@1"))["code"] == "modelNotReady"
    assert server.mock.error(draw(lora=[{"model": "acme:ink@1"}]))["code"] == "modelNotReady"
    assert server.search() == []
    server.clock.advance(10)
    assert server.search() == ["acme:ink@1"]


@pytest.mark.parametrize(("model", "others"), [(QWEN, []), (EXACTLY, ["acme:ink@1"])])
def test_who_finds_a_model_follows_the_default_of_its_document(model: str, others: list[str], server: Trained) -> None:
    server.run(train(server.upload(packed()), model))
    assert server.search() == ["acme:ink@1"]
    assert server.search(key=OTHER_KEY) == others


@pytest.mark.parametrize(("private", "others"), [(True, []), (False, ["acme:ink@1"])])
def test_who_finds_a_model_follows_the_task_where_it_says(private: bool, others: list[str], server: Trained) -> None:
    server.run(train(server.upload(packed()), _private=private))
    assert server.search(key=OTHER_KEY) == others
    assert server.search(visibility="private") == (["acme:ink@1"] if private else [])


def test_a_private_model_is_not_there_for_others(server: Trained) -> None:
    server.run(train(server.upload(packed())))
    assert server.mock.error(draw(model="acme:ink@1"), key=OTHER_KEY)["code"] == "modelNotFound"
    assert server.mock.error(draw(lora=[{"model": "acme:ink@1"}]), key=OTHER_KEY)["code"] == "modelNotFound"


def test_an_air_that_a_document_has_is_refused(server: Trained) -> None:
    error = server.mock.error(train(server.upload(packed()), air="RUNWARE:108@1"))
    assert error["message"] == "The AIR 'RUNWARE:108@1' is already in use by another model."
    assert (error["code"], error["parameter"]) == ("conflictAIR", "importModel.air")


def test_an_air_of_another_key_is_refused(server: Trained) -> None:
    dataset = server.upload(packed())
    server.mock.data(train(dataset))
    assert server.mock.error(train(dataset, air="Acme:Ink@1"), key=OTHER_KEY)["code"] == "conflictAIR"


def test_a_model_of_ones_own_stays_usable_while_it_is_trained_anew(server: Trained) -> None:
    dataset = server.upload(packed())
    server.run(train(dataset))
    server.mock.data(train(dataset, _name="Ink, again"))
    assert len(server.mock.data(draw(model="acme:ink@1"))) == 1


def test_what_a_search_tells_of_a_model(server: Trained) -> None:
    about = {"_shortDescription": "Ink drawings", "_heroImageURL": "https://example.org/a.png", "_version": "1"}
    server.run(train(server.upload(packed()), **about))
    (reply,) = server.mock.data({"taskType": "modelSearch", "taskUUID": str(uuid.uuid4()), "search": "ink"})
    assert reply["results"] == [
        {
            "air": "acme:ink@1",
            "name": "Ink",
            "version": "1",
            "category": "lora",
            "heroImage": "https://example.org/a.png",
            "shortDescription": "Ink drawings",
            "source": "genmock",
            "private": True,
        }
    ]


def test_a_training_and_its_model_outlive_their_server(serve: Callable[..., Any], tmp_path: Path) -> None:
    def posted(server: Trained, task: dict[str, Any]) -> dict[str, Any]:
        reply = server.mock.send("POST", "/v1", json=[task], headers={"authorization": "Bearer k"})
        return dict(reply.json()["data"][0])

    store = f"sqlite:///{tmp_path / 'state.db'}"
    first, second = Trained(serve, store=store), Trained(serve, store=store)
    task = train(base64.b64encode(packed()).decode())
    posted(first, task)
    second.clock.advance(10)
    polled = posted(second, {"taskType": "getResponse", "taskUUID": task["taskUUID"]})
    assert second.mock.send("GET", polled["outputs"]["files"][0]["url"]).status_code == 200
    assert "imageURL" in posted(second, draw(model="acme:ink@1"))


def test_a_training_that_fails_leaves_no_model(server: Trained) -> None:
    fault = {"kind": "task_fail", "code": "internalServerError", "at": 0.5, "match": {"taskType": "training"}}
    assert server.mock.send("POST", "/__genmock__/faults", json=fault).status_code == 201
    task = train(server.upload(packed()))
    server.mock.data(task)
    server.clock.advance(20)
    (error,) = server.mock.post({"taskType": "getResponse", "taskUUID": task["taskUUID"]}).json()["errors"]
    assert (error["code"], error["taskUUID"]) == ("internalServerError", task["taskUUID"])
    assert server.mock.error(draw(model="acme:ink@1"))["code"] == "modelNotFound"
    assert server.search() == []
