"""The pictures of a dataset that was found good, as a trainer takes them."""

import io
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .dataset import DatasetRules, read_dataset

if TYPE_CHECKING:
    from PIL import Image

MAX_SIDE_PX = 512  # of a picture that is learned; the model's own are smaller


def dataset_pictures(data: bytes) -> "Iterator[tuple[Image.Image, str]]":
    """Yield each picture of a ZIP file, made small enough, with its caption. Raises DatasetRejected."""
    from ..pictures import decode  # here: pictures load late

    dataset = read_dataset(data, DatasetRules())
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        for image in dataset.images:
            content = file.read(image.name)
            picture = decode(content, max_bytes=len(content), max_pixels=image.size[0] * image.size[1]).convert("RGB")
            picture.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX))
            yield picture, image.caption
