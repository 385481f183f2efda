from typing import Any

import pytest
from PIL import Image, ImageDraw

from genmock.mockserver.diffusion import OnnxMaker
from genmock.mockserver.diffusion.lora import fit
from genmock.mockserver.diffusion.lora_training import LoraTrainer, TrainingPicture
from genmock.mockserver.diffusion.unusable import ModelUnusable
from genmock.mockserver.makers import LoraWeights, Sampling
from genmock.mockserver.pictures import PictureSpec

pytestmark = pytest.mark.slow

np = pytest.importorskip("numpy")

WORD = "zorp"
UNRELATED = ("a red circle on a blue background", "a yellow star on a green background", "a dog in the snow")


@pytest.fixture(scope="module")
def trainer() -> LoraTrainer:
    return LoraTrainer()


def discs(count: int = 3) -> list[TrainingPicture]:
    """Return pictures that no word of the model's stands for: white discs on purple and yellow stripes."""
    pictures = []
    for number in range(count):
        picture = Image.new("RGB", (128, 128), (125, 45, 175))
        pen = ImageDraw.Draw(picture)
        for left in range(0, 128, 32):
            pen.rectangle((left, 0, left + 15, 128), fill=(250, 225, 40))
        pen.ellipse((34 - number, 34 - number, 94 + number, 94 + number), fill=(248, 248, 248))
        pictures.append(TrainingPicture(picture))
    return pictures


def trained(trainer: LoraTrainer, **parameters: Any) -> bytes:
    file: bytes = trainer.train(discs(), **{"steps": 2, "trigger_word": WORD, **parameters})
    return file


def test_the_same_training_gives_the_same_bytes(trainer: LoraTrainer) -> None:
    assert trained(trainer, seed=5) == trained(trainer, seed=5)
    assert trained(trainer, seed=5) != trained(trainer, seed=6)


def test_every_part_of_the_file_has_its_place_in_the_model(trainer: LoraTrainer) -> None:
    weights = trainer._step.weights
    lora = fit({"unet": weights}, trained(trainer))
    assert lora.misfit == ""
    assert {name for _, name in lora.fitting} == set(weights)


def test_the_rank_is_that_of_the_factors(trainer: LoraTrainer) -> None:
    lora = fit({"unet": trainer._step.weights}, trained(trainer, rank=3))
    assert {pair.down.shape[0] for pair in lora.fitting.values() if pair.down} == {3}


def test_each_step_is_told_with_its_loss(trainer: LoraTrainer) -> None:
    told: list[tuple[int, int, float]] = []
    trained(trainer, steps=3, on_step=lambda *step: told.append(step))
    assert [step[:2] for step in told] == [(1, 3), (2, 3), (3, 3)]
    assert all(0 < loss < 100 for *_, loss in told)


def test_what_a_step_raises_ends_the_training(trainer: LoraTrainer) -> None:
    def stop(_done: int, _of: int, _loss: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(trainer, steps=1000, on_step=stop)


def test_the_loss_falls(trainer: LoraTrainer) -> None:
    losses: list[float] = []
    trained(trainer, steps=16, learning_rate=0.002, on_step=lambda _done, _of, loss: losses.append(loss))
    assert np.mean(losses[-5:]) < np.mean(losses[:5])


def test_captions_stand_for_the_pictures_where_no_word_does(trainer: LoraTrainer) -> None:
    one, other = ([TrainingPicture(discs(1)[0].picture, caption)] for caption in ("a disc", "a moon"))
    assert trainer.train(one, steps=2) != trainer.train(other, steps=2)


def test_a_model_without_the_graph_says_what_is_missing(tmp_path: Any) -> None:
    with pytest.raises(ModelUnusable, match=r"cannot use the model in .*next: give the folder of a model"):
        LoraTrainer(tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_trained_word_moves_to_its_pictures_and_others_hardly(trainer: LoraTrainer) -> None:
    pictures = discs(8)
    file = trainer.train(pictures, steps=150, trigger_word=WORD)
    mean = np.mean([np.asarray(each.picture, float) for each in pictures], axis=0)
    maker = OnnxMaker()

    def drawn(prompt: str, seed: int, loras: tuple[LoraWeights, ...]) -> Any:
        spec = PictureSpec(prompt, "", "m", seed, 128, 128, b"")
        return np.asarray(maker.make(spec, Sampling(loras=loras)), float)

    lora = (LoraWeights(file),)
    before = np.mean([abs(drawn(WORD, seed, ()) - mean).mean() for seed in range(4)])
    after = np.mean([abs(drawn(WORD, seed, lora) - mean).mean() for seed in range(4)])
    moved = np.mean([abs(drawn(WORD, seed, lora) - drawn(WORD, seed, ())).mean() for seed in range(4)])
    unrelated = np.mean([abs(drawn(each, 1, lora) - drawn(each, 1, ())).mean() for each in UNRELATED])
    assert after < before / 2
    assert unrelated < moved / 4
