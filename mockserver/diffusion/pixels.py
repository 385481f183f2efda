"""Between pictures and the arrays that a model reads and writes."""

import numpy as np
from PIL import Image

from .noise import Array


def array_of(picture: Image.Image) -> Array:
    """Return a picture as (1, 3, height, width) float32 from -1 to 1; what is transparent shows white."""
    if picture.has_transparency_data:
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
    values = np.asarray(picture.convert("RGB"), np.float32) / np.float32(127.5) - 1
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])


def picture_of(pixels: Array) -> Image.Image:
    """Return (1, 3, height, width) float32 as an RGB picture; what is beyond -1 and 1 is cut off."""
    values = (np.clip(pixels[0].transpose(1, 2, 0), -1, 1) + 1) * np.float32(127.5)
    return Image.fromarray(values.round().astype(np.uint8))


def free_latents(mask: Image.Image, factor: int) -> Array:
    """Return which latents may change, as (1, 1, height, width) of 1 and 0: those that a mask touches at all.

    mask: (height, width) uint8, 255 where the picture is edited, both sides multiples of factor.
    """
    values = np.asarray(mask, np.uint8)
    cells = values.reshape(values.shape[0] // factor, factor, values.shape[1] // factor, factor)
    return np.asarray(cells.max(axis=(1, 3)) > 0, np.float32)[None, None]
