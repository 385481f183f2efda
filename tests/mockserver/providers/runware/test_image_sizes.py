"""imageInference: how large a picture is, outpainting, enlargement, and what they cost."""

import base64
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image

A, B, C = (f"{n}0000000-0000-4000-8000-000000000000" for n in "abc")
BASE = {"taskType": "imageInference", "positivePrompt": "a red fox in the snow", "width": 128, "height": 128}
QWEN = BASE | {"model": "runware:108@1", "taskUUID": A}
FLUX = BASE | {"model": "runware:111@1", "taskUUID": B}


def without_size(task: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in task.items() if name not in ("width", "height")}


def test_without_any_size_the_task_is_refused(mock: Any) -> None:
    assert mock.error(without_size(FLUX)) == {
        "code": "missingDimensionParameters",
        "message": "Missing dimension parameters. Either width and height, or referenceImages must be provided.",
        "parameter": ["width", "height", "referenceImages"],
        "taskType": "imageInference",
        "taskUUID": B,
    }


def test_without_any_size_missing_dimensions_default_takes_1024_by_1024(serve: Callable[..., Any]) -> None:
    mock = serve(missing_dimensions="default")
    assert mock.picture(mock.data(without_size(FLUX))[0]).size == (1024, 1024)


@pytest.mark.parametrize(
    ("seed_image", "size"), [((256, 128), (256, 128)), ((100, 300), (128, 304)), ((2100, 20), (2048, 128))]
)
def test_without_a_size_that_of_the_seed_image_counts(
    mock: Any, draw_file: Callable[..., bytes], seed_image: tuple[int, int], size: tuple[int, int]
) -> None:
    image = base64.b64encode(draw_file(size=seed_image)).decode()
    (item,) = mock.data(without_size(FLUX) | {"inputs": {"seedImage": image}})
    assert mock.picture(item).size == size


def test_outpaint_adds_to_the_size_of_the_seed_image(mock: Any, draw_file: Callable[..., bytes]) -> None:
    inputs = {"seedImage": base64.b64encode(draw_file()).decode()}
    margins = {"left": 64, "top": 16, "bottom": 16}
    (item,) = mock.data(without_size(FLUX) | {"inputs": inputs, "outpaint": margins, "outputFormat": "PNG"})
    picture = mock.picture(item)
    assert picture.size == (192, 160)
    assert picture.crop((64, 16, 192, 144)).tobytes() == Image.open(io.BytesIO(draw_file())).tobytes()


def test_outpaint_that_does_not_add_up_to_the_size_is_refused(mock: Any, draw_file: Callable[..., bytes]) -> None:
    inputs = {"seedImage": base64.b64encode(draw_file()).decode()}
    error = mock.error(FLUX | {"width": 256, "inputs": inputs, "outpaint": {"left": 64}})
    assert error["parameter"] == ["outpaint", "width"]
    assert error["message"] == (
        "Invalid value for 'outpaint' parameter. Final width and height must account for the original image plus "
        "extensions: the seed image's width of 128 plus 64 is not 256."
    )


@pytest.mark.parametrize("margins", [{"left": 2000, "right": 48}, {"left": 10**30}, {"left": 2**63 - 1, "right": 1}])
def test_outpaint_that_leaves_nothing_is_refused(mock: Any, margins: dict[str, int]) -> None:
    error = mock.error(FLUX | {"width": 2048, "outpaint": margins})
    assert error["message"] == (
        "Invalid value for 'outpaint' parameter. outpaint left and right together must be less than width."
    )


def test_outpaint_without_a_seed_image_has_nothing_to_extend(serve: Callable[..., Any]) -> None:
    mock = serve(missing_dimensions="default")
    assert mock.picture(mock.data(without_size(FLUX) | {"outpaint": {"top": 5000}})[0]).size == (1024, 1024)


def test_outpaint_of_a_seed_image_that_leaves_nothing_of_it_is_refused(
    mock: Any, draw_file: Callable[..., bytes]
) -> None:
    inputs = {"seedImage": base64.b64encode(draw_file()).decode()}
    assert mock.error(without_size(FLUX) | {"inputs": inputs, "outpaint": {"top": 10**6}})["message"].endswith(
        "extensions: top and bottom together are 1000000, which leaves nothing of the height 2048."
    )


def test_hires_fix_enlarges_four_times_and_costs_more(mock: Any) -> None:
    plain, enlarged = mock.data(
        FLUX | {"includeCost": True}, FLUX | {"taskUUID": C, "includeCost": True, "hiresFix": True}
    )
    assert mock.picture(enlarged).size == (512, 512)
    assert enlarged["cost"] > plain["cost"]


def test_compel_adds_its_computing_time_to_the_cost(mock: Any) -> None:
    size = {"width": 1024, "height": 1024, "includeCost": True}
    plain, weighted = mock.data(FLUX | size, FLUX | size | {"taskUUID": C, "promptWeighting": "compel"})
    assert Decimal(str(weighted["cost"])) - Decimal(str(plain["cost"])) in (Decimal("0.0001"), Decimal("0.0002"))
