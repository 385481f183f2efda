import numpy as np
import pytest

from genmock.mockserver.diffusion.noise import Noise

SHAPE = (1, 4, 2, 2)


def test_noise_is_of_its_seed_for_ever() -> None:
    """The stream of numpy's RandomState is frozen."""
    assert Noise(42).draw((1, 1, 1, 4)).ravel().tolist() == pytest.approx(
        [-0.8884850740, 1.4608831406, -2.3710925579, -2.1278347969], abs=1e-6
    )


@pytest.mark.parametrize("other", [43, 42 + 2**32, 42 + 2**63, -42])
def test_each_bit_of_64_counts(other: int) -> None:
    assert not np.array_equal(Noise(42).draw(SHAPE), Noise(other).draw(SHAPE))


def test_a_stream_goes_on() -> None:
    noise, whole = Noise(1), Noise(1).draw((2, *SHAPE))
    assert np.array_equal(np.stack([noise.draw(SHAPE), noise.draw(SHAPE)]), whole)
    assert whole.dtype == np.float32
