"""The parts of a model of ours on torch, as diffusers loads them: weights and loop are those of ONNX Runtime."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import StableDiffusionPipeline

from .model_folder import ModelFolder
from .noise import Array
from .place import Offload, place


class TorchEngine:
    """An `Engine` of diffusers' own classes. folder: of a model that genmock exported. Raises ModelUnusable.

    pipeline: what diffusers made of the folder, with its offload in place.
    """

    def __init__(self, folder: Path, offload: Offload, device: str) -> None:
        model = ModelFolder(folder)
        self.scheduler: Mapping[str, Any] = model.scheduler
        self.work_area, self.factor, self.channels = model.work_area, model.factor, model.channels
        self._scaling = model.scaling
        try:
            self.pipeline: Any = StableDiffusionPipeline.from_pretrained(
                folder, torch_dtype=torch.float32, local_files_only=True
            )
        except (OSError, ValueError) as error:
            raise model.unusable("model_index.json", str(error).splitlines()[0]) from None
        self._device = place(self.pipeline, offload, device)

    def text(self, prompts: Sequence[str]) -> Array:
        """Return the prompts as the denoiser reads them: (prompts, tokens, width) float32."""
        tokenizer = self.pipeline.tokenizer
        ids = tokenizer(
            list(prompts),
            padding="max_length",
            truncation=True,
            max_length=tokenizer.model_max_length,
            return_tensors="pt",
        ).input_ids
        with torch.no_grad():
            return _array(self.pipeline.text_encoder(ids.to(self._device)).last_hidden_state)

    def velocity(self, latents: Array, timestep: float, text: Array) -> Array:
        """Return what the denoiser predicts. latents: as many as there are texts."""
        times = torch.full((len(latents),), timestep, device=self._device)
        with torch.no_grad():
            return _array(self.pipeline.unet(self._tensor(latents), times, self._tensor(text)).sample)

    def encode(self, pixels: Array) -> Array:
        """Return the latents of pixels."""
        with torch.no_grad():
            return _array(self.pipeline.vae.encode(self._tensor(pixels)).latents * self._scaling)

    def decode(self, latents: Array) -> Array:
        """Return the pixels of latents."""
        with torch.no_grad():
            return _array(self.pipeline.vae.decode(self._tensor(latents) / self._scaling).sample)

    def _tensor(self, values: Array) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(values, np.float32)).to(self._device)


def _array(values: torch.Tensor) -> Array:
    return np.asarray(values.float().cpu().numpy())
