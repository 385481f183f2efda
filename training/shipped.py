"""Pictures from an exported model through the server's own light engine, as requests get them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genmock.mockserver.diffusion.onnx_maker import OnnxMaker
from genmock.mockserver.makers.base import Sampling, nobody
from genmock.mockserver.pictures import PictureSpec

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

    from .report import Draw


def drawing(model: Path) -> Draw:
    """Return a function that draws prompts at a size, picture i with seed i: 20 steps, guidance 3."""
    maker = OnnxMaker(model)

    def draw(prompts: list[str], size: tuple[int, int]) -> list[Image.Image]:
        specs = (PictureSpec(text, "", "", seed, *size, salt=b"") for seed, text in enumerate(prompts))
        return [maker.make(spec, Sampling(), nobody) for spec in specs]

    return draw
