"""Who makes the pictures: one protocol, `PictureMaker`, and what serves it."""

from .base import LoraWeights, OnStep, PictureMaker, Sampling, nobody
from .fake import FakeMaker

__all__ = ["FakeMaker", "LoraWeights", "OnStep", "PictureMaker", "Sampling", "nobody"]
