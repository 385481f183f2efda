"""The maker of the fake mode: lawful drawings, the same on every machine."""

from typing import TYPE_CHECKING

from .base import OnStep, Sampling, nobody

if TYPE_CHECKING:
    from PIL import Image

    from ..pictures import PictureSpec


class FakeMaker:
    """Draws. Its steps are told all at once, since there is nothing to denoise."""

    name = "fake"

    def make(self, spec: "PictureSpec", sampling: Sampling, on_step: OnStep = nobody) -> "Image.Image":
        """Return the drawing of a spec; sampling shows in the spec's salt."""
        from ..pictures import draw  # here: pictures load late, so that the first answer comes early

        picture = draw(spec)
        on_step(sampling.steps, sampling.steps)
        return picture
