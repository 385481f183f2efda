"""Deterministic, lawful pictures: what the mock answers where a provider would answer with a diffusion model's work.

`draw` turns a `PictureSpec` into pixels that are the same on every machine, `encode` turns them into a file, `decode`
reads what a client sent and refuses with `ImageRejected` whatever is no honest picture. Nothing here knows HTTP,
requests or providers. The laws that the pictures keep are listed in docs/pictures.md.
"""

from .codec import ImageRejected, ImageTooLarge, decode, encode
from .edit import draw
from .spec import PictureSpec

__all__ = ["ImageRejected", "ImageTooLarge", "PictureSpec", "decode", "draw", "encode"]
