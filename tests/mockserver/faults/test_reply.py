"""Faults of the kind ``reply``: a task says what a test wants, by each way in which it is answered."""

import asyncio
import base64
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from genmock.mockserver import VirtualClock
from genmock.mockserver.faults import FaultsRefused, laid_over, read_faults

KEY = {"authorization": "Bearer key-of-the-tests-0123456789abcdef"}
UUID = "c0000000-0000-4000-8000-000000000001"
PAINT = {
    "taskType": "imageInference",
    "taskUUID": UUID,
    "model": "runware:111@1",
    "positivePrompt": "a lighthouse",
    "width": 128,
    "height": 128,
}
POLL = {"taskType": "getResponse", "taskUUID": UUID}
GENERATE = {"prompt": "a fox", "width": 64, "height": 64}


class Canning:
    """A server whose clock stands still, on which replies are canned."""

    def __init__(self, serve: Callable[..., Any]) -> None:
        self.clock = VirtualClock()
        self.mock = serve(self.clock, duration={"imageInference": 10, "job": 10})

    def can(self, **members: Any) -> None:
        """Set a fault."""
        faults = read_faults({"kind": "reply", **members}, codes=())
        asyncio.run(self.mock.runtime.world.faults.put(faults))

    def paint(self, **members: Any) -> dict[str, Any]:
        """Return the item of a task for a picture."""
        return dict(self.mock.data({**PAINT, **members})[0])

    def kiapi(self, method: str, path: str, **arguments: Any) -> Any:
        """Return kiapi's reply."""
        return self.mock.send(method, path, headers={**KEY, **arguments.pop("headers", {})}, **arguments)

    def generate(self, accept: str = "application/json", **members: Any) -> Any:
        """Return kiapi's reply to a request for a picture."""
        body = {**GENERATE, **members}
        return self.kiapi("POST", "/v1/image/qwen/generate", json=body, headers={"accept": accept})


@pytest.fixture
def canning(serve: Callable[..., Any]) -> Canning:
    return Canning(serve)


@pytest.fixture
def red() -> bytes:
    """Return a PNG file, red and half transparent."""
    buffer = io.BytesIO()
    Image.new("RGBA", (20, 10), (255, 0, 0, 128)).save(buffer, "PNG")
    return buffer.getvalue()


def text_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def opened(data: bytes) -> tuple[str | None, tuple[int, int], str]:
    """Return (format, size, mode) of an image file."""
    image = Image.open(io.BytesIO(data))
    return image.format, image.size, image.mode


def test_members_of_a_result_are_laid_over_it(canning: Canning) -> None:
    canning.can(result={"seed": 42})
    item = canning.paint()
    assert (item["seed"], item["taskUUID"]) == (42, UUID)


def test_the_picture_is_that_of_the_real_seed(canning: Canning) -> None:
    real = canning.mock.picture(canning.paint(seed=7)).tobytes()
    canning.can(result={"seed": 42})
    item = canning.paint(seed=7)
    assert (item["seed"], canning.mock.picture(item).tobytes()) == (42, real)


def test_objects_are_laid_over_objects_member_by_member() -> None:
    assert laid_over({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": 3}, "d": []}) == {"a": {"b": 3, "c": 2}, "d": []}


def test_the_picture_has_the_format_that_was_asked_for(canning: Canning, red: bytes) -> None:
    canning.can(image=text_of(red))
    reply = canning.mock.send("GET", canning.paint(outputFormat="JPG")["imageURL"])
    assert reply.headers["content-type"] == "image/jpeg"
    assert opened(reply.content) == ("JPEG", (20, 10), "RGB")


def test_a_file_of_that_format_is_served_byte_for_byte(canning: Canning, red: bytes) -> None:
    canning.can(image=text_of(red))
    assert canning.mock.send("GET", canning.paint(outputFormat="PNG")["imageURL"]).content == red


def test_a_file_is_served_verbatim_where_the_fault_says_so(canning: Canning, red: bytes) -> None:
    canning.can(image=text_of(red), verbatim=True)
    assert canning.mock.send("GET", canning.paint(outputFormat="JPG")["imageURL"]).content == red


def test_bytes_that_are_no_picture_are_served_as_they_are(canning: Canning) -> None:
    canning.can(image=text_of(b"no picture"))
    assert canning.mock.send("GET", canning.paint()["imageURL"]).content == b"no picture"


@pytest.mark.parametrize(("form", "member"), [("base64Data", "imageBase64Data"), ("dataURI", "imageDataURI")])
def test_the_picture_is_inline_where_it_was_asked_for_inline(
    canning: Canning, red: bytes, form: str, member: str
) -> None:
    canning.can(image=text_of(red))
    item = canning.paint(outputType=form, outputFormat="PNG")
    assert base64.b64decode(item[member].rpartition(",")[2]) == red


def test_a_poll_tells_what_was_canned_when_the_task_is_done(canning: Canning, red: bytes) -> None:
    canning.can(result={"seed": 42}, image=text_of(red))
    assert canning.paint(deliveryMethod="async", outputFormat="PNG") == {"taskType": "imageInference", "taskUUID": UUID}
    (early,) = canning.mock.data(POLL)
    canning.clock.advance(10)
    (late,) = canning.mock.data(POLL)
    assert (early["status"], late["status"], late["seed"]) == ("processing", "success", 42)
    assert canning.mock.send("GET", late["imageURL"]).content == red


def test_an_earlier_task_is_told_of_as_it_was_canned(canning: Canning) -> None:
    canning.can(result={"seed": 42}, match={"taskType": "imageInference"})
    canning.paint()
    (told,) = canning.mock.data({"taskType": "getTaskDetails", "taskUUID": UUID})
    assert told["response"]["data"][0]["seed"] == 42


def test_items_of_tasks_that_make_nothing_are_canned_too(canning: Canning) -> None:
    canning.can(result={"balance": {"amount": 0.25}})
    asked = {"taskType": "accountManagement", "taskUUID": UUID, "operation": "getDetails"}
    (item,) = canning.mock.data(asked)
    assert item["balance"] == {"amount": 0.25, "freeBalance": 0, "currency": "USD"}


def test_an_image_strikes_only_what_makes_something(canning: Canning, red: bytes) -> None:
    canning.can(image=text_of(red), result={"pong": False})
    (item,) = canning.mock.data({"taskType": "ping", "ping": True})
    assert item["pong"]


def test_replies_are_given_in_their_order(canning: Canning) -> None:
    canning.can(id="first", result={"seed": 1}, times=1)
    canning.can(id="second", result={"seed": 2}, times=1)
    uuids = [f"{UUID[:-1]}{number}" for number in (1, 2, 3)]
    assert [canning.paint(seed=9, taskUUID=uuid)["seed"] for uuid in uuids] == [1, 2, 9]


def test_what_it_costs_stays(canning: Canning) -> None:
    canning.can(result={"cost": 5})
    assert canning.paint(includeCost=True)["cost"] == 5
    (note,) = canning.mock.exchange.tasks
    assert 0 < float(note.cost) < 1


def test_kiapi_lays_members_over_the_result_of_a_job(canning: Canning) -> None:
    canning.can(result={"params": {"seed": 42}, "image_bytes": 1})
    told = canning.generate().json()["result"]
    assert (told["params"]["seed"], told["params"]["width"], told["image_bytes"]) == (42, 64, 1)


def test_kiapi_tells_a_canned_result_by_polls(canning: Canning) -> None:
    canning.can(result={"prompt": "a badger"}, match={"taskType": "image.qwen.generate"})
    job = canning.generate(mode="async").json()["job_id"]
    assert canning.kiapi("GET", f"/v1/jobs/{job}").json()["result"] is None
    canning.clock.advance(10)
    assert canning.kiapi("GET", f"/v1/jobs/{job}").json()["result"]["prompt"] == "a badger"


@pytest.mark.parametrize(("format", "kind"), [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
def test_kiapi_sends_a_canned_picture(canning: Canning, red: bytes, format: str, kind: str) -> None:
    canning.can(image=text_of(red))
    reply = canning.generate(accept="image/png", format=format)
    assert (reply.headers["content-type"], opened(reply.content)[:2]) == (f"image/{format}", (kind, (20, 10)))
    file = reply.headers["x-kiapi-file-id"]
    assert canning.kiapi("GET", f"/v1/files/{file}/download").content == reply.content
    assert canning.kiapi("GET", f"/v1/files/{file}").json()["size"] == len(reply.content)


def test_kiapi_lays_members_over_the_body_of_other_endpoints(canning: Canning) -> None:
    canning.can(result={"status": "busy"})
    health = canning.kiapi("GET", "/health").json()
    assert (health["status"], len(health) > 1) == ("busy", True)


def test_kiapi_sends_what_is_no_object_as_always(canning: Canning) -> None:
    usual = canning.kiapi("GET", "/docs").content
    canning.can(result={"status": "busy"})
    assert canning.kiapi("GET", "/docs").content == usual


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({}, "the body: "),
        ({"verbatim": True, "result": {"seed": 1}}, "the body: "),
        ({"result": {}}, "/result: "),
        ({"image": "no base64!"}, "/image: "),
    ],
)
def test_a_reply_without_anything_to_say_is_refused(members: dict[str, Any], told: str) -> None:
    with pytest.raises(FaultsRefused, match=told):
        read_faults({"kind": "reply", **members}, codes=())
