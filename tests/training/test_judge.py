from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from training.drawing import draw
from training.judge import Verdict, judge
from training.layout import SIZES_PX
from training.scenes import Kind, Scene, single_on_plain
from training.things import available

PICTURES = 500


def renders(kind: Kind) -> list[tuple[Scene, Image.Image]]:
    rng = np.random.default_rng(4)
    scenes = [single_on_plain(rng, kind) for _ in range(PICTURES)]
    return [(scene, draw(scene, SIZES_PX[k % len(SIZES_PX)], rng)) for k, scene in enumerate(scenes)]


def share_right(pairs: list[tuple[Scene, Verdict]], is_right: Callable[[Scene, Verdict], bool]) -> float:
    return sum(is_right(scene, verdict) for scene, verdict in pairs) / len(pairs)


@pytest.fixture(scope="module")
def judged() -> list[tuple[Scene, Verdict]]:
    return [(scene, judge(picture)) for scene, picture in renders("shape")]


def test_colours_of_true_renders_are_named(judged: list[tuple[Scene, Verdict]]) -> None:
    assert share_right(judged, lambda scene, verdict: verdict.background == scene.background.colour) >= 0.99
    assert share_right(judged, lambda scene, verdict: verdict.colour == scene.items[0].colour) >= 0.99


def test_shapes_of_true_renders_are_named(judged: list[tuple[Scene, Verdict]]) -> None:
    assert share_right(judged, lambda scene, verdict: verdict.shape == scene.items[0].name) >= 0.99


def test_places_and_sizes_of_true_renders_are_named(judged: list[tuple[Scene, Verdict]]) -> None:
    assert share_right(judged, lambda scene, verdict: verdict.place == scene.items[0].place) >= 0.99
    assert share_right(judged, lambda scene, verdict: verdict.size == scene.items[0].size) >= 0.99


@pytest.mark.slow
@pytest.mark.skipif(not available(), reason="needs Debian's package fonts-noto-color-emoji")
def test_things_of_true_renders_are_named() -> None:
    pairs = [(scene, judge(picture, kind="thing")) for scene, picture in renders("thing")]
    assert share_right(pairs, lambda scene, verdict: verdict.thing == scene.items[0].name) >= 0.99


def test_an_empty_picture_shows_its_background_alone() -> None:
    assert judge(Image.new("RGB", (128, 128), (30, 160, 60))) == Verdict("green")
