import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from genmock.mockserver.pictures import PictureSpec, draw

FULL = os.environ.get("GENMOCK_SCALE") == "full"
PHOTO = Image.radial_gradient("L").convert("RGB").resize((128, 128))
HALF = Image.new("L", (128, 128))
HALF.paste(255, (40, 32, 96, 80))
STRENGTHS = st.integers(0, 100).map(lambda percent: percent / 100)


def spec(prompt: str = "sea", seed: int = 1, **more: Any) -> PictureSpec:
    return PictureSpec(prompt, "", "runware:111@1", seed, **{"width": 128, "height": 128, "salt": b"", **more})


def distance(one: Image.Image, other: Image.Image) -> float:
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean)


@given(st.text(max_size=30), st.integers(0, 2**63))
@settings(max_examples=200 if FULL else 25, deadline=None)
def test_strength_0_gives_the_input_back(prompt: str, seed: int) -> None:
    assert draw(spec(prompt, seed, seed_image=PHOTO, strength=0)).tobytes() == PHOTO.tobytes()


def test_strength_0_resizes_an_input_of_another_size() -> None:
    wanted = PHOTO.resize((128, 256), Image.Resampling.BICUBIC)
    assert draw(spec(height=256, seed_image=PHOTO, strength=0)).tobytes() == wanted.tobytes()


@given(STRENGTHS, STRENGTHS)
@settings(max_examples=200 if FULL else 25, deadline=None)
def test_distance_to_the_input_grows_with_strength(one: float, other: float) -> None:
    low, high = (draw(spec(seed_image=PHOTO, strength=strength)) for strength in sorted((one, other)))
    assert distance(low, PHOTO) <= distance(high, PHOTO)


def test_strength_1_leaves_nothing_of_the_input() -> None:
    assert draw(spec(seed_image=PHOTO, strength=1)).tobytes() == draw(spec()).tobytes()


@given(STRENGTHS, st.none() | st.integers(0, 128), st.integers(0, 9))
@settings(max_examples=200 if FULL else 25, deadline=None)
def test_outside_the_mask_nothing_changes(strength: float, margin: int | None, seed: int) -> None:
    picture = draw(spec(seed=seed, seed_image=PHOTO, mask_image=HALF, strength=strength, mask_margin=margin))
    difference = ImageChops.difference(picture, PHOTO).convert("L")
    assert ImageChops.multiply(difference, ImageChops.invert(HALF)).getbbox() is None


def test_inside_the_mask_the_picture_changes() -> None:
    picture = draw(spec(seed_image=PHOTO, mask_image=HALF))
    assert distance(picture.crop((40, 32, 96, 80)), PHOTO.crop((40, 32, 96, 80))) > 20


def test_a_mask_margin_composes_the_edit_anew() -> None:
    pictures = [draw(spec(seed_image=PHOTO, mask_image=HALF, mask_margin=margin)) for margin in (None, 8, 24)]
    assert len({picture.tobytes() for picture in pictures}) == 3


@pytest.mark.parametrize("mask", [Image.new("L", (8, 8)), Image.new("RGBA", (64, 64), (255, 255, 255, 0))])
def test_an_empty_mask_keeps_everything(mask: Image.Image) -> None:
    assert draw(spec(seed_image=PHOTO, mask_image=mask)).tobytes() == PHOTO.tobytes()


@given(*[st.integers(0, 60)] * 4)
@settings(max_examples=200 if FULL else 25, deadline=None)
def test_outpaint_keeps_the_original_in_place(left: int, top: int, right: int, bottom: int) -> None:
    size: dict[str, Any] = {"width": 128 + left + right, "height": 128 + top + bottom}
    picture = draw(spec(seed_image=PHOTO, outpaint=(left, top, right, bottom), **size))
    assert picture.crop((left, top, left + 128, top + 128)).tobytes() == PHOTO.tobytes()


def test_outpaint_paints_around_the_original() -> None:
    pictures = [draw(spec(seed=seed, seed_image=PHOTO, width=192, outpaint=(64, 0, 0, 0))) for seed in (1, 2)]
    sides = [picture.crop((0, 0, 64, 128)) for picture in pictures]
    assert distance(*sides) > 6


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
def test_inputs_of_any_mode_are_taken(mode: str) -> None:
    image = PHOTO.convert(mode)
    picture = draw(spec(seed_image=image, mask_image=image, guides=(image,)))
    assert (picture.mode, picture.size) == ("RGB", (128, 128))


def test_a_transparent_edit_keeps_the_alpha_of_its_input() -> None:
    cut = PHOTO.convert("RGBA")
    cut.putalpha(HALF)
    assert draw(spec(seed_image=cut, strength=0, transparent=True)).tobytes() == cut.tobytes()


def test_scale_enlarges_the_same_picture() -> None:
    large = draw(spec(scale=4))
    assert large.size == (512, 512)
    assert distance(large.reduce(4), draw(spec(scale=1))) < 9


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"width": 0}, "width is 0 px at scale 1, expected 1 to 8192 px in all"),
        ({"height": 2049, "scale": 4}, "height is 2049 px at scale 4, expected 1 to 8192 px in all"),
        ({"scale": 0}, "scale is 0, expected a whole number from 1"),
        ({"strength": 1.5}, "strength is 1.5, expected a number from 0 to 1"),
        ({"outpaint": (-1, 0, 0, 0)}, "outpaint is (-1, 0, 0, 0), expected no negative side"),
        (
            {"outpaint": (64, 0, 64, 0)},
            "outpaint is (64, 0, 64, 0), which leaves nothing of 128x128 px for the seed image",
        ),
    ],
)
def test_a_spec_that_leaves_nothing_to_draw_is_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        spec(**more)
    assert str(caught.value) == message
