"""What is learned: two small factors for each weight, whose product is added to it, and what moves them."""

from collections.abc import Mapping

import numpy as np

from .noise import Array

_BETAS, _EPSILON = (0.9, 0.99), 1e-8  # Adam: https://arxiv.org/abs/1412.6980
_LONGEST = 1.0  # what all gradients together are cut down to, so that one odd picture does not undo the others


class Factors:
    """The factors of a LoRA (https://arxiv.org/abs/2106.09685), alpha as large as the rank.

    weights: those that are changed, by key, with outputs first. rank: at most; a smaller weight gets a smaller one.
    The product is zero at first, so that nothing changes before the first step.
    """

    def __init__(self, weights: Mapping[str, Array], rank: int, random: np.random.RandomState) -> None:
        self._weights = weights
        self._values: dict[str, tuple[Array, Array]] = {}
        for key, weight in sorted(weights.items()):
            outputs, inputs = len(weight), weight[0].size
            fits = min(rank, outputs, inputs)
            down = random.standard_normal((fits, inputs)).astype(np.float32) / np.float32(fits)
            self._values[key] = (down, np.zeros((outputs, fits), np.float32))
        self._moments = {key: [np.zeros_like(each) for each in (*pair, *pair)] for key, pair in self._values.items()}
        self._steps = 0

    def values(self) -> Mapping[str, tuple[Array, Array]]:
        """Return (down, up) by key: (rank, inputs...) and (outputs, rank...), shaped as the weight's module wants."""
        shaped = {}
        for key, (down, up) in self._values.items():
            shape = self._weights[key].shape
            shaped[key] = (down.reshape(-1, *shape[1:]), up.reshape(*up.shape, *(1 for _ in shape[2:])))
        return shaped

    def changed(self) -> Mapping[str, Array]:
        """Return the weights with the products added."""
        return {
            key: weight + (self._values[key][1] @ self._values[key][0]).reshape(weight.shape)
            for key, weight in self._weights.items()
        }

    def move(self, gradients: Mapping[str, Array], rate: float) -> None:
        """Take one step against the gradients of the changed weights. rate: how far."""
        self._steps += 1
        found = {key: self._by_factor(key, gradient) for key, gradient in gradients.items()}
        length = float(np.sqrt(sum(float(np.vdot(each, each)) for pair in found.values() for each in pair)))
        cut = min(1.0, _LONGEST / (length + _EPSILON))
        for key, pair in found.items():
            moments = self._moments[key]
            steps = [self._step(moments, place, np.float32(cut) * each) for place, each in enumerate(pair)]
            down, up = self._values[key]
            self._values[key] = (down - np.float32(rate) * steps[0], up - np.float32(rate) * steps[1])

    def _by_factor(self, key: str, gradient: Array) -> tuple[Array, Array]:
        down, up = self._values[key]
        flat = gradient.reshape(len(gradient), -1)
        return up.T @ flat, flat @ down.T

    def _step(self, moments: list[Array], place: int, gradient: Array) -> Array:
        first, second = moments[place], moments[place + 2]
        first += (1 - np.float32(_BETAS[0])) * (gradient - first)
        second += (1 - np.float32(_BETAS[1])) * (gradient**2 - second)
        mean, spread = (moment / (1 - beta**self._steps) for moment, beta in zip((first, second), _BETAS, strict=True))
        return np.asarray(mean / (np.sqrt(spread) + _EPSILON), np.float32)
