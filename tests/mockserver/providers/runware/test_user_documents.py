"""A user's own documents: dropped into a folder they are served at once, each by its own constraints."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from genmock.mockserver import Settings, create_app
from genmock.specs import OverlayError, UnknownDocument, load_catalog

ACME = Path(__file__).parents[3] / "data/specs"
A, B = (f"{n}0000000-0000-4000-8000-000000000000" for n in "ab")
BASE = {"taskType": "imageInference", "positivePrompt": "a red fox", "includeCost": True}
SKETCH = BASE | {"taskUUID": A, "model": "acme:1@1", "width": 128, "height": 192, "medium": "pencil"}
STUDIO = BASE | {"taskUUID": B, "model": "acme:2@1", "width": 256, "height": 256}
ODD = {"id": "odd", "needs": ["width"], "expr": "width <<", "message": "odd"}
DOCS = "https://runware.ai/docs/models/"


@pytest.fixture
def acme(serve: Callable[..., Any]) -> Any:
    """Return a server that has the two documents of Acme."""
    return serve(specs=(ACME,))


def test_without_the_folder_its_models_are_unknown(mock: Any) -> None:
    assert mock.error(SKETCH)["code"] == "modelNotFound"


def test_both_models_answer_with_pictures_and_costs(acme: Any) -> None:
    items = acme.data(SKETCH, STUDIO)
    assert [acme.picture(item).size for item in items] == [(128, 192), (256, 256)]
    assert [acme.picture(item).format for item in items] == ["PNG", "JPEG"]
    assert all(item["cost"] > 0 for item in items)


@pytest.mark.parametrize(
    ("change", "code", "parameter"),
    [
        ({"width": 144}, "invalidWidth", "width"),
        ({"steps": 9}, "invalidSteps", "steps"),
        ({"medium": "oil"}, "invalidMedium", "medium"),
        ({"medium": "ink"}, "missingParameter", "nib"),
        ({"nib": "fine"}, "unsupportedParameter", "nib"),
        ({"wash": 0}, "invalidWash", "wash"),
        ({"wash": 0.5, "hatching": [5]}, "incompatibleParameters", ["wash", "hatching"]),
        ({"hatching": [5, 5]}, "invalidHatching", "hatching"),
        ({"numberResults": 3}, "invalidNumberResults", "numberResults"),
        ({"outputFormat": "WEBP"}, "invalidOutputFormat", "outputFormat"),
        ({"scheduler": "Euler"}, "unsupportedParameter", "scheduler"),
        ({"taskUUID": "a0000000-0000-1000-8000-000000000000"}, "invalidTaskUUID", "taskUUID"),
    ],
    ids=str,
)
def test_its_own_constraints_hold_in_the_providers_words(
    acme: Any, change: dict[str, Any], code: str, parameter: Any
) -> None:
    error = acme.error(SKETCH | change)
    assert (error["code"], error["parameter"]) == (code, parameter)
    assert error["documentation"].startswith(DOCS + "acme-sketch#request-")


def test_both_widths_belong_together_in_the_other(acme: Any) -> None:
    error = acme.error({name: value for name, value in STUDIO.items() if name != "height"})
    assert (error["code"], error["parameter"]) == ("missingParameter", ["width", "height"])


def test_null_stands_for_an_absent_member_where_the_document_allows_it(acme: Any) -> None:
    assert acme.pixels(STUDIO | {"negativePrompt": None, "steps": None}) == acme.pixels(STUDIO)


def test_its_defaults_written_out_change_nothing(acme: Any) -> None:
    assert acme.pixels(SKETCH | {"steps": 4, "CFGScale": 1, "outputFormat": "PNG"}) == acme.pixels(SKETCH)


def test_its_own_members_show_in_the_picture(acme: Any) -> None:
    changes: list[dict[str, Any]] = [{}, {"medium": "charcoal"}, {"wash": 0.3}, {"hatching": [5]}]
    assert len({acme.pixels(SKETCH | change) for change in changes}) == 4


def test_shipped_models_and_utilities_are_served_beside_it(acme: Any) -> None:
    qwen = BASE | {"taskUUID": A, "model": "runware:108@1", "width": 128, "height": 128}
    assert len(acme.data(qwen, SKETCH | {"taskUUID": B}, {"taskType": "ping"})) == 3


def test_model_search_finds_it(acme: Any) -> None:
    (item,) = acme.data({"taskType": "modelSearch", "taskUUID": A, "search": "acme"})
    assert [model["air"] for model in item["results"]] == ["acme:1@1", "acme:2@1"]


def edited(folder: Path, **members: Any) -> Path:
    """Write a copy of the sketch document with other members of a task."""
    document = json.loads((ACME / "acme-sketch.json").read_text(encoding="utf-8"))
    document["components"]["schemas"]["RequestBody"]["items"]["properties"] |= members
    (folder / "own.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    return folder


def test_a_format_that_we_cannot_make_is_refused_by_name(serve: Callable[..., Any], tmp_path: Path) -> None:
    mock = serve(specs=(edited(tmp_path, outputFormat={"type": "string", "enum": ["AVIF"]}),))
    assert mock.error(SKETCH | {"outputFormat": "AVIF"})["message"] == (
        "'outputFormat' is not yet served by genmock: pictures are made as JPG, PNG, WEBP, not as AVIF."
    )


def test_a_size_that_we_cannot_make_is_refused_by_name(serve: Callable[..., Any], tmp_path: Path) -> None:
    mock = serve(specs=(edited(tmp_path, width={"type": "integer"}),))
    message = "'width' is not yet served by genmock: pictures have 1 to 8192 pixels a side."
    assert [mock.error(SKETCH | {"width": width})["message"] for width in (8193, 0, -5)] == [message] * 3


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (
            {
                "target": "$.components.schemas.RequestBody.items",
                "update": {
                    "x-genmock-rules": [{"id": "odd", "needs": ["width"], "expr": "width <<", "message": "odd"}]
                },
            },
            "rule odd: 'width <<' is no CEL expression",
        ),
        ({"target": "$.nope", "update": {}}, "target '$.nope' matches nothing"),
    ],
)
def test_a_mistake_in_an_overlay_of_ones_own_is_told_at_the_start(
    tmp_path: Path, action: dict[str, Any], message: str
) -> None:
    (tmp_path / "acme-sketch.json").write_bytes((ACME / "acme-sketch.json").read_bytes())
    overlay = {"overlay": "1.0.0", "info": {"title": "odd", "version": "1"}, "actions": [action]}
    (tmp_path / "acme-sketch.overlay.yaml").write_text(yaml.safe_dump(overlay))
    with pytest.raises(OverlayError) as caught:
        create_app(Settings(specs=(tmp_path,)))
    assert message in str(caught.value)


def test_a_training_for_a_document_that_is_not_there_is_told_at_the_start(tmp_path: Path) -> None:
    published = load_catalog().get("runware-qwen-image-style-lora-training").published
    document = json.loads(
        json.dumps(published).replace("runware:qwen-image@style-lora-training", "acme:style@training")
    )
    (tmp_path / "acme.json").write_text(json.dumps(document))
    told = {"x-genmock-training": {"base_document": "qwen-imag"}}
    action = {"target": "$.components.schemas.RequestBody.items", "update": told}
    overlay = {"overlay": "1.0.0", "info": {"title": "odd", "version": "1"}, "actions": [action]}
    (tmp_path / "acme.overlay.yaml").write_text(yaml.safe_dump(overlay))
    with pytest.raises(UnknownDocument, match="qwen-image"):
        create_app(Settings(specs=(tmp_path,)))


def test_a_task_needs_a_uuid_whatever_its_document_says(serve: Callable[..., Any], tmp_path: Path) -> None:
    text = (ACME / "acme-sketch.json").read_text(encoding="utf-8")
    required = json.loads(text)["components"]["schemas"]["RequestBody"]["items"]["required"]
    assert "taskUUID" in required
    forgetful = json.loads(text)
    forgetful["components"]["schemas"]["RequestBody"]["items"]["required"].remove("taskUUID")
    (tmp_path / "acme-sketch.json").write_text(json.dumps(forgetful), encoding="utf-8")
    task = {name: value for name, value in SKETCH.items() if name != "taskUUID"}
    error = serve(specs=(tmp_path,)).error(task)
    assert (error["code"], error["message"]) == ("missingTaskUUID", "Missing required parameter: 'taskUUID'.")
    (item,) = serve(specs=(tmp_path,), contract="report").data(task)
    assert item["taskUUID"]


@pytest.mark.parametrize("odd", [5, None])
def test_a_uuid_is_a_text_whatever_its_document_says(serve: Callable[..., Any], tmp_path: Path, odd: Any) -> None:
    loose = json.loads((ACME / "acme-sketch.json").read_text(encoding="utf-8"))
    items = loose["components"]["schemas"]["RequestBody"]["items"]
    items["required"].remove("taskUUID")
    items["properties"]["taskUUID"] = {}
    (tmp_path / "acme-sketch.json").write_text(json.dumps(loose), encoding="utf-8")
    code = {5: "invalidTaskUUID", None: "missingTaskUUID"}[odd]
    assert serve(specs=(tmp_path,)).error({**SKETCH, "taskUUID": odd})["code"] == code
    (item,) = serve(specs=(tmp_path,), contract="report").data({**SKETCH, "taskUUID": odd})
    assert isinstance(item["taskUUID"], str) and item["taskUUID"] != "5"
