from pathlib import Path

import numpy as np

from training.layout import SIZES_PX
from training.scenes import Mix, draw_scene
from training.store import render, shelves
from training.text import QUESTIONS, answers


def test_pictures_of_every_size_are_rendered_once(tmp_path: Path) -> None:
    told: list[int] = []
    first = render(tmp_path, 20, lambda done, _of: told.append(done))
    again = render(tmp_path, 20, lambda done, _of: told.append(done))
    assert first == again == shelves(tmp_path)
    assert told == list(range(1, 21))
    assert [shelf.pictures().shape[1:3] for shelf in first] == [(height, width) for width, height in SIZES_PX]


def test_a_picture_shows_the_scene_of_its_number(tmp_path: Path) -> None:
    one, other = (render(tmp_path / name, 20)[0] for name in ("one", "other"))
    assert one.scene(3) == other.scene(3)
    assert np.array_equal(one.pictures(), other.pictures())


def test_every_scene_has_an_answer_to_every_question() -> None:
    rng = np.random.default_rng(3)
    for scene in (draw_scene(rng, Mix()) for _ in range(300)):
        right = answers(scene)
        assert QUESTIONS[0][right[0]] == scene.background.kind
    assert answers(None) == [0] * len(QUESTIONS)
