"""Where a diffusers pipeline computes: on an accelerator, its parts kept on the CPU if asked, or on the CPU alone."""

import logging
from typing import Any, Literal

import torch

LOG = logging.getLogger("genmock.diffusion")
Offload = Literal["none", "model", "sequential"]
NOTICE = "no accelerator here: pictures are made on the CPU, and offload %r has nothing to offload from"


def place(pipeline: Any, offload: Offload, device: str = "auto") -> torch.device:  # noqa: ANN401 - any pipeline class
    """Put a pipeline where it computes and return that device.

    offload: "none" keeps all of it on the accelerator, "model" one network at a time, "sequential" one layer at a time.
    device: "auto", or torch's name of one. On a CPU every offload is the same, and the log says so: diffusers refuses.
    """
    target = _device(device)
    if target.type == "cpu":
        if offload != "none":
            LOG.warning(NOTICE, offload)
        pipeline.to(target)
    elif offload == "sequential":
        pipeline.enable_sequential_cpu_offload(device=target)
    elif offload == "model":
        pipeline.enable_model_cpu_offload(device=target)
    else:
        pipeline.to(target)
    return target


def _device(name: str) -> torch.device:
    if name != "auto":
        return torch.device(name)
    # asked first, since the current accelerator of a machine without one may still be "cuda"
    found = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    return found or torch.device("cpu")
