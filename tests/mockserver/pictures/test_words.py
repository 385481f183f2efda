import pytest

from genmock.mockserver.pictures.palette import COLOURS
from genmock.mockserver.pictures.words import read


@pytest.mark.parametrize(
    ("prompt", "light", "place", "subject", "surface"),
    [
        ("", None, None, None, None),
        ("sunset", "sunset", None, None, None),
        ("A misty pine forest at dawn", "dawn", "forest", None, None),
        ("a bakery storefront at early morning", "dawn", "shop", None, None),
        ("an old-city alley with a mural", None, "street", None, "wall"),
        ("a square tea tin package in a studio", "studio", "studio", "tin", "paper"),
        ("a hanging shop sign above a dumpling stall", None, "shop", "bowl", "wood"),
        ("山间小屋\uff0c雪夜", "night", "mountain", "house", None),
        ("🐱 und 🌊", None, "sea", "cat", None),
        ("a category of catalogues", None, None, None, None),
        ("a wall that says 'cat in the sea at night'", None, None, None, "wall"),
        ("저녁 바다의 고양이", "dusk", "sea", "cat", None),
    ],
)
def test_motifs_are_read(
    prompt: str, light: str | None, place: str | None, subject: str | None, surface: str | None
) -> None:
    reading = read(prompt)
    assert (reading.light, reading.place, reading.subject, reading.surface) == (light, place, subject, surface)


@pytest.mark.parametrize(
    ("prompt", "names"),
    [
        ("deep teal and Muted GOLD", ["teal", "gold"]),
        ("红色的灯\uff0c绿色的门", ["红", "绿"]),
        ("scared of greenhouses", []),
        ("a sign 'RED' in blue", ["blue"]),
        ("red, crimson and scarlet are one", ["red"]),
    ],
)
def test_colours_are_read_in_their_order(prompt: str, names: list[str]) -> None:
    assert read(prompt).colours == tuple(COLOURS[name] for name in names)
