"""LoRA files: which weights of a model they change, by how much, and why some change none."""

import json
import logging
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..makers.base import LoraWeights
from .noise import Array

LOG = logging.getLogger("genmock.diffusion")
MAX_HEADER_BYTES = 100_000_000  # the limit of the safetensors format
_PAIR = re.compile(r"(.+?)[._]lora(?:_linear_layer)?[._](A|B|down|up)(?:\.default)?\.weight")
_PARTS = {
    "lora_unet_": "unet",
    "lora_te_": "text_encoder",
    "lora_te1_": "text_encoder",
    "text_encoder_": "text_encoder",
}
_TYPES = {"F16": np.float16, "F32": np.float32, "F64": np.float64}

Weights = Mapping[str, Mapping[str, Array]]  # by part ("unet", "text_encoder") and name


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor of a safetensors file, not yet read. start, end: bytes of the file."""

    kind: str
    shape: tuple[int, ...]
    start: int
    end: int

    def read(self, data: bytes) -> Array:
        """Return its values as float32. Raises ValueError for a type that weights do not have, or a wrong size."""
        raw = data[self.start : self.end]
        if self.kind == "BF16":
            values = (np.frombuffer(raw, np.uint16).astype(np.uint32) << 16).view(np.float32)
        elif self.kind in _TYPES:
            values = np.frombuffer(raw, _TYPES[self.kind]).astype(np.float32)
        else:
            raise ValueError(f"a tensor of type {self.kind}")
        return values.reshape(self.shape)


@dataclass(slots=True)
class Pair:
    """The two factors that change one weight. alpha / rank scales their product; no alpha is as large as the rank."""

    down: Tensor | None = None
    up: Tensor | None = None
    alpha: float | None = None

    @property
    def product_shape(self) -> tuple[int, ...] | None:
        """The shape of the change, if the factors fit each other."""
        if self.down is None or self.up is None or len(self.down.shape) < 2 or len(self.up.shape) < 2:
            return None
        fits = self.up.shape[1] == self.down.shape[0] > 0 and math.prod(self.up.shape[2:]) == 1
        return (self.up.shape[0], *self.down.shape[1:]) if fits else None


@dataclass(frozen=True, slots=True)
class Lora:
    """A LoRA taken apart. fitting: its pairs by (part, name of the weight). misfit: the first key without a weight."""

    fitting: Mapping[tuple[str, str], Pair] = field(default_factory=dict)
    misfit: str = ""


def merged(base: Weights, loras: Sequence[LoraWeights]) -> Weights:
    """Return the weights that LoRAs change, changed: base + weight * alpha / rank * up @ down, all added up.

    base: what may be changed. A LoRA of another architecture changes nothing, and the log says why; so does weight 0,
    silently.
    """
    changed: dict[str, dict[str, Array]] = {}
    for lora in loras:
        if lora.weight == 0:
            continue
        for (part, name), change in _changes(base, lora.data).items():
            weights = changed.setdefault(part, {})
            weights[name] = weights.get(name, base[part][name]) + np.float32(lora.weight) * change
    return changed


def _changes(base: Weights, data: bytes) -> Mapping[tuple[str, str], Array]:
    """Return what a file changes at weight 1."""
    try:
        lora = fit(base, data)
        changes = {at: _change(pair, data).reshape(base[at[0]][at[1]].shape) for at, pair in lora.fitting.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        LOG.warning("a LoRA has no effect: no safetensors file of weights: %s", error)
        return {}
    if not changes:
        LOG.warning("a LoRA has no effect: it is of another architecture, the model has no place for %r", lora.misfit)
    elif lora.misfit:
        LOG.info("a LoRA has effect in part: the model has no place for %r, among others", lora.misfit)
    return changes


def fit(base: Weights, data: bytes) -> Lora:
    """Return which weights a file changes. Reads the layouts of diffusers, PEFT and kohya. Raises ValueError."""
    tensors, metadata = header(data)
    places = {
        (part, name.removesuffix(".weight").replace(".", "_")): name
        for part, weights in base.items()
        for name in weights
    }
    fitting, misfit = {}, ""
    for module, (first, pair) in _pairs(tensors, data).items():
        part, flat = _place(module)
        name = places.get((part, flat)) or places.get((part, f"{flat}_0"))  # to_out of old files is to_out.0
        shape = pair.product_shape
        if name is None or shape is None or math.prod(shape) != base[part][name].size:
            misfit = misfit or first
            continue
        pair.alpha = _alpha_of(metadata, part) if pair.alpha is None else pair.alpha
        fitting[part, name] = pair
    return Lora(fitting, misfit or ("" if fitting else next(iter(tensors), "no tensor at all")))


def header(data: bytes) -> tuple[Mapping[str, Tensor], Mapping[str, str]]:
    """Return a safetensors file's tensors and metadata. Raises ValueError for what is no such file."""
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or size > min(MAX_HEADER_BYTES, len(data) - 8):
        raise ValueError("its header is torn")
    members = json.loads(data[8 : 8 + size])
    metadata = members.pop("__metadata__", {})
    tensors = {}
    for name, each in members.items():
        start, end = each["data_offsets"]
        if not 0 <= start <= end <= len(data) - 8 - size:
            raise ValueError(f"{name} reaches beyond its end")
        tensors[name] = Tensor(each["dtype"], tuple(each["shape"]), 8 + size + start, 8 + size + end)
    return tensors, metadata


def _pairs(tensors: Mapping[str, Tensor], data: bytes) -> Mapping[str, tuple[str, Pair]]:
    """Return the pairs by module, and with each the first key that names it; other keys are modules by themselves."""
    pairs: dict[str, tuple[str, Pair]] = {}
    for name, tensor in tensors.items():
        match = _PAIR.fullmatch(name)
        module = match[1] if match else name.removesuffix(".alpha")
        pair = pairs.setdefault(module, (name, Pair()))[1]
        if match is None and name.endswith(".alpha"):
            pair.alpha = float(tensor.read(data).reshape(()))
        elif match and match[2] in ("A", "down"):
            pair.down = tensor
        elif match:
            pair.up = tensor
    return pairs


def _place(module: str) -> tuple[str, str]:
    """Return the part of the model that a module is in, and its name there with underscores for dots."""
    flat = module.removeprefix("base_model.model.").replace(".processor.", ".").replace(".", "_")
    for prefix, part in _PARTS.items():
        if flat.startswith(prefix):
            return part, flat.removeprefix(prefix).removeprefix("text_model_")
    return "unet", flat.removeprefix("unet_")


def _alpha_of(metadata: Mapping[str, str], part: str) -> float | None:
    """Return the alpha that diffusers writes into a file's metadata, for all weights of a part."""
    told: Mapping[str, Any] = json.loads(metadata.get("lora_adapter_metadata", "{}"))
    alpha = told.get(f"{part}.lora_alpha")
    return None if alpha is None else float(alpha)


def _change(pair: Pair, data: bytes) -> Array:
    """Return alpha / rank * up @ down."""
    if pair.down is None or pair.up is None:  # which product_shape has ruled out
        raise ValueError("a factor is missing")
    down, up = pair.down.read(data), pair.up.read(data)
    rank = len(down)
    scale = 1.0 if pair.alpha is None else pair.alpha / rank
    factors = up.reshape(len(up), rank), down.reshape(rank, -1)
    # Not a product of BLAS, whose last bits depend on its threads.
    return np.asarray(np.float32(scale) * np.einsum("or,ri->oi", *factors, optimize=False))
