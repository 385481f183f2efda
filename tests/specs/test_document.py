import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from genmock.specs import Document, DocumentChanged, DocumentUnreadable, Entry, load_catalog


def copied(name: str, folder: Path) -> Entry:
    entry = load_catalog().get(name).entry
    path = folder / entry.path.parent.name / entry.path.name
    path.parent.mkdir()
    shutil.copy(entry.path, path)
    return replace(entry, path=path)


def test_an_unchanged_copy_loads(tmp_path: Path) -> None:
    assert Document(copied("kiapi-qwen", tmp_path)).published == load_catalog().get("kiapi-qwen").published


def test_a_changed_byte_is_told_in_full(tmp_path: Path) -> None:
    entry = copied("kiapi-qwen", tmp_path)
    entry.path.write_bytes(entry.path.read_bytes() + b"\n")
    with pytest.raises(DocumentChanged) as caught:
        _ = Document(entry).published
    assert str(caught.value) == (
        'cannot load document "kiapi-qwen": sha256 is 23c6..11, catalog.toml says 1415..78\n\n'
        "  file    kiapi/kiapi-qwen.json (changed after it was catalogued)\n"
        "  why     a bundled document must be exactly the one that its provenance entry describes\n"
        '  next    undo the edit; to serve a document of your own, put it into a folder and use "--specs DIR"'
    )


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    entry = copied("kiapi-qwen", tmp_path)
    entry.path.unlink()
    with pytest.raises(DocumentUnreadable) as caught:
        _ = Document(entry).data
    assert str(caught.value) == f"cannot read {entry.path}: No such file or directory"


@pytest.mark.parametrize("version", ["3.0.3", "2.0", "4.0.0"])
def test_only_openapi_31_is_served(version: str) -> None:
    entry = Entry("old", "Old", "other", Path("old.json"), "", "live")
    with pytest.raises(DocumentUnreadable) as caught:
        _ = Document(entry, f'{{"openapi": "{version}"}}'.encode()).published
    assert str(caught.value) == f"cannot use old.json: `openapi` is '{version}', and only 3.1 documents are served"


def test_a_document_without_overlays_is_effective_as_published() -> None:
    document = load_catalog().get("kiapi-common")
    assert document.effective is document.published


def test_overlays_leave_the_published_form_alone() -> None:
    document = load_catalog().get("flux-1-dev-srpo")
    task = document.effective["components"]["schemas"]["RequestBody"]["items"]["properties"]
    assert "checkNSFW" in task
    assert "checkNSFW" not in document.published["components"]["schemas"]["RequestBody"]["items"]["properties"]
