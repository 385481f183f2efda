"""Solvers that remember what the model said at earlier steps: DPM++, DEIS, PNDM."""

import math
from collections import deque
from dataclasses import dataclass, field

from ..noise import Array, Noise
from .levels import Levels
from .solver import Predict, asked, signal_and_noise

_FEW_STEPS = 15  # with fewer, the end is taken in lower order: it is more stable


def log_ratio(levels: Levels, index: int) -> float:
    """Return the logarithm of signal over noise, infinite without noise."""
    return -math.log(levels.ratio(index)) if levels.sigmas[index] else math.inf


@dataclass(slots=True)
class DpmPlusPlus:
    """DPM-Solver++ (https://arxiv.org/abs/2211.01095), midpoint form. order: 1 to 3. renew: the stochastic variant."""

    levels: Levels
    order: int = 2
    renew: bool = False
    _signals: deque[Array] = field(default_factory=lambda: deque(maxlen=3))

    def step(self, index: int, latents: Array, predict: Predict, noise: Noise) -> Array:
        """Return the latents of the next level."""
        self._signals.appendleft(asked(self.levels, index, latents, predict)[0])
        alpha, sigma = self.levels.alphas[index + 1], self.levels.sigmas[index + 1]
        width = log_ratio(self.levels, index + 1) - log_ratio(self.levels, index)
        reach = 2 * width if self.renew else width
        kept = sigma / self.levels.sigmas[index] * (math.exp(-width) if self.renew else 1.0)
        gone = -math.expm1(-reach)
        there = kept * latents + alpha * gone * self._signals[0]
        order = min(self.order, len(self._signals), self._highest(index))
        if order == 2:
            there = there + 0.5 * alpha * gone * self._slopes(index, width, 2)[0]
        elif order == 3:
            slope, bend = self._slopes(index, width, 3)
            there = there + alpha * (1 - gone / reach) * slope
            there = there + alpha * ((gone - reach) / reach**2 + 0.5) * bend
        return there + sigma * math.sqrt(-math.expm1(-2 * width)) * noise.draw(latents.shape) if self.renew else there

    def _highest(self, index: int) -> int:
        """Return the highest order that a step may have, for how near the end it is."""
        left = len(self.levels) - index
        return 1 if left == 1 else 2 if left == 2 and len(self.levels) < _FEW_STEPS else 3

    def _slopes(self, index: int, width: float, order: int) -> tuple[Array, ...]:
        """Return the first, and in order 3 the second, difference of what the model said."""
        logs = [log_ratio(self.levels, index - back) for back in range(order)]
        last = (self._signals[0] - self._signals[1]) / ((logs[0] - logs[1]) / width)
        if order == 2:
            return (last,)
        first, second = (logs[0] - logs[1]) / width, (logs[1] - logs[2]) / width
        change = last - (self._signals[1] - self._signals[2]) / second
        return last + first / (first + second) * change, change / (first + second)


@dataclass(slots=True)
class Deis:
    """DEIS (https://arxiv.org/abs/2204.13902) in the logarithm of noise over signal, order 2."""

    levels: Levels
    _errors: deque[Array] = field(default_factory=lambda: deque(maxlen=2))

    def step(self, index: int, latents: Array, predict: Predict, noise: Noise) -> Array:
        """Return the latents of the next level."""
        signal, error = asked(self.levels, index, latents, predict)
        self._errors.appendleft(error)
        last = index + 1 == len(self.levels) and len(self.levels) < _FEW_STEPS
        if len(self._errors) < 2 or last:
            return self.levels.alphas[index + 1] * signal + self.levels.sigmas[index + 1] * error
        there, here, before = (self.levels.ratio(index + 1 - back) for back in range(3))
        weights = _area(here, there, at=here, zero=before), _area(here, there, at=before, zero=here)
        moved = weights[0] * self._errors[0] + weights[1] * self._errors[1]
        return self.levels.alphas[index + 1] * (latents / self.levels.alphas[index] + moved)


def _area(start: float, end: float, *, at: float, zero: float) -> float:
    """Return the integral, from start to end, of the line in log noise that is 1 at one point and 0 at another."""
    width = math.log(at) - math.log(zero)
    return sum(sign * x * (math.log(x) - 1 - math.log(zero)) / width for sign, x in ((1, end), (-1, start)))


@dataclass(slots=True)
class Pndm:
    """PLMS of PNDM (https://arxiv.org/abs/2202.09778): Adams-Bashforth over four velocities; the first step is Heun's.

    Velocities are mixed as they are, and turned into noise at the level of the step: diffusers does so.
    """

    levels: Levels
    _velocities: deque[Array] = field(default_factory=lambda: deque(maxlen=4))

    def step(self, index: int, latents: Array, predict: Predict, noise: Noise) -> Array:
        """Return the latents of the next level."""
        self._velocities.appendleft(predict(latents, self.levels.timesteps[index]))
        mixed = self._mixed()
        if len(self._velocities) == 1 and index + 1 < len(self.levels):
            there = self._moved(index, latents, mixed)
            mixed = (mixed + predict(there, self.levels.timesteps[index + 1])) / 2
        return self._moved(index, latents, mixed)

    def _mixed(self) -> Array:
        weights = _ADAMS_BASHFORTH[len(self._velocities)]
        mixed = weights[0] * self._velocities[0]
        for weight, velocity in zip(weights[1:], list(self._velocities)[1:], strict=True):
            mixed = mixed + weight * velocity
        return mixed

    def _moved(self, index: int, latents: Array, velocity: Array) -> Array:
        signal, error = signal_and_noise(self.levels.alphas[index], self.levels.sigmas[index], latents, velocity)
        return self.levels.alphas[index + 1] * signal + self.levels.sigmas[index + 1] * error


_ADAMS_BASHFORTH = {
    1: (1.0,),
    2: (3 / 2, -1 / 2),
    3: (23 / 12, -16 / 12, 5 / 12),
    4: (55 / 24, -59 / 24, 37 / 24, -9 / 24),
}
