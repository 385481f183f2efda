"""Masks and fills that scenes are made of. Masks are (height, width) uint8; all arithmetic is on integers."""

from collections.abc import Sequence
from functools import cache, lru_cache

from PIL import Image, ImageDraw

from .noise import Stream, curve
from .palette import RGB
from .resample import resized

_BICUBIC = Image.Resampling.BICUBIC
_BILINEAR = Image.Resampling.BILINEAR
_SMALL_PX = 64  # up to which an ellipse is kept for the next of its size
_EDGES = [bytes((255 - part,)) for part in range(256)]  # the pixel that a line runs through
Point = tuple[int, int]
Box = tuple[int, int, int, int]


def gradient(size: Point, stops: Sequence[RGB]) -> Image.Image:
    """Return a vertical gradient through equally spaced stops, top to bottom."""
    width, height = size
    strip = Image.new("RGB", (1, len(stops)))
    for y, colour in enumerate(stops):
        strip.putpixel((0, y), colour)
    return resized(resized(strip, (1, height), _BICUBIC), (width, height), Image.Resampling.NEAREST)


def ramp(size: Point, first: int, last: int) -> Image.Image:
    """Return a vertical mask from `first` at the top to `last` at the bottom."""
    strip = Image.new("L", (1, 2), first)
    strip.putpixel((0, 1), last)
    return resized(resized(strip, (1, size[1]), _BILINEAR), size, Image.Resampling.NEAREST)


def fill(canvas: Image.Image, mask: Image.Image, colour: RGB, at: Point = (0, 0), opacity: int = 256) -> None:
    """Paint a colour through a mask whose top left corner lies at a point, which may be outside the canvas."""
    if opacity < 256:
        mask = mask.point([value * opacity >> 8 for value in range(256)])
    canvas.paste(Image.new("RGB", mask.size, colour), at, mask)


def below(heights: Sequence[int], size: Point) -> Image.Image:
    """Return the mask of all that lies below a line; heights[x] is its y in 1/256 px, one per column."""
    height = size[1]
    void, solid, last = bytes(height), b"\xff" * height, height * 256 - 1
    parts: list[bytes] = []
    for value in heights:
        y, part = divmod(min(max(value, 0), last), 256)
        parts += (void[:y], _EDGES[part], solid[y + 1 :])
    return Image.frombytes("L", (height, len(heights)), b"".join(parts)).transpose(Image.Transpose.TRANSPOSE)


def ridge(stream: Stream, width: int, *, level: int, swing: int, knots: int, octaves: int) -> list[int]:
    """Return a random line in 1/256 px around `level` px: `octaves` curves, each finer and half as tall."""
    line = [level * 256] * width
    for octave in range(octaves):
        reach = swing >> octave
        step = curve(stream, width, knots * 2**octave)
        line = [y + (value - 32768) * reach // 256 for y, value in zip(line, step, strict=True)]
    return line


@cache
def _disc() -> Image.Image:
    mask = Image.new("L", (1024, 1024))
    ImageDraw.Draw(mask).ellipse((4, 4, 1019, 1019), fill=255)
    return mask.reduce(4)


@lru_cache(maxsize=256)
def _small_disc(size: Point) -> Image.Image:
    """Return the mask of a small ellipse: lights, leaves and petals come by the dozen."""
    box = (0, 0, *size)
    return stretched(_disc(), box, box)


@cache
def _halo() -> Image.Image:
    # Pillow's radial gradient is the distance from the centre, 255 from the inscribed circle outwards.
    inside = [max(0, 255 - value * 2) if value < 128 else 0 for value in range(256)]
    return Image.radial_gradient("L").point([value * value // 255 for value in inside])


def disc(canvas: Image.Image, centre: Point, radii: Point, colour: RGB, opacity: int = 256) -> None:
    """Paint an ellipse."""
    box = (centre[0] - radii[0], centre[1] - radii[1], centre[0] + max(1, radii[0]), centre[1] + max(1, radii[1]))
    size = (box[2] - box[0], box[3] - box[1])
    whole = min(box[:2]) >= 0 and box[2] <= canvas.width and box[3] <= canvas.height
    if whole and max(size) <= _SMALL_PX:
        fill(canvas, _small_disc(size), colour, box[:2], opacity)
    else:
        stamp(canvas, _disc(), box, colour, opacity)


def glow(canvas: Image.Image, centre: Point, radii: Point, colour: RGB, opacity: int = 256) -> None:
    """Paint a soft light, brightest in its centre."""
    box = (centre[0] - radii[0], centre[1] - radii[1], centre[0] + max(1, radii[0]), centre[1] + max(1, radii[1]))
    stamp(canvas, _halo(), box, colour, opacity)


def stamp(canvas: Image.Image, master: Image.Image, box: Box, colour: RGB, opacity: int = 256) -> None:
    """Paint a colour through a mask stretched to a box in px; only the part on the canvas is computed."""
    left, top, right, bottom = box
    seen = (max(0, left), max(0, top), min(canvas.width, right), min(canvas.height, bottom))
    if seen[0] >= seen[2] or seen[1] >= seen[3]:
        return
    fill(canvas, stretched(master, box, seen), colour, seen[:2], opacity)


def stretched(master: Image.Image, box: Box, part: Box) -> Image.Image:
    """Return the part, in px, of a mask that is stretched to a box in px."""
    wide, tall = box[2] - box[0], box[3] - box[1]
    # Whole source pixels, by whole-number arithmetic alone.
    left, right = (part[0] - box[0]) * master.width // wide, -(-(part[2] - box[0]) * master.width // wide)
    top, bottom = (part[1] - box[1]) * master.height // tall, -(-(part[3] - box[1]) * master.height // tall)
    return resized(master.crop((left, top, right, bottom)), (part[2] - part[0], part[3] - part[1]), _BILINEAR)


def polygon(mask: Image.Image, points: Sequence[Point], value: int = 255) -> None:
    """Fill a polygon in a mask, even-odd, without antialiasing; whole-number arithmetic alone."""
    edges = [(a, b) if a[1] < b[1] else (b, a) for a, b in zip(points, [*points[1:], points[0]], strict=True)]
    for y in range(max(0, min(y for _, y in points)), min(mask.height, max(y for _, y in points))):
        cuts = sorted(
            a[0] + (2 * (y - a[1]) + 1) * (b[0] - a[0]) // (2 * (b[1] - a[1])) for a, b in edges if a[1] <= y < b[1]
        )
        for left, right in zip(cuts[::2], cuts[1::2], strict=True):
            mask.paste(value, (max(0, left), y, max(0, right + 1), y + 1))


def rounded(size: Point, radius: int) -> Image.Image:
    """Return the mask of a box with round corners."""
    mask = Image.new("L", size, 255)
    radius = min(radius, size[0] // 2, size[1] // 2)
    if radius > 0:
        corners = resized(_disc(), (radius * 2, radius * 2), _BICUBIC)
        for x, left in ((0, 0), (radius, size[0] - radius)):
            for y, top in ((0, 0), (radius, size[1] - radius)):
                mask.paste(corners.crop((x, y, x + radius, y + radius)), (left, top))
    return mask


def shadow(canvas: Image.Image, box: tuple[int, int, int, int], blur: int, opacity: int) -> None:
    """Darken a soft rectangle: what a board throws on the wall behind it."""
    left, top, right, bottom = box
    small = Image.new("L", (16, 16))
    small.paste(255, (2, 2, 14, 14))
    size = (right - left + 2 * blur, bottom - top + 2 * blur)
    fill(canvas, resized(small, size, _BICUBIC), (8, 8, 14), (left - blur, top - blur), opacity)
