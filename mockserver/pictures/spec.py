"""What a picture is asked to be: the one value that `draw` takes, and the checks that make it drawable."""

import hashlib
from dataclasses import dataclass, field

from PIL import Image

MAX_SIDE_PX = 8192


@dataclass(frozen=True, slots=True)
class PictureSpec:
    """Everything that decides the pixels of one picture.

    width, height: px, 1 to 8192 before `scale`; providers ask for 128 to 2048 in multiples of 16.
    salt: digest of all parameters of the task that have no field here, so that any change gives another picture. It
        must not cover `strength` or the input images: they have fields, and the laws of editing compare pictures
        that differ in nothing else.
    seed_image: the picture to start from; strength: 0 keeps it exactly, 1 replaces it.
    mask_image: white is edited, black is kept exactly; grey in between. Resized to the picture.
    mask_margin: px of context around the mask's bounding box; the edit is composed for that region alone.
    outpaint: px added to left, top, right, bottom of the seed image; the size above includes them.
    guides: pictures that steer the result (ControlNet, IP-Adapter, PuLID); each shows.
    transparent: draw the subject alone, on a transparent ground (RGBA).
    scale: whole factor by which the finished picture is enlarged.

    Raises ValueError for a size, strength, scale or outpaint that leaves nothing to draw.
    """

    prompt: str
    negative_prompt: str
    model: str
    seed: int
    width: int
    height: int
    salt: bytes
    seed_image: Image.Image | None = field(default=None, repr=False)
    mask_image: Image.Image | None = field(default=None, repr=False)
    strength: float = 0.8
    mask_margin: int | None = None
    outpaint: tuple[int, int, int, int] | None = None
    guides: tuple[Image.Image, ...] = field(default=(), repr=False)
    transparent: bool = False
    scale: int = 1

    def __post_init__(self) -> None:
        _check_size(self.width, self.height, self.scale)
        if not 0 <= self.strength <= 1:
            raise ValueError(f"strength is {self.strength!r}, expected a number from 0 to 1")
        if self.outpaint is not None:
            _check_outpaint(self.outpaint, self.width, self.height)

    @property
    def size(self) -> tuple[int, int]:
        """The size in px before enlargement: (width, height)."""
        return (self.width, self.height)


def entropy(spec: PictureSpec) -> bytes:
    """Return the 32 bytes that every choice of a picture's composition derives from.

    Size, scale, strength and input images are left out: they change the picture by themselves.
    """
    digest = hashlib.sha256(b"genmock picture 1")
    for part in (spec.prompt, spec.negative_prompt, spec.model, str(spec.seed)):
        data = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data) + data)
    digest.update(b"%d:" % len(spec.salt) + spec.salt)
    return digest.digest()


def _check_size(width: int, height: int, scale: int) -> None:
    if scale < 1:
        raise ValueError(f"scale is {scale!r}, expected a whole number from 1")
    for name, side in (("width", width), ("height", height)):
        if not 1 <= side * scale <= MAX_SIDE_PX:
            raise ValueError(f"{name} is {side} px at scale {scale}, expected 1 to {MAX_SIDE_PX} px in all")


def _check_outpaint(outpaint: tuple[int, int, int, int], width: int, height: int) -> None:
    left, top, right, bottom = outpaint
    if min(outpaint) < 0:
        raise ValueError(f"outpaint is {outpaint!r}, expected no negative side")
    if left + right >= width or top + bottom >= height:
        raise ValueError(f"outpaint is {outpaint!r}, which leaves nothing of {width}x{height} px for the seed image")
