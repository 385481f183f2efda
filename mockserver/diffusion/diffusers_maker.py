"""The maker of the large engine: the shipped model or any pipeline of diffusers, on torch, with or without a GPU."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ..makers.base import OnStep, Sampling, nobody
from .unusable import missing_package

if TYPE_CHECKING:
    from PIL import Image

    from ..pictures import PictureSpec
    from .place import Offload

LOG = logging.getLogger("genmock.diffusion")


class DiffusersMaker:
    """Makes pictures on torch. model: none for the shipped one, a folder that diffusers saved, or a hub id.

    A model of ours goes through the same loop, from the same noise, as on the onnx engine, and differs from it by at
    most 2 of 255. Nothing is downloaded unless model is a hub id. offload, device: as `place` takes them. threads: that
    torch may use in this process. Raises ModelUnusable when packages or files are missing, with the text to show.
    """

    name = "diffusers"

    def __init__(
        self, model: Path | str | None = None, offload: "Offload" = "model", device: str = "auto", threads: int = 1
    ) -> None:
        try:
            import torch  # here: the server may import this module without the extra, and it takes seconds

            from .diffusers_adapters import Adapters
            from .diffusers_foreign import ForeignPipeline
            from .model_folder import SHIPPED
            from .torch_engine import TorchEngine
        except ModuleNotFoundError as error:
            raise missing_package(error.name or "torch", "diffusers", "pipeline-torch") from None
        torch.set_num_threads(threads)
        _quieten()
        folder = Path(model) if model else SHIPPED
        self._foreign: ForeignPipeline | None = None
        if model and not (folder / "genmock.json").is_file():
            self._foreign = ForeignPipeline(str(model), offload, device)
            return
        self._engine = TorchEngine(folder, offload, device)
        self._adapters = Adapters(self._engine.pipeline)

    def make(self, spec: "PictureSpec", sampling: Sampling, on_step: OnStep = nobody) -> "Image.Image":
        """Return the picture of a spec. on_step: told of each step; what it raises ends the work."""
        from .painter import Painter, capped  # here: as above

        if self._foreign is not None:
            return self._foreign.paint(spec, sampling, on_step)
        if capped(sampling.steps) != sampling.steps:
            LOG.info("%d steps asked, %d taken", sampling.steps, capped(sampling.steps))
        self._adapters.apply(sampling.loras)
        return Painter(self._engine, spec, sampling, on_step).paint()


def _quieten() -> None:
    """Have the libraries say errors only: their hints are for those who write pipelines, their bars for terminals."""
    from diffusers.utils import logging as of_diffusers
    from transformers.utils import logging as of_transformers

    for logging_of in (of_diffusers, of_transformers):
        logging_of.set_verbosity_error()
        logging_of.disable_progress_bar()
