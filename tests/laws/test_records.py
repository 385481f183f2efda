"""What a reply tells of the past follows from what was sent and from the clock: details, uploads to a URL, ages."""

import asyncio
import base64
import io
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

FEW = settings.get_profile("few")
UUID = "{:08x}-0000-4000-8000-000000000000".format
GENERATE = "/v1/image/qwen/generate"
PICTURE: dict[str, Any] = {"taskType": "imageInference", "model": "runware:108@1", "positivePrompt": "a fox", "seed": 5}
PICTURE |= {"width": 128, "height": 128}
CODE = "timeoutProvider"


def details(world: Any, uuid: str) -> Any:
    return world.post({"taskType": "getTaskDetails", "taskUUID": uuid})


def test_details_of_every_kind_of_task_are_what_it_came_to(world: Callable[..., Any], picture: bytes) -> None:
    encoded = base64.b64encode(picture).decode()
    here = world()
    tasks: list[dict[str, Any]] = [
        PICTURE,
        {"taskType": "imageUpload", "image": encoded},
        {"taskType": "mediaStorage", "operation": "upload", "media": encoded},
        {"taskType": "modelSearch", "search": "qwen"},
        {"taskType": "accountManagement", "operation": "getDetails"},
        {**PICTURE, "steps": 0},
        {**PICTURE, "inputs": {"seedImage": UUID(99)}, "strength": 0.5, "model": "runware:111@1"},
    ]
    for number, task in enumerate(tasks):
        sent = {**task, "taskUUID": UUID(number)}
        _, data, errors = here.post(sent)
        _, found, _ = details(here, UUID(number))
        assert [told["request"] for told in found] == [[sent]]
        assert found[0]["response"] == ({"data": data} if data else {"errors": errors})


def test_details_stay_when_results_have_expired_and_tell_only_what_is_done(world: Callable[..., Any]) -> None:
    @settings(FEW)
    @given(st.integers(1, 3), st.booleans(), st.integers(0, 12))
    def law(count: int, fails: bool, quarters: int) -> None:
        here = world(duration={"imageInference": 2.0}, retention=100.0)
        if fails:
            here.control("POST", "/faults", {"kind": "error", "code": CODE, "scope": "result", "result": 0, "times": 1})
        here.data({**PICTURE, "taskUUID": UUID(1), "deliveryMethod": "async", "numberResults": count})
        here.clock.advance(quarters / 4)
        (told,) = details(here, UUID(1))[1]
        done, failed = quarters >= 8, fails and quarters >= 8
        assert [item["seed"] for item in told["response"].get("data", ())] == [5 + n for n in range(count) if done][
            int(failed) :
        ]
        assert [error["code"] for error in told["response"].get("errors", ())] == [CODE] * failed
        here.clock.advance(120)
        late = details(here, UUID(1))[1][0]["response"]
        assert [item["seed"] for item in late.get("data", ())] == [5 + n for n in range(count)][int(fails) :]
        status, _, (error,) = here.post({"taskType": "getResponse", "taskUUID": UUID(1)})
        assert (status, error["code"]) == (404, "taskExpired")

    law()


def test_each_result_is_uploaded_where_its_task_says(world: Callable[..., Any], receiver: Any) -> None:
    @settings(FEW, max_examples=4)
    @given(st.integers(1, 3), st.booleans(), st.sampled_from(("JPG", "PNG", "WEBP")))
    def law(count: int, later: bool, format: str) -> None:
        here = world(duration={"imageInference": 0.0})
        receiver.bodies.clear()
        how = {"deliveryMethod": "async"} if later else {}
        sent = {**PICTURE, **how, "taskUUID": UUID(1), "numberResults": count, "outputFormat": format}
        items = here.data({**sent, "uploadEndpoint": f"{receiver.url}/put"})
        here.run(_until(lambda: len(receiver.bodies) >= count))
        items = here.poll(UUID(1)) if later else items
        assert {path for path, _ in receiver.bodies} == {"/put"}
        assert sorted(body for _, body in receiver.bodies) == sorted(here.file(item["imageURL"]) for item in items)
        here.close()

    law()


def test_an_upload_has_the_media_type_and_the_size_that_it_came_with(world: Callable[..., Any]) -> None:
    @settings(FEW)
    @given(st.sampled_from(("JPEG", "PNG", "WEBP", "GIF", "BMP")), st.integers(16, 64), st.integers(16, 64))
    def law(kind: str, width: int, height: int) -> None:
        here = world()
        buffer = io.BytesIO()
        Image.new("RGB", (width, height), (9, 120, 200)).save(buffer, kind)
        encoded = base64.b64encode(buffer.getvalue()).decode()
        (sent,) = here.data({"taskType": "imageUpload", "taskUUID": UUID(1), "image": encoded})
        reply = here.send("GET", sent["imageURL"])
        assert reply.content == buffer.getvalue()
        assert reply.headers["content-type"] == f"image/{kind.lower()}"
        part = here.send("GET", sent["imageURL"], headers={"range": "bytes=2-9"})
        assert (part.status_code, part.content) == (206, buffer.getvalue()[2:10])
        here.clock.advance(29 * 86_400)
        assert here.file(sent["imageURL"])

    law()


def test_what_kiapi_lists_is_the_newest_first_and_as_old_as_the_clock_says(world: Callable[..., Any]) -> None:
    @settings(FEW)
    @given(st.lists(st.sampled_from((0.0, 0.25, 3.0)), min_size=1, max_size=4))
    def law(pauses: list[float]) -> None:
        here = world()
        made = []
        for pause in pauses:
            here.clock.advance(pause)
            now = here.clock.now()
            made.append((here.make(GENERATE, prompt="a fox", width=16, height=16).json(), now))
        jobs = here.send("GET", "/v1/jobs").json()["data"]
        files = here.send("GET", "/v1/files").json()["data"]
        assert [(job["id"], job["created_at"]) for job in reversed(jobs)] == [(job["id"], at) for job, at in made]
        assert [each["file_id"] for each in reversed(files)] == [job["artifacts"][0] for job, _ in made]
        for each in files:
            data = here.file(f"/v1/files/{each['file_id']}/download")
            assert each["size"] == len(data)
            assert here.send("GET", f"/v1/files/{each['file_id']}").json() == each
        for job, _ in made:
            assert here.send("DELETE", f"/v1/jobs/{job['id']}").json()["deleted"] is True
            assert here.send("GET", f"/v1/jobs/{job['id']}").status_code == 404
        assert here.send("GET", "/v1/jobs").json()["data"] == []

    law()


async def _until(there: Callable[[], bool]) -> None:
    """Wait until something is there, for five seconds at most."""
    for _ in range(500):
        if there():
            return
        await asyncio.sleep(0.01)
