"""Any text-to-image pipeline that diffusers knows, from a folder or the hub, behind our requests.

Nothing is known of it but its signature: what that has no parameter for is left out. The laws of editing hold all the
same, since the original's pixels are pasted back.
"""

import inspect
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import diffusers
import torch
from PIL import Image

from ..makers.base import OnStep, Sampling
from ..pictures import PictureSpec
from .cutout import cut_out
from .diffusers_adapters import Adapters
from .place import Offload, place
from .regions import coverage, extended
from .schedulers import chosen
from .unusable import ModelUnusable
from .work_area import fitted

LOG = logging.getLogger("genmock.diffusion")
MULTIPLE_PX = 16  # of the sides that pipelines take
_SEEDS = 2**64


class ForeignPipeline:
    """A pipeline of diffusers. model: a folder, or a hub id, which alone may download. Raises ModelUnusable."""

    def __init__(self, model: str, offload: Offload, device: str) -> None:
        accelerated = device != "cpu" and (device != "auto" or torch.accelerator.is_available())
        try:
            self._pipeline: Any = diffusers.AutoPipelineForText2Image.from_pretrained(
                model,
                torch_dtype=torch.bfloat16 if accelerated else torch.float32,
                local_files_only=Path(model).is_dir(),
            )
        except (OSError, ValueError) as error:
            why = str(error).splitlines()[0]
            raise ModelUnusable(
                f"cannot use the model {model}: {why}; next: give the folder of a diffusers text-to-image pipeline, "
                "or the hub id of one"
            ) from None
        place(self._pipeline, offload, device)
        self._pipeline.set_progress_bar_config(disable=True)
        self._adapters = Adapters(self._pipeline)
        self._own_scheduler = self._pipeline.scheduler

    def paint(self, spec: PictureSpec, sampling: Sampling, on_step: OnStep) -> Image.Image:
        """Return the picture, enlargement included: RGB, or RGBA where transparency was asked."""
        if spec.guides:
            LOG.info("reference images have no effect on %s", type(self._pipeline).__name__)
        self._adapters.apply(sampling.loras)
        self._pipeline.scheduler = self._scheduler(sampling.scheduler)
        picture = self._painted(spec, sampling, on_step)
        picture = cut_out(picture.convert("RGB")) if spec.transparent else picture.convert("RGB")
        return fitted(picture, (spec.width * spec.scale, spec.height * spec.scale))

    def _painted(self, spec: PictureSpec, sampling: Sampling, on_step: OnStep) -> Image.Image:
        if spec.seed_image is None:
            return self._drawn(self._pipeline, spec, sampling, on_step, {})
        seed = spec.seed_image.convert("RGB")
        strength, mask = spec.strength, None
        if spec.outpaint is not None:
            original, mask = extended(seed, spec.outpaint, spec.size)
            strength = 1.0
        else:
            original = fitted(seed, spec.size)
            mask = None if spec.mask_image is None else coverage(spec.mask_image, spec.size)
        if strength == 0 or (mask is not None and mask.getbbox() is None):
            return original
        work = _work_size(spec.size)
        given: dict[str, Any] = {"image": fitted(original, work), "strength": strength}
        kind = diffusers.AutoPipelineForImage2Image
        if mask is not None:
            given["mask_image"], kind = fitted(mask, work), diffusers.AutoPipelineForInpainting
        drawn = self._drawn(self._as(kind), spec, sampling, on_step, given)
        return drawn if mask is None else Image.composite(drawn, original, mask)

    def _as(self, kind: Any) -> Any:  # noqa: ANN401 - classes of diffusers
        """Return the same networks as a pipeline of another kind; where there is none, the pipeline as it is."""
        try:
            return kind.from_pipe(self._pipeline)
        except ValueError:
            LOG.warning("%s takes no input image: text alone counts", type(self._pipeline).__name__)
            return self._pipeline

    def _drawn(
        self,
        pipeline: Any,  # noqa: ANN401 - any pipeline class
        spec: PictureSpec,
        sampling: Sampling,
        on_step: OnStep,
        given: Mapping[str, Any],
    ) -> Image.Image:
        """Return what a pipeline draws, in the size of the spec."""
        known = inspect.signature(pipeline.__call__).parameters
        width, height = _work_size(spec.size)
        arguments = {
            "prompt": spec.prompt,
            "negative_prompt": spec.negative_prompt,
            "num_inference_steps": sampling.steps,
            guidance_name(known): sampling.cfg_scale,
            "width": width,
            "height": height,
            # on the CPU, so that a seed means the same noise wherever the pipeline is
            "generator": torch.Generator("cpu").manual_seed(spec.seed % _SEEDS),
            "callback_on_step_end": _telling(on_step),
            **given,
        }
        result = pipeline(**{name: value for name, value in arguments.items() if name in known})
        return fitted(result.images[0].convert("RGB"), spec.size)

    def _scheduler(self, name: str) -> Any:  # noqa: ANN401 - any scheduler class
        """Return the scheduler that a name stands for; a model that was trained for flow matching keeps its own."""
        config = self._own_scheduler.config
        if name == "Default" or "beta_schedule" not in config:
            return self._own_scheduler
        kind, options = chosen(name).diffusers
        return getattr(diffusers, kind).from_config(config, **options)


def guidance_name(parameters: Mapping[str, inspect.Parameter]) -> str:
    """Return which parameter of a pipeline is the guidance that a request means.

    Pipelines of models with guidance built in (FLUX) have true_cfg_scale too, switched off unless it is above 1; for
    others (Qwen-Image) it is the one that counts, and on.
    """
    true = parameters.get("true_cfg_scale")
    return "true_cfg_scale" if true is not None and true.default > 1 else "guidance_scale"


def _telling(on_step: OnStep) -> Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]:
    def told(pipeline: Any, index: int, _timestep: Any, values: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - as above
        on_step(index + 1, pipeline.num_timesteps)
        return values

    return told


def _work_size(size: tuple[int, int]) -> tuple[int, int]:
    width, height = (max(MULTIPLE_PX, round(side / MULTIPLE_PX) * MULTIPLE_PX) for side in size)
    return width, height
