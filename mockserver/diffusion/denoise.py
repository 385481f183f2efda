"""From noise, or from a noised picture, to latents: the loop that every engine runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .engine import Engine
from .noise import Array, Noise
from .schedulers import Solver

OnStep = Callable[[int, int], None]
GUIDED_ABOVE = 1.0  # at this guidance and below, only the prompt itself is asked, in half the time


@dataclass(frozen=True, slots=True)
class Start:
    """What a sampling starts from besides noise.

    latents: of the picture to start from. strength: over 0, to 1: how much of the way from noise is gone. kept: latents
    of the picture whose places outside of ``free`` stay as they are; free: 1 where latents may change, else 0.
    """

    latents: Array
    strength: float
    kept: Array | None = None
    free: Array | None = None


def denoised(
    engine: Engine,
    solver: Solver,
    *,
    text: Any,
    guidance: float,
    noise: Noise,
    shape: tuple[int, int, int, int],
    start: Start | None,
    on_step: OnStep,
) -> Array:
    """Return the latents of a picture.

    text: of the negative prompt and the prompt, or of the prompt alone where guidance is 1 or less. on_step: told the
    steps done, and of how many, after each; what it raises ends the work.
    """
    predict = _guided(engine, text, guidance)
    first = noise.draw(shape)
    levels = solver.levels
    begin = len(levels) - (steps_of(len(levels), start.strength) if start else len(levels))
    latents = levels.start * first
    if start is not None:
        latents = levels.alphas[begin] * start.latents + levels.sigmas[begin] * first
    for index in range(begin, len(levels)):
        latents = solver.step(index, latents, predict, noise)
        if start is not None and start.free is not None:
            kept = levels.alphas[index + 1] * start.kept + levels.sigmas[index + 1] * first
            latents = start.free * latents + (1 - start.free) * kept
        on_step(index + 1 - begin, len(levels) - begin)
    return latents


def steps_of(steps: int, strength: float) -> int:
    """Return how many of the steps an image-to-image of a strength goes: in proportion, rounded down, but at least 1."""
    return min(steps, max(1, int(steps * strength + 1e-9)))


def _guided(engine: Engine, text: Any, guidance: float) -> Callable[[Array, float], Array]:
    """Return the model with classifier-free guidance (https://arxiv.org/abs/2207.12598)."""
    if guidance <= GUIDED_ABOVE:
        return lambda latents, timestep: engine.velocity(latents, timestep, text)

    def predict(latents: Array, timestep: float) -> Array:
        without, asked = np.split(engine.velocity(np.concatenate([latents, latents]), timestep, text), 2)
        return without + np.float32(guidance) * (asked - without)

    return predict
