"""A model's folder: its settings, weights and graphs, and what to say when they are not there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from .noise import Array
from .tokenizer import Tokenizer
from .unusable import ModelUnusable

SHIPPED = Path(__file__).with_name("model")
WEIGHTS = {
    "text_encoder": "text_encoder/model.safetensors",
    "unet": "unet/diffusion_pytorch_model.safetensors",
    "vae": "vae/diffusion_pytorch_model.safetensors",
}


@dataclass(frozen=True)
class ModelFolder:
    """A Stable Diffusion pipeline as diffusers saves it, with genmock.json and ONNX graphs beside it.

    Every member raises ModelUnusable when its file is missing or not what it should be.
    """

    path: Path

    @cached_property
    def scheduler(self) -> Mapping[str, Any]:
        """The members of the scheduler's configuration, of the only kind that our solvers know."""
        where = "scheduler/scheduler_config.json"
        members = self._settings(where)
        for name, wanted in (("prediction_type", "v_prediction"), ("beta_schedule", "scaled_linear")):
            if members.get(name) != wanted:
                raise self.unusable(where, f"{name} is {members.get(name)!r}, expected {wanted!r}")
        return members

    @cached_property
    def work_area(self) -> int:
        """About how many px a picture has that the model learned to draw."""
        return int(self._member("genmock.json", "work_area"))

    @cached_property
    def channels(self) -> int:
        """How many channels latents have."""
        return int(self._member("unet/config.json", "in_channels"))

    @cached_property
    def factor(self) -> int:
        """How many px a latent is wide and high: the autoencoder halves the sides between its blocks."""
        return int(2 ** (len(self._member("vae/config.json", "decoder_block_out_channels")) - 1))

    @cached_property
    def scaling(self) -> float:
        """What the autoencoder's latents are multiplied by for the denoiser."""
        return float(self._member("vae/config.json", "scaling_factor"))

    def tokenizer(self) -> Tokenizer:
        """Return the model's tokenizer."""
        try:
            return Tokenizer(self.path / "tokenizer")
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise self.unusable("tokenizer", str(error)) from None

    def weights(self, part: str) -> Mapping[str, Array]:
        """Return a part's weights by name, float32. part: a key of WEIGHTS."""
        try:
            found = load_file(self.path / WEIGHTS[part])
        except (OSError, SafetensorError) as error:
            raise self.unusable(WEIGHTS[part], str(error)) from None
        return {name: value.astype(np.float32) for name, value in found.items()}

    def graph(self, name: str) -> bytes:
        """Return an ONNX graph's file."""
        where = f"onnx/{name}.onnx"
        try:
            return (self.path / where).read_bytes()
        except OSError as error:
            raise self.unusable(where, error.strerror or "not readable") from None

    def unusable(self, where: str, why: str) -> ModelUnusable:
        """Return the error that says what is wrong with which file, and what to do."""
        if not self.path.is_dir():
            where, why = ".", "there is no such folder"
        advice = "install genmock again" if self.path == SHIPPED else "give the folder of a model that genmock exported"
        return ModelUnusable(f"cannot use the model in {self.path}: {where}: {why}; next: {advice}")

    def _member(self, where: str, name: str) -> Any:  # noqa: ANN401 - a JSON value
        try:
            return self._settings(where)[name]
        except KeyError:
            raise self.unusable(where, f"there is no {name!r}") from None

    def _settings(self, where: str) -> Mapping[str, Any]:
        try:
            members = json.loads((self.path / where).read_text(encoding="utf-8"))
        except OSError as error:
            raise self.unusable(where, error.strerror or "not readable") from None
        except ValueError as error:
            raise self.unusable(where, str(error)) from None
        if not isinstance(members, dict):
            raise self.unusable(where, "no JSON object")
        return members
