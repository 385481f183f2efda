"""The sceneries behind things: ten simple landscapes, drawn by code, each a little different every time."""

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from .vocabulary import Rgb

_Detail = Callable[[ImageDraw.ImageDraw, tuple[int, int], float, np.random.Generator], None]
_SKY: Rgb = (135, 195, 240)


def draw_setting(name: str, size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """Return one of SETTINGS as an RGB picture. Raises KeyError for another name."""
    top, middle, bottom = _BANDS[name]
    horizon = size[1] * rng.uniform(0.5, 0.6)
    picture = _sky(size, top, middle)
    pen = ImageDraw.Draw(picture)
    if bottom is not None:
        pen.rectangle((0, horizon, *size), fill=bottom)
    _DETAILS.get(name, _nothing)(pen, size, horizon, rng)
    return picture


def _sky(size: tuple[int, int], top: Rgb, bottom: Rgb) -> Image.Image:
    mask = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), mask)


def _nothing(_pen: ImageDraw.ImageDraw, _size: tuple[int, int], _horizon: float, _rng: np.random.Generator) -> None:
    """Leave the bands as they are."""


def _hills(colours: tuple[Rgb, Rgb]) -> _Detail:
    def draw(pen: ImageDraw.ImageDraw, size: tuple[int, int], horizon: float, rng: np.random.Generator) -> None:
        for colour, height in zip(colours, (0.06, 0.0), strict=True):
            shift = rng.uniform(0, 2 * math.pi)
            ridge = [
                (x, horizon - height * size[1] + 0.04 * size[1] * math.sin(shift + 5 * x / size[0]))
                for x in range(0, size[0] + 16, 16)
            ]
            pen.polygon([*ridge, (size[0], size[1]), (0, size[1])], fill=colour)

    return draw


def _beach(pen: ImageDraw.ImageDraw, size: tuple[int, int], horizon: float, _rng: np.random.Generator) -> None:
    pen.rectangle((0, horizon, *size), fill=(45, 130, 200))
    pen.rectangle((0, horizon + 0.17 * size[1], *size), fill=(238, 214, 160))


def _waves(pen: ImageDraw.ImageDraw, size: tuple[int, int], horizon: float, _rng: np.random.Generator) -> None:
    for y in np.arange(horizon + 0.08 * size[1], size[1], 0.12 * size[1]):
        pen.line((0, y, size[0], y), fill=(70, 130, 215), width=max(1, size[1] // 60))


def _sun(pen: ImageDraw.ImageDraw, size: tuple[int, int], horizon: float, rng: np.random.Generator) -> None:
    x, radius = size[0] * rng.uniform(0.4, 0.6), min(size) * 0.13
    pen.pieslice((x - radius, horizon - radius, x + radius, horizon + radius), 180, 360, fill=(255, 225, 90))


def _stars(pen: ImageDraw.ImageDraw, size: tuple[int, int], _horizon: float, rng: np.random.Generator) -> None:
    for x, y in rng.random((26, 2)) * size:
        radius = min(size) * rng.uniform(0.006, 0.014)
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(250, 248, 220))


def _peaks(pen: ImageDraw.ImageDraw, size: tuple[int, int], horizon: float, rng: np.random.Generator) -> None:
    width, height = size
    base = horizon + 0.15 * height
    for middle in (0.2, 0.75, 0.48):
        x, top = (middle + rng.uniform(-0.05, 0.05)) * width, height * rng.uniform(0.12, 0.28)
        half = 0.38 * width
        pen.polygon([(x, top), (x + half, base), (x - half, base)], fill=(105, 115, 135))
        cap = 0.28 * (base - top)
        pen.polygon([(x, top), (x + half * 0.28, top + cap), (x - half * 0.28, top + cap)], fill=(245, 248, 252))
    pen.rectangle((0, base, *size), fill=(95, 150, 80))


def _bubbles(pen: ImageDraw.ImageDraw, size: tuple[int, int], _horizon: float, rng: np.random.Generator) -> None:
    for x, y in rng.random((7, 2)) * size:
        radius = min(size) * rng.uniform(0.015, 0.03)
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=(170, 225, 245), width=3)
    pen.rectangle((0, 0.9 * size[1], *size), fill=(200, 185, 130))


def _firs(pen: ImageDraw.ImageDraw, size: tuple[int, int], horizon: float, rng: np.random.Generator) -> None:
    width, height = size
    for middle in (0.06, 0.24, 0.42, 0.6, 0.78, 0.96):
        x, foot = (middle + rng.uniform(-0.03, 0.03)) * width, horizon + 0.1 * height
        pen.rectangle((x - 0.015 * width, foot, x + 0.015 * width, foot + 0.06 * height), fill=(95, 60, 30))
        top, half = foot - height * rng.uniform(0.42, 0.55), 0.11 * width
        pen.polygon([(x, top), (x + half, foot), (x - half, foot)], fill=(25, 95 + int(rng.integers(25)), 50))


_BANDS: dict[str, tuple[Rgb, Rgb, Rgb | None]] = {  # the sky's top and bottom, then the ground
    "snow": ((175, 205, 230), (215, 228, 240), None),
    "grass": (_SKY, (200, 228, 246), None),
    "beach": (_SKY, (205, 232, 248), None),
    "sea": (_SKY, (205, 232, 248), (35, 100, 190)),
    "sunset": ((110, 60, 130), (250, 150, 60), (70, 50, 110)),
    "night": ((10, 14, 45), (30, 35, 85), None),
    "mountains": (_SKY, (205, 228, 246), None),
    "desert": (_SKY, (225, 236, 242), None),
    "underwater": ((40, 150, 205), (10, 60, 130), None),
    "forest": ((170, 210, 225), (205, 228, 215), (70, 125, 55)),
}
_DETAILS: dict[str, _Detail] = {
    "snow": _hills(((232, 240, 248), (246, 249, 252))),
    "grass": _hills(((95, 170, 80), (75, 150, 60))),
    "beach": _beach,
    "sea": _waves,
    "sunset": _sun,
    "night": _stars,
    "mountains": _peaks,
    "desert": _hills(((225, 180, 105), (212, 162, 85))),
    "underwater": _bubbles,
    "forest": _firs,
}
