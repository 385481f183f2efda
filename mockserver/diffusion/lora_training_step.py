"""One step of training on ONNX Runtime: a graph that gives the loss and its gradients, so that no torch is needed."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnxruntime

from .graph import initializers
from .lora_training_rows import Rows
from .model_folder import ModelFolder
from .noise import Array

_NAME, _GRADIENT = "lora_step", "gradient/"  # as training/lora_export.py writes them
_QUIET = 3  # errors only


class LoraStep:
    """The training step of a model. weights: those that a LoRA changes, by key, as the model has them.

    rows: how many a step takes. side: of their latents, which are square. Raises ModelUnusable.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = _QUIET
        model = ModelFolder(folder)
        graph, weights = model.graph(_NAME), model.weights("unet")
        try:
            named = [each for each in initializers(graph) if each in weights]
            options.add_external_initializers(
                named, [onnxruntime.OrtValue.ortvalue_from_numpy(weights[each]) for each in named]
            )
            self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's errors have no common class but this one
            raise model.unusable(f"onnx/{_NAME}.onnx", str(error).splitlines()[0]) from None
        outputs = [each.name for each in self._session.get_outputs()]
        self._keys = [name.removeprefix(_GRADIENT) for name in outputs if name.startswith(_GRADIENT)]
        self.weights: Mapping[str, Array] = {key: weights[key] for key in self._keys}
        self.rows, _, self.side, _ = self._session.get_inputs()[0].shape

    def gradients(self, rows: Rows, changed: Mapping[str, Array]) -> tuple[float, Mapping[str, Array]]:
        """Return the loss of rows under changed weights, and its gradient by each of them."""
        inputs = {
            "sample": rows.latents,
            "timestep": rows.timesteps,
            "encoder_hidden_states": rows.text,
            "target": rows.velocity,
            "row_weight": np.ones(len(rows.latents), np.float32),
        }
        names = ["loss", *(_GRADIENT + key for key in self._keys)]
        loss, *found = (np.asarray(each) for each in self._session.run(names, {**inputs, **changed}))
        return float(loss), dict(zip(self._keys, found, strict=True))
