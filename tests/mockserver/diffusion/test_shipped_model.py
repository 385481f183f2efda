"""What the shipped model draws, as far as end-to-end checks may lean on it: colours, grounds, a negative prompt."""

from typing import Any

import pytest
from PIL import Image, ImageStat

import genmock
from genmock.mockserver import PictureSpec
from genmock.mockserver.makers import Sampling

pytest.importorskip("onnxruntime")
COLOURS = {"red": (220, 40, 40), "blue": (40, 80, 220), "green": (30, 150, 60), "yellow": (245, 215, 40)}


@pytest.fixture(scope="module")
def maker() -> Any:
    from genmock.mockserver.diffusion import OnnxMaker

    return OnnxMaker()


def drawn(maker: Any, prompt: str, *, negative: str = "", seed: int = 1) -> Image.Image:
    spec = PictureSpec(prompt, negative, "a:1@1", seed, 128, 128, b"")
    picture: Image.Image = maker.make(spec, Sampling(steps=12, cfg_scale=4.0), lambda done, of: None)
    return picture


def redness(picture: Image.Image) -> float:
    red, green, blue = ImageStat.Stat(picture.convert("RGB")).mean
    return red - (green + blue) / 2


@pytest.mark.parametrize(
    ("shape", "ground"), [("red", "blue"), ("yellow", "green"), ("blue", "yellow"), ("green", "red")]
)
def test_the_colours_of_a_prompt_are_those_of_its_picture(maker: Any, shape: str, ground: str) -> None:
    picture = drawn(maker, f"a large {shape} square in the middle, {ground} background")
    genmock.assert_dominant_colour(picture, COLOURS[ground], box=(0, 0, 128, 24))
    genmock.assert_dominant_colour(picture, COLOURS[shape], box=(52, 52, 76, 76))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_negative_prompt_lowers_its_colour(maker: Any, seed: int) -> None:
    plain, without = (drawn(maker, "a circle", negative=each, seed=seed) for each in ("", "red"))
    assert redness(without) < redness(plain) - 10
