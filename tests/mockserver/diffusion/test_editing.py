"""The laws of editing: they hold by construction, whatever the weights."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from genmock.mockserver.diffusion import OnnxMaker
from genmock.mockserver.makers import Sampling, nobody
from genmock.mockserver.pictures import PictureSpec

Asked = Callable[..., np.ndarray[Any, Any]]
FEW = Sampling(steps=4, cfg_scale=1.0)
SIZE = (128, 128)
BOX = (40, 24, 96, 88)


def array(picture: Image.Image) -> np.ndarray[Any, Any]:
    return np.asarray(picture, np.int16)


def boxed(value: int = 255, box: tuple[int, int, int, int] = BOX, size: tuple[int, int] = SIZE) -> Image.Image:
    """Return a mask that is grey in a box and black elsewhere."""
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill=value)
    return mask


def inside(box: tuple[int, int, int, int] = BOX, size: tuple[int, int] = SIZE) -> np.ndarray[Any, Any]:
    return np.asarray(boxed(255, box, size)) > 0


def test_strength_0_is_the_seed_image_exactly(asked: Asked, photo: Image.Image) -> None:
    assert np.array_equal(asked(seed_image=photo, strength=0.0), array(photo))


def test_change_grows_with_strength(asked: Asked, photo: Image.Image) -> None:
    def change(strength: float) -> float:
        made = [asked(sampling=replace(FEW, steps=10), seed_image=photo, strength=strength, seed=s) for s in (1, 2)]
        return float(np.mean([np.abs(one - array(photo)).mean() for one in made]))

    changes = [change(strength) for strength in (0.0, 0.1, 0.3, 0.5, 0.7, 1.0)]
    assert all(later >= sooner - 1 for sooner, later in pairwise(changes)), changes
    assert changes[-1] > changes[1] > 0


def test_a_small_strength_keeps_what_the_model_is_too_small_for(asked: Asked) -> None:
    """A work area has no room for a checkerboard of single pixels."""
    board = np.indices((512, 512)).sum(axis=0) % 2 * 255
    seed = Image.fromarray(board.astype(np.uint8)).convert("RGB")
    made = asked(seed_image=seed, strength=0.05, width=512, height=512)[..., 0]
    assert made[1::2, ::2].mean() - made[::2, ::2].mean() > 100


def test_outside_of_a_mask_nothing_changes(asked: Asked, photo: Image.Image) -> None:
    made = asked(seed_image=photo, mask_image=boxed(), strength=1.0)
    assert np.array_equal(made[~inside()], array(photo)[~inside()])
    assert np.abs(made - array(photo))[inside()].mean() > 1


@given(
    st.tuples(st.integers(0, 120), st.integers(0, 120), st.integers(1, 128), st.integers(1, 128)),
    st.sampled_from([None, 0, 8, 64]),
    st.floats(0, 1),
)
@settings(max_examples=10, deadline=None, database=None)
def test_outside_of_any_mask_nothing_changes(
    maker: OnnxMaker, photo: Image.Image, box: tuple[int, int, int, int], margin: int | None, strength: float
) -> None:
    box = (box[0], box[1], min(128, box[0] + box[2]), min(128, box[1] + box[3]))
    members: dict[str, Any] = {"seed_image": photo, "mask_image": boxed(255, box), "strength": strength}
    spec = PictureSpec("a tree", "", "m", 1, *SIZE, b"", mask_margin=margin, **members)
    made = array(maker.make(spec, Sampling(steps=1, cfg_scale=1.0), nobody))
    assert np.array_equal(made[~inside(box)], array(photo)[~inside(box)])


def test_an_empty_mask_changes_nothing(asked: Asked, photo: Image.Image) -> None:
    made = asked(seed_image=photo, mask_image=Image.new("L", SIZE), strength=1.0)
    assert np.array_equal(made, array(photo))


def test_a_grey_mask_changes_in_part(asked: Asked, photo: Image.Image) -> None:
    def change(value: int) -> float:
        made = asked(seed_image=photo, mask_image=boxed(value), strength=1.0)
        return float(np.abs(made - array(photo)).mean())

    assert 0 < change(64) < change(128) < change(255)


def test_a_mask_of_another_size_is_fitted(asked: Asked, photo: Image.Image) -> None:
    double = boxed(255, (80, 48, 192, 176), (256, 256))
    made = asked(seed_image=photo, mask_image=double, strength=1.0)
    far = ~inside((38, 22, 98, 90))
    assert np.array_equal(made[far], array(photo)[far])


def test_a_margin_draws_the_region_alone(asked: Asked, photo: Image.Image) -> None:
    """What is far from the mask has no influence then."""
    other = photo.copy()
    other.paste("lime", (0, 110, 128, 128))
    members = {"mask_image": boxed(), "mask_margin": 8, "strength": 1.0}
    one, two = asked(seed_image=photo, **members), asked(seed_image=other, **members)
    assert np.array_equal(one[inside()], two[inside()])


def test_outpainting_keeps_the_old_area(asked: Asked, photo: Image.Image) -> None:
    made = asked(seed_image=photo, outpaint=(32, 0, 64, 48), width=224, height=176)
    assert np.array_equal(made[0:128, 32:160], array(photo))
    assert made[:, :32].std() > 0


def test_each_guide_shows(asked: Asked, photo: Image.Image) -> None:
    red, blue = Image.new("RGB", (64, 96), "red"), Image.new("RGB", (300, 100), "blue")
    made = [asked(guides=guides) for guides in ((), (red,), (blue,), (red, blue))]
    assert len({one.tobytes() for one in made}) == 4
    edits = [asked(seed_image=photo, strength=0.6, guides=guides) for guides in ((), (red,), (red, blue))]
    assert len({one.tobytes() for one in edits}) == 3


def test_guides_leave_strength_0_alone(asked: Asked, photo: Image.Image) -> None:
    red = Image.new("RGB", SIZE, "red")
    assert np.array_equal(asked(seed_image=photo, strength=0.0, guides=(red,)), array(photo))


def test_a_transparent_picture_is_opaque_here_and_clear_there(asked: Asked) -> None:
    made = asked(transparent=True)
    assert made.shape == (128, 128, 4)
    assert {0, 255} <= set(np.unique(made[..., 3]).tolist())


def test_a_transparent_edit_keeps_the_alpha_outside_of_the_mask(asked: Asked, photo: Image.Image) -> None:
    clear = photo.convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(SIZE))
    made = asked(seed_image=clear, mask_image=boxed(), strength=1.0, transparent=True)
    assert np.array_equal(made[~inside()], array(clear)[~inside()])


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L"])
def test_the_form_of_a_seed_image_does_not_matter(asked: Asked, mode: str) -> None:
    grey = Image.linear_gradient("L").resize(SIZE)
    assert np.array_equal(asked(seed_image=grey.convert(mode)), asked(seed_image=grey))
