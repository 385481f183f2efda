"""The letters' shapes: rasterised glyph sheets (see glyphs/build.py), loaded when a character first needs them."""

import json
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from PIL import Image, ImageFilter

from .resample import resized

_FOLDER = files(__package__ or __name__) / "glyphs"
# Integer weights over a power of two: exact on every machine.
_BINOMIAL = (1, 4, 6, 4, 1)
_SOFTEN = ImageFilter.Kernel((5, 5), [a * b for a in _BINOMIAL for b in _BINOMIAL], 256)


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character at one size: mask (height, width) uint8 as tall as its row; distances in px."""

    mask: Image.Image
    left: int
    advance: int


@dataclass(frozen=True, slots=True)
class _Place:
    file: str
    box: tuple[int, int, int, int]
    left: int
    advance: int
    em: int
    baseline: int


@lru_cache(maxsize=512)
def glyph(char: str, em: int, serif: bool) -> Glyph:
    """Return a character's glyph at `em` px, its baseline 1.0625 em below the top of a mask 1.5 em tall.

    A character without a glyph is a visible box. Spaces have an empty mask.
    """
    place = _find(char, serif)
    if place is None:
        return _blank(em) if char.isspace() else _box(em)
    sheet_glyph = _sheet(place.file).crop(place.box).convert("L")
    row = place.em * 3 // 2
    left_pad = 3
    cell = Image.new("L", (sheet_glyph.width + 2 * left_pad, row))
    cell.paste(sheet_glyph, (left_pad, row * 17 // 24 - place.baseline))
    width = max(1, round(cell.width * em / place.em))
    if em > place.em:
        cell = cell.filter(_SOFTEN)
    mask = resized(cell, (width, em * 3 // 2), Image.Resampling.BICUBIC)
    if em > place.em:
        mask = mask.point(_contour(em * 7 // place.em))
    return Glyph(mask, round((place.left - left_pad) * em / place.em), round(place.advance * em / place.em))


def has_glyph(char: str) -> bool:
    """Return whether the sheets carry a character."""
    return _find(char, True) is not None


def _find(char: str, serif: bool) -> _Place | None:
    order = ("serif", "cjk", "symbol") if serif else ("sans", "cjk", "symbol")
    place = next((place for name in order if (place := _index()[name].get(char))), None)
    plain = unicodedata.normalize("NFKC", char)  # half-width kana, ligatures, styled letters
    return place if place or plain == char or len(plain) != 1 else _find(plain, serif)


@cache
def _index() -> dict[str, dict[str, _Place]]:
    faces = json.loads((_FOLDER / "index.json").read_text(encoding="utf-8"))
    return {name: dict(_places(face)) for name, face in faces.items()}


def _places(face: dict[str, Any]) -> list[tuple[str, _Place]]:
    em, row, baseline = face["em"], face["row"], face["baseline"]
    found = []
    for sheet in face["pages"]:
        cells = sheet.get("cells") or _grid(len(sheet["characters"]), em, sheet["columns"])
        for char, (x, y, width, left, advance) in zip(sheet["characters"], cells, strict=True):
            box = (x, y, x + width, y + row)
            found.append((char, _Place(sheet["file"], box, left, advance, em, baseline)))
    return found


def _grid(count: int, em: int, columns: int) -> list[tuple[int, int, int, int, int]]:
    return [(at % columns * em, at // columns * em, em, 0, em) for at in range(count)]


@lru_cache(maxsize=4)
def _sheet(file: str) -> Image.Image:
    with (_FOLDER / file).open("rb") as stream:
        image = Image.open(stream)
        image.load()
    return image


@cache
def _contour(slope: int) -> list[int]:
    """Return the table that turns an enlarged glyph's soft edge into a crisp one, about a pixel wide."""
    return [min(255, max(0, 128 + (value - 128) * slope // 4)) for value in range(256)]


def _blank(em: int) -> Glyph:
    return Glyph(Image.new("L", (1, em * 3 // 2)), 0, em * 27 // 100)


def _box(em: int) -> Glyph:
    mask = Image.new("L", (em * 6 // 10 + 2, em * 3 // 2))
    stroke, baseline = max(1, em // 14), em * 17 // 16
    mask.paste(255, (1, baseline - em * 7 // 10, mask.width - 1, baseline))
    mask.paste(0, (1 + stroke, baseline - em * 7 // 10 + stroke, mask.width - 1 - stroke, baseline - stroke))
    return Glyph(mask, em // 20, em * 7 // 10)
