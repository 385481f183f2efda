"""Words in pictures: which ones a prompt asks for, and their masks at any size."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image

from .sheets import Glyph, glyph

MAX_QUOTES = 10
MAX_QUOTE_CHARS = 160
# Below this em a line is set large and reduced by a whole factor, so that spacing is exact to a fraction of a pixel.
_SMALL_EM_PX = 56

# A letter before or behind makes a single quote an apostrophe; East Asian text has no apostrophes and no spaces.
_LETTER = r"[^\W\u2e80-\uffff]"
_QUOTED = re.compile(
    r"""
      "(?P<double>[^"\n]+)"
    | “(?P<curly>[^”\n]+)”
    | „(?P<low>[^“”\n]+)[“”]
    | «(?P<guillemets>[^»\n]+)»
    | 「(?P<corner>[^」\n]+)」
    | 『(?P<white_corner>[^』\n]+)』
    | (?<!{letter})\u2018(?P<single_curly>[^\n]+?)\u2019(?!{letter})
    | (?<!{letter})'(?P<single>\S|\S[^\n]*?[^\s'])'(?!{letter})
    """.replace("{letter}", _LETTER),
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that a prompt wants to see written, and the words that lead up to them."""

    text: str
    context: str


def quotes(prompt: str) -> tuple[Quote, ...]:
    """Return what stands in quotes in a prompt, in order: single, double, typographic or East Asian quotes.

    Apostrophes inside or at the end of words are no quotes. At most 10 are returned, each cut at 160 characters.
    """
    found, end = [], 0
    for match in _QUOTED.finditer(prompt):
        text = " ".join(unicodedata.normalize("NFC", match[match.lastgroup or 0]).split())
        if any(not char.isspace() for char in text):
            found.append(Quote(text[:MAX_QUOTE_CHARS], prompt[max(end, match.start() - 80) : match.start()].lower()))
        end = match.end()
    return tuple(found[:MAX_QUOTES])


def is_east_asian(text: str) -> bool:
    """Return whether a text is mostly written in full-width characters."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return 2 * wide > len(text)


@lru_cache(maxsize=32)
def line(text: str, em: int, *, serif: bool = True, spacing: int = 0) -> Image.Image:
    """Return one line of text as a mask, (height, width) uint8, cut to its advance width and 1.5 em tall.

    em, spacing: px; spacing is added after each character.
    """
    factor = max(1, -(-2 * _SMALL_EM_PX // em)) if em < _SMALL_EM_PX else 1
    glyphs = [glyph(char, em * factor, serif) for char in text if unicodedata.combining(char) == 0]
    mask = _set(glyphs, em * factor, spacing * factor)
    return mask.reduce(factor) if factor > 1 else mask


def column(text: str, em: int) -> Image.Image:
    """Return a text written downwards as a mask, (height, width) uint8, one em per character."""
    cells = [line(char, em) for char in text]
    mask = Image.new("L", (em * 5 // 4, em * len(cells) + em // 4))
    for at, cell in enumerate(cells):
        ink = cell.crop((0, em * 3 // 16, cell.width, em * 19 // 16))
        mask.paste(ink, ((mask.width - ink.width) // 2, at * em + em // 8))
    return mask


def fitted(text: str, width: int, max_em: int, *, serif: bool = True) -> Image.Image:
    """Return one line as large as fits into `width` px, at most `max_em` px and at least 6."""
    probe = measure(text, serif=serif)
    return line(text, max(6, min(max_em, width * 100 // max(probe, 1))), serif=serif)


@lru_cache(maxsize=512)
def measure(text: str, *, serif: bool = True) -> int:
    """Return the width of a line in hundredths of its em."""
    return max(1, sum(glyph(char, 100, serif).advance for char in text))


def wrap(text: str, lines: int) -> list[str]:
    """Return a text broken into at most `lines` lines of nearly equal width, at spaces or between wide characters."""
    parts = text.split(" ") if " " in text else list(text) if is_east_asian(text) else [text]
    joint = " " if " " in text else ""
    target = -(-measure(text) // max(1, min(lines, len(parts))))
    rows = [parts[0]]
    for part in parts[1:]:
        longer = rows[-1] + joint + part
        if len(rows) < lines and measure(longer) - measure(part) // 2 > target:
            rows.append(part)
        else:
            rows[-1] = longer
    return rows


def _set(glyphs: list[Glyph], em: int, spacing: int) -> Image.Image:
    width = sum(item.advance + spacing for item in glyphs) - spacing
    mask = Image.new("L", (max(1, width), em * 3 // 2))
    pen = 0
    for item in glyphs:
        # A glyph may reach over its neighbour; pasting through itself keeps both.
        mask.paste(255, (pen + item.left, 0), item.mask)
        pen += item.advance + spacing
    return mask
