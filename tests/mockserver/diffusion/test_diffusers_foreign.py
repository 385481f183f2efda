"""Pipelines that are not ours: the shipped networks as diffusers alone would run them. Needs torch and diffusers."""

import inspect
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from genmock.mockserver.diffusion.diffusers_maker import DiffusersMaker
from genmock.mockserver.diffusion.model_folder import SHIPPED
from genmock.mockserver.diffusion.unusable import ModelUnusable
from genmock.mockserver.makers import Sampling
from genmock.mockserver.pictures import PictureSpec

np = pytest.importorskip("numpy")
pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")

from genmock.mockserver.diffusion.diffusers_foreign import guidance_name  # noqa: E402 - it imports diffusers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore"),  # torch's and diffusers' own
]
FEW = Sampling(steps=3)


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> DiffusersMaker:
    folder = tmp_path_factory.mktemp("foreign") / "model"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("genmock.json", "onnx"))
    return DiffusersMaker(folder, offload="none", device="cpu")


def made(maker: DiffusersMaker, sampling: Sampling = FEW, **members: Any) -> Any:
    plain: dict[str, Any] = {"negative_prompt": "", "model": "m", "width": 96, "height": 64, "salt": b"", "seed": 4}
    return np.asarray(maker.make(PictureSpec(**{**plain, "prompt": "a star", **members}), sampling), np.int16)


def test_a_picture_has_the_size_that_was_asked(foreign: DiffusersMaker) -> None:
    assert made(foreign, width=100, height=60, scale=2).shape == (120, 200, 3)


def test_the_same_seed_gives_the_same_picture(foreign: DiffusersMaker) -> None:
    assert (made(foreign) == made(foreign)).all()
    assert (made(foreign) != made(foreign, seed=5)).any()


def test_steps_are_told(foreign: DiffusersMaker) -> None:
    told: list[tuple[int, int]] = []
    spec = PictureSpec("a star", "", "m", 1, 64, 64, b"")
    foreign.make(spec, FEW, lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_another_scheduler_gives_another_picture(foreign: DiffusersMaker) -> None:
    assert (made(foreign) != made(foreign, Sampling(3, scheduler="Euler a"))).any()


def test_strength_0_keeps_the_picture(foreign: DiffusersMaker, photo: Image.Image) -> None:
    kept = made(foreign, seed_image=photo, strength=0, width=128, height=128)
    assert (kept == np.asarray(photo)).all()


def test_an_image_counts(foreign: DiffusersMaker, photo: Image.Image) -> None:
    assert (made(foreign, seed_image=photo, strength=0.7) != made(foreign)).any()


def test_outside_of_a_mask_nothing_changes(foreign: DiffusersMaker, photo: Image.Image) -> None:
    mask = Image.new("L", (128, 128))
    mask.paste(255, (32, 32, 96, 96))
    edited = made(foreign, seed_image=photo, mask_image=mask, strength=1, width=128, height=128)
    outside = np.asarray(mask) == 0
    assert (edited[outside] == np.asarray(photo)[outside]).all()
    assert (edited[~outside] != np.asarray(photo)[~outside]).any()


def test_outpainting_keeps_the_old_area(foreign: DiffusersMaker, photo: Image.Image) -> None:
    drawn = made(foreign, seed_image=photo, outpaint=(32, 0, 0, 32), width=160, height=160)
    assert (drawn[:128, 32:] == np.asarray(photo)).all()


@pytest.mark.parametrize(
    ("pipeline", "parameter"),
    [
        ("StableDiffusionPipeline", "guidance_scale"),
        ("FluxPipeline", "guidance_scale"),
        ("QwenImagePipeline", "true_cfg_scale"),
    ],
)
def test_guidance_is_given_where_the_pipeline_looks_for_it(pipeline: str, parameter: str) -> None:
    called = getattr(diffusers, pipeline).__call__
    assert guidance_name(inspect.signature(called).parameters) == parameter


def test_a_folder_that_is_no_pipeline_is_refused_in_our_words(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match=r"^cannot use the model .*; next: give the folder of a diffusers"):
        DiffusersMaker(tmp_path)
