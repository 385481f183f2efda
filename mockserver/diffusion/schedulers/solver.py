"""What all solvers share: their interface, and how a model's velocity turns into signal and noise."""

import math
from collections.abc import Callable
from typing import Protocol

from ..noise import Array, Noise
from .levels import Levels

Predict = Callable[[Array, float], Array]  # (latents, timestep) -> velocity; the guided model


class Solver(Protocol):
    """Takes latents from one level of noise to the next; one instance for one picture, since some remember."""

    levels: Levels

    def step(self, index: int, latents: Array, predict: Predict, noise: Noise) -> Array:
        """Return the latents of level index + 1, from those of level index. predict may be asked more than once."""
        ...


def signal_and_noise(alpha: float, sigma: float, latents: Array, velocity: Array) -> tuple[Array, Array]:
    """Return what a velocity says of latents: the clean ones, and the noise in them (Salimans and Ho, v-prediction).

    Source: https://arxiv.org/abs/2202.00512, appendix D.
    """
    return alpha * latents - sigma * velocity, alpha * velocity + sigma * latents


def asked(levels: Levels, index: int, latents: Array, predict: Predict) -> tuple[Array, Array]:
    """Return the model's opinion at a level: (clean latents, noise)."""
    velocity = predict(latents, levels.timesteps[index])
    return signal_and_noise(levels.alphas[index], levels.sigmas[index], latents, velocity)


def ancestral(levels: Levels, index: int) -> tuple[float, float]:
    """Return (down, up) of a step, both over signal: go down to less noise than the next level, then add new noise."""
    here, there = levels.ratio(index), levels.ratio(index + 1)
    up = there / here * math.sqrt(here**2 - there**2)
    return math.sqrt(there**2 - up**2), up
