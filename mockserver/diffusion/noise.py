"""Noise from a seed: the same on every machine, for both engines, under every version of numpy, torch and diffusers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]  # float32 throughout; the stubs of numpy do not know that a float leaves it so
_WORD = 0xFFFFFFFF


class Noise:
    """A stream of standard normal noise. What is drawn first is the start of a picture, later draws are a sampler's.

    seed: any whole number; its lowest 64 bits count, as two words of 32, the lower one first. The generator is numpy's
    RandomState, whose stream is frozen by numpy's policy (NEP 19); that of its newer Generator is not.
    """

    def __init__(self, seed: int) -> None:
        self._stream = np.random.RandomState([seed & _WORD, seed >> 32 & _WORD])

    def draw(self, shape: Sequence[int]) -> Array:
        """Return the next values of the stream: float32, drawn in float64. shape: (1, channels, height, width)."""
        return self._stream.standard_normal(tuple(shape)).astype(np.float32)
