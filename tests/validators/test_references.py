"""Media references, through the functions that prose rules call."""

import base64
from collections.abc import Callable
from typing import Any, cast

import pytest

from genmock.validators import FUNCTIONS

is_image = cast(Callable[[str], bool], FUNCTIONS["is_image_reference"])
is_media = cast(Callable[[str], bool], FUNCTIONS["is_media_reference"])

UUID = "7f3ebcb6-b777-4f2b-9a1e-0c5d6a1f8e11"
HEADS = {
    "jpeg": b"\xff\xd8\xff\xe0",
    "png": b"\x89PNG\r\n\x1a\n",
    "gif": b"GIF89a",
    "bmp": b"BM\0\0",
    "webp": b"RIFF\x24\0\0\0WEBPVP8 ",
}


def encoded(data: bytes, media_type: str = "") -> str:
    text = base64.b64encode(data).decode()
    return f"data:{media_type};base64,{text}" if media_type else text


@pytest.mark.parametrize("text", [UUID, UUID.upper(), "https://example.com/a.png", "HTTP://localhost:8000", "http://a"])
def test_a_uuid_and_a_web_address_may_be_an_image(text: str) -> None:
    assert is_image(text)
    assert is_media(text)


@pytest.mark.parametrize("name", HEADS)
def test_base64_and_data_uris_are_images_when_they_begin_like_one(name: str) -> None:
    assert is_image(encoded(HEADS[name]))
    assert is_image(encoded(HEADS[name] * 1000, f"image/{name}"))
    assert is_image(encoded(HEADS[name], "image/png;charset=utf-8"))


@pytest.mark.parametrize(
    "text",
    ["", "a", "a.png", "aGVsbG8=", "https://", "ftp://example.com/a.png", "data:image/png;base64,", UUID[:-1],
     UUID + "\n", "data:image/png,rawdata", "data:;base64,iVBORw0KGgo=", "图", encoded(b"RIFF\0\0\0\0WAVE")],
)  # fmt: skip
def test_other_texts_are_no_images(text: str) -> None:
    assert not is_image(text)


@pytest.mark.parametrize("text", ["aGVsbG8=", "data:application/zip;base64,UEsDBA=="])
def test_any_data_is_media(text: Any) -> None:
    assert is_media(text)
    assert not is_image(text)


@pytest.mark.parametrize("text", ["", "a file", "aGVsbG8", "data:application/zip;base64,", "é"])
def test_text_that_is_no_base64_is_no_media(text: str) -> None:
    assert not is_media(text)
