import math

import numpy as np
import pytest

from genmock.mockserver.diffusion.noise import Array, Noise
from genmock.mockserver.diffusion.schedulers import KINDS, Chosen, chosen, solver_for
from genmock.mockserver.diffusion.schedulers.levels import Spacing, signal_curve, spaced, spaced_for_consistency

CONFIG = {
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "rescale_betas_zero_snr": True,
}
CURVE = signal_curve(CONFIG, zero_snr=False)
SHAPE = (1, 4, 8, 8)


def still(latents: Array, timestep: float) -> Array:
    """Return the velocity of latents whose clean picture is 0: all of them is noise."""
    sigma = math.sqrt(1 - signal_curve(CONFIG, zero_snr=True)[round(timestep)])
    return latents * math.sqrt(1 - sigma**2) / sigma


def test_without_a_signal_means_almost_none() -> None:
    assert signal_curve(CONFIG, zero_snr=True)[-1] == 2.0**-24
    assert signal_curve({**CONFIG, "rescale_betas_zero_snr": False}, zero_snr=True)[-1] == pytest.approx(
        0.00466, abs=1e-5
    )


@pytest.mark.parametrize("spacing", ["plain", "karras", "exponential", "beta"])
@pytest.mark.parametrize("steps", [1, 2, 7, 20, 50])
@pytest.mark.parametrize("whole", [False, True])
def test_noise_falls_from_all_to_none(spacing: Spacing, steps: int, whole: bool) -> None:
    levels = spaced(CURVE, steps, spacing, whole=whole)
    assert len(levels) == steps
    assert list(levels.sigmas) == sorted(set(levels.sigmas), reverse=True)
    assert levels.sigmas[-1] == 0
    assert levels.timesteps[0] == 999
    assert list(levels.timesteps) == sorted(levels.timesteps, reverse=True)
    assert np.allclose(np.square(levels.alphas) + np.square(levels.sigmas), 1)


def test_beta_spacing_is_by_quantiles_of_beta() -> None:
    """Those at 1/4, 1/2 and 3/4, by another quadrature."""
    ratios = [spaced(CURVE, 5, "beta", whole=True).ratio(index) for index in range(5)]
    high, low = ratios[0], ratios[-1]
    quantiles = [(ratio - low) / (high - low) for ratio in ratios]
    assert quantiles == pytest.approx([1, 0.82432, 0.5, 0.17568, 0], abs=1e-4)


def test_consistency_has_50_steps_at_most() -> None:
    assert spaced_for_consistency(CURVE, 4).timesteps == (999, 759, 499, 259)
    with pytest.raises(ValueError, match="51 steps, expected at most the 50 of the distillation"):
        spaced_for_consistency(CURVE, 51)


@pytest.mark.parametrize("solver", KINDS)
@pytest.mark.parametrize("steps", [1, 2, 3, 14, 15, 33, 50])
def test_every_solver_ends_where_the_model_points(solver: str, steps: int) -> None:
    taken = solver_for(Chosen(solver), CONFIG, steps)
    noise = Noise(3)
    latents = taken.levels.start * noise.draw(SHAPE)
    for index in range(steps):
        latents = taken.step(index, latents, still, noise)
    assert latents.dtype == np.float32
    assert float(np.abs(latents).max()) < 0.5


def test_an_unknown_name_is_the_default() -> None:
    assert chosen("Nobody's") == chosen("Default") == Chosen("euler")
