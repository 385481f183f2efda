import os
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from genmock.mockserver.pictures import PictureSpec, draw

FULL = os.environ.get("GENMOCK_SCALE") == "full"
# The grain alone keeps two seeds this far apart on average, in 1/255 per band; composition adds to it.
SEED_DISTANCE = 2.0
BASE = PictureSpec("a tin that says “Tea”", "", "runware:111@1", 1, 128, 128, b"salt")
SEEDS = st.integers(0, 2**64 - 1)


def distance(one: Image.Image, other: Image.Image) -> float:
    bands = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(bands) / len(bands)


@given(st.text(max_size=60), SEEDS, st.integers(1, 160), st.integers(1, 160))
@settings(max_examples=300 if FULL else 60, deadline=None)
def test_any_prompt_and_size_is_drawn_the_same_twice(prompt: str, seed: int, width: int, height: int) -> None:
    spec = PictureSpec(prompt, "", "m", seed, width, height, b"")
    picture = draw(spec)
    assert picture.size == (width, height)
    assert picture.tobytes() == draw(replace(spec)).tobytes()


@pytest.mark.parametrize(
    "prompt",
    ["", "street", "market", "canal", "sea", "forest", "mountain", "city", "room", "bakery", "studio", "desert"],
)
def test_every_place_can_be_painted_in_any_number_of_pixels(prompt: str) -> None:
    for side in (1, 2, 3, 5, 11, 15, 16, 17):
        assert draw(PictureSpec(prompt, "", "m", 0, side, side, b"")).size == (side, side)


@given(st.sampled_from(("", "white", "black night", "sea 'SALT'", "tin 'Tea'", "snow, fog")), SEEDS, SEEDS)
@settings(max_examples=300 if FULL else 60, deadline=None)
def test_another_seed_is_another_picture(prompt: str, one: int, other: int) -> None:
    pictures = [draw(PictureSpec(prompt, "", "m", seed, 128, 128, b"")) for seed in (one, other)]
    assert one == other or distance(*pictures) > SEED_DISTANCE


@pytest.mark.parametrize(
    "change",
    [{"prompt": "a tin"}, {"negative_prompt": "blur"}, {"model": "runware:108@1"}, {"salt": b"pepper"}],
)
def test_every_other_parameter_changes_the_picture(change: dict[str, Any]) -> None:
    assert distance(draw(replace(BASE, **change)), draw(BASE)) > SEED_DISTANCE


@given(st.binary(max_size=32), st.binary(max_size=32))
@settings(max_examples=30, deadline=None)
def test_another_salt_is_another_picture(one: bytes, other: bytes) -> None:
    pictures = [draw(replace(BASE, salt=salt)) for salt in (one, other)]
    assert one == other or distance(*pictures) > SEED_DISTANCE


@pytest.mark.parametrize("prompt", ["", "a cat", "a tin 'Tea'", "sea"])
def test_transparency_is_real(prompt: str) -> None:
    picture = draw(replace(BASE, prompt=prompt, transparent=True))
    shares = picture.getchannel("A").histogram()
    assert picture.mode == "RGBA"
    assert shares[0] > 1000 and shares[255] > 1000


@pytest.mark.parametrize("count", [1, 2, 5])
def test_each_guide_shows(count: int) -> None:
    grey = [Image.new("RGB", (64, 64), "grey")] * count
    plain = draw(replace(BASE, guides=tuple(grey)))
    for at in range(count):
        guides = [*grey[:at], Image.new("RGB", (64, 64), "yellow"), *grey[at + 1 :]]
        assert distance(draw(replace(BASE, guides=tuple(guides))), plain) > 20 / count / 2


def mean_colour(prompt: str) -> list[float]:
    return ImageStat.Stat(draw(replace(BASE, prompt=prompt))).mean


@pytest.mark.parametrize(("prompt", "band"), [("red", 0), ("green", 1), ("blue", 2), ("红色", 0), ("绿", 1), ("蓝", 2)])
def test_the_colours_of_the_prompt_show(prompt: str, band: int) -> None:
    colour = mean_colour(prompt)
    assert max(colour) == colour[band]


def test_night_is_darker_than_day() -> None:
    assert sum(mean_colour("a city at night")) < sum(mean_colour("a city by day")) / 2
