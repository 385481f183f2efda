"""UniPC (https://arxiv.org/abs/2302.04867), B2 form: predict, and correct the last prediction by what came of it."""

import math
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from ..noise import Array, Noise
from .levels import Curve, Levels
from .multistep import log_ratio
from .solver import Predict, asked


@dataclass(slots=True)
class UniPc:
    """A predictor and a corrector of the same order; the corrector costs no call of the model. order: 2 or 3."""

    levels: Levels
    order: int = 2
    _signals: deque[tuple[int, Array]] = field(default_factory=lambda: deque(maxlen=3))
    _last: tuple[Array, int] | None = None

    def step(self, index: int, latents: Array, predict: Predict, noise: Noise) -> Array:
        """Return the latents of the next level."""
        signal = asked(self.levels, index, latents, predict)[0]
        if self._last is not None:
            latents = self._moved(index, self._last[0], self._last[1], signal)
        self._signals.appendleft((index, signal))
        order = min(self.order, len(self._signals), len(self.levels) - index)
        self._last = (latents, order)
        return self._moved(index + 1, latents, order, None)

    def _moved(self, goal: int, latents: Array, order: int, found: Array | None) -> Array:
        """Return latents taken to a level. found: what the model says there, to correct by; a prediction has none.

        latents: those of the level of the newest remembered signal.
        """
        origin, newest = self._signals[0]
        start = log_ratio(self.levels, origin)
        width = log_ratio(self.levels, goal) - start
        spans, slopes = [], []
        for index, signal in list(self._signals)[1:order]:
            spans.append((log_ratio(self.levels, index) - start) / width)
            slopes.append((signal - newest) / spans[-1])
        if found is not None:
            slopes.append(found - newest)
        gone = math.expm1(-width)
        alpha, sigma = self.levels.alphas[goal], self.levels.sigmas[goal]
        there = sigma / self.levels.sigmas[origin] * latents - alpha * gone * newest
        for weight, slope in zip(_weights(spans, width, correcting=found is not None), slopes, strict=True):
            there = there - alpha * gone * weight * slope
        return there


def _weights(spans: list[float], width: float, *, correcting: bool) -> list[float]:
    """Return how much each slope counts. spans: of the earlier signals, over the width of the step."""
    size = len(spans) + correcting
    if size <= 1:
        return [0.5] * size
    points = np.array([*spans, 1.0][:size])
    matrix = np.stack([points**power for power in range(size)])
    return [float(weight) for weight in np.linalg.solve(matrix, _moments(width, size))]


def _moments(width: float, count: int) -> Curve:
    """Return the right-hand side of the order conditions."""
    scale = math.expm1(-width)
    phi, factorial, moments = scale / -width - 1, 1, []
    for power in range(1, count + 1):
        moments.append(phi * factorial / scale)
        factorial *= power + 1
        phi = phi / -width - 1 / factorial
    return np.array(moments)
