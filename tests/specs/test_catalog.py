import hashlib
from pathlib import Path

import pytest

import genmock.specs
from genmock.specs import DocumentUnreadable, UnknownDocument, load_catalog, read_document

SPECS = Path(genmock.specs.__file__).parent
ACME = Path(__file__).parents[1] / "data" / "specs"
IDS = (
    "flux-1-dev-srpo",
    "qwen-image",
    "runware-qwen-image-style-lora-training",
    "exactly-illustrative-training",
    "runware-utilities",
    "kiapi-qwen",
    "kiapi-common",
    "genmock-control",
)
PUBLISHED = {
    "flux-1-dev-srpo": "9cbb034818e64e6bc6892c7ccd9ccd74fde195b38818d7c4f549e6f8c6d01019",
    "runware-qwen-image-style-lora-training": "51bfe443ad08f28c1286534c4450939b3e0ae0f6463f679f8db92f9cc2e77a14",
    "exactly-illustrative-training": "b7459e774523622be47f271b4fa41c635ab361562658505cde42881aeb3b9aac",
    "kiapi-qwen": "14151d534dd3c29e52ab7c4e0b4f11962b79a76630cd4adddef1510066fcbb78",
}
SMALL = """
openapi: 3.1.0
info: {{title: Small, version: "1"{info}}}
components: {{schemas: {{RequestBody: {{items: {{properties: {{taskType: {{const: {task}}}}}}}}}}}}}
"""


def test_the_catalogue_ids_are_fixed() -> None:
    assert tuple(entry.id for entry in load_catalog().entries) == IDS


def test_every_shipped_file_is_catalogued() -> None:
    assert {entry.path for entry in load_catalog().entries} == set(SPECS.glob("*/*.json"))


@pytest.mark.parametrize("name", IDS)
def test_every_entry_has_the_fingerprint_of_its_file(name: str) -> None:
    document = load_catalog().get(name)
    assert document.entry.sha256 == hashlib.sha256(document.entry.path.read_bytes()).hexdigest()
    assert document.published["openapi"].startswith("3.1")


@pytest.mark.parametrize(("name", "sha256"), PUBLISHED.items(), ids=PUBLISHED)
def test_published_documents_are_their_providers_byte_for_byte(name: str, sha256: str) -> None:
    entry = load_catalog().get(name).entry
    assert (entry.written, entry.sha256) == ("published", sha256)


@pytest.mark.parametrize("name", IDS)
def test_an_entry_says_what_its_document_says(name: str) -> None:
    document = load_catalog().get(name)
    info = document.published["info"]
    assert info.get("x-air-id") == document.model
    assert info.get("x-status", "live") == document.entry.status
    assert info.get("x-model-id", name) == name


def test_every_overlay_that_is_shipped_is_used() -> None:
    used = {overlay for entry in load_catalog().entries for overlay in entry.overlays}
    assert used == set(SPECS.rglob("*.overlay.yaml"))


def test_a_document_is_found_by_id_by_model_and_by_path() -> None:
    catalog = load_catalog()
    assert catalog.get("flux-1-dev-srpo") is catalog.get("runware:111@1")
    assert catalog.get(SPECS / "runware" / "flux-1-dev-srpo.json").model == "runware:111@1"


def test_a_document_is_found_by_task_and_model() -> None:
    catalog = load_catalog()
    found = catalog.find("imageInference", "runware:108@1")
    assert found is not None and found.id == "qwen-image"
    assert catalog.find("imageInference", "runware:1@1") is None


def test_utility_tasks_have_no_model() -> None:
    found = load_catalog().find("ping", "anything")
    assert found is not None and found.id == "runware-utilities"


def test_models_are_listed_by_task() -> None:
    assert load_catalog().models("imageInference") == ("runware:111@1", "runware:108@1")
    assert len(load_catalog().models()) == 4


def test_an_unknown_name_gets_the_closest() -> None:
    with pytest.raises(UnknownDocument) as caught:
        load_catalog().get("qwen-imagee")
    assert str(caught.value) == (
        "there is no document 'qwen-imagee'; did you mean 'qwen-image'?\n\n"
        f"  known   {', '.join(IDS)}, runware:111@1, runware:108@1, runware:qwen-image@style-lora-training, "
        "exactly:illustrative@training\n"
        "  next    see: genmock specs list"
    )


def test_a_path_without_a_file_is_unknown() -> None:
    with pytest.raises(UnknownDocument, match=r"there is no document 'zzz\.json'; it is no file either\."):
        load_catalog().get("zzz.json")


def test_a_folder_adds_its_documents() -> None:
    catalog = load_catalog().with_folder(ACME)
    assert tuple(entry.id for entry in catalog.entries) == (*IDS, "acme-sketch", "acme-studio")
    found = catalog.find("imageInference", "acme:2@1")
    assert found is catalog.get("acme-studio") is catalog.get("acme:2@1")


def test_the_shipped_catalogue_is_not_changed_by_a_folder() -> None:
    load_catalog().with_folder(ACME)
    assert tuple(entry.id for entry in load_catalog().entries) == IDS


def test_a_document_of_the_same_model_or_id_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    text = SMALL.format(info=", x-model-id: mine, x-air-id: 'runware:108@1'", task="imageInference")
    (tmp_path / "other.yaml").write_text(text)
    catalog = load_catalog().with_folder(tmp_path)
    assert catalog.get("runware:108@1").id == "mine"
    assert "qwen-image" not in {entry.id for entry in catalog.entries}


def test_other_files_of_a_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no document")
    (tmp_path / "small.overlay.yaml").write_text("overlay: 1.0.0")
    assert load_catalog().with_folder(tmp_path).documents == load_catalog().documents


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(DocumentUnreadable) as caught:
        load_catalog().with_folder(tmp_path / "none")
    assert str(caught.value) == f"cannot read specs from {tmp_path / 'none'}: it is not a folder"


def test_a_users_document_says_itself_what_it_describes() -> None:
    entry = read_document(ACME / "acme-sketch.json").entry
    assert (entry.id, entry.model, entry.task_types) == ("acme-sketch", "acme:1@1", ("imageInference",))
    assert (entry.provider, entry.status, entry.sha256, entry.lenient) == ("runware", "live", "", True)


def test_a_users_document_gets_the_overlays_of_its_task() -> None:
    names = [path.name for path in read_document(ACME / "acme-studio.yaml").entry.overlays]
    assert names == ["platform.overlay.yaml", "image-inference.overlay.yaml"]


def test_an_overlay_beside_a_users_document_replaces_the_default_ones(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL.format(info="", task="training"))
    (tmp_path / "small.mine.overlay.yaml").write_text("overlay: 1.0.0\nactions: []\n")
    entry = read_document(tmp_path / "small.yaml").entry
    assert (entry.id, [path.name for path in entry.overlays]) == ("small", ["small.mine.overlay.yaml"])
    assert not entry.lenient


@pytest.mark.parametrize(
    ("body", "place", "found"),
    [
        ("paths: []", "/paths", "list"),
        ("paths:", "/paths", "null"),
        ("paths: {/v1: 3}", "/paths/~1v1", "int"),
        ("paths: {/v1: {post: []}}", "/paths/~1v1/post", "list"),
        ("paths: {/v1: {post: {requestBody: text}}}", "/paths/~1v1/post/requestBody", "str"),
        ("paths: {/v1: {post: {requestBody: {content: []}}}}", "/paths/~1v1/post/requestBody/content", "list"),
        (
            "paths: {/v1: {post: {responses: {'200': {content: {image/png: 1}}}}}}",
            "/paths/~1v1/post/responses/200/content/image~1png",
            "int",
        ),
        ("components: {schemas: []}", "/components/schemas", "list"),
    ],
)
def test_a_document_that_has_no_object_where_one_belongs(tmp_path: Path, body: str, place: str, found: str) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(f"openapi: 3.1.0\ninfo: {{title: Small, version: '1'}}\n{body}\n")
    with pytest.raises(DocumentUnreadable) as caught:
        read_document(path)
    message = f"cannot use {path}: #{place} is {found}, and OpenAPI 3.1 has an object there\n\n"
    assert str(caught.value) == message + "  next    mend the document; an object that is empty is written {}"


def test_a_file_that_is_no_openapi_document(tmp_path: Path) -> None:
    path = tmp_path / "small.json"
    path.write_text('{"openapi": "3.1.0"}')
    with pytest.raises(DocumentUnreadable) as caught:
        read_document(path)
    assert str(caught.value) == f"cannot use {path}: it is no OpenAPI document (`openapi` and `info` are expected)"
