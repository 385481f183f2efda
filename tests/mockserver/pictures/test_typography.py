import subprocess
import sys

import pytest

from genmock.mockserver.pictures.sheets import has_glyph
from genmock.mockserver.pictures.typography import column, is_east_asian, line, measure, quotes, wrap


@pytest.mark.parametrize(
    ("prompt", "texts"),
    [
        ("a sign 'OPEN 7 AM' on a door", ["OPEN 7 AM"]),
        ('says "Spring Bridge" and "春桥锅贴"', ["Spring Bridge", "春桥锅贴"]),
        ("curly “Tea” and \u2018Salt\u2019, «thé», „Tee“", ["Tea", "Salt", "thé", "Tee"]),
        ("招牌写着'茶馆'的店\uff0c「酒」和『面』", ["茶馆", "酒", "面"]),
        ("It's 'Bob's Cafe' and don't", ["Bob's Cafe"]),
        ("the dogs' bowls and the cats' toys", []),
        ("don't you, can't he", []),
        ("he said \u2018don\u2019t go\u2019 to me", ["don\u2019t go"]),
        ("a single 'A'", ["A"]),
        ("'木偶奇谭' across, 'String Opera'", ["木偶奇谭", "String Opera"]),
        ("nothing '' or \"\" or ' ' in it", []),
        ("unclosed 'quote", []),
    ],
)
def test_words_in_quotes_are_found(prompt: str, texts: list[str]) -> None:
    assert [quote.text for quote in quotes(prompt)] == texts


def test_a_quote_knows_what_leads_up_to_it() -> None:
    assert [quote.context for quote in quotes("Title 'A', stamp 'B'")] == ["title ", ", stamp "]


def test_many_and_long_quotes_are_limited() -> None:
    found = quotes("'x' " * 50 + f"'{'y' * 500}'")
    assert (len(found), len(quotes(f"'{'y' * 500}'")[0].text)) == (10, 160)


@pytest.mark.parametrize("em", [7, 12, 40, 56, 120, 200])
def test_a_line_is_as_wide_as_measured(em: int) -> None:
    assert abs(line("Morning 茶", em).width * 100 - measure("Morning 茶") * em) < 250


def test_different_texts_look_different() -> None:
    masks = {line(text, 24).tobytes() for text in ("Tea", "Sea", "茶", "酒", "A", "Ä", "é", "e")}
    assert len(masks) == 8


@pytest.mark.parametrize("char", "Az09ßŁčΩЖ€—…“木謎茶運かカ한글ｱ\uff01★❤")
def test_the_sheets_carry(char: str) -> None:
    assert has_glyph(char)
    assert line(char, 40).getbbox() is not None


def test_every_character_of_gb_2312_has_a_glyph() -> None:
    rows = (bytes((row, cell)) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    hanzi = [pair.decode("gb2312", "ignore") for pair in rows]
    assert [char for char in hanzi if char and not has_glyph(char)] == []
    assert len([char for char in hanzi if char]) == 6763


def test_a_missing_glyph_is_a_visible_box() -> None:
    assert not has_glyph("\u0e01")
    assert line("\u0e01", 40).getbbox() is not None
    assert line("\u0e01", 40).tobytes() == line("\U0001f431", 40).tobytes()


def test_spaces_are_empty() -> None:
    assert line(" \u3000", 40).getbbox() is None


def test_a_column_sets_one_character_under_the_other() -> None:
    assert column("清香", 40).size == (50, 90)


def test_long_texts_break_at_spaces_or_between_wide_characters() -> None:
    assert wrap("Spring Bridge Pan-Fried Dumplings", 2) == ["Spring Bridge", "Pan-Fried Dumplings"]
    assert wrap("木偶奇谭", 2) == ["木偶", "奇谭"]
    assert wrap("Sourdough", 3) == ["Sourdough"]


def test_full_width_text_is_recognised() -> None:
    assert is_east_asian("木偶奇谭") and not is_east_asian("Tea 茶")


def test_importing_pictures_loads_no_sheet() -> None:
    folder = "genmock.mockserver.pictures"
    lazily = f"import {folder}; from {folder} import sheets; print(sheets._index.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", lazily], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"
