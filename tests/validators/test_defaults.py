from typing import Any

import pytest

from genmock.specs import load_catalog
from genmock.validators import member_schema, with_defaults

CATALOG = load_catalog()
QWEN = {"taskType": "imageInference", "model": "runware:108@1", "positivePrompt": "a", "width": 512, "height": 512}
FLUX = {"taskType": "imageInference", "model": "runware:111@1", "positivePrompt": "a"}


def filled(name: str, item: Any) -> dict[str, Any]:
    return with_defaults(CATALOG.get(name), item)


def test_what_was_left_out_is_filled_in_from_the_document() -> None:
    result = filled("qwen-image", QWEN)
    assert (result["steps"], result["outputFormat"], result["numberResults"]) == (20, "JPG", 1)


def test_what_was_sent_stays_and_the_task_is_not_touched() -> None:
    item = {**QWEN, "steps": 7}
    assert filled("qwen-image", item)["steps"] == 7
    assert item == {**QWEN, "steps": 7}


def test_a_member_without_a_default_stays_absent() -> None:
    assert "steps" not in filled("flux-1-dev-srpo", FLUX)


def test_an_absent_object_stays_absent_and_a_present_one_is_filled() -> None:
    assert "lora" not in filled("flux-1-dev-srpo", FLUX)
    assert filled("flux-1-dev-srpo", {**FLUX, "lora": [{"model": "a"}]})["lora"][0]["weight"] == 1


def test_the_object_form_of_a_switch_is_filled() -> None:
    sent = {**FLUX, "hiresFix": {"model": "runware:504@1"}}
    assert filled("flux-1-dev-srpo", sent)["hiresFix"] != sent["hiresFix"]
    assert filled("flux-1-dev-srpo", {**FLUX, "hiresFix": True})["hiresFix"] is True


def test_filling_twice_is_filling_once() -> None:
    once = filled("flux-1-dev-srpo", FLUX)
    assert filled("flux-1-dev-srpo", once) == once


@pytest.mark.parametrize(
    ("name", "keyword", "value"),
    [
        ("width", "maximum", 2048),
        ("lora.0.weight", "minimum", -4),
        ("acceleratorOptions.fbCacheThreshold", "multipleOf", 0.01),
        ("hiresFix.steps", "maximum", 35),
        ("ipAdapters.3.guideImages.0", "type", "string"),
    ],
)
def test_the_schema_of_a_member_is_found_by_its_dotted_name(name: str, keyword: str, value: object) -> None:
    schema = member_schema(CATALOG.get("flux-1-dev-srpo"), FLUX, name)
    assert schema is not None
    assert schema[keyword] == value


@pytest.mark.parametrize("name", ["widht", "lora.weight", "width.0", "lora.0.weight.more", "", "0"])
def test_a_member_that_is_unknown_has_no_schema(name: str) -> None:
    assert member_schema(CATALOG.get("flux-1-dev-srpo"), FLUX, name) is None
