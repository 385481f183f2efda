"""A contact sheet: sections of pictures with their captions, as one PNG file and as one HTML page."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

CELL_PX, GAP_PX, LINE_PX = 224, 12, 14
COLUMNS = 7
CAPTION_LINES = 3
CHARACTERS = 36  # of a caption's line in the PNG file


@dataclass(frozen=True)
class Shot:
    """A picture on the sheet. data: the bytes of its file."""

    caption: str
    data: bytes


@dataclass(frozen=True)
class Section:
    """Pictures that belong together. told: what to look for."""

    title: str
    told: str
    shots: Sequence[Shot]


def write_sheet(sections: Sequence[Section], folder: Path) -> tuple[Path, Path]:
    """Write sheet.png and sheet.html into a folder and return their paths. Raises OSError."""
    image, page = folder / "sheet.png", folder / "sheet.html"
    _drawn(sections).save(image)
    page.write_text(_page(sections), encoding="utf-8")
    return image, page


def _drawn(sections: Sequence[Section]) -> "Image.Image":
    from PIL import Image, ImageDraw, ImageFont

    rows = [_rows(section.shots) for section in sections]
    row_px = CELL_PX + CAPTION_LINES * LINE_PX + GAP_PX
    height = GAP_PX + sum(3 * LINE_PX + len(shots) * row_px for shots in rows)
    sheet = Image.new("RGB", (GAP_PX + COLUMNS * (CELL_PX + GAP_PX), height), "white")
    brush, font, top = ImageDraw.Draw(sheet), ImageFont.load_default(size=12), GAP_PX
    for section, shots in zip(sections, rows, strict=True):
        brush.text(
            (GAP_PX, top), f"{section.title}: {section.told}", fill="black", font=ImageFont.load_default(size=15)
        )
        top += 2 * LINE_PX
        for row in shots:
            for column, shot in enumerate(row):
                left = GAP_PX + column * (CELL_PX + GAP_PX)
                with Image.open(io.BytesIO(shot.data)) as picture:
                    small = picture.convert("RGB")
                small.thumbnail((CELL_PX, CELL_PX))
                sheet.paste(small, (left, top))
                for number, line in enumerate(_wrapped(shot.caption)):
                    brush.text((left, top + CELL_PX + number * LINE_PX), line, fill="#444", font=font)
            top += row_px
        top += LINE_PX
    return sheet


def _rows(shots: Sequence[Shot]) -> list[Sequence[Shot]]:
    return [shots[start : start + COLUMNS] for start in range(0, len(shots), COLUMNS)]


def _wrapped(text: str) -> list[str]:
    import textwrap

    plain = text.encode("latin-1", "replace").decode("latin-1")
    return textwrap.wrap(plain, CHARACTERS, max_lines=CAPTION_LINES, placeholder=" ...")


def _page(sections: Sequence[Section]) -> str:
    parts = [
        f"<section><h2>{escape(section.title)}</h2><p>{escape(section.told)}</p><div>{_figures(section.shots)}</div></section>"
        for section in sections
    ]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>genmock try --mode pipeline</title>'
        "<style>:root{color-scheme:light dark}body{font:15px system-ui;margin:2rem}"
        "div{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0;width:256px}img{max-width:100%}figcaption{font-size:13px}</style>"
        f"<h1>genmock try --mode pipeline</h1>{''.join(parts)}</html>\n"
    )


def _figures(shots: Sequence[Shot]) -> str:
    return "".join(
        f'<figure><img alt="{escape(shot.caption[:200], quote=True)}" src="data:image/png;base64,'
        f'{base64.b64encode(shot.data).decode()}"><figcaption>{escape(shot.caption)}</figcaption></figure>'
        for shot in shots
    )
