"""Scenes as pictures, drawn with Pillow at three times the size and made smaller: 1 to 3 ms each."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from . import things
from .scenes import Background, Item, Scene
from .settings_art import draw_setting
from .vocabulary import COLOURS, PLACES, SIZES, Rgb

_SCALE = 3  # supersampling: smooth edges
_UNIT: dict[str, list[tuple[float, float]]] = {  # outlines within the unit circle, y downwards
    "square": [(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)],
    "triangle": [(0.0, -1.0), (1.0, 0.8), (-1.0, 0.8)],
    "diamond": [(0.0, -1.05), (0.75, 0.0), (0.0, 1.05), (-0.75, 0.0)],
    "cross": [
        *[(-0.3, -0.95), (0.3, -0.95), (0.3, -0.3), (0.95, -0.3), (0.95, 0.3), (0.3, 0.3)],
        *[(0.3, 0.95), (-0.3, 0.95), (-0.3, 0.3), (-0.95, 0.3), (-0.95, -0.3), (-0.3, -0.3)],
    ],
    "star": [(r * math.sin(k * math.pi / 5), -r * math.cos(k * math.pi / 5)) for k, r in enumerate((1.08, 0.45) * 5)],
    "heart": [
        (math.sin(t) ** 3, -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 16)
        for t in (2 * math.pi * k / 48 for k in range(48))
    ],
}  # fmt: skip


def draw(scene: Scene, size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """Return the scene's picture, RGB. size: width and height in px; rng: the small differences between pictures."""
    large = (size[0] * _SCALE, size[1] * _SCALE)
    picture = _background(scene.background, large, rng)
    for item in scene.items:
        if item.kind != "thing":
            _draw_drawn(picture, item, rng)
    picture = picture.reduce(_SCALE)
    for item in scene.items:
        if item.kind == "thing":
            centre, radius = _where(item, picture.size, rng)
            things.paste(picture, item.name, centre, radius * 1.05, mirrored=bool(rng.random() < 0.5))
    return picture


def _where(item: Item, size: tuple[int, int], rng: np.random.Generator) -> tuple[tuple[float, float], float]:
    """Return an item's centre and radius, px: large ones off the centre stay nearer to it, to be seen whole."""
    radius = SIZES[item.size] * min(size) * rng.uniform(0.92, 1.08)
    reach = 0.6 if item.size == "large" else 1.0
    x, y = (0.5 + (share - 0.5) * reach for share in PLACES[item.place])
    jitter = rng.uniform(-0.025, 0.025, 2)
    return ((x + jitter[0]) * size[0], (y + jitter[1]) * size[1]), radius


def _draw_drawn(picture: Image.Image, item: Item, rng: np.random.Generator) -> None:
    (x, y), radius = _where(item, picture.size, rng)
    pen, colour = ImageDraw.Draw(picture), _shade(item.colour, rng)
    box = (x - radius, y - radius, x + radius, y + radius)
    if item.kind == "letter":
        font = ImageFont.load_default(radius * 2.4)
        pen.text((x, y), item.name, fill=colour, font=font, anchor="mm", stroke_width=radius * 0.07)
    elif item.name == "circle":
        pen.ellipse(box, fill=colour)
    elif item.name == "ring":
        pen.ellipse(box, outline=colour, width=round(radius * 0.42))
    else:
        pen.polygon([(x + radius * u, y + radius * v) for u, v in _UNIT[item.name]], fill=colour)


def _shade(name: str, rng: np.random.Generator) -> Rgb:
    """Return a colour a little off its middle, as colours are."""
    red, green, blue = (int(np.clip(part + rng.uniform(-7, 7), 0, 255)) for part in COLOURS[name])
    return red, green, blue


def _background(background: Background, size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    if not background.colour:
        return draw_setting(background.kind, size, rng)
    first = _shade(background.colour, rng)
    if background.kind == "plain":
        return Image.new("RGB", size, first)
    second = _shade(background.second, rng)
    if background.kind == "gradient":
        return _gradient(size, first, second, upright=bool(rng.random() < 0.5))
    picture = Image.new("RGB", size, first)
    pen, period = ImageDraw.Draw(picture), min(size) / 5
    if background.kind == "stripes":
        _stripes(pen, size, period, second)
    else:
        _dots(pen, size, period, second)
    return picture


def _gradient(size: tuple[int, int], first: Rgb, second: Rgb, *, upright: bool) -> Image.Image:
    ramp = Image.linear_gradient("L")
    mask = (ramp if upright else ramp.transpose(Image.Transpose.ROTATE_90)).resize(size)
    return Image.composite(Image.new("RGB", size, second), Image.new("RGB", size, first), mask)


def _stripes(pen: ImageDraw.ImageDraw, size: tuple[int, int], period: float, colour: Rgb) -> None:
    for k in range(math.ceil(size[0] / period)):
        pen.rectangle((k * period, 0, (k + 0.4) * period, size[1]), fill=colour)


def _dots(pen: ImageDraw.ImageDraw, size: tuple[int, int], period: float, colour: Rgb) -> None:
    radius = period * 0.24
    for row in range(math.ceil(size[1] / period)):
        for column in range(math.ceil(size[0] / period)):
            x, y = (column + 0.5) * period, (row + 0.5) * period
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
