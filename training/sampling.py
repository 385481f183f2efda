"""Pictures from a model in training: DDIM in batches with torch, for reports before anything is exported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from .layout import LATENT_CHANNELS, PX_PER_LATENT, make_scheduler
from .tokens import ids_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from diffusers import AutoencoderTiny, UNet2DConditionModel
    from transformers import CLIPTextModel, CLIPTokenizer


class Sampler:
    """Draws pictures for prompts. steps and guidance: as in a request."""

    def __init__(
        self,
        unet: UNet2DConditionModel,
        autoencoder: AutoencoderTiny,
        text: tuple[CLIPTextModel, CLIPTokenizer],
        *,
        device: str,
        steps: int = 20,
        guidance: float = 3.0,
    ) -> None:
        self._unet, self._autoencoder = unet.to(device).eval(), autoencoder.to(device).eval()
        self._encoder, self._tokenizer = text[0].to(device).eval(), text[1]
        self._device, self._steps, self._guidance = device, steps, guidance

    def draw(self, prompts: Sequence[str], size: tuple[int, int], *, seed: int = 0) -> list[Image.Image]:
        """Return a picture for each prompt; picture i has the noise of seed + i. size: width and height, px."""
        pictures: list[Image.Image] = []
        for start in range(0, len(prompts), 32):
            pictures += self._batch(list(prompts[start : start + 32]), size, seed + start)
        return pictures

    def _batch(self, prompts: list[str], size: tuple[int, int], seed: int) -> list[Image.Image]:
        import torch

        scheduler = make_scheduler()
        scheduler.set_timesteps(self._steps)
        shape = (1, LATENT_CHANNELS, size[1] // PX_PER_LATENT, size[0] // PX_PER_LATENT)
        noise = [np.random.RandomState(seed + k).standard_normal(shape) for k in range(len(prompts))]
        x = torch.from_numpy(np.concatenate(noise).astype(np.float32)).to(self._device)
        with torch.no_grad(), torch.autocast(self._device, torch.bfloat16):
            words = self._words(["" for _ in prompts] + prompts)
            for moment in scheduler.timesteps:
                times = moment.float().expand(2 * len(x)).to(self._device)
                without, with_ = self._unet(torch.cat([x, x]), times, words).sample.float().chunk(2)
                x = scheduler.step(without + self._guidance * (with_ - without), moment, x).prev_sample
            decoded = self._autoencoder.decoder(x / self._autoencoder.config.scaling_factor).float()
        pixels = decoded.clamp(-1, 1).add(1).mul(127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
        return [Image.fromarray(picture) for picture in pixels]

    def _words(self, texts: list[str]) -> torch.Tensor:
        import torch

        ids = torch.from_numpy(ids_of(self._tokenizer, texts)).to(self._device)
        return self._encoder(ids).last_hidden_state
