"""What a capability document serves, told by itself or by the key that overlays add."""

import importlib
from types import SimpleNamespace
from typing import Any

import pytest

from genmock.specs import OverlayError, load_catalog, load_errors

capability = importlib.import_module("genmock.mockserver.providers.kiapi.capability")
errors = importlib.import_module("genmock.mockserver.providers.kiapi.errors")
ERRORS = load_errors("kiapi")
PICTURE: dict[str, Any] = {"200": {"content": {"image/png": {}}}}
FAMILY: dict[str, Any] = {
    "x-kiapi-capability": "sketch",
    "x-kiapi-domain": "image",
    "components": {"schemas": {"Ask": {"properties": {"width": {}, "init_image": {}, "loras": {}, "images": {}}}}},
}


def of(content: dict[str, Any], **effective: Any) -> Any:
    """Return what a document serves."""
    entry = SimpleNamespace(path="sketch.json", sha256="")
    return capability.capability_of.__wrapped__(SimpleNamespace(effective={**content, **effective}, entry=entry))


def post(**operation: Any) -> dict[str, Any]:
    """Return a path with an operation that makes a picture from a JSON body."""
    schema = {"$ref": "#/components/schemas/Ask"}
    body = {"content": {"application/json": {"schema": schema}}}
    return {"post": {"requestBody": body, "responses": PICTURE, **operation}}


@pytest.fixture(scope="module")
def qwen() -> Any:
    (found,) = [each for each in capability.capabilities(load_catalog()) if each.family == "qwen"]
    return found


def test_qwen_has_two_operations_and_two_models(qwen: Any) -> None:
    assert (qwen.family, qwen.domain, qwen.base) == ("qwen", "image", "/v1/image/qwen")
    assert [(each.name, each.job, each.model) for each in qwen.operations] == [
        ("generate", "qwen", "image"),
        ("edit", "qwen-edit", "edit-2509"),
    ]
    assert [qwen.subject(each) for each in qwen.operations] == ["image.qwen.generate", "image.qwen.edit"]
    assert [model.name for model in qwen.models] == ["image", "edit-2509"]


def test_qwen_takes_files_in_the_order_in_which_the_worker_looks(qwen: Any) -> None:
    told = [[(each.member, each.kind) for each in operation.inputs] for operation in qwen.operations]
    assert told == [
        [("init_image", "init_image"), ("loras[].file", "lora")],
        [("images[]", "image"), ("loras[].file", "lora")],
    ]


def test_a_model_is_told_by_six_members(qwen: Any) -> None:
    assert list(qwen.models[0].as_json()) == ["name", "family", "domain", "aliases", "default", "features"]


@pytest.mark.parametrize(
    ("operation", "asked", "text"),
    [
        (0, "flux", "unknown qwen model 'flux'; available: ['edit-2509', 'image']"),
        (0, " ", "unknown qwen model ' '; available: ['edit-2509', 'image']"),
        (0, "EDIT-2509", "qwen generate requires model 'image'"),
        (1, "qwen-image", "qwen edit requires model 'edit-2509'"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(qwen: Any, operation: int, asked: str, text: str) -> None:
    with pytest.raises(errors.Refused) as refused:
        qwen.resolve(qwen.operations[operation], asked, ERRORS)
    assert (refused.value.status, refused.value.detail) == (400, text)


@pytest.mark.parametrize("asked", [None, "", "edit-2509", " Qwen/QWEN-image-Edit-2509\n"])
def test_a_model_is_found_by_any_of_its_names(qwen: Any, asked: str | None) -> None:
    assert qwen.resolve(qwen.operations[1], asked, ERRORS).name == "edit-2509"


def test_a_document_without_a_family_serves_nothing() -> None:
    assert of({"paths": {"/v1/image/x/generate": post()}}) is None


def test_a_document_that_says_no_more_has_one_model_of_any_name() -> None:
    found = of(FAMILY, paths={"/v1/image/sketch/generate": post(), "/v1/image/sketch/edit": post()})
    assert [(each.name, each.job) for each in found.operations] == [("generate", "sketch"), ("edit", "sketch-edit")]
    assert [model.name for model in found.models] == ["sketch"]
    told = [found.resolve(found.operations[0], asked, ERRORS).name for asked in (None, "Sketch", " other ")]
    assert told == ["sketch", "sketch", "other"]


def test_files_are_taken_where_the_documents_of_kiapi_take_them() -> None:
    (operation,) = of(FAMILY, paths={"/v1/image/sketch/generate": post()}).operations
    assert [(each.member, each.kind) for each in operation.inputs] == [
        ("init_image", "init_image"),
        ("images[]", "image"),
        ("loras[].file", "lora"),
    ]
    assert dict(operation.defaults) == {"width": 1024}


@pytest.mark.parametrize(
    "paths",
    [
        {"/v1/image/other/generate": post()},
        {"/v1/image/sketch/a/b": post()},
        {"/v1/image/sketch/train": post(responses={"202": {}})},
        {"/v1/image/sketch/speak": post(responses={"200": {"content": {"audio/wav": {}}}})},
        {"/v1/image/sketch/generate": {"get": {"responses": PICTURE}}},
        {"/v1/image/sketch/generate": post(requestBody={})},
    ],
)
def test_a_document_whose_operations_make_no_pictures_serves_nothing(paths: dict[str, Any]) -> None:
    assert of(FAMILY, paths=paths) is None


def test_the_key_of_an_overlay_decides_over_what_is_usual() -> None:
    told = {
        "models": [{"name": "big", "family": "sketch", "domain": "image", "repo": "a/b"}],
        "operations": {"generate": {"job": "draw", "model": "big", "defaults": {"width": 64}, "inputs": []}},
    }
    found = of(FAMILY, paths={"/v1/image/sketch/generate": post()}, **{"x-genmock-capability": told})
    (operation,) = found.operations
    assert (operation.job, operation.model, dict(operation.defaults), operation.inputs) == (
        "draw",
        "big",
        {"width": 64},
        [],
    )
    assert found.models[0].repo == "a/b"


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (None, ': null is not of type "object"'),
        ({"models": "big"}, '/models: "big" is not of type "array"'),
        ({"models": [{"family": "a"}]}, '/models/0: "name" is a required property'),
        (
            {"operations": {"generate": {"inputs": [{"member": "image"}]}}},
            '/operations/generate/inputs/0: "kind" is a required property',
        ),
        (
            {"operations": {"generate": {"jobs": "a"}}},
            "/operations/generate: Additional properties are not allowed ('jobs' was unexpected)",
        ),
    ],
)
def test_a_key_of_the_wrong_form_is_told_with_its_place(told: Any, text: str) -> None:
    with pytest.raises(OverlayError) as caught:
        of(FAMILY, paths={}, **{"x-genmock-capability": told})
    start = f"overlay of sketch.json: #/x-genmock-capability{text}\n\n"
    advice = '  next    correct the overlay; its keys are in docs/kiapi.md, "Documents of your own"'
    assert str(caught.value) == start + advice
