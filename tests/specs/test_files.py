from pathlib import Path

import pytest

from genmock.specs import DocumentUnreadable, read_document

HEAD = b'openapi: 3.1.0\ninfo: {title: Small, version: "1"}\n'


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", ["small.yaml", "small.yml"])
def test_yaml_keeps_dates_as_text(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name, HEAD + b"x-released: 2025-09-12\nx-list: [1, 4.35, null]")
    published = read_document(path).published
    assert (published["x-released"], published["x-list"]) == ("2025-09-12", [1, 4.35, None])


def test_integers_of_json_stay_exact(tmp_path: Path) -> None:
    data = b'{"openapi": "3.1.0", "info": {"x-maximum": 9223372036854776000}}'
    assert read_document(written(tmp_path, "small.json", data)).published["info"]["x-maximum"] == 9223372036854776000


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("small.json", b"{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("small.json", b"[]", "a mapping was expected at the top, not list"),
        ("small.json", b"\xff\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        ("small.yaml", b"text", "a mapping was expected at the top, not str"),
    ],
)
def test_what_is_malformed_is_told_with_its_file(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    path = written(tmp_path, name, data)
    with pytest.raises(DocumentUnreadable) as caught:
        read_document(path)
    assert str(caught.value) == f"cannot read {path}: {message}"


def test_malformed_yaml_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(DocumentUnreadable, match=r"(?s)^cannot read .*small\.yaml: .*line 3, column 5"):
        read_document(written(tmp_path, "small.yaml", HEAD + b"a: ["))


def test_yaml_makes_no_objects(tmp_path: Path) -> None:
    with pytest.raises(DocumentUnreadable, match="could not determine a constructor"):
        read_document(written(tmp_path, "small.yaml", HEAD + b"a: !!python/object/apply:os.getcwd []"))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(DocumentUnreadable) as caught:
        read_document(tmp_path)
    assert str(caught.value) == f"cannot read {tmp_path}: Is a directory"
