"""The file that a training gives: a LoRA in the safetensors format, whose numbers are derived and not learnt.

Written here and not by the safetensors library: its serialiser keeps metadata in a hash map with a random seed, so that
the bytes of two runs differ; ours are the same for the same request and dataset, everywhere.

Source of the format: https://github.com/huggingface/safetensors, "Format". Source of the names and shapes: the modules
of Qwen-Image's transformer in github.com/huggingface/diffusers, models/transformers/transformer_qwenimage.py, and those
of them that examples/dreambooth/train_dreambooth_lora_qwen_image.py trains, with its rank.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..derive import canonical
from .dataset import Dataset

BLOCKS, WIDTH, RANK = 60, 3072, 4  # Qwen-Image's blocks and their inner dimension; 24 heads of 128
MODULES = ("attn.to_k", "attn.to_out.0", "attn.to_q", "attn.to_v")
F16 = 2  # bytes of a number
# Every byte of a number is one of these. As the upper one they leave the sign free and hold the exponent to 2**-9 up to
# 2**-6, so that every number is finite and between 0.0019 and 0.0313, about as large as those of trained LoRAs.
UPPER = bytes(
    sign | exponent << 2 | fraction for sign in (0, 0x80) for exponent in range(6, 10) for fraction in range(4)
)
FINITE = bytes(UPPER[value % len(UPPER)] for value in range(256))
# What does not change what is learnt: identity, delivery, cost; the dataset counts by what is in it.
UNSEEN = frozenset(
    "taskType taskUUID deliveryMethod webhookURL uploadEndpoint includeCost ttl numberResults inputs".split()
)


@dataclass(frozen=True, slots=True)
class LoraRecipe:
    """All that a LoRA file is made from.

    trainer: the AIR of the training. base: the name of the model that it adapts. air, name: of the trained model.
    trigger_word, steps, learning_rate: None where the training has no such parameter. images: how many it saw.
    identity: hexadecimal digits that differ whenever the file's numbers may.
    """

    trainer: str
    base: str
    air: str
    name: str
    images: int
    identity: str
    trigger_word: str | None = None
    steps: int | None = None
    learning_rate: float | None = None

    def as_detail(self) -> dict[str, Any]:
        """Return the recipe as the JSON members that a task's record keeps."""
        return {"medium": "lora", "lora": asdict(self)}


def recipe_of(task: Mapping[str, Any], dataset: Dataset, *, base: str) -> LoraRecipe:
    """Return the recipe of a training task whose defaults are filled in.

    base: the name of the model that is adapted, as it stands in the file's metadata.
    """
    seen = {name: value for name, value in task.items() if name not in UNSEEN}
    steps, rate = task.get("trainingSteps"), task.get("learningRate")
    return LoraRecipe(
        trainer=str(task["model"]),
        base=base,
        air=str(task["importModel"]["air"]),
        name=str(task["importModel"]["name"]),
        images=len(dataset.images),
        identity=hashlib.sha256(canonical(seen) + dataset.identity).hexdigest(),
        trigger_word=task.get("triggerWord"),
        steps=None if steps is None else int(steps),
        learning_rate=None if rate is None else float(rate),
    )


def is_lora(detail: Mapping[str, Any]) -> bool:
    """Return whether a task's record is of a training."""
    return detail.get("medium") == "lora"


def lora_of(detail: Mapping[str, Any]) -> LoraRecipe:
    """Return the recipe that ``LoraRecipe.as_detail`` wrote. Raises KeyError when there is none."""
    return LoraRecipe(**detail["lora"])


def lora_file(recipe: LoraRecipe) -> bytes:
    """Return the bytes of a .safetensors file: half-precision numbers, the same for the same recipe; 11.8 MB."""
    tensors = list(_tensors())
    size = sum(rows * columns * F16 for _, (rows, columns) in tensors)
    header = json.dumps(_header(recipe, tensors), separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)  # the format asks for numbers at multiples of eight
    numbers = hashlib.shake_256(bytes.fromhex(recipe.identity)).digest(size).translate(FINITE)
    return len(header).to_bytes(8, "little") + header + numbers


def _header(recipe: LoraRecipe, tensors: Collection[tuple[str, tuple[int, int]]]) -> Mapping[str, Any]:
    header: dict[str, Any] = {"__metadata__": _metadata(recipe)}
    start = 0
    for name, shape in tensors:
        end = start + shape[0] * shape[1] * F16
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [start, end]}
        start = end
    return header


def _tensors() -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield each tensor's name and (rows, columns): A goes down to the rank, B up again."""
    for block in range(BLOCKS):
        for module in MODULES:
            name = f"transformer.transformer_blocks.{block}.{module}"
            yield f"{name}.lora_A.weight", (RANK, WIDTH)
            yield f"{name}.lora_B.weight", (WIDTH, RANK)


def _metadata(recipe: LoraRecipe) -> Mapping[str, str]:
    """Return what the file says of itself; the format takes texts only."""
    members: dict[str, Any] = {
        "format": "pt",
        "base_model": recipe.base,
        "image_count": recipe.images,
        "learning_rate": recipe.learning_rate,
        "model": recipe.air,
        "name": recipe.name,
        "rank": RANK,
        "software": "genmock",
        "trained_by": recipe.trainer,
        "training_steps": recipe.steps,
        "trigger_word": recipe.trigger_word,
    }
    return {name: str(value) for name, value in members.items() if value is not None}
