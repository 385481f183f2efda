"""What a picture is made with: the parts of a latent diffusion model, on whatever they run."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from .noise import Array


class Engine(Protocol):
    """A latent diffusion model in the layout of Stable Diffusion that predicts velocity.

    Latents are scaled as the denoiser wants them: (1, channels, height / factor, width / factor) float32. Pixels are
    (1, 3, height, width) float32 from -1 to 1.
    """

    @property
    def scheduler(self) -> Mapping[str, Any]:
        """The members of ``scheduler/scheduler_config.json``."""
        ...

    @property
    def work_area(self) -> int:
        """About how many px a picture has that the model draws; it learned this size."""
        ...

    @property
    def factor(self) -> int:
        """How many px a latent is wide and high."""
        ...

    @property
    def channels(self) -> int:
        """How many channels latents have."""
        ...

    def text(self, prompts: Sequence[str]) -> Array:
        """Return the prompts as the denoiser reads them: (prompts, tokens, width) float32."""
        ...

    def velocity(self, latents: Array, timestep: float, text: Array) -> Array:
        """Return what the denoiser predicts. latents: as many as there are texts."""
        ...

    def encode(self, pixels: Array) -> Array:
        """Return the latents of pixels."""
        ...

    def decode(self, latents: Array) -> Array:
        """Return the pixels of latents; they may be beyond -1 and 1."""
        ...
