import numpy as np
from PIL import Image

from genmock.mockserver.diffusion.cutout import cut_out
from genmock.mockserver.diffusion.pixels import array_of, free_latents, picture_of
from genmock.mockserver.diffusion.regions import covering, extended


def test_every_value_comes_back() -> None:
    picture = Image.fromarray(np.arange(768, dtype=np.uint16).reshape(16, 16, 3).astype(np.uint8))
    assert picture_of(array_of(picture)) == picture


def test_what_is_beyond_white_and_black_is_cut_off() -> None:
    pixels = np.array([-3.0, 0.0, 3.0], np.float32).reshape(1, 3, 1, 1)
    assert picture_of(pixels).getpixel((0, 0)) == (0, 128, 255)


def test_what_is_transparent_shows_white() -> None:
    assert array_of(Image.new("RGBA", (8, 8), (255, 0, 0, 0))).min() == 1


def test_latents_that_a_mask_touches_are_free() -> None:
    mask = Image.new("L", (32, 16))
    mask.putpixel((8, 15), 1)
    assert free_latents(mask, 8)[0, 0].tolist() == [[0, 0, 0, 0], [0, 1, 0, 0]]


def test_a_picture_is_extended_by_its_edges() -> None:
    picture = Image.new("RGB", (10, 10), "red")
    canvas, mask = extended(picture, (2, 0, 4, 6), (16, 16))
    assert canvas == Image.new("RGB", (16, 16), "red")
    assert mask.getbbox() == (0, 0, 16, 16)
    assert np.count_nonzero(np.asarray(mask) == 0) == 100


def test_a_guide_covers_without_being_stretched() -> None:
    wide = Image.new("RGB", (300, 100), "blue")
    wide.paste("red", (100, 0, 200, 100))
    assert covering(wide, (64, 64)) == Image.new("RGB", (64, 64), "red")


def test_the_ground_is_cut_away() -> None:
    picture = Image.new("RGB", (64, 64), "navy")
    picture.paste("yellow", (16, 16, 48, 48))
    alpha = np.asarray(cut_out(picture))[..., 3]
    assert alpha[32, 32] == 255
    assert alpha[2, 2] == 0
    assert set(np.unique(alpha).tolist()) == {0, 255}


def test_a_picture_of_one_colour_stays() -> None:
    assert np.asarray(cut_out(Image.new("RGB", (8, 8), "red")))[..., 3].min() == 255
