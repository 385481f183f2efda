import io
import os
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from genmock.mockserver.pictures import ImageRejected, PictureSpec, decode, draw, encode

FULL = os.environ.get("GENMOCK_SCALE") == "full"
LIMITS: dict[str, int] = {"max_bytes": 1_000_000, "max_pixels": 1_000_000}
TEXTURED = draw(PictureSpec("a forest", "", "runware:111@1", 1, 256, 192, b""))
CUT_OUT = draw(PictureSpec("a cat", "", "runware:111@1", 1, 128, 128, b"", transparent=True))


def file_of(image: Image.Image, format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def rejection(data: bytes, *, max_bytes: int = 1_000_000, max_pixels: int = 1_000_000) -> str:
    with pytest.raises(ImageRejected) as caught:
        decode(data, max_bytes=max_bytes, max_pixels=max_pixels)
    return str(caught.value.reason)


def png_header(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 2) + b"IDAT\x78\x9c"


@pytest.mark.parametrize(("name", "pillow"), [("JPG", "JPEG"), ("PNG", "PNG"), ("WEBP", "WEBP")])
def test_a_file_has_the_asked_format_and_size(name: Any, pillow: str) -> None:
    with Image.open(io.BytesIO(encode(TEXTURED, format=name))) as file:
        assert (file.format, file.size) == (pillow, (256, 192))


@pytest.mark.parametrize("image", [TEXTURED, CUT_OUT])
def test_png_gives_every_pixel_back(image: Image.Image) -> None:
    back = decode(encode(image, format="PNG"), **LIMITS)
    assert (back.mode, back.tobytes()) == (image.mode, image.tobytes())


@pytest.mark.parametrize("name", ["JPG", "WEBP"])
def test_a_higher_quality_takes_more_bytes(name: Any) -> None:
    sizes = [len(encode(TEXTURED, format=name, quality=quality)) for quality in (20, 50, 80, 95, 99)]
    assert sizes == sorted(set(sizes))


def test_quality_outside_the_range_is_moved_to_its_end() -> None:
    assert encode(TEXTURED, format="JPG", quality=999) == encode(TEXTURED, format="JPG", quality=100)


def test_a_transparent_picture_lies_on_white_in_jpeg() -> None:
    assert decode(encode(CUT_OUT, format="JPG"), **LIMITS).getpixel((0, 0)) == (255, 255, 255)


def test_another_format_is_refused() -> None:
    unknown: Any = "TIFF"
    with pytest.raises(ValueError, match="format is 'TIFF', expected 'JPG', 'PNG' or 'WEBP'"):
        encode(TEXTURED, format=unknown)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP", "GIF"])
def test_what_clients_send_is_decoded(format: str) -> None:
    image = decode(file_of(TEXTURED, format), **LIMITS)
    assert (image.mode, image.size) == ("RGB", (256, 192))


def test_the_first_frame_of_an_animation_counts() -> None:
    red, blue = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    data = file_of(red, "GIF", save_all=True, append_images=[blue])
    assert decode(data, **LIMITS).getpixel((0, 0)) == (255, 0, 0)


def test_exif_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decode(file_of(TEXTURED, "JPEG", exif=exif), **LIMITS).size == (192, 256)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow's own, on opening
def test_damaged_exif_does_not_cost_the_picture() -> None:
    data = file_of(TEXTURED, "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff")
    assert decode(data, **LIMITS).size == (256, 192)


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    grey = Image.frombytes("I;16", (2, 1), struct.pack("<HH", 0x8000, 0xFFFF))
    assert decode(file_of(grey, "PNG"), **LIMITS).tobytes() == b"\x80\x80\x80\xff\xff\xff"


def test_too_many_bytes_are_rejected_unread() -> None:
    assert rejection(b"x" * 11, max_bytes=10) == "The image is 11 bytes, more than the 10 bytes allowed."


def test_too_many_pixels_are_rejected_from_the_header() -> None:
    reason = "The image is 256x192 pixels, more than the 40,000 pixels allowed."
    assert rejection(encode(TEXTURED, format="PNG"), max_pixels=40_000) == reason


def test_a_decompression_bomb_is_rejected() -> None:
    assert rejection(png_header(60_000, 60_000)) == "The image has more than the 1,000,000 pixels allowed."


def test_a_truncated_file_is_rejected() -> None:
    data = encode(TEXTURED, format="PNG")
    assert rejection(data[: len(data) // 2]) == "The image is truncated or damaged and cannot be decoded."


@pytest.mark.parametrize("data", [b"", b"hello", b"<svg/>", b"%PDF-1.7", file_of(TEXTURED, "TIFF")])
def test_what_is_no_picture_that_we_take_is_rejected(data: bytes) -> None:
    assert rejection(data) == "The data is not an image in JPEG, PNG, WebP, BMP or GIF format."


FILES = [file_of(TEXTURED.resize((24, 16)), format) for format in ("JPEG", "PNG", "WEBP", "BMP", "GIF")]


@given(st.sampled_from(FILES), st.integers(0, 10_000), st.binary(min_size=1, max_size=8), st.booleans())
@settings(max_examples=200 if FULL else 25, deadline=None)
def test_any_damage_is_a_picture_or_a_rejection(data: bytes, at: int, junk: bytes, cut: bool) -> None:
    at %= len(data)
    damaged = data[:at] + junk + (b"" if cut else data[at + len(junk) :])
    try:
        image = decode(damaged, **LIMITS)
    except ImageRejected:
        return
    assert image.mode in ("RGB", "RGBA")
