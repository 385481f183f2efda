import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import genmock.mockserver.diffusion as room
from genmock.mockserver.diffusion import ModelUnusable, OnnxMaker
from genmock.mockserver.diffusion.model_folder import SHIPPED
from genmock.mockserver.diffusion.painter import MAX_STEPS
from genmock.mockserver.makers import PictureMaker, Sampling
from genmock.mockserver.pictures import PictureSpec

Asked = Callable[..., np.ndarray[Any, Any]]
FEW = Sampling(steps=4, cfg_scale=1.0)
ANY = PictureSpec("a red circle", "", "m", 7, 128, 128, b"")


def test_it_is_a_picture_maker(maker: OnnxMaker) -> None:
    told: PictureMaker = maker
    assert told.name == "onnx"


@pytest.mark.parametrize("size", [(128, 128), (2048, 2048), (128, 2048), (2048, 128), (1024, 768), (144, 1040)])
def test_a_picture_has_the_size_that_was_asked(asked: Asked, size: tuple[int, int]) -> None:
    assert asked(width=size[0], height=size[1]).shape == (size[1], size[0], 3)


def test_the_same_request_gives_the_same_pixels_whatever_was_made_between(asked: Asked) -> None:
    first = asked()
    asked("a green star", sampling=Sampling(steps=3, cfg_scale=4.0), seed=8)
    assert np.array_equal(asked(), first)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 8},
        {"seed": 2**63 - 1},
        {"prompt": "a wide blue sea"},
        {"sampling": Sampling(steps=5, cfg_scale=1.0)},
        {"sampling": replace(FEW, scheduler="Euler a")},
        {"sampling": replace(FEW, cfg_scale=3.0)},
    ],
)
def test_what_a_sampler_is_told_shows(asked: Asked, change: dict[str, Any]) -> None:
    assert not np.array_equal(asked(**change), asked())


def test_a_negative_prompt_shows_where_there_is_guidance(asked: Asked) -> None:
    guided = replace(FEW, cfg_scale=3.0)
    assert not np.array_equal(asked(sampling=guided, negative_prompt="red"), asked(sampling=guided))


@pytest.mark.parametrize("cfg_scale", [1.0, 0.5, 0.0])
def test_without_guidance_there_is_no_negative_prompt(asked: Asked, cfg_scale: float) -> None:
    assert np.array_equal(asked(sampling=replace(FEW, cfg_scale=cfg_scale), negative_prompt="red"), asked())


def test_guidance_ends_where_pictures_do(asked: Asked) -> None:
    most, beyond = (asked(sampling=replace(FEW, cfg_scale=cfg_scale)) for cfg_scale in (50.0, 1e30))
    assert np.array_equal(most, beyond)


def test_an_unknown_scheduler_is_the_default(asked: Asked) -> None:
    assert np.array_equal(asked(sampling=replace(FEW, scheduler="Nobody's")), asked())


def test_each_step_is_told(maker: OnnxMaker) -> None:
    told: list[tuple[int, int]] = []
    maker.make(ANY, FEW, lambda done, of: told.append((done, of)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_what_a_step_raises_ends_the_work_and_the_maker_goes_on(maker: OnnxMaker, asked: Asked) -> None:
    class Cancelled(Exception):
        pass

    def cancel(done: int, _of: int) -> None:
        if done == 2:
            raise Cancelled

    before = asked()
    with pytest.raises(Cancelled):
        maker.make(ANY, FEW, cancel)
    assert np.array_equal(asked(), before)


def test_steps_are_capped_and_the_log_says_so(maker: OnnxMaker, caplog: pytest.LogCaptureFixture) -> None:
    told: list[int] = []
    with caplog.at_level("INFO", "genmock.diffusion"):
        maker.make(ANY, replace(FEW, steps=400), lambda _done, of: told.append(of))
    assert set(told) == {MAX_STEPS}
    assert caplog.messages == ["400 steps asked, 50 taken"]


def test_an_enlarged_picture_is_the_picture_enlarged(asked: Asked) -> None:
    large = Image.fromarray(asked(scale=3).astype(np.uint8))
    again = np.asarray(large.resize((128, 128), Image.Resampling.BOX), np.int16)
    assert large.size == (384, 384)
    assert np.abs(again - asked()).mean() < 3


def test_the_room_says_what_it_has() -> None:
    assert [name for name in room.__all__ if not hasattr(room, name)] == []
    with pytest.raises(AttributeError, match=r"module 'genmock\.mockserver\.diffusion' has no attribute 'Nothing'"):
        room.Nothing  # noqa: B018 - the access is the test


def test_a_missing_package_is_named_with_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.delitem(sys.modules, "genmock.mockserver.diffusion.onnx_engine")
    with pytest.raises(ModelUnusable) as refused:
        OnnxMaker()
    assert str(refused.value) == (
        "the onnx engine needs the package onnxruntime, which is not installed; "
        "next: pip install 'genmock[pipeline]', or serve with --mode fake"
    )


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable) as refused:
        OnnxMaker(tmp_path / "nowhere")
    assert str(refused.value) == (
        f"cannot use the model in {tmp_path / 'nowhere'}: .: there is no such folder; "
        "next: give the folder of a model that genmock exported"
    )


@pytest.mark.parametrize(
    ("where", "content", "why"),
    [
        ("scheduler/scheduler_config.json", None, "No such file or directory"),
        ("scheduler/scheduler_config.json", b"[]", "no JSON object"),
        ("scheduler/scheduler_config.json", b"{", "Expecting property name enclosed in double quotes"),
        ("scheduler/scheduler_config.json", b"{}", "prediction_type is None, expected 'v_prediction'"),
        ("genmock.json", b"{}", "there is no 'work_area'"),
        ("tokenizer/vocab.json", None, "tokenizer: "),
        ("unet/diffusion_pytorch_model.safetensors", b"torn", "eader"),
        ("onnx/unet.onnx", b"torn", "onnx/unet.onnx: no ONNX graph"),
        ("onnx/vae_decoder.onnx", None, "No such file or directory"),
    ],
)
def test_a_broken_folder_is_named_with_its_file(tmp_path: Path, where: str, content: bytes | None, why: str) -> None:
    _copy(tmp_path)
    (tmp_path / where).unlink()
    if content is not None:
        (tmp_path / where).write_bytes(content)
    with pytest.raises(ModelUnusable) as refused:
        OnnxMaker(tmp_path)
    text = str(refused.value)
    assert text.startswith(f"cannot use the model in {tmp_path}: {where.partition('/')[0]}")
    assert why in text
    assert text.endswith("; next: give the folder of a model that genmock exported")


def _copy(folder: Path) -> None:
    """Fill a folder with links to the shipped model's files."""
    for path in SHIPPED.rglob("*"):
        if path.is_file():
            target = folder / path.relative_to(SHIPPED)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(path)
