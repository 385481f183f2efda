"""The maker of the light engine: a small real diffusion model on ONNX Runtime, one CPU thread, a second a picture."""

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..makers.base import LoraWeights, OnStep, Sampling, nobody
from .unusable import missing_package

if TYPE_CHECKING:
    from PIL import Image

    from ..pictures import PictureSpec

LOG = logging.getLogger("genmock.diffusion")


class OnnxMaker:
    """Makes pictures with the shipped model, or with that of a folder in its layout.

    threads: one, or two, which take the branches of guidance side by side. The same spec and sampling give the same
    pixels in any process, with any number of threads. Raises ModelUnusable when packages or files are missing, with the
    text to show.
    """

    name = "onnx"

    def __init__(self, model: Path | str | None = None, threads: int = 1) -> None:
        try:
            from .model_folder import SHIPPED  # here: the server may import this module without the extra
            from .onnx_engine import OnnxEngine
        except ModuleNotFoundError as error:
            raise missing_package(error.name or "onnxruntime", "onnx", "pipeline") from None
        self._engine = OnnxEngine(Path(model) if model else SHIPPED, threads)
        self._merged_for: object = ()

    def make(self, spec: "PictureSpec", sampling: Sampling, on_step: OnStep = nobody) -> "Image.Image":
        """Return the picture of a spec. on_step: told of each step; what it raises ends the work."""
        from .painter import Painter, capped  # here: as above

        if capped(sampling.steps) != sampling.steps:
            LOG.info("%d steps asked, %d taken", sampling.steps, capped(sampling.steps))
        self._apply(sampling.loras)
        return Painter(self._engine, spec, sampling, on_step).paint()

    def _apply(self, loras: Sequence[LoraWeights]) -> None:
        """Set the weights that LoRAs change; those of the last picture are kept for the next."""
        from .lora import merged  # here: as above

        wanted = tuple((hashlib.sha256(lora.data).digest(), lora.weight) for lora in loras)
        if wanted != self._merged_for:
            base = {part: self._engine.replaceable(part) for part in ("unet", "text_encoder")}
            self._engine.replaced = merged(base, loras)
            self._merged_for = wanted
