"""Training a LoRA for real: from some pictures and a word to a safetensors file, on ONNX Runtime and one CPU thread."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .unusable import missing_package

if TYPE_CHECKING:
    from PIL import Image

    from .lora_training_rows import Rows

OnTrained = Callable[[int, int, float], None]  # steps done, of all, the loss of the last; may raise, to cancel
RATE, RATE_ASKED = 0.009, 0.0005  # what the default of a request, meant for a large model, is for this one
OTHERS = 3 / 8  # share of a step's rows that keep other prompts as they are
_WARM_UP = 10  # steps


@dataclass(frozen=True, slots=True)
class TrainingPicture:
    """A picture to learn. caption: what its set says of it, or ""."""

    picture: "Image.Image" = field(repr=False)
    caption: str = ""


class LoraTrainer:
    """Trains LoRAs for the shipped model, or for that of a folder in its layout. threads: of a step.

    The same pictures and parameters give the same bytes on the same kind of machine. Raises ModelUnusable when
    packages or files are missing, with the text to show.
    """

    def __init__(self, model: Path | str | None = None, threads: int = 1) -> None:
        try:
            from .lora_training_step import LoraStep  # here: the server may import this module without the extra
            from .model_folder import SHIPPED
            from .onnx_engine import OnnxEngine
        except ModuleNotFoundError as error:
            raise missing_package(error.name or "onnxruntime", "onnx", "pipeline") from None
        folder = Path(model) if model else SHIPPED
        self._engine = OnnxEngine(folder, threads)
        self._step = LoraStep(folder, threads)
        self._kept: Rows | None = None  # of other prompts: the same for every training

    def train(
        self,
        pictures: Sequence[TrainingPicture],
        *,
        steps: int,
        learning_rate: float = 0.0005,
        trigger_word: str = "",
        rank: int = 8,
        seed: int = 0,
        metadata: Mapping[str, str] | None = None,
        on_step: OnTrained = lambda _done, _of, _loss: None,
    ) -> bytes:
        """Return a LoRA's safetensors file. pictures: at least one. steps: from 1, as many are taken.

        learning_rate: as Runware's trainings take it, 0.00001 to 0.01. trigger_word: that stands for the set; without
        one its captions do. metadata: what the file shall say of itself. on_step: what it raises ends the work.
        """
        import numpy as np  # here: as above

        from .lora_training_factors import Factors
        from .lora_training_file import lora_bytes
        from .lora_training_rows import SetRows, kept_rows

        random = np.random.RandomState([seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF])
        shown, said = [each.picture for each in pictures], [each.caption for each in pictures]
        learned = SetRows(self._engine, shown, said, trigger_word, self._step.side, random)
        kept = self._kept = self._kept or kept_rows(self._engine, self._step.side)
        factors = Factors(self._step.weights, rank, random)
        rate = RATE * math.sqrt(learning_rate / RATE_ASKED)  # dampened: fewer steps forgive less
        others = round(self._step.rows * OTHERS)
        for done in range(steps):
            places = random.randint(len(kept.latents), size=others)
            rows = learned.drawn(self._step.rows - others) + kept.chosen(places)
            loss, gradients = self._step.gradients(rows, factors.changed())
            factors.move(gradients, rate * _pace(done, steps))
            on_step(done + 1, steps, loss)
        return lora_bytes(factors.values(), metadata or {})


def _pace(done: int, steps: int) -> float:
    """Return the share of the learning rate at a step: a short warm-up, then down along half a cosine."""
    return min(1.0, (done + 1) / _WARM_UP) * 0.5 * (1 + math.cos(math.pi * done / steps))
