import numpy as np
from PIL import Image

from training.drawing import draw
from training.report import TARGETS, Score, as_json, contact_sheet, prompts, score

PERFECT = Score(40, 1.0, 1.0, 1.0, 1.0, 1.0, 10, 1.0, 1.0)


def true_renders(texts: list[str], size: tuple[int, int]) -> list[Image.Image]:
    """Draw what the prompts were made from: the nearest there is to a perfect model."""
    kind, count = ("thing" if len(texts) == 10 else "shape"), len(texts)
    scenes = prompts(count, "thing" if kind == "thing" else "shape")
    assert [text for _, text in scenes] == texts
    return [draw(scene, size, np.random.default_rng(k)) for k, (scene, _) in enumerate(scenes)]


def grey(texts: list[str], size: tuple[int, int]) -> list[Image.Image]:
    return [Image.new("RGB", size, (128, 128, 130)) for _ in texts]


def test_true_renders_are_perfect() -> None:
    counted, pictures = score(true_renders, shapes=40, things=10)
    assert counted == PERFECT
    assert counted.missed() == []
    assert len(pictures) == 50


def test_grey_fields_miss_every_target() -> None:
    counted, _ = score(grey, shapes=40, things=0)
    assert counted.missed() == list(TARGETS)
    assert counted.shape == 0.0


def test_a_row_of_the_table_names_its_checkpoint() -> None:
    row = "| third | 12,000 | 100.0% | 100.0% | 100.0% | 100.0% | 100.0% | 100.0% |"
    assert PERFECT.row("third", 12_000) == row


def test_json_keeps_the_facts_beside_the_score() -> None:
    written = as_json(PERFECT, name="third", pictures_seen=12_000)
    assert written["name"] == "third"
    assert written["missed"] == []
    assert written["score"] == {
        **{"prompts": 40, "background": 1.0, "colour": 1.0, "shape": 1.0, "place": 1.0, "size": 1.0},
        **{"things": 10, "thing": 1.0, "thing_background": 1.0},
    }


def test_prompts_are_the_same_every_time() -> None:
    assert prompts(30, "shape") == prompts(30, "shape")


def test_a_contact_sheet_shows_pictures_in_rows_of_eight() -> None:
    pictures = [("a red circle", Image.new("RGB", (128, 96)))] * 9
    assert contact_sheet(pictures).size == (8 * 134, 2 * 130)
