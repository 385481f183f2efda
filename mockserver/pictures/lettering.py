"""Boards and what is written on them: the quoted words of a prompt, as signs, labels, menus, murals and seals."""

from dataclasses import dataclass

from PIL import Image

from .noise import Stream, noise_image
from .palette import RGB, darker, lighter
from .resample import resized
from .shapes import Box, fill, gradient, rounded, shadow
from .typography import column, line, measure, wrap

_CREAM: RGB = (246, 236, 212)
_SEAL_RED: RGB = (184, 44, 38)
_MAX_EM_SHARE = 52  # percent of the board's height


@dataclass(frozen=True, slots=True)
class Board:
    """A surface for words: its kind decides how it looks, box is in px of the picture."""

    kind: str
    box: Box
    texts: tuple[str, ...]
    ground: RGB
    ink: RGB
    trim: RGB

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in px."""
        return (max(1, self.box[2] - self.box[0]), max(1, self.box[3] - self.box[1]))


def paint(picture: Image.Image, board: Board, stream: Stream) -> Image.Image:
    """Paint a board with its words, in place; return its mask, (height, width) uint8 of the picture."""
    width, height = board.size
    margin = max(2, min(board.size) // 12)
    if board.kind == "wall":
        _darken(picture, board)
    elif board.kind != "label":
        _panel(picture, board, stream)
    top = board.box[1] + margin
    rows = _rows(board.texts, width - 2 * margin - width // 16, height - 2 * margin)
    top += (height - 2 * margin - sum(row.height * 9 // 10 for row in rows)) // 2
    for row in rows:
        at = (board.box[0] + (width - row.width) // 2, top)
        _write(picture, row, at, board)
        top += row.height * 9 // 10
    mask = Image.new("L", picture.size)
    mask.paste(255, board.box)
    return mask


def seal(picture: Image.Image, text: str, corner: tuple[int, int], em: int) -> Image.Image:
    """Paint a red seal with its characters one below the other, its lower right corner at a point; return its mask."""
    letters = column(text, em)
    pad = max(2, em // 6)
    box = (corner[0] - letters.width - 2 * pad, corner[1] - letters.height - 2 * pad, *corner)
    size = (box[2] - box[0], box[3] - box[1])
    fill(picture, rounded(size, em // 5), _SEAL_RED, box[:2])
    fill(picture, letters, _CREAM, (box[0] + pad, box[1] + pad))
    mask = Image.new("L", picture.size)
    mask.paste(255, box)
    return mask


def _rows(texts: tuple[str, ...], width: int, height: int) -> list[Image.Image]:
    """Set the texts, the first largest, as large as they fit into a box in px."""
    cap = height * _MAX_EM_SHARE // 100
    while True:
        rows = [row for at, text in enumerate(texts) for row in _row(text, at, cap, width)]
        if sum(em * 27 // 20 for _, em in rows) <= height or cap <= 8:
            return [line(text, em) for text, em in rows]
        cap = cap * 9 // 10


def _row(text: str, at: int, cap: int, width: int) -> list[tuple[str, int]]:
    """Return the lines of one text with their em in px; long texts break rather than shrink below half their share."""
    share = (100, 50, 38)[min(at, 2)]
    wish = max(6, cap * share // 100)
    lines = [text]
    for count in (1, 2, 3, 4):
        lines = wrap(text, count)
        em = min(wish, *(width * 100 // measure(part) for part in lines))
        if em * 100 >= wish * 62:
            break
    return [(part, max(6, em)) for part in lines]


def _panel(picture: Image.Image, board: Board, stream: Stream) -> None:
    width, height = board.size
    unit = max(2, min(board.size) // 40)
    shadow(picture, (board.box[0], board.box[1] + unit * 2, board.box[2], board.box[3] + unit * 2), unit * 5, 150)
    if board.kind == "wood":
        _ropes(picture, board, unit)
    corners = rounded(board.size, unit * 2)
    surface = gradient(board.size, (lighter(board.ground, 26), board.ground, darker(board.ground, 40)))
    if board.kind in ("wood", "chalk"):
        cells = (2, height // 4) if board.kind == "wood" else (width // 8, height // 8)
        fibre = noise_image(stream.child(board.kind), max(2, cells[0]), max(2, cells[1]))
        fibre = resized(fibre, board.size, Image.Resampling.BICUBIC)
        fibre = fibre.point([max(0, value - 110) for value in range(256)])
        fill(surface, fibre, darker(board.ground, 110), opacity=150)
    picture.paste(surface, board.box[:2], corners)
    _frame(picture, board, unit)


def _frame(picture: Image.Image, board: Board, unit: int) -> None:
    left, top, right, bottom = board.box
    thin = max(1, unit // 3)
    for inset in (unit * 3 // 2, unit * 3 // 2 + 2 * thin) if board.kind != "neon" else (unit * 2,):
        inner = (left + inset, top + inset, right - inset, bottom - inset)
        if inner[2] - inner[0] < 8 * thin or inner[3] - inner[1] < 8 * thin:
            return
        for box in (
            (inner[0], inner[1], inner[2], inner[1] + thin),
            (inner[0], inner[3] - thin, inner[2], inner[3]),
            (inner[0], inner[1], inner[0] + thin, inner[3]),
            (inner[2] - thin, inner[1], inner[2], inner[3]),
        ):
            picture.paste(board.trim, box)
    if board.kind == "wood":
        side = unit * 2
        for x in (left + unit, right - unit - side):
            for y in (top + unit, bottom - unit - side):
                picture.paste(_SEAL_RED, (x, y, x + side, y + side))


def _ropes(picture: Image.Image, board: Board, unit: int) -> None:
    width = board.size[0]
    for x in (board.box[0] + width // 8, board.box[2] - width // 8):
        picture.paste((52, 38, 28), (x - max(1, unit // 3), 0, x + max(1, unit // 3), board.box[1]))


def _darken(picture: Image.Image, board: Board) -> None:
    """Quieten the wall behind painted letters so that they read on any ground."""
    small = Image.new("L", (24, 16))
    small.paste(255, (1, 1, 23, 15))
    fill(picture, resized(small, board.size, Image.Resampling.BICUBIC), board.ground, board.box[:2], 236)


def _write(picture: Image.Image, row: Image.Image, at: tuple[int, int], board: Board) -> None:
    drop = max(1, row.height // 40)
    if board.kind == "neon":
        halo = _blurred(row, row.height // 3)
        fill(picture, halo, board.trim, (at[0] - row.height // 3, at[1] - row.height // 3), 230)
        fill(picture, _blurred(row, row.height // 10), board.trim, (at[0] - row.height // 10, at[1] - row.height // 10))
    elif board.kind != "label":
        fill(picture, row, darker(board.ground, 170), (at[0] + drop, at[1] + drop), 150)
    fill(picture, row, board.ink, at)


def _blurred(mask: Image.Image, reach: int) -> Image.Image:
    """Return a mask blurred and grown by `reach` px on each side."""
    grown = Image.new("L", (mask.width + 2 * reach, mask.height + 2 * reach))
    grown.paste(mask, (reach, reach))
    step = max(1, reach // 2)
    small = resized(grown, (max(1, grown.width // step), max(1, grown.height // step)), Image.Resampling.BOX)
    blurred = resized(small, grown.size, Image.Resampling.BICUBIC)
    return blurred.point([min(255, value * 2) for value in range(256)])
