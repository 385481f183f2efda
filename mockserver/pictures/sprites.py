"""Subjects: small drawings made of ellipses, boxes and polygons, described as data and rendered once per process."""

from functools import cache

from PIL import Image, ImageChops, ImageDraw

from .noise import Stream
from .palette import RGB, Palette, darker, lighter, mix
from .resample import resized
from .shapes import Box, disc, fill, glow, polygon, ramp
from .sprite_table import FLOATING, GLOWING, SPRITES
from .words import Reading

_MASTER_PX = 512
_FINE = 2
_ROUNDING = (0, 0, _MASTER_PX - 1, _MASTER_PX - 1)  # a scaled extent grows to whole pixels
_NATURAL: dict[str, RGB] = {
    "cat": (222, 142, 78),
    "dog": (186, 138, 92),
    "tree": (92, 146, 84),
    "heart": (206, 60, 70),
    "lantern": (206, 58, 46),
    "robot": (168, 184, 200),
    "fish": (226, 110, 60),
}


def subject_box(size: tuple[int, int], reading: Reading, stream: Stream) -> Box | None:
    """Return the square, in px, that the subject of a prompt fills, or None without one."""
    if reading.subject is None:
        return None
    width, height = size
    unit = min(size)
    large = reading.subject in ("person", "tin", "bottle", "robot", "cat", "dog", "heart")
    side = unit * (74 if large else 50) // 100
    if reading.texts and reading.subject not in ("tin", "bottle"):
        side = side * 72 // 100
    left = (width - side) // 2 + (width - side) * stream.between(-16, 16) // 100
    if reading.subject in ("tin", "bottle"):
        left = (width - side) // 2
    top = height * (100 if reading.subject == "person" else 95) // 100 - side
    if reading.subject in FLOATING:
        top = (height - side) * (stream.between(30, 60) if reading.subject != "fish" else 90) // 100
    return (left, top, left + side, top + side)


def place_subject(canvas: Image.Image, subject: str, box: Box, palette: Palette, *, named: bool) -> Image.Image:
    """Paint a subject into its box, with light and shadow; return its mask, (height, width) uint8 of the canvas.

    named: whether the palette's accents are colours of the prompt, which go before the subject's natural one.
    """
    side = box[2] - box[0]
    tones = _tones(subject, palette, named)
    if subject in GLOWING:
        centre = ((box[0] + box[2]) // 2, (box[1] + box[3]) // 2)
        glow(canvas, centre, (side, side), palette.lamp, 190)
    elif subject not in FLOATING and subject != "person":
        disc(canvas, ((box[0] + box[2]) // 2, box[3]), (side * 44 // 100, side // 22), (14, 14, 20), 90)
    whole = Image.new("L", (side, side))
    for tone, mask, extent in _masters(subject):
        # Only the layer's own extent is scaled: most are small.
        part = tuple((edge * side + up) // _MASTER_PX for edge, up in zip(extent, _ROUNDING, strict=True))
        layer = resized(mask, (part[2] - part[0], part[3] - part[1]), Image.Resampling.BILINEAR)
        fill(canvas, layer, tones[tone], (box[0] + part[0], box[1] + part[1]))
        whole.paste(255, (part[0], part[1]), layer)
    _model(canvas, whole, box)
    placed = Image.new("L", canvas.size)
    placed.paste(whole, box[:2])
    return placed


def _model(canvas: Image.Image, whole: Image.Image, box: Box) -> None:
    """Give a flat drawing volume: shade towards its foot and its right, light from the upper left."""
    size = whole.size
    fill(canvas, ImageChops.multiply(whole, ramp(size, 0, 96)), (16, 12, 34), box[:2])
    across = ramp(size, 0, 70).transpose(Image.Transpose.ROTATE_90)
    fill(canvas, ImageChops.multiply(whole, across), (16, 12, 34), box[:2], 180)
    light = Image.new("RGB", size)
    glow(light, (size[0] * 32 // 100, size[1] * 26 // 100), (size[0] // 2, size[1] // 2), (255, 255, 255))
    fill(canvas, ImageChops.multiply(whole, light.getchannel(0)), (255, 250, 238), box[:2], 84)


def _tones(subject: str, palette: Palette, named: bool) -> dict[str, RGB]:
    main = palette.accents[0] if named else mix(palette.accents[0], _NATURAL.get(subject, palette.accents[0]), 230)
    return {
        "main": main,
        "shade": darker(main, 80),
        "light": lighter(main, 130),
        "accent": palette.accents[1],
        "second": palette.accents[2],
        "ink": darker(palette.ink, 120),
        "paper": (244, 236, 218),
        "gold": (214, 172, 92),
        "lamp": lighter(palette.lamp, 60),
        "skin": mix((236, 190, 156), palette.lamp, 30),
        "blush": mix((226, 150, 128), palette.lamp, 30),
        "wood": (122, 82, 54),
        "leaf": (88, 138, 84),
    }


@cache
def _masters(subject: str) -> tuple[tuple[str, Image.Image, Box], ...]:
    layers = [(tone, _rendered(shape, points)) for tone, shape, points in SPRITES[subject]]
    extents = [mask.getbbox() or (0, 0, 1, 1) for _, mask in layers]
    return tuple((tone, mask.crop(box), box) for (tone, mask), box in zip(layers, extents, strict=True))


def _rendered(shape: str, points: tuple[int, ...]) -> Image.Image:
    side = _MASTER_PX * _FINE
    mask = Image.new("L", (side, side))
    pixels = [value * side // 100 for value in points]
    if shape == "polygon":
        polygon(mask, list(zip(pixels[::2], pixels[1::2], strict=True)))
    elif shape == "ellipse":
        ImageDraw.Draw(mask).ellipse(pixels, fill=255)
    else:
        ImageDraw.Draw(mask).rectangle(pixels, fill=255)
    return mask.reduce(_FINE)
