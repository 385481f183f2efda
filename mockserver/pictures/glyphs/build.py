"""Rasterise the glyph sheets that pictures take their letters from; run by hand, never at import.

Sheets exist because FreeType's output differs between versions and builds, and pictures may not. Run it as

    apt-get install fonts-noto-core fonts-noto-cjk
    python mockserver/pictures/glyphs/build.py

in the root of a checkout; it replaces the sheets and index.json beside this file. The fonts are Noto Serif Bold, Noto
Sans Regular, Noto Sans Symbols 2 and Noto Serif CJK SC Bold, under the SIL Open Font License 1.1 (OFL.txt). Glyphs are
stored as one bit per pixel, two to three times larger than they are usually shown: smaller than grey at the same
legibility.
"""

import json
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

HERE = Path(__file__).parent
FONTS = Path("/usr/share/fonts")
SHEET_WIDTH_PX = 2240
FINE = 4  # glyphs are drawn this much larger and reduced: truer contours than any hinting at the final size
THRESHOLD = [255 * (value >= 128) for value in range(256)]


@dataclass(frozen=True)
class Face:
    """One font at one size; em, row and baseline in px, `per_page` glyphs to a sheet."""

    name: str
    font: str
    em: int
    characters: tuple[str, ...]
    per_page: int
    index: int = 0
    fixed: bool = False

    @property
    def row(self) -> int:
        """Height of a row of glyphs."""
        return self.em if self.fixed else self.em * 3 // 2

    @property
    def baseline(self) -> int:
        """Distance of the baseline from the top of its row."""
        return self.em * 7 // 8 if self.fixed else self.em * 17 // 16


def span(*ranges: tuple[int, int]) -> Iterator[str]:
    """Yield the assigned, visible characters of inclusive code point ranges."""
    for first, last in ranges:
        for point in range(first, last + 1):
            if unicodedata.category(chr(point))[0] not in "CZM":
                yield chr(point)


def charset(codec: str, rows: range, columns: range) -> Iterator[str]:
    """Yield the characters of a two-byte national character set."""
    for row in rows:
        for column in columns:
            try:
                yield bytes((row, column)).decode(codec)
            except UnicodeDecodeError:
                continue


def alphabets() -> tuple[str, ...]:
    """Return Latin with its extensions, Greek, Cyrillic, punctuation, currency, arrows and a little mathematics."""
    ranges = ((0x21, 0x7E), (0xA1, 0x24F), (0x2BC, 0x2BC), (0x370, 0x3FF), (0x400, 0x4FF), (0x1E00, 0x1EFF))
    signs = ((0x2010, 0x203E), (0x2070, 0x209C), (0x20A0, 0x20BF), (0x2100, 0x218B), (0x2190, 0x2199), (0x2200, 0x22FF))
    return tuple(span(*ranges, *signs))


def symbols() -> tuple[str, ...]:
    """Return pictographs, dingbats and shapes: what prompts carry as emoji."""
    return tuple(span((0x2300, 0x23FF), (0x2500, 0x27BF), (0x2B00, 0x2BFF), (0x1F300, 0x1F6FF), (0x1F900, 0x1F9FF)))


def east_asian() -> tuple[str, ...]:
    """Return GB 2312, the common Chinese of Big5, the common kanji of JIS X 0208, kana and the Hangul of KS X 1001."""
    found: dict[str, None] = dict.fromkeys(span((0x3001, 0x303F), (0x3041, 0x30FF), (0xFF01, 0xFF60), (0xFFE0, 0xFFE6)))
    trail = range(0xA1, 0xFF)
    found |= dict.fromkeys(charset("gb2312", range(0xB0, 0xF8), trail))
    found |= dict.fromkeys(charset("big5", range(0xA4, 0xC7), range(0x40, 0xFF)))
    found |= dict.fromkeys(charset("euc_jp", range(0xB0, 0xD0), trail))
    found |= dict.fromkeys(charset("euc_kr", range(0xB0, 0xC9), trail))
    return tuple(char for char in found if ord(char) > 0x2FFF)


def faces() -> tuple[Face, ...]:
    """Return the faces in the order in which a missing glyph is looked for."""
    noto = "truetype/noto/Noto"
    return (
        Face("serif", f"{noto}Serif-Bold.ttf", 120, alphabets(), 200),
        Face("sans", f"{noto}Sans-Regular.ttf", 64, alphabets(), 400),
        Face("symbol", f"{noto}SansSymbols2-Regular.ttf", 80, symbols(), 300),
        Face("cjk", "opentype/noto/NotoSerifCJK-Bold.ttc", 70, east_asian(), 512, index=2, fixed=True),
    )


def present(face: Face, font: ImageFont.FreeTypeFont) -> Iterator[str]:
    """Yield the characters for which the font has a shape of its own."""
    missing = _shape(font, "\uffff")
    return (char for char in face.characters if _shape(font, char) != missing)


def _shape(font: ImageFont.FreeTypeFont, char: str) -> bytes:
    core: Any = font.getmask(char, mode="1")  # Pillow's own type for it lacks the buffer that it has
    return bytes(core)


def ink(font: ImageFont.FreeTypeFont, char: str) -> tuple[int, int]:
    """Return where a glyph's ink begins and ends, in px from its origin."""
    left, _, right, _ = font.getbbox(char, anchor="ls")
    return int(left // FINE), int(-(-right // FINE))


def page(face: Face, font: ImageFont.FreeTypeFont, chars: Iterable[str]) -> tuple[Image.Image, list[list[int]]]:
    """Return a sheet and, per glyph, [x, y, width, left bearing, advance] in px."""
    cells, x, y = [], 0, 0
    sheet = Image.new("1", (SHEET_WIDTH_PX, 8192))
    for char in chars:
        left, right = (0, face.em) if face.fixed else ink(font, char)
        width = right - left
        if x + width > SHEET_WIDTH_PX:
            x, y = 0, y + face.row
        large = Image.new("L", (width * FINE, face.row * FINE))
        ImageDraw.Draw(large).text((-left * FINE, face.baseline * FINE), char, font=font, fill=255, anchor="ls")
        sheet.paste(large.reduce(FINE).point(THRESHOLD, "1"), (x, y))
        cells.append([x, y, width, left, round(font.getlength(char) / FINE)])
        x += width
    return sheet.crop((0, 0, SHEET_WIDTH_PX, y + face.row)), cells


def build(face: Face) -> dict[str, Any]:
    """Write the sheets of a face and return its part of the index."""
    font = ImageFont.truetype(FONTS / face.font, face.em * FINE, index=face.index, layout_engine=ImageFont.Layout.BASIC)
    pages = []
    rest = present(face, font)
    for number, chars in enumerate(iter(lambda: "".join(islice(rest, face.per_page)), "")):
        sheet, cells = page(face, font, chars)
        file = f"{face.name}-{number:02}.png"
        sheet.save(HERE / file, optimize=True)
        layout: dict[str, Any] = {"columns": SHEET_WIDTH_PX // face.em} if face.fixed else {"cells": cells}
        pages.append({"file": file, "characters": chars, **layout})
    return {"em": face.em, "row": face.row, "baseline": face.baseline, "pages": pages}


def main() -> None:
    """Replace all sheets and the index."""
    for old in HERE.glob("*-[0-9][0-9].png"):
        old.unlink()
    index = {face.name: build(face) for face in faces()}
    (HERE / "index.json").write_text(json.dumps(index, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


if __name__ == "__main__":
    main()
