"""The step that is exported held to torch's own gradients, whatever the denoiser's shape. Needs torch."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")
pytest.importorskip("onnx")

from genmock.mockserver.diffusion.lora_training_rows import Rows  # noqa: E402 - after the skips, as are the next
from genmock.mockserver.diffusion.lora_training_step import LoraStep  # noqa: E402
from training.lora_export import export_lora_step  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.filterwarnings("ignore")]

TWO_LEVELS: dict[str, Any] = {
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    "block_out_channels": (16, 32),
    "addition_embed_type": "text",
    "addition_embed_type_num_heads": 2,
}
THREE_LEVELS: dict[str, Any] = {
    "down_block_types": ("CrossAttnDownBlock2D",) * 2 + ("DownBlock2D",),
    "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 2,
    "block_out_channels": (16, 32, 32),
    "layers_per_block": 2,
    "use_linear_projection": True,
}


def denoiser(**shape: Any) -> Any:
    torch.manual_seed(1)
    plain = {"sample_size": 8, "in_channels": 4, "out_channels": 4, "layers_per_block": 1, "norm_num_groups": 8}
    made = diffusers.UNet2DConditionModel(**{**plain, "cross_attention_dim": 24, "attention_head_dim": 2, **shape})
    return made.eval().requires_grad_(False)


@pytest.mark.parametrize("shape", [TWO_LEVELS, THREE_LEVELS], ids=["two levels", "three levels"])
def test_the_steps_gradients_are_those_of_torch(shape: dict[str, Any], tmp_path: Path) -> None:
    unet = denoiser(**shape)
    unet.save_pretrained(tmp_path / "unet")
    (tmp_path / "onnx").mkdir()
    export_lora_step(unet, tmp_path / "onnx" / "lora_step.onnx")
    step = LoraStep(tmp_path)
    random = np.random.RandomState(3)
    latents, velocity = random.standard_normal((2, step.rows, 4, step.side, step.side)).astype(np.float32)
    text = random.standard_normal((step.rows, 32, 24)).astype(np.float32)
    loss, gradients = step.gradients(
        Rows(latents, np.linspace(0, 999, step.rows, dtype=np.float32), text, velocity), step.weights
    )
    theirs, wanted = torchs(unet, list(gradients), latents, np.linspace(0, 999, step.rows), text, velocity)
    assert loss == pytest.approx(theirs, rel=1e-4)
    for key, gradient in gradients.items():
        assert np.abs(gradient - wanted[key]).max() <= 1e-3 * np.abs(wanted[key]).max(), key


def torchs(unet: Any, keys: list[str], *values: Any) -> tuple[float, dict[str, Any]]:
    """Return torch's loss and gradients of the same rows."""
    weights = dict(unet.named_parameters())
    for key in keys:
        weights[key].requires_grad_(True)
    latents, timesteps, text, velocity = (torch.from_numpy(np.asarray(each, np.float32)) for each in values)
    loss = ((unet(latents, timesteps, text).sample - velocity) ** 2).mean()
    loss.backward()
    return float(loss), {key: weights[key].grad.numpy() for key in keys}
