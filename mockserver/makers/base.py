"""The seam between the server and whatever makes its pictures: `PictureMaker`, and what one is asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from PIL import Image

    from ..pictures import PictureSpec

OnStep = Callable[[int, int], None]  # called with the number of steps done and of all steps; may raise, to cancel


@dataclass(frozen=True, slots=True)
class LoraWeights:
    """A LoRA to apply. data: the bytes of its safetensors file. weight: how strongly; 0 leaves no trace of it."""

    data: bytes
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a picture is sampled, where one is: what a fake has no use for.

    steps: of the denoising, as the request asks for them. cfg_scale: guidance; 1 and below use no negative prompt.
    scheduler: the provider's name of it, as the request gives it.
    """

    steps: int = 20
    cfg_scale: float = 3.0
    scheduler: str = "Default"
    loras: tuple[LoraWeights, ...] = ()


class PictureMaker(Protocol):
    """Makes pictures, one at a time; an instance belongs to one thread of one process.

    The same spec and sampling give the same pixels, in any order of requests. What a maker cannot honour (a LoRA of
    another architecture, a reference image) it leaves out and logs; it never fails for it.
    """

    @property
    def name(self) -> str:
        """The maker's name in settings: "fake", "onnx" or "diffusers"."""
        ...

    def make(self, spec: "PictureSpec", sampling: Sampling, on_step: OnStep) -> "Image.Image":
        """Return the picture, as large as the spec asks, enlargement included: RGB, or RGBA when transparent."""
        ...


def nobody(_done: int, _of: int) -> None:
    """Tell nobody of a step."""
