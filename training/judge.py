"""Say what a picture shows by plain image analysis: background and object colour, shape, place, size, thing.

No learned parts: colours by the nearest of twelve, shapes and things by overlap with true renders of each. For one
item on a plain background; right on at least 99 % of true renders, which tests/training/test_judge.py holds to.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from PIL import Image

from . import things
from .drawing import draw
from .scenes import Background, Item, Scene
from .vocabulary import COLOURS, PLACES, SHAPES, SIZES

_CELLS = 32  # a side of the grid that silhouettes are compared on
_NAMES = tuple(COLOURS)
_RGB = np.array([COLOURS[name] for name in _NAMES], np.float32)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a picture shows; "" where nothing stands out from the background."""

    background: str
    colour: str = ""
    shape: str = ""
    place: str = ""
    size: str = ""
    thing: str = ""


def judge(picture: Image.Image, *, kind: str = "shape") -> Verdict:
    """Return what the picture shows. kind: "thing" to name things instead of shapes."""
    pixels = np.asarray(picture.convert("RGB"), np.float32)
    background = _border_colour(pixels)
    off = np.sqrt(((pixels - background) ** 2).sum(2))
    strong = float(np.percentile(off, 99.5))
    mask = _thing_mask(pixels, background) if kind == "thing" else off > max(28.0, 0.45 * strong)
    box = _box(mask)
    verdict = Verdict(_nearest(background))
    if box is None:
        return verdict
    height, width = mask.shape
    place = _place((box[0] + box[2]) / 2 / width, (box[1] + box[3]) / 2 / height)
    radius = max(box[2] - box[0], box[3] - box[1]) / 2 / min(width, height)
    size = min(SIZES, key=lambda name: abs(np.log(radius / SIZES[name])))
    if kind == "thing":
        return Verdict(verdict.background, place=place, size=size, thing=_thing(pixels, background, box))
    colour = _nearest(np.median(pixels[off > max(28.0, 0.8 * strong)], axis=0))
    return Verdict(verdict.background, colour, _shape(mask, box), place, size)


def _border_colour(pixels: np.ndarray) -> np.ndarray:
    edge = max(2, min(pixels.shape[:2]) // 40)
    sides = (pixels[:edge], pixels[-edge:], pixels[:, :edge], pixels[:, -edge:])
    middle: np.ndarray = np.median(np.concatenate([side.reshape(-1, 3) for side in sides]), axis=0)
    return middle


def _nearest(colour: np.ndarray) -> str:
    return _NAMES[int(((_RGB - colour) ** 2).sum(1).argmin())]


def _box(mask: np.ndarray) -> tuple[float, float, float, float] | None:
    """Return left, top, right, bottom of what is in the mask, px, leaving out specks; None for nothing."""
    rows, columns = np.nonzero(mask)
    if len(rows) < 0.002 * mask.size:
        return None
    (left, right), (top, bottom) = (np.percentile(values, (0.5, 99.5)) for values in (columns, rows))
    return float(left), float(top), float(right) + 1, float(bottom) + 1


def _place(x: float, y: float) -> str:
    """Return the place whose centre is there: a third each way, the middle one smaller."""
    row = "top" if y < 0.435 else "bottom" if y > 0.565 else ""
    column = "left" if x < 0.435 else "right" if x > 0.565 else ""
    name = f"{row} {column}".strip() or "centre"
    return name if name in PLACES else "centre"


def _grid(values: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """Return what is in a square around the box, read at _CELLS x _CELLS points; edges are repeated outside."""
    half = 0.52 * max(box[2] - box[0], box[3] - box[1])
    steps = (np.arange(_CELLS) + 0.5) / _CELLS * 2 - 1
    rows = np.clip((box[1] + box[3]) / 2 + steps * half, 0, values.shape[0] - 1).astype(int)
    columns = np.clip((box[0] + box[2]) / 2 + steps * half, 0, values.shape[1] - 1).astype(int)
    seen: np.ndarray = values[np.ix_(rows, columns)]
    return seen


@functools.cache
def _silhouettes() -> dict[str, np.ndarray]:
    found = {}
    for shape in SHAPES:
        scene = Scene(Background("plain", "white"), (Item("shape", shape, "black", "large", "centre"),))
        mask = np.asarray(draw(scene, (256, 256), np.random.default_rng(0)).convert("L")) < 128
        box = _box(mask)
        assert box is not None, "a large shape was drawn"
        found[shape] = _grid(mask, box)
    return found


def _shape(mask: np.ndarray, box: tuple[float, float, float, float]) -> str:
    seen = _grid(mask, box)
    overlap = {shape: (seen & true).sum() / (seen | true).sum() for shape, true in _silhouettes().items()}
    return max(overlap, key=lambda shape: float(overlap[shape]))


@functools.cache
def _portraits(background: str) -> tuple[tuple[str, ...], np.ndarray]:
    """Return names, and pictures on that colour as (n, cells, cells, 3), of all things, both ways round.

    What of a thing is as its background cannot be seen: each is cut to what can, as judged pictures are.
    """
    names: list[str] = []
    grids = []
    for name in things.THINGS:
        square = np.empty((160, 160, 3), np.float32)
        square[:] = COLOURS[background]
        picture = Image.fromarray(square.astype(np.uint8))
        things.paste(picture, name, (80, 80), 60)
        pixels = np.asarray(picture, np.float32)
        box = _box(_thing_mask(pixels, np.array(COLOURS[background], np.float32))) or (20, 20, 140, 140)
        grid = _grid(pixels, box)
        names += [name, name]
        grids += [grid, grid[:, ::-1]]
    return tuple(names), np.stack(grids)


def _thing_mask(pixels: np.ndarray, background: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(((pixels - background) ** 2).sum(2)) > 40)


def _thing(pixels: np.ndarray, background: np.ndarray, box: tuple[float, float, float, float]) -> str:
    """Return the thing whose picture on this background is nearest, point by point."""
    names, grids = _portraits(_nearest(background))
    off = np.sqrt(((grids - _grid(pixels, box)) ** 2).sum(3)).mean((1, 2))
    return names[int(off.argmin())]
