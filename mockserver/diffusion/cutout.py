"""A transparent ground: what looks like the border of a picture is cut away."""

import numpy as np
from PIL import Image

_GONE, _THERE = 0.15, 0.4  # of the largest distance: below the one transparent, above the other opaque
_LIKE = 8.0  # of 255: a picture that is nowhere further from its border's colour is of one colour, and stays


def cut_out(picture: Image.Image) -> Image.Image:
    """Return an RGB picture as RGBA: the alpha of a pixel grows with its distance from the ground's colour.

    The ground's colour is the median of the outermost pixels, the distance that of the channel which differs most.
    """
    values = np.asarray(picture, np.int16)
    border = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    distance = np.abs(values - np.median(border, axis=0).astype(np.int16)).max(axis=2)
    far = float(distance.max())
    if far < _LIKE:
        alpha = np.full(distance.shape, 255, np.uint8)
    else:
        shown = (np.arange(256) / far - _GONE) / (_THERE - _GONE)
        alpha = (np.clip(shown, 0, 1) * 255).round().astype(np.uint8)[distance]
    result = picture.convert("RGBA")
    result.putalpha(Image.fromarray(alpha))
    return result
