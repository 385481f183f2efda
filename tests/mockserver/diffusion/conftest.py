"""The shipped model on the onnx engine, opened once, and short ways to ask it for pictures."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from genmock.mockserver.diffusion import OnnxMaker
from genmock.mockserver.makers import Sampling
from genmock.mockserver.pictures import PictureSpec, draw

FEW = Sampling(steps=4, cfg_scale=1.0)
PLAIN: dict[str, Any] = {"negative_prompt": "", "model": "m", "seed": 7, "width": 128, "height": 128, "salt": b""}

Asked = Callable[..., np.ndarray[Any, Any]]


@pytest.fixture(scope="session")
def maker() -> OnnxMaker:
    return OnnxMaker()


@pytest.fixture(scope="session")
def photo() -> Image.Image:
    picture: Image.Image = draw(PictureSpec("a sailboat at sunset, mountains", "", "m", 3, 128, 128, b""))
    return picture


@pytest.fixture
def asked(maker: OnnxMaker) -> Asked:
    """Return a function that makes a picture and returns its values: (height, width, channels) int16."""

    def pixels(prompt: str = "a red circle", sampling: Sampling = FEW, **members: Any) -> np.ndarray[Any, Any]:
        picture = maker.make(PictureSpec(prompt, **{**PLAIN, **members}), sampling)
        return np.asarray(picture, np.int16)

    return pixels
