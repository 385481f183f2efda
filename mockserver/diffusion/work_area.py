"""The size at which the model draws: of the area that it learned, in about the picture's proportions."""

import math

from PIL import Image

from ..pictures.resample import resized

MULTIPLE_PX = 16
WIDEST = 4.0  # beyond 4:1 the short side would have too few latents to show anything
_LANCZOS = Image.Resampling.LANCZOS


def work_size(size: tuple[int, int], area: int) -> tuple[int, int]:
    """Return (width, height) px to draw at, for a picture of a size: multiples of 16, of about that area in px.

    Proportions are kept up to 4:1 either way; beyond, and by the rounding to 16, the picture is stretched afterwards.
    """
    ratio = min(max(size[0] / size[1], 1 / WIDEST), WIDEST)
    width, height = math.sqrt(area * ratio), math.sqrt(area / ratio)
    return _multiple(width), _multiple(height)


def fitted(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return an image at another size, (width, height) px, the same under every Pillow."""
    return image if image.size == size else resized(image, size, _LANCZOS)


def _multiple(side: float) -> int:
    return max(MULTIPLE_PX, round(side / MULTIPLE_PX) * MULTIPLE_PX)
