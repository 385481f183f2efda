import json
from pathlib import Path
from typing import Any

import pytest

from genmock.specs import DataError, Training, load_catalog, read_document, training_of

CATALOG = load_catalog()
OWN: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Acme training", "version": "1", "x-air-id": "acme:style@training"},
    "components": {"schemas": {"RequestBody": {"items": {"properties": {"taskType": {"const": "training"}}}}}},
}


def own(folder: Path, **members: Any) -> Training:
    document = json.loads(json.dumps(OWN))
    document["components"]["schemas"]["RequestBody"]["items"] |= members
    (folder / "acme.json").write_text(json.dumps(document))
    (folder / "acme.overlay.yaml").write_text("{overlay: 1.0.0, actions: []}")
    return training_of(read_document(folder / "acme.json"))


def test_exactly_illustrative_takes_ten_to_fifty_pictures_of_three_formats() -> None:
    assert training_of(CATALOG.get("exactly-illustrative-training")) == Training(
        formats=("JPEG", "PNG", "WEBP"),
        max_image_bytes=50_000_000,
        min_images=10,
        max_images=50,
        base_document="qwen-image",
        base_model="Qwen/Qwen-Image (assumed)",
        usable_as=("model",),
    )


def test_the_qwen_image_training_takes_any_pictures() -> None:
    assert training_of(CATALOG.get("runware-qwen-image-style-lora-training")) == Training()


@pytest.mark.parametrize("document", CATALOG.documents, ids=lambda document: document.id)
def test_trained_models_are_judged_by_a_document_of_images(document: Any) -> None:
    if "training" in document.entry.task_types:
        assert CATALOG.get(training_of(document).base_document).entry.task_types == ("imageInference",)


def test_a_document_that_says_nothing_takes_any_dataset(tmp_path: Path) -> None:
    assert own(tmp_path) == Training()


def test_a_document_of_ones_own_may_say_it(tmp_path: Path) -> None:
    assert own(tmp_path, **{"x-genmock-training": {"max_images": 3, "formats": ["PNG"]}}) == Training(
        formats=("PNG",), max_images=3
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], ": x-genmock-training must be a table, not []"),
        ({"images": 3}, ": x-genmock-training.images is not known; expected formats, max_image_bytes, min_images, "),
        ({"min_images": 0}, ": x-genmock-training.min_images must be an integer of at least 1, not 0"),
        ({"formats": ["PNM"]}, ": x-genmock-training.formats must be a list of JPEG, PNG, WEBP, GIF, BMP, not ['PNM']"),
        ({"usable_as": "lora"}, ": x-genmock-training.usable_as must be a list of lora, model, not 'lora'"),
        ({"base_model": ""}, ": x-genmock-training.base_model must be a text that is not empty, not ''"),
    ],
)
def test_a_mistake_is_told(value: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        own(tmp_path, **{"x-genmock-training": value})
    assert str(caught.value).startswith(f"{tmp_path / 'acme.json'}{said}")
