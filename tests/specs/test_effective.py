import hashlib
import importlib
import json
from pathlib import Path

import pytest
import yaml
from oas_patch.overlay import apply_overlay

import genmock.specs
from genmock.specs import Document, Entry, load_catalog

SPECS = Path(genmock.specs.__file__).parent
WITH_OVERLAYS = [document for document in load_catalog().documents if document.entry.overlays]
SMALL = {"openapi": "3.1.0", "info": {"title": "Small", "version": "1"}}
RETITLE = """
overlay: 1.0.0
actions:
  - {target: $.info, update: {title: Large}}
"""


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def kept_path(path: Path) -> Path:
    return path.parent / "effective" / f"{path.stem}.json"


@pytest.mark.parametrize("document", WITH_OVERLAYS, ids=lambda document: document.id)
def test_what_is_kept_is_what_the_library_makes_of_the_overlays(document: Document) -> None:
    fresh = json.loads(json.dumps(document.published))
    for path in document.entry.overlays:
        fresh = apply_overlay(fresh, yaml.safe_load(path.read_bytes()))
    kept = json.loads(kept_path(document.entry.path).read_bytes())
    assert kept["effective"] == document.effective == fresh


@pytest.mark.parametrize("document", WITH_OVERLAYS, ids=lambda document: document.id)
def test_what_is_kept_names_the_fingerprints_of_its_inputs(document: Document) -> None:
    kept = json.loads(kept_path(document.entry.path).read_bytes())
    overlays = {path.name: sha256(path) for path in document.entry.overlays}
    assert kept["built_from"] == {"document": document.entry.sha256, **overlays}


def test_nothing_is_kept_for_a_document_without_overlays() -> None:
    kept = {path.stem for path in SPECS.rglob("effective/*.json")}
    assert kept == {document.id for document in WITH_OVERLAYS}


def small(folder: Path, *titles: str) -> Document:
    path = folder / "small.json"
    path.write_text(json.dumps(SMALL))
    overlays = tuple(folder / f"{title}.overlay.yaml" for title in titles)
    for title, overlay in zip(titles, overlays, strict=True):
        overlay.write_text(RETITLE.replace("Large", title))
    return Document(Entry("small", "Small", "other", path, "", "live", overlays=overlays))


def keep(document: Document) -> None:
    path = document.entry.path
    inputs = {"document": sha256(path)} | {overlay.name: sha256(overlay) for overlay in document.entry.overlays}
    kept_path(path).parent.mkdir()
    kept_path(path).write_text(json.dumps({"built_from": inputs, "effective": {"info": {"title": "Kept"}}}))


def test_a_kept_form_of_the_same_inputs_is_used(tmp_path: Path) -> None:
    document = small(tmp_path, "Large")
    keep(document)
    assert document.effective["info"]["title"] == "Kept"


def test_a_kept_form_of_an_older_overlay_is_ignored(tmp_path: Path) -> None:
    document = small(tmp_path, "Large")
    keep(document)
    document.entry.overlays[0].write_text(RETITLE.replace("Large", "Larger"))
    assert document.effective["info"]["title"] == "Larger"


def test_a_kept_form_of_another_document_is_ignored(tmp_path: Path) -> None:
    document = small(tmp_path, "Large")
    keep(document)
    document.entry.path.write_text(json.dumps(SMALL, indent=1))
    assert document.effective["info"]["title"] == "Large"


def test_overlays_are_applied_in_order(tmp_path: Path) -> None:
    assert small(tmp_path, "First", "Second").effective["info"]["title"] == "Second"
    assert small(tmp_path, "Second", "First").effective["info"]["title"] == "First"


def test_a_users_document_is_kept_nowhere(tmp_path: Path) -> None:
    assert small(tmp_path, "Large").effective["info"] == {"title": "Large", "version": "1"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Large.overlay.yaml", "small.json"]


def test_the_command_writes_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = importlib.import_module("genmock.specs.__main__")
    monkeypatch.setattr(command, "kept_path", lambda path: tmp_path / "effective" / path.name)
    command.main()
    written = {path.name: path.read_bytes() for path in (tmp_path / "effective").iterdir()}
    assert written == {path.name: path.read_bytes() for path in SPECS.glob("*/effective/*.json")}
