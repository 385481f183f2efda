"""How the pipeline samples a task's pictures: what of the task it can honour, and what of it the journal says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...drawing import MediumGone
from ...makers.choice import engine_for
from ...media import content_id
from ...recipe import Adapter, Sampling
from .media import find_medium, medium_file
from .task import Task

STEPS, CFG_SCALE, SCHEDULER = 20, 3.0, "Default"  # of the pipeline, where a task and its document say nothing


@dataclass(frozen=True, slots=True)
class Sampled:
    """A sampling, and the files of the LoRAs that it applies."""

    sampling: Sampling
    files: Sequence[bytes] = ()


async def sampled(task: Task, filled: Mapping[str, Any]) -> Sampled | None:
    """Return how the pipeline samples a task, or None where its pictures are drawn. filled: with defaults."""
    call = task.call
    settings = call.runtime.settings
    engine = engine_for(settings, call.preferences.mode, str(filled["model"]))
    if engine is None:
        return None
    adapters, files = [], []
    for given in filled.get("lora", ()):
        data = await _weights(task, str(given.get("model", "")))
        if data is not None:
            adapters.append(Adapter(content_id(data), float(given.get("weight", 1.0))))
            files.append(data)
    steps = int(filled.get("steps", STEPS))
    if steps > settings.pipeline_steps:
        _note(task, f"steps {steps} are {settings.pipeline_steps} here (--pipeline-steps)")
    cfg_scale, scheduler = float(filled.get("CFGScale", CFG_SCALE)), str(filled.get("scheduler", SCHEDULER))
    return Sampled(Sampling(engine, min(steps, settings.pipeline_steps), cfg_scale, scheduler, adapters), files)


async def _weights(task: Task, air: str) -> bytes | None:
    """Return the file of a LoRA that was trained here, or None for any other, of which only the name is known."""
    world = task.call.world
    model = await world.models.known(air)
    medium = await find_medium(world, model.file) if model is not None and model.file else None
    try:
        if medium is not None:
            return await medium_file(world, medium)
    except MediumGone:
        medium = None
    _note(task, f"the LoRA {air[:100]} is not known here and has no effect")
    return None


def _note(task: Task, what: str) -> None:
    """Have the journal say what the pipeline does not do as asked; the same is said once."""
    exchange = task.call.exchange
    if what not in exchange.note:
        exchange.note = f"{exchange.note}; {what}" if exchange.note else what
