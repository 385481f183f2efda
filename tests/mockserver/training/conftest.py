"""Datasets for tests: the fixtures `picture` and `pack`."""

import io
import zipfile
from collections.abc import Callable, Iterable

import pytest
from PIL import Image


@pytest.fixture(scope="session")
def picture() -> Callable[..., bytes]:
    """Return a function that makes a small picture file: picture(3, "PNG") is another than picture(4, "PNG")."""

    def made(number: int = 0, format: str = "PNG", size: tuple[int, int] = (16, 12)) -> bytes:
        buffer = io.BytesIO()
        Image.new("RGB", size, (number % 256, 90, 200)).save(buffer, format)
        return buffer.getvalue()

    return made


@pytest.fixture(scope="session")
def pack() -> Callable[..., bytes]:
    """Return a function that makes a ZIP file of (name or ZipInfo, bytes) pairs, deflated."""

    def packed(*files: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
            for name, data in files:
                file.writestr(name, data)
        return buffer.getvalue()

    return packed


@pytest.fixture(scope="session")
def pictures(picture: Callable[..., bytes]) -> Callable[..., Iterable[tuple[str, bytes]]]:
    """Return a function that makes the files of a dataset: pictures(12) are 00.png to 11.png."""

    def made(count: int) -> list[tuple[str, bytes]]:
        return [(f"{number:02}.png", picture(number)) for number in range(count)]

    return made
