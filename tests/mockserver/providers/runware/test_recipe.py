"""What of a task shows in its picture, and what does not."""

import base64
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

A, B, C = (f"{n}0000000-0000-4000-8000-000000000000" for n in "abc")
BASE = {"taskType": "imageInference", "positivePrompt": "a red fox in the snow", "width": 128, "height": 128}
QWEN = BASE | {"model": "runware:108@1", "taskUUID": A}
FLUX = BASE | {"model": "runware:111@1", "taskUUID": B}


def without_size(task: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in task.items() if name not in ("width", "height")}


@pytest.mark.parametrize("output_format", ["PNG", "WEBP"])
def test_layer_diffuse_gives_transparency(mock: Any, output_format: str) -> None:
    picture = mock.picture(mock.data(FLUX | {"layerDiffuse": True, "outputFormat": output_format})[0])
    assert picture.mode == "RGBA"
    assert picture.getchannel("A").getextrema() == (0, 255)


@pytest.mark.parametrize(
    "change",
    [
        {"taskUUID": C},
        {"deliveryMethod": "sync"},
        {"includeCost": True},
        {"ttl": 60},
        {"numberResults": 2},
        {"safety": {"checkContent": True}},
        {"checkNSFW": True},
        {"outputType": "dataURI"},
        {"seed": 7.0},
        {"width": 128.0},
    ],
    ids=str,
)
def test_identity_delivery_cost_and_spelling_do_not_change_the_picture(mock: Any, change: dict[str, Any]) -> None:
    task = FLUX | {"seed": 7, "outputFormat": "PNG", "outputType": "URL"}
    (expected,) = [mock.pixels(task)]
    (item, *_) = mock.data(task | change | {"outputType": ["URL", *{change.get("outputType", "URL")} - {"URL"}]})
    assert mock.picture(item).convert("RGBA").tobytes() == expected


@pytest.mark.parametrize(
    "change",
    [
        {"positivePrompt": "a red fox in the snow!"},
        {"negativePrompt": "blue", "CFGScale": 5},
        {"seed": 8},
        {"width": 144},
        {"height": 144},
        {"steps": 7},
        {"CFGScale": 3.5},
        {"scheduler": "Euler"},
        {"lora": [{"model": "civitai:1@2", "weight": 0.5}]},
        {"acceleratorOptions": {"teaCache": True}},
        {"promptWeighting": "compel"},
        {"trueCFGScale": 2},
        {"hiresFix": True},
        {"layerDiffuse": True},
    ],
    ids=str,
)
def test_everything_else_changes_the_picture(mock: Any, change: dict[str, Any]) -> None:
    task = FLUX | {"seed": 7, "outputFormat": "PNG"}
    assert mock.pixels(task | change) != mock.pixels(task)


def test_strength_and_outpaint_change_a_picture_that_starts_from_another(
    mock: Any, draw_file: Callable[..., bytes]
) -> None:
    inputs = {"inputs": {"seedImage": base64.b64encode(draw_file()).decode()}}
    changes: list[dict[str, Any]] = [{}, {"strength": 0.3}, {"strength": 0.9}, {"outpaint": {"left": 32}}]
    assert len({mock.pixels(without_size(FLUX) | inputs | change) for change in changes}) == 4


def test_strength_0_gives_the_seed_image_back(mock: Any, draw_file: Callable[..., bytes]) -> None:
    inputs = {"inputs": {"seedImage": base64.b64encode(draw_file()).decode()}}
    (item,) = mock.data(FLUX | inputs | {"strength": 0, "outputFormat": "PNG"})
    assert mock.picture(item).tobytes() == Image.open(io.BytesIO(draw_file())).tobytes()


def test_defaults_written_out_change_nothing_in_the_reply_or_the_picture(mock: Any) -> None:
    written = {
        "numberResults": 1,
        "outputType": "URL",
        "outputFormat": "JPG",
        "outputQuality": 95,
        "deliveryMethod": "sync",
        "includeCost": False,
        "steps": 20,
    }
    assert mock.post(QWEN | written).content == mock.post(QWEN).content
    assert mock.pixels(QWEN | written) == mock.pixels(QWEN)


def test_results_of_one_task_count_the_files_that_they_share_once(
    serve: Callable[..., Any], draw_file: Callable[..., bytes]
) -> None:
    seed_image = draw_file()
    mock = serve(max_media=len(seed_image) * 2)
    reference = base64.b64encode(seed_image).decode()
    items = mock.data(FLUX | {"numberResults": 20, "inputs": {"seedImage": reference}})
    assert [mock.send("GET", item["imageURL"]).status_code for item in items] == [200] * 20
