"""The parts of a model on ONNX Runtime: four graphs, and the weights that diffusers reads too."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from .graph import initializers
from .model_folder import SHIPPED, ModelFolder
from .noise import Array

_PARTS = {"text_encoder": "text_encoder", "unet": "unet", "vae_encoder": "vae", "vae_decoder": "vae"}
_QUIET = 3  # errors only: warnings about unused initializers say nothing to a user


class OnnxEngine:
    """An `Engine` on the CPU. folder: of the model. threads: how many latents are looked at side by side.

    A graph runs in one thread, on one picture's latents: how ONNX Runtime shares out a matrix product among threads,
    or over a batch, shows in the last bits, and would in the pixels. So the branches of guidance are run one by one.

    replaced: weights that stand in for the model's own while they are set, by part ("unet" or "text_encoder") and name;
    only those that ``replaceable`` names. Raises ModelUnusable.
    """

    def __init__(self, folder: Path = SHIPPED, threads: int = 1) -> None:
        self._folder = ModelFolder(folder)
        self.scheduler: Mapping[str, Any] = self._folder.scheduler
        self.work_area = self._folder.work_area
        self.factor, self.channels = self._folder.factor, self._folder.channels
        self._scaling = self._folder.scaling
        self._tokenizer = self._folder.tokenizer()
        self._weights = {part: self._folder.weights(part) for part in set(_PARTS.values())}
        self._sessions = {name: self._session(name) for name in _PARTS}
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self._whole_timesteps = self._sessions["unet"].get_inputs()[1].type == "tensor(int64)"
        self.replaced: Mapping[str, Mapping[str, Array]] = {}

    def replaceable(self, part: str) -> Mapping[str, Array]:
        """Return the weights of a part that may be replaced, by name."""
        overridable = {each.name for each in self._sessions[part].get_overridable_initializers()}
        return {name: value for name, value in self._weights[part].items() if name in overridable}

    def text(self, prompts: Sequence[str]) -> Array:
        """Return the prompts as the denoiser reads them: (prompts, tokens, width) float32."""
        ids = np.array([self._tokenizer.ids(prompt) for prompt in prompts], np.int64)
        return self._run("text_encoder", input_ids=ids)

    def velocity(self, latents: Array, timestep: float, text: Array) -> Array:
        """Return what the denoiser predicts. latents: as many as there are texts."""
        told: Any = round(timestep) if self._whole_timesteps else timestep
        kind = np.int64 if self._whole_timesteps else np.float32
        timesteps = np.full(1, told, kind)

        def one(index: int) -> Array:
            each = slice(index, index + 1)
            return self._run("unet", sample=latents[each], timestep=timesteps, encoder_hidden_states=text[each])

        return np.concatenate(list((self._pool.map if self._pool else map)(one, range(len(latents)))))

    def encode(self, pixels: Array) -> Array:
        """Return the latents of pixels."""
        return np.asarray(self._run("vae_encoder", image=pixels) * np.float32(self._scaling))

    def decode(self, latents: Array) -> Array:
        """Return the pixels of latents."""
        return self._run("vae_decoder", latents=latents / np.float32(self._scaling))

    def _run(self, name: str, **inputs: Array) -> Array:
        replaced = self.replaced.get(name, {})
        return np.asarray(self._sessions[name].run(None, {**inputs, **replaced})[0])

    def _session(self, name: str) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = _QUIET
        graph, weights = self._folder.graph(name), self._weights[_PARTS[name]]
        try:
            named = [each for each in initializers(graph) if each in weights]
            values = [onnxruntime.OrtValue.ortvalue_from_numpy(weights[each]) for each in named]
            options.add_external_initializers(named, values)
            return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's errors have no common class but this one
            raise self._folder.unusable(f"onnx/{name}.onnx", str(error).splitlines()[0]) from None
