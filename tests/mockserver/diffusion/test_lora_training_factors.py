import pytest

from genmock.mockserver.diffusion.lora_training_factors import Factors

np = pytest.importorskip("numpy")

KEY = "layer.weight"


def factors(shape: tuple[int, ...] = (6, 5), rank: int = 2) -> Factors:
    return Factors({KEY: np.ones(shape, np.float32)}, rank, np.random.RandomState(1))


def test_nothing_is_changed_before_the_first_step() -> None:
    assert (factors().changed()[KEY] == 1).all()


def test_steps_against_the_gradient_reach_a_target_of_their_rank() -> None:
    target = 1 + np.outer(np.arange(6), np.linspace(-1, 1, 5)).astype(np.float32)
    learned = factors()
    for _ in range(400):
        learned.move({KEY: learned.changed()[KEY] - target}, 0.05)
    assert np.abs(learned.changed()[KEY] - target).max() < 0.05


def test_factors_of_a_convolution_have_its_kernel() -> None:
    down, up = factors((6, 5, 3, 3)).values()[KEY]
    assert (down.shape, up.shape) == ((2, 5, 3, 3), (6, 2, 1, 1))


def test_a_rank_beyond_the_weight_is_cut_to_it() -> None:
    down, up = factors((6, 5), rank=64).values()[KEY]
    assert (down.shape, up.shape) == ((5, 5), (6, 5))
