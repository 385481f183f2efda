"""The exported graph held to torch's own gradients: needs the environment of training."""

from typing import Any

import pytest

from genmock.mockserver.diffusion.lora_training_rows import Rows
from genmock.mockserver.diffusion.lora_training_step import LoraStep
from genmock.mockserver.diffusion.model_folder import SHIPPED

np = pytest.importorskip("numpy")

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's and diffusers' own


def rows(step: LoraStep, width: int) -> Rows:
    random = np.random.RandomState(3)
    latents, velocity = random.standard_normal((2, step.rows, 4, step.side, step.side)).astype(np.float32)
    text = random.standard_normal((step.rows, 32, width)).astype(np.float32)
    return Rows(latents, np.linspace(0, 999, step.rows).astype(np.float32), text, velocity)


def test_gradients_are_those_of_torch() -> None:
    torch, diffusers = pytest.importorskip("torch"), pytest.importorskip("diffusers")
    unet: Any = diffusers.UNet2DConditionModel.from_pretrained(SHIPPED / "unet", torch_dtype=torch.float32)
    step = LoraStep(SHIPPED)
    given = rows(step, unet.config.cross_attention_dim)
    loss, gradients = step.gradients(given, step.weights)
    weights = dict(unet.requires_grad_(False).named_parameters())
    for key in gradients:
        weights[key].requires_grad_(True)
    values = [torch.from_numpy(each) for each in (given.latents, given.timesteps, given.text, given.velocity)]
    theirs = ((unet(*values[:3]).sample - values[3]) ** 2).mean()
    theirs.backward()
    assert loss == pytest.approx(float(theirs), rel=1e-4)
    for key, gradient in gradients.items():
        own = weights[key].grad.numpy()
        assert np.abs(gradient - own).max() <= 1e-3 * np.abs(own).max(), key


def test_a_slope_of_the_loss_is_its_gradient() -> None:
    step = LoraStep(SHIPPED)
    given = rows(step, step.weights[next(key for key in step.weights if "attn2.to_k" in key)].shape[1])
    key = next(iter(step.weights))
    direction = np.random.RandomState(1).standard_normal(step.weights[key].shape).astype(np.float32)
    losses = [
        step.gradients(given, {**step.weights, key: step.weights[key] + sign * np.float32(0.01) * direction})[0]
        for sign in (-1, 1)
    ]
    gradient = step.gradients(given, step.weights)[1][key]
    assert (losses[1] - losses[0]) / 0.02 == pytest.approx(float(np.vdot(gradient, direction)), rel=0.05, abs=2e-4)
