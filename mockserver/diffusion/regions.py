"""Where a picture is edited: masks, their surroundings, and canvases with room around a picture."""

import numpy as np
from PIL import Image

from ..pictures.resample import resized
from .work_area import fitted

Box = tuple[int, int, int, int]  # left, top, right, bottom in px; the last two are the first beyond


def coverage(mask: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return a mask as (height, width) uint8, 255 where the picture is edited; transparent parts are not."""
    if mask.has_transparency_data:
        mask = Image.alpha_composite(Image.new("RGBA", mask.size, "black"), mask.convert("RGBA"))
    grey = mask.convert("L")
    return grey if grey.size == size else resized(grey, size, Image.Resampling.BILINEAR)


def surroundings(box: Box, margin: int | None, size: tuple[int, int]) -> Box:
    """Return the box that is drawn anew for an edit of a box: with a margin in px around it; all without a margin."""
    if margin is None:
        return (0, 0, *size)
    left, top, right, bottom = box
    return (max(0, left - margin), max(0, top - margin), min(size[0], right + margin), min(size[1], bottom + margin))


def extended(picture: Image.Image, sides: Box, size: tuple[int, int]) -> tuple[Image.Image, Image.Image]:
    """Return a canvas with a picture in it, its edges drawn out to the borders, and the mask of what is new.

    sides: px added to left, top, right, bottom. size: (width, height) px of the canvas.
    """
    left, top, right, bottom = sides
    inner = fitted(picture, (size[0] - left - right, size[1] - top - bottom))
    rows = np.pad(np.asarray(inner), ((top, bottom), (left, right), (0, 0)), mode="edge")
    mask = Image.new("L", size, 255)
    mask.paste(0, (left, top, left + inner.width, top + inner.height))
    return Image.fromarray(rows), mask


def covering(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the middle of a picture that fills a size, (width, height) px, without changing its proportions."""
    ratio = size[0] / size[1]
    width = min(picture.width, max(1, round(picture.height * ratio)))
    height = min(picture.height, max(1, round(picture.width / ratio)))
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return fitted(picture.crop((left, top, left + width, top + height)), size)
