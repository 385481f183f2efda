"""imageInference: identity, seeds, results, sizes, prices; and that the same task gives the same picture."""

import asyncio
import base64
import io
import json
import re
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from genmock.mockserver import VirtualClock

KEY = "key-of-the-tests-0123456789abcdef"
A, B, C = (f"{n}0000000-0000-4000-8000-000000000000" for n in "abc")
BASE = {"taskType": "imageInference", "positivePrompt": "a red fox in the snow", "width": 128, "height": 128}
QWEN = BASE | {"model": "runware:108@1", "taskUUID": A}
FLUX = BASE | {"model": "runware:111@1", "taskUUID": B}
PAGE = Path(__file__).parents[4] / "specs/runware/qwen-image.page.txt"
OBJECTS = [json.loads(text) for text in re.findall(r'\{\s*"taskType"[^{}]*\}', PAGE.read_text(encoding="utf-8"))]
EXAMPLES = [task for task in OBJECTS if task["model" if "model" in task else "seed"] == "runware:108@1"]
REPLIES = {item["taskUUID"]: item for item in OBJECTS if "imageURL" in item}
RUN = """
import asyncio, hashlib, io, json, sys, httpx
from PIL import Image
from genmock.mockserver import Settings, create_app
async def main():
    transport = httpx.ASGITransport(create_app(Settings()))
    async with httpx.AsyncClient(transport=transport, base_url="http://mock.test") as client:
        reply = await client.post("/v1", content=sys.stdin.buffer.read(),
                                  headers={"authorization": "Bearer k", "content-type": "application/json"})
        files = [await client.get(item["imageURL"]) for item in reply.json()["data"]]
    pixels = [hashlib.sha256(Image.open(io.BytesIO(f.content)).tobytes()).hexdigest() for f in files]
    print(json.dumps({"body": reply.text, "pixels": pixels}))
asyncio.run(main())
"""


def test_the_page_documents_four_requests() -> None:
    assert [task["taskUUID"] for task in EXAMPLES] == list(REPLIES)
    assert len(EXAMPLES) == 4


@pytest.mark.parametrize("task", EXAMPLES, ids=lambda task: str(task["taskUUID"][:8]))
def test_a_documented_request_gets_the_documented_shape_seed_and_cost(mock: Any, task: dict[str, Any]) -> None:
    documented = REPLIES[task["taskUUID"]]
    (item,) = mock.data(task | {"includeCost": True})
    assert list(item) == list(documented)
    same = ("taskType", "taskUUID", "seed", "cost")
    assert {name: item[name] for name in same} == {name: documented[name] for name in same}
    assert item["imageURL"].endswith(f"/{item['imageUUID']}.jpg")


@pytest.mark.parametrize("task", EXAMPLES[:2], ids=lambda task: str(task["taskUUID"][:8]))
def test_a_documented_request_gets_a_picture_of_its_size_and_format(mock: Any, task: dict[str, Any]) -> None:
    picture = mock.picture(mock.data(task)[0])
    picture.load()
    assert (picture.size, picture.format) == ((task["width"], task["height"]), "JPEG")


def test_two_processes_answer_the_documented_requests_alike_to_the_byte_and_pixel() -> None:
    body = json.dumps([task | {"includeCost": True} for task in EXAMPLES]).encode()
    runs = [subprocess.run([sys.executable, "-c", RUN], input=body, capture_output=True, check=True) for _ in range(2)]
    assert runs[0].stdout == runs[1].stdout
    assert len(set(json.loads(runs[0].stdout)["pixels"])) == 4


def test_a_result_has_nothing_that_was_not_asked_for(mock: Any) -> None:
    (item,) = mock.data(QWEN)
    assert list(item) == ["taskType", "taskUUID", "imageUUID", "imageURL", "seed"]


def test_a_given_seed_comes_back_and_later_results_count_on(mock: Any) -> None:
    assert [item["seed"] for item in mock.data(QWEN | {"seed": 5, "numberResults": 3})] == [5, 6, 7]


def test_seeds_count_on_from_the_greatest_to_zero(mock: Any) -> None:
    items = mock.data(QWEN | {"seed": 9223372036854776000, "numberResults": 2})
    assert [item["seed"] for item in items] == [9223372036854776000, 0]


def test_a_seed_that_was_not_given_has_32_bits_and_stays_the_same(serve: Callable[..., Any]) -> None:
    seeds = [serve().data(QWEN | {"taskUUID": task_uuid})[0]["seed"] for task_uuid in (A, A, B)]
    assert seeds[0] == seeds[1] != seeds[2]
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_another_server_seed_gives_other_seeds_and_identifiers(serve: Callable[..., Any]) -> None:
    (one,), (two,) = (serve(seed=seed).data(QWEN) for seed in (0, 1))
    assert one["seed"] != two["seed"]
    assert one["imageUUID"] != two["imageUUID"]


def test_result_seeds_derived_differ_and_stay_the_same(serve: Callable[..., Any]) -> None:
    task = QWEN | {"seed": 5, "numberResults": 4}
    seeds = [item["seed"] for item in serve(result_seeds="derived").data(task)]
    assert seeds == [item["seed"] for item in serve(result_seeds="derived").data(task)]
    assert (seeds[0], len(set(seeds))) == (5, 4)
    assert seeds[1] != 6


def test_image_uuids_are_of_version_4_and_no_two_are_alike(mock: Any) -> None:
    items = mock.data(QWEN | {"numberResults": 20}, FLUX | {"numberResults": 20})
    found = {uuid.UUID(item["imageUUID"]) for item in items}
    assert len(found) == 40
    assert {identifier.version for identifier in found} == {4}


def test_the_same_request_gets_the_same_reply_again(mock: Any) -> None:
    assert mock.post(QWEN, FLUX).content == mock.post(QWEN, FLUX).content


@pytest.mark.parametrize("count", [1, 2, 20])
def test_as_many_results_as_asked_for(mock: Any, count: int) -> None:
    assert len(mock.data(QWEN | {"numberResults": count})) == count


@pytest.mark.parametrize("count", [0, 21])
def test_no_other_number_of_results(mock: Any, count: int) -> None:
    error = mock.error(QWEN | {"numberResults": count})
    assert (error["code"], error["min"], error["max"]) == ("invalidNumberResults", 1, 20)


@pytest.mark.parametrize(
    ("output_type", "members"),
    [
        ("URL", ["imageURL"]),
        ("base64Data", ["imageBase64Data"]),
        ("dataURI", ["imageDataURI"]),
        (["URL"], ["imageURL"]),
        (["dataURI", "base64Data", "URL"], ["imageURL", "imageBase64Data", "imageDataURI"]),
    ],
)
def test_each_output_type_has_its_member(mock: Any, output_type: Any, members: list[str]) -> None:
    (item,) = mock.data(QWEN | {"outputType": output_type})
    assert [name for name in item if name.startswith("image") and name != "imageUUID"] == members


@pytest.mark.parametrize(
    ("output_format", "pillow", "media_type", "ending"),
    [
        ("JPG", "JPEG", "image/jpeg", "jpg"),
        ("PNG", "PNG", "image/png", "png"),
        ("WEBP", "WEBP", "image/webp", "webp"),
        ("webp", "WEBP", "image/webp", "webp"),
    ],
)
def test_each_format_comes_the_same_in_every_way(
    mock: Any, output_format: str, pillow: str, media_type: str, ending: str
) -> None:
    (item,) = mock.data(QWEN | {"outputFormat": output_format, "outputType": ["URL", "base64Data", "dataURI"]})
    served = mock.send("GET", item["imageURL"])
    assert item["imageURL"].endswith(f".{ending}")
    assert (served.headers["content-type"], served.content) == (media_type, base64.b64decode(item["imageBase64Data"]))
    assert item["imageDataURI"] == f"data:{media_type};base64,{item['imageBase64Data']}"
    assert Image.open(io.BytesIO(served.content)).format == pillow


def test_a_lower_quality_makes_a_smaller_file(mock: Any) -> None:
    sizes = [
        len(mock.data(QWEN | {"outputType": "base64Data", "outputQuality": quality})[0]["imageBase64Data"])
        for quality in (20, 60, 99)
    ]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[2]


def test_cost_stands_there_only_when_asked_for_and_per_result(mock: Any) -> None:
    assert "cost" not in mock.data(QWEN)[0]
    items = mock.data(QWEN | {"includeCost": True, "numberResults": 2, "width": 1024, "height": 1024, "steps": 30})
    assert [item["cost"] for item in items] == [0.0077, 0.0077]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, None),
        ({"safety": {}}, None),
        ({"safety": {"checkContent": False}}, None),
        ({"safety": {"mode": "none"}}, None),
        ({"safety": {"checkContent": True}}, False),
        ({"safety": {"mode": "fast"}}, False),
        ({"checkNSFW": True}, False),
        ({"checkNSFW": False}, None),
        ({"safety": {"checkContent": True}, "positivePrompt": "a nude figure"}, True),
        ({"safety": {"checkContent": True}, "positivePrompt": "denuded hills"}, False),
    ],
)
def test_nsfw_content_is_told_only_when_a_check_was_asked_for(mock: Any, asked: dict[str, Any], expected: Any) -> None:
    assert mock.data(QWEN | asked)[0].get("NSFWContent") == expected


def test_a_dry_run_prices_and_makes_nothing(mock: Any) -> None:
    (item,) = mock.data(QWEN, x_runware_dry_run="1")
    assert list(item) == ["taskType", "taskUUID", "imageUUID", "seed", "cost"]
    assert asyncio.run(mock.runtime.world.accounts.spent(KEY)) == 0
    assert [mock.held(table) for table in ("media", "tasks", "requests", "contents")] == [0] * 4
    assert mock.send("GET", f"/image/ws/2/ii/{item['imageUUID']}.jpg").status_code == 404


def test_a_dry_run_of_a_wrong_task_is_refused_and_remembers_nothing(mock: Any) -> None:
    assert mock.error(QWEN | {"steps": 99}, x_runware_dry_run="1")["code"] == "invalidSteps"
    assert [mock.held(table) for table in ("tasks", "requests", "refused")] == [0] * 3


def test_a_url_answers_until_its_ttl_has_passed(serve: Callable[..., Any]) -> None:
    clock = VirtualClock()
    mock = serve(clock)
    (item,) = mock.data(QWEN | {"ttl": 60})
    clock.advance(59.5)
    assert mock.send("GET", item["imageURL"]).headers["cache-control"] == "public, max-age=0"
    clock.advance(0.5)
    assert mock.send("GET", item["imageURL"]).status_code == 404


def test_the_longest_ttl_is_no_trouble(mock: Any) -> None:
    assert mock.post(QWEN | {"ttl": 10**30}).status_code == 200
