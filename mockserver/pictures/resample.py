"""Resizing with the same result under every Pillow: one axis at a time, across first."""

from PIL import Image


def resized(image: Image.Image, size: tuple[int, int], filter: Image.Resampling) -> Image.Image:
    """Return an image at another size, (width, height) px.

    Pillow rounds to whole values between its two passes, and 13.0 changed which comes first: two
    calls leave it no choice.
    """
    return image.resize((size[0], image.height), filter).resize(size, filter)
