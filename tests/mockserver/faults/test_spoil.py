"""Damage: what is left of files, base64 texts and JSON."""

import base64
import binascii
import io
from typing import Any

import pytest
from PIL import Image

from genmock.mockserver.faults import spoiled_base64, spoiled_bytes
from genmock.mockserver.faults.spoil import broken

BODY = {"data": [{"taskType": "ping", "seed": 5, "tags": ["x"]}], "n": {"a/b": True}}


@pytest.fixture
def picture() -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("how", ["truncate", "corrupt"])
def test_a_spoiled_picture_cannot_be_loaded(picture: bytes, how: Any) -> None:
    spoiled = spoiled_bytes(picture, how)
    assert spoiled[:16] == picture[:16]
    with pytest.raises((OSError, SyntaxError)):
        Image.open(io.BytesIO(spoiled)).load()


@pytest.mark.parametrize("data", [b"", b"a", b"ab"])
def test_small_files_are_spoiled_too(data: bytes) -> None:
    assert spoiled_bytes(data, "corrupt") != data or not data
    assert len(spoiled_bytes(data, "truncate")) <= len(data) // 2


@pytest.mark.parametrize("how", ["truncate", "corrupt"])
@pytest.mark.parametrize("size", range(1, 9))
@pytest.mark.parametrize("head", ["", "data:image/png;base64,"])
def test_spoiled_base64_does_not_decode(how: Any, size: int, head: str) -> None:
    spoiled = spoiled_base64(head + base64.b64encode(bytes(size)).decode(), how)
    assert spoiled.startswith(head)
    with pytest.raises(binascii.Error):
        base64.b64decode(spoiled.removeprefix(head), validate=True)


@pytest.mark.parametrize(
    ("pointer", "change", "expected"),
    [
        (None, "missing", {**BODY, "data": [{"seed": 5, "tags": ["x"]}]}),
        (None, "type", {**BODY, "data": [{**BODY["data"][0], "taskType": 0}]}),  # type: ignore[index]  # of two kinds
        ("/data/0/seed", "type", {**BODY, "data": [{**BODY["data"][0], "seed": "0"}]}),  # type: ignore[index]  # same
        ("/data/0", "missing", {**BODY, "data": []}),
        ("/data", "missing", {"n": {"a/b": True}}),
        ("/data", "type", {**BODY, "data": 0}),
        ("/n/a~1b", "missing", {**BODY, "n": {}}),
        ("/data/7/seed", "missing", BODY),
        ("/data/seed", "missing", BODY),
        ("/n/a~1b/c", "missing", BODY),
    ],
)
def test_a_member_is_left_out_or_of_another_type(pointer: str | None, change: Any, expected: object) -> None:
    assert broken(BODY, pointer, change) == expected


def test_without_a_pointer_empty_members_are_passed_over() -> None:
    assert broken({"data": [], "errors": [{"code": "x"}]}, None, "missing") == {"data": [], "errors": [{}]}
    assert broken({}, None, "missing") == {}
