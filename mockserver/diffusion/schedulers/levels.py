"""How much noise there is at each step of a sampling: the betas of training, and the ways to space steps over them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]
Spacing = Literal["plain", "karras", "exponential", "beta"]
_ALMOST_NO_SIGNAL = 2.0**-24  # in place of 0 at the last timestep, so that noise over signal stays finite
_DISTILLED = 50  # steps of latent consistency distillation: https://arxiv.org/abs/2310.04378
_RHO = 7.0  # of Karras et al., https://arxiv.org/abs/2206.00364


@dataclass(frozen=True, slots=True)
class Levels:
    """Where a sampling of n steps stops on its way from noise to picture.

    timesteps: n, what the model is told. alphas, sigmas: n + 1, share of signal and of noise in the latents, the last
    ones after the last step; alpha² + sigma² is 1. known: noise over signal of each timestep of training. start: what
    pure noise is multiplied by to begin with.
    """

    timesteps: tuple[float, ...]
    alphas: tuple[float, ...]
    sigmas: tuple[float, ...]
    known: Curve = field(repr=False)
    start: float = 1.0

    def __len__(self) -> int:
        return len(self.timesteps)

    def ratio(self, index: int) -> float:
        """Return noise over signal of a level."""
        return self.sigmas[index] / self.alphas[index]


def split(ratio: float) -> tuple[float, float]:
    """Return (signal, noise), whose squares add up to 1, of latents with that ratio of noise to signal."""
    alpha = 1 / float(np.sqrt(ratio**2 + 1))
    return alpha, ratio * alpha


def signal_curve(config: Mapping[str, Any], *, zero_snr: bool) -> Curve:
    """Return alpha² of each timestep of training, by a diffusers ``scheduler_config.json`` with scaled_linear betas.

    zero_snr: rescale so that the last timestep has no signal, where the configuration says so (Lin et al.,
    https://arxiv.org/abs/2305.08891).
    """
    ends = float(config["beta_start"]) ** 0.5, float(config["beta_end"]) ** 0.5
    curve = np.cumprod(1 - np.linspace(*ends, int(config["num_train_timesteps"])) ** 2)
    if zero_snr and config.get("rescale_betas_zero_snr"):
        root = np.sqrt(curve)
        curve = ((root - root[-1]) * root[0] / (root[0] - root[-1])) ** 2
        curve[-1] = _ALMOST_NO_SIGNAL
    return np.asarray(curve, np.float64)


def spaced(curve: Curve, steps: int, spacing: Spacing, *, whole: bool, ends_clean: bool = True) -> Levels:
    """Return the levels of a sampling.

    spacing: "plain" is even in time and trails (the first step is the last timestep of training); the others are even
    in a function of the ratio of noise to signal. whole: those reach over all timesteps of training, land on timesteps
    that training had, and start from noise of variance 1; else they reach from the first plain step to the last.
    ends_clean: the last level has no noise, else as little as the first timestep of training.
    """
    ratios = np.sqrt((1 - curve) / curve)
    timesteps = trailing(len(curve), steps)
    chosen = ratios[timesteps]
    told = timesteps.astype(np.float64)
    if spacing != "plain":
        high, low = (ratios[-1], ratios[0]) if whole else (chosen[0], chosen[-1])
        chosen = _SPACINGS[spacing](float(high), float(low), np.linspace(0, 1, steps))
        told = timestep_of(ratios, chosen)
        if whole:
            told = np.round(told) if spacing == "karras" else np.floor(told)
    alphas, sigmas = zip(*(split(float(ratio)) for ratio in (*chosen, 0.0 if ends_clean else ratios[0])), strict=True)
    return Levels(tuple(told.tolist()), alphas, sigmas, ratios, 1.0 if whole else sigmas[0])


def spaced_for_consistency(curve: Curve, steps: int) -> Levels:
    """Return the levels of a consistency model: steps among the 50 of its distillation, the last of them without noise.

    Raises ValueError above 50 steps.
    """
    if steps > _DISTILLED:
        raise ValueError(f"{steps} steps, expected at most the {_DISTILLED} of the distillation")
    known = np.arange(1, _DISTILLED + 1) * (len(curve) // _DISTILLED) - 1
    timesteps = known[::-1][np.floor(np.linspace(0, _DISTILLED, steps, endpoint=False)).astype(np.int64)]
    ratios = np.sqrt((1 - curve) / curve)
    alphas, sigmas = zip(*(split(float(ratio)) for ratio in (*ratios[timesteps], 0.0)), strict=True)
    return Levels(tuple(timesteps.astype(float).tolist()), alphas, sigmas, ratios)


def trailing(timesteps: int, steps: int) -> NDArray[np.int64]:
    """Return the timesteps of a sampling that begins at the very end of training's, evenly spaced."""
    return np.round(np.arange(timesteps, 0, -timesteps / steps)).astype(np.int64)[:steps] - 1


def timestep_of(known: Curve, ratios: Curve) -> Curve:
    """Return the timesteps, with fractions, at which training had these ratios of noise to signal."""
    return np.asarray(np.interp(np.log(ratios), np.log(known), np.arange(len(known))), np.float64)


def _karras(high: float, low: float, ramp: Curve) -> Curve:
    ends = high ** (1 / _RHO), low ** (1 / _RHO)
    return np.asarray((ends[0] + ramp * (ends[1] - ends[0])) ** _RHO, np.float64)


def _exponential(high: float, low: float, ramp: Curve) -> Curve:
    return np.asarray(np.exp(np.log(high) + ramp * (np.log(low) - np.log(high))), np.float64)


def _beta(high: float, low: float, ramp: Curve) -> Curve:
    """Space by quantiles of Beta(0.6, 0.6), by quadrature: with x = sin² its density is (sin cos)^0.2, up to scale."""
    angle = np.linspace(0, np.pi / 2, 20_001)
    density = (np.sin(angle) * np.cos(angle)) ** 0.2
    share = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    quantiles = np.sin(np.interp(1 - ramp, share / share[-1], angle)) ** 2
    return np.asarray(low + quantiles * (high - low), np.float64)


_SPACINGS = {"karras": _karras, "exponential": _exponential, "beta": _beta}
