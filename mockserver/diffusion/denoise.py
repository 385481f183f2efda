"""From noise, or from a noised picture, to latents: the loop that every engine runs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .engine import Engine
from .noise import Array, Noise
from .schedulers import Solver

OnStep = Callable[[int, int], None]
GUIDED_ABOVE = 1.0  # at this guidance and below, only the prompt itself is asked, in half the time


@dataclass(frozen=True, slots=True)
class Start:
    """What a sampling starts from besides noise.

    latents: of the picture to start from. strength: over 0, to 1: how much of the way from noise is gone. kept: (those
    latents that stay as they are, 1 where they do not and 0 where they do), where a mask leaves something.
    """

    latents: Array
    strength: float
    kept: tuple[Array, Array] | None = None


def denoised(
    engine: Engine,
    solver: Solver,
    *,
    text: Array,
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
        if start is not None and start.kept is not None:
            original, free = start.kept
            kept = levels.alphas[index + 1] * original + levels.sigmas[index + 1] * first
            latents = free * latents + (1 - free) * kept
        on_step(index + 1 - begin, len(levels) - begin)
    return latents


def steps_of(steps: int, strength: float) -> int:
    """Return how many of the steps an image-to-image of a strength goes: in proportion, rounded down, at least 1."""
    return min(steps, max(1, int(steps * strength + 1e-9)))


def _guided(engine: Engine, text: Array, guidance: float) -> Callable[[Array, float], Array]:
    """Return the model with classifier-free guidance (https://arxiv.org/abs/2207.12598)."""
    if guidance <= GUIDED_ABOVE:
        return lambda latents, timestep: engine.velocity(latents, timestep, text)

    def predict(latents: Array, timestep: float) -> Array:
        without, asked = np.split(engine.velocity(np.concatenate([latents, latents]), timestep, text), 2)
        return np.asarray(without + guidance * (asked - without))

    return predict
