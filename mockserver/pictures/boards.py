"""Which board carries which words of a prompt, and where it stands in the picture."""

from dataclasses import replace

from PIL import Image

from .lettering import Board, paint, seal
from .noise import Stream
from .palette import RGB, Palette, darker, lighter, mix
from .shapes import Box
from .sprite_table import LABELS
from .typography import Quote, is_east_asian
from .words import Reading

_SEAL_WORDS = ("stamp", "seal", "\u5370", "\u7ae0")
_MENU_WORDS = ("chalkboard", "blackboard", "menu", "\u83dc\u5355", "\u9ed1\u677f")
_LONGEST_SEAL_CHARS = 4


def letter(
    picture: Image.Image, reading: Reading, place: str | None, subject: Box | None, palette: Palette, stream: Stream
) -> list[Image.Image]:
    """Write the quoted words of a prompt into a picture, in place; return the masks of the boards they stand on."""
    if not reading.texts:
        return []
    main, menu, seals = _sorted(reading.texts)
    masks = []
    board = _main_board(picture.size, reading, place, subject, palette, main)
    em = max(8, min(board.size) // (10 if board.kind == "label" else 9))
    if seals and board.kind == "label":
        foot = board.box[3] - em * (1 + max(len(text) for text in seals))
        board = replace(board, box=(*board.box[:3], foot))
    if main:
        masks.append(paint(picture, board, stream.child("main")))
    if menu:
        width, height = picture.size
        box = (width * 66 // 100, height * 60 // 100, width * 93 // 100, height * 90 // 100)
        masks.append(paint(picture, _chalk(box, menu), stream.child("menu")))
    for at, text in enumerate(seals):
        below = em * (len(text) + 1) if board.kind == "label" else -em // 2
        corner = (board.box[2] - em // 3 - 2 * em * at, board.box[3] + below - em // 3)
        masks.append(seal(picture, text, corner, em))
    return masks


def _sorted(texts: tuple[Quote, ...]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return what goes on the main board, on a menu, and into seals; a list goes where its first item goes."""
    main: list[str] = []
    menu: list[str] = []
    seals: list[str] = []
    target = main
    for quote in texts:
        if any(char.isalpha() for char in quote.context.replace("and", "")):
            target = menu if any(word in quote.context for word in _MENU_WORDS) else main
        short = len(quote.text) <= _LONGEST_SEAL_CHARS and is_east_asian(quote.text)
        if short and any(word in quote.context for word in _SEAL_WORDS):
            seals.append(quote.text)
        else:
            target.append(quote.text)
    if not main and not seals:
        main, menu = menu, main
    return tuple(main), tuple(menu), tuple(seals)


def _main_board(
    size: tuple[int, int],
    reading: Reading,
    place: str | None,
    subject: Box | None,
    palette: Palette,
    texts: tuple[str, ...],
) -> Board:
    accent = palette.accents[0]
    if subject and reading.subject in LABELS:
        left, top, right, bottom = LABELS[reading.subject]
        side = subject[2] - subject[0]
        box = (subject[0] + side * left // 100, subject[1] + side * top // 100,
               subject[0] + side * right // 100, subject[1] + side * bottom // 100)  # fmt: skip
        return Board("label", box, texts, (244, 236, 218), darker(accent, 150), (214, 172, 92))
    if place == "shop":
        return Board(
            "fascia", _part(size, 5, 17, 95, 41), texts, darker(palette.vivid, 110), (250, 232, 188), (214, 172, 92)
        )
    if reading.surface == "neon":
        return Board("neon", _part(size, 10, 14, 90, 54), texts, (22, 18, 34), (255, 246, 250), _tube(palette))
    if reading.surface == "wood":
        return Board("wood", _part(size, 12, 15, 88, 56), texts, (74, 46, 32), (248, 238, 212), (214, 172, 92))
    if reading.surface == "chalk":
        return _chalk(_part(size, 14, 14, 86, 60), texts)
    if reading.surface == "wall":
        return Board("wall", _part(size, 3, 6, 97, 40), texts, darker(palette.land[1], 90), (252, 232, 186), accent)
    rows = (10, 9, 90, 44) if subject else (12, 28, 88, 68)
    ground = lighter(mix(accent, palette.sky[2], 120), 190)
    return Board("paper", _part(size, *rows), texts, ground, darker(accent, 165), mix(accent, (120, 90, 60), 80))


def _chalk(box: Box, texts: tuple[str, ...]) -> Board:
    return Board("chalk", box, texts, (42, 50, 48), (244, 244, 236), (150, 104, 66))


def _tube(palette: Palette) -> RGB:
    """Return a colour that gas in a glass tube could have."""
    strongest = max(palette.vivid)
    red, green, blue = (band * band // strongest * 255 // strongest for band in palette.vivid)
    return (max(red, 40), max(green, 40), max(blue, 60))


def _part(size: tuple[int, int], left: int, top: int, right: int, bottom: int) -> Box:
    width, height = size
    return (width * left // 100, height * top // 100, width * right // 100, height * bottom // 100)
