"""The diffusers engine held to the onnx engine: needs the environment of training, and some minutes there."""

import builtins
import logging
from collections.abc import Mapping
from typing import Any

import pytest
from PIL import Image

from genmock.mockserver.diffusion.diffusers_maker import DiffusersMaker
from genmock.mockserver.diffusion.lora_training import LoraTrainer, TrainingPicture
from genmock.mockserver.diffusion.onnx_maker import OnnxMaker
from genmock.mockserver.diffusion.unusable import ModelUnusable
from genmock.mockserver.makers import LoraWeights, Sampling
from genmock.mockserver.pictures import PictureSpec

np = pytest.importorskip("numpy")

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(600)]  # torch's and diffusers' own warnings
PLAIN: dict[str, Any] = {"negative_prompt": "", "model": "m", "width": 128, "height": 128, "salt": b""}
NAMES = (
    "Default",
    "Euler a",
    "DPM++ 2M Karras",
    "Heun",
    "UniPC",
    "LCM",
    "PNDMScheduler",
    "DDPMScheduler",
    "DEISMultistepScheduler",
    "KDPM2DiscreteScheduler",
)


@pytest.fixture(scope="module")
def torch_maker() -> DiffusersMaker:
    pytest.importorskip("torch")
    pytest.importorskip("diffusers")
    return DiffusersMaker(offload="none", device="cpu")


@pytest.fixture(scope="module")
def lora() -> bytes:
    """Return a LoRA of three steps at full speed: enough to change pictures."""
    picture = TrainingPicture(Image.new("RGB", (128, 128), (10, 200, 90)))
    file: bytes = LoraTrainer().train([picture], steps=3, learning_rate=0.01, trigger_word="zorp")
    return file


def requests(photo: Image.Image) -> list[tuple[Mapping[str, Any], Sampling]]:
    """Return twenty requests: texts by ten schedulers, sizes, guidance, images, masks, outpainting, guides."""
    mask = Image.new("L", (128, 128))
    mask.paste(255, (32, 32, 96, 128))
    few = Sampling(steps=5)
    return [
        *(
            ({"prompt": "a red circle", "seed": number}, Sampling(6, scheduler=name))
            for number, name in enumerate(NAMES)
        ),
        ({"prompt": "a star", "seed": 1, "width": 256, "height": 128}, few),
        ({"prompt": "a star", "seed": 2, "width": 512, "height": 512}, few),
        ({"prompt": "a star", "negative_prompt": "red, blue", "seed": 3}, Sampling(5, 7.0)),
        ({"prompt": "", "seed": 4}, Sampling(5, 1.0)),
        ({"prompt": "dusk over zorp", "seed": 2**63 - 1}, few),
        ({"prompt": "night", "seed": 5, "seed_image": photo, "strength": 0.5}, few),
        ({"prompt": "night", "seed": 6, "seed_image": photo, "mask_image": mask, "strength": 0.9}, few),
        ({"prompt": "night", "seed": 7, "seed_image": photo, "mask_image": mask, "mask_margin": 8}, few),
        ({"prompt": "night", "seed": 8, "seed_image": photo, "outpaint": (16, 0, 16, 32)}, few),
        ({"prompt": "night", "seed": 9, "guides": (photo,)}, few),
    ]


def close(one: Image.Image, other: Image.Image) -> bool:
    """Say whether at most 1 of 1000 values differs by more than 2 of 255."""
    difference = np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16))
    return bool((difference <= 2).mean() >= 0.999)


@pytest.mark.slow
def test_twenty_requests_give_the_pictures_of_the_onnx_engine(
    torch_maker: DiffusersMaker, maker: OnnxMaker, photo: Image.Image
) -> None:
    asked = requests(photo)
    specs = [(PictureSpec(**{**PLAIN, **members}), sampling) for members, sampling in asked]
    apart = [
        spec for spec, sampling in specs if not close(torch_maker.make(spec, sampling), maker.make(spec, sampling))
    ]
    assert len(asked) == 20
    assert apart == []


@pytest.mark.slow
def test_a_lora_that_was_trained_here_is_read_by_diffusers_alike(
    torch_maker: DiffusersMaker, maker: OnnxMaker, lora: bytes
) -> None:
    spec = PictureSpec(**PLAIN, prompt="zorp", seed=3)
    plain = torch_maker.make(spec, Sampling(5))
    for weight in (0.5, 1.0):
        sampling = Sampling(5, loras=(LoraWeights(lora, weight), LoraWeights(lora, 0.25)))
        changed = torch_maker.make(spec, sampling)
        assert close(changed, maker.make(spec, sampling))
        assert not close(changed, plain)
    assert torch_maker.make(spec, Sampling(5)).tobytes() == plain.tobytes()


@pytest.mark.slow
def test_a_lora_that_does_not_fit_is_left_out_and_logged(
    torch_maker: DiffusersMaker, lora: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    spec = PictureSpec(**PLAIN, prompt="zorp", seed=3)
    with caplog.at_level(logging.WARNING):
        picture = torch_maker.make(spec, Sampling(2, loras=(LoraWeights(b"no file"), LoraWeights(lora))))
    assert any(message.startswith("a LoRA has no effect: ") for message in caplog.messages)
    assert picture.tobytes() == torch_maker.make(spec, Sampling(2, loras=(LoraWeights(lora),))).tobytes()


@pytest.mark.slow
def test_what_a_step_raises_ends_the_work(torch_maker: DiffusersMaker) -> None:
    def stop(_done: int, _of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        torch_maker.make(PictureSpec(**PLAIN, prompt="", seed=1), Sampling(50), stop)


def test_without_torch_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_torch(name: str, *arguments: Any, **named: Any) -> Any:
        if name == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without_torch)
    with pytest.raises(ModelUnusable) as raised:
        DiffusersMaker()
    assert str(raised.value) == (
        "the diffusers engine needs the package torch, which is not installed; "
        "next: pip install 'genmock[pipeline-torch]', or serve with --mode fake"
    )
