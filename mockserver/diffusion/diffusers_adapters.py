"""LoRAs on a diffusers pipeline, by its own means; one that does not fit is left out and logged."""

import hashlib
import logging
from collections.abc import Sequence
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load

from ..makers.base import LoraWeights

LOG = logging.getLogger("genmock.diffusion")


class Adapters:
    """The LoRAs of a pipeline. Those of the last picture stay for the next that asks for the same."""

    def __init__(self, pipeline: Any) -> None:  # noqa: ANN401 - any pipeline class
        self._pipeline = pipeline
        self._applied: Sequence[object] = ()

    def apply(self, loras: Sequence[LoraWeights]) -> None:
        """Have the pipeline use these LoRAs and no others."""
        asked = tuple((hashlib.sha256(lora.data).digest(), lora.weight) for lora in loras if lora.weight)
        if asked == self._applied:
            return
        if not hasattr(self._pipeline, "load_lora_weights"):
            LOG.warning("LoRAs have no effect: %s takes none", type(self._pipeline).__name__)
            return
        fitting = [lora for lora in loras if lora.weight]
        while not self._load(fitting):
            pass  # without the one that did not fit, which may have left half of itself behind
        self._applied = asked

    def _load(self, loras: list[LoraWeights]) -> bool:
        """Load LoRAs in place of those before; where one does not fit, take it out of the list and return False."""
        self._pipeline.unload_lora_weights()
        names = [f"lora{number}" for number in range(len(loras))]
        for place, (name, lora) in enumerate(zip(names, loras, strict=True)):
            why = self._refused(name, lora)
            if why:
                LOG.warning("a LoRA has no effect: %s", why)
                del loras[place]
                return False
        if names:
            self._pipeline.set_adapters(names, [lora.weight for lora in loras])
        return True

    def _refused(self, name: str, lora: LoraWeights) -> str:
        """Load one and return why it does not fit, or ""."""
        try:
            self._pipeline.load_lora_weights(load(lora.data), adapter_name=name)
        except (SafetensorError, ValueError, RuntimeError, KeyError, TypeError, AttributeError) as error:
            return (str(error).splitlines() or [type(error).__name__])[0]  # of diffusers, peft or torch
        loaded = {each for part in self._pipeline.get_list_adapters().values() for each in part}
        return "" if name in loaded else "it is of another architecture"
