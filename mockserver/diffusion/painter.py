"""From a `PictureSpec` to its picture, on any engine: text to image, image to image, masks, outpainting, guides.

What becomes of each member is in docs/pipeline-pictures.md. The laws (outside of a mask nothing changes, outpainting
keeps the old area, strength 0 is the input) hold by construction: the original's pixels are pasted back.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..makers.base import OnStep, Sampling
from ..pictures import PictureSpec
from .cutout import cut_out
from .denoise import GUIDED_ABOVE, Start, denoised
from .engine import Engine
from .noise import Array, Noise
from .pixels import array_of, free_latents, picture_of
from .regions import coverage, covering, extended, surroundings
from .schedulers import chosen, solver_for
from .work_area import fitted, work_size

MAX_STEPS = 50
MAX_GUIDANCE = 50.0  # the FLUX document ends at 20; far beyond, latents overflow
GUIDED_STRENGTH = 0.8  # how far a picture leaves its guides behind, where they are all it starts from
OUTPAINT_STRENGTH = 0.9  # likewise the drawn-out edges around the old area
_BAND_PX = 256  # rows that are worked on at once, to save memory


@dataclass(frozen=True, slots=True)
class Source:
    """A picture to start from, with or without a mask ("L", 255 where it is edited), both of the size to be drawn.

    detail: how much of what the autoencoder would lose of it is given back.
    """

    picture: Image.Image
    strength: float
    mask: Image.Image | None = None
    detail: float = 0.0


@dataclass(frozen=True, slots=True)
class Painter:
    """Paints one picture. on_step: told the steps done, and of how many, after each; what it raises ends the work."""

    engine: Engine
    spec: PictureSpec
    sampling: Sampling
    on_step: OnStep

    def paint(self) -> Image.Image:
        """Return the picture, enlargement included: RGB, or RGBA where transparency was asked."""
        spec = self.spec
        if spec.seed_image is None:
            picture = self._cut(self._drawn(spec.size, None))
        elif spec.outpaint is not None:
            picture = self._outpainted(spec.seed_image, spec.outpaint)
        else:
            picture = self._repainted(self._original(spec.seed_image))
        return fitted(picture, (spec.width * spec.scale, spec.height * spec.scale))

    def _repainted(self, original: Image.Image) -> Image.Image:
        """Return an original drawn over by strength, inside the mask."""
        spec = self.spec
        mask = None if spec.mask_image is None else coverage(spec.mask_image, spec.size)
        box = (0, 0, *spec.size) if mask is None else mask.getbbox()
        if box is None or spec.strength == 0:
            return original
        region = surroundings(box, spec.mask_margin, spec.size)
        part = None if mask is None else mask.crop(region)
        before = original.crop(region)
        source = Source(before.convert("RGB"), spec.strength, part, detail=1 - spec.strength)
        drawn = self._cut(self._drawn(before.size, source))
        result = original.copy()
        result.paste(drawn if part is None else Image.composite(drawn, before, part), region[:2])
        return result

    def _outpainted(self, seed_image: Image.Image, sides: tuple[int, int, int, int]) -> Image.Image:
        """Return a drawn picture with the original in it, untouched."""
        canvas, mask = extended(self._plain(seed_image), sides, self.spec.size)
        source = Source(canvas.convert("RGB"), OUTPAINT_STRENGTH, mask)
        return Image.composite(self._cut(self._drawn(canvas.size, source)), canvas, mask)

    def _original(self, seed_image: Image.Image) -> Image.Image:
        return fitted(self._plain(seed_image), self.spec.size)

    def _plain(self, image: Image.Image) -> Image.Image:
        return image.convert("RGBA" if self.spec.transparent else "RGB")

    def _cut(self, picture: Image.Image) -> Image.Image:
        return cut_out(picture) if self.spec.transparent else picture

    def _drawn(self, size: tuple[int, int], source: Source | None) -> Image.Image:
        """Return what the model draws, RGB of a size in px."""
        engine = self.engine
        work = work_size(size, engine.work_area)
        shape = (1, engine.channels, work[1] // engine.factor, work[0] // engine.factor)
        seen = None if source is None else engine.encode(array_of(fitted(source.picture, work)))
        solver = solver_for(chosen(self.sampling.scheduler), engine.scheduler, capped(self.sampling.steps))
        latents = denoised(
            engine,
            solver,
            text=engine.text(self._prompts()),
            guidance=min(self.sampling.cfg_scale, MAX_GUIDANCE),
            noise=Noise(self.spec.seed),
            shape=shape,
            start=self._start(work, source, seen),
            on_step=self.on_step,
        )
        picture = fitted(picture_of(engine.decode(latents)), size)
        if source is None or seen is None or not source.detail:
            return picture
        return _with_detail(picture, source, fitted(picture_of(engine.decode(seen)), size))

    def _prompts(self) -> list[str]:
        guided = self.sampling.cfg_scale > GUIDED_ABOVE
        return [self.spec.negative_prompt, self.spec.prompt] if guided else [self.spec.prompt]

    def _start(self, work: tuple[int, int], source: Source | None, seen: Array | None) -> Start | None:
        """Return what sampling starts from: the source, the guides, or some of both."""
        guides = [self.engine.encode(array_of(covering(guide, work))) for guide in self.spec.guides]
        mean = np.mean(guides, axis=0) if guides else None
        if source is None or seen is None:
            return None if mean is None else Start(mean, GUIDED_STRENGTH)
        share = source.strength / 2  # none at strength 0, as of everything that is not the source
        mixed = seen if mean is None else (1 - share) * seen + share * mean
        kept = None
        if source.mask is not None:
            kept = (seen, free_latents(coverage(source.mask, work), self.engine.factor))
        return Start(mixed, source.strength, kept)


def capped(steps: int) -> int:
    """Return how many steps are taken: as many as asked, from 1 to MAX_STEPS."""
    return min(max(1, steps), MAX_STEPS)


def _with_detail(drawn: Image.Image, source: Source, echo: Image.Image) -> Image.Image:
    """Return a drawn picture with a share of what its source has and the autoencoder's copy of the source has not.

    So a picture that hardly changes keeps its texture, whatever its size; at strength 1 nothing of it is left.
    """
    result = np.asarray(drawn).copy()
    original, copy = np.asarray(source.picture), np.asarray(echo)
    for top in range(0, len(result), _BAND_PX):
        band = slice(top, top + _BAND_PX)
        lost = original[band].astype(np.float32) - copy[band]
        result[band] = np.clip(result[band] + np.float32(source.detail) * lost, 0, 255).round().astype(np.uint8)
    return Image.fromarray(result)
