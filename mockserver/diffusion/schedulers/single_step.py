"""Solvers without a memory: Euler and DDIM, ancestral ones, Heun, midpoint, consistency."""

import math
from dataclasses import dataclass

import numpy as np

from ..noise import Array, Noise
from .levels import Levels, split, timestep_of
from .solver import Predict, ancestral, asked, signal_and_noise

_SIGMA_DATA = 0.5  # of latents, as consistency models take it: https://arxiv.org/abs/2310.04378
_TIMESTEP_SCALING = 10.0  # likewise


@dataclass(slots=True)
class Euler:
    """Straight towards the clean latents. In the terms of DDIM: eta 0. Both are the same step."""

    levels: Levels

    def step(self, index: int, latents: Array, predict: Predict, noise: Noise) -> Array:
        """Return the latents of the next level."""
        signal, error = asked(self.levels, index, latents, predict)
        return self.levels.alphas[index + 1] * signal + self.levels.sigmas[index + 1] * error


@dataclass(slots=True)
class EulerAncestral:
    """Below the next level, then new noise up to it. In the terms of DDIM: eta 1, which is DDPM's step too."""

    levels: Levels

    def step(self, index: int, latents: Array, predict: Predict, noise: Noise) -> Array:
        """Return the latents of the next level."""
        signal, error = asked(self.levels, index, latents, predict)
        down, up = ancestral(self.levels, index)
        return self.levels.alphas[index + 1] * (signal + down * error + up * noise.draw(latents.shape))


@dataclass(slots=True)
class Heun:
    """Ask at both ends of a step and take the mean direction: two calls of the model a step, but for the last one."""

    levels: Levels

    def step(self, index: int, latents: Array, predict: Predict, noise: Noise) -> Array:
        """Return the latents of the next level."""
        signal, error = asked(self.levels, index, latents, predict)
        alpha, sigma = self.levels.alphas[index + 1], self.levels.sigmas[index + 1]
        there = alpha * signal + sigma * error
        if sigma == 0:
            return there
        mean = (error + asked(self.levels, index + 1, there, predict)[1]) / 2
        climb = self.levels.ratio(index + 1) - self.levels.ratio(index)
        return alpha * (latents / self.levels.alphas[index] + mean * climb)


@dataclass(slots=True)
class Midpoint:
    """Ask half way, in the logarithm of noise, and take that direction (KDPM2); two calls a step, but for the last.

    renew: go below the next level and add new noise, as an ancestral solver does.
    """

    levels: Levels
    renew: bool = False

    def step(self, index: int, latents: Array, predict: Predict, noise: Noise) -> Array:
        """Return the latents of the next level."""
        signal, error = asked(self.levels, index, latents, predict)
        alpha, sigma = self.levels.alphas[index + 1], self.levels.sigmas[index + 1]
        if sigma == 0:
            return alpha * signal
        down, up = ancestral(self.levels, index) if self.renew else (self.levels.ratio(index + 1), 0.0)
        half = math.sqrt(self.levels.ratio(index) * down)
        told = timestep_of(self.levels.known, np.array([half]))
        near = split(half)
        between = near[0] * (signal + half * error)
        error = signal_and_noise(*near, between, predict(between, float(told[0])))[1]
        there = alpha * (latents / self.levels.alphas[index] + error * (down - self.levels.ratio(index)))
        return there + alpha * up * noise.draw(latents.shape) if self.renew else there


@dataclass(slots=True)
class Consistency:
    """Jump to the clean latents each time, and back up with new noise (LCM). The last jump is the picture."""

    levels: Levels

    def step(self, index: int, latents: Array, predict: Predict, noise: Noise) -> Array:
        """Return the latents of the next level."""
        signal, _ = asked(self.levels, index, latents, predict)
        scaled = self.levels.timesteps[index] * _TIMESTEP_SCALING
        whole = scaled**2 + _SIGMA_DATA**2
        signal = scaled / math.sqrt(whole) * signal + _SIGMA_DATA**2 / whole * latents
        if index + 1 == len(self.levels):
            return signal
        alpha, sigma = self.levels.alphas[index + 1], self.levels.sigmas[index + 1]
        return alpha * signal + sigma * noise.draw(latents.shape)
