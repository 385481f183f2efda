"""Each solver takes the same steps as its counterpart in diffusers, on the same velocities and the same noise.

The velocities are those of a small smooth function, which is as good as a model for this; in the environment that has
torch and diffusers.
"""

import importlib
import warnings
from typing import Any

import numpy as np
import pytest

from genmock.mockserver.diffusion.noise import Noise
from genmock.mockserver.diffusion.schedulers import names, solver_for

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")

CONFIG = {
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
    "clip_sample": False,
    "set_alpha_to_one": True,
    "steps_offset": 0,
}
SHAPE = (1, 4, 16, 16)
# In "dpm++-3m-sde" the last term of diffusers has another sign: see docs/schedulers.md.
WANTED = sorted({f"{it.solver} {it.spacing}" for it in names().values() if it.solver != "dpm++-3m-sde"})


def velocity(latents: Any, timestep: float) -> Any:
    tanh = np.tanh if isinstance(latents, np.ndarray) else torch.tanh
    return tanh(latents * 0.7) * (0.3 + float(timestep) / 1000) - 0.4 * latents


@pytest.mark.parametrize("steps", [8, 20])
@pytest.mark.parametrize("wanted", WANTED)
def test_a_solver_takes_the_steps_of_diffusers(wanted: str, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    solver, _, spacing = wanted.partition(" ")
    choice = next(it for it in names().values() if (it.solver, it.spacing) == (solver, spacing))
    if spacing == "beta":
        pytest.importorskip("scipy")
    noise = Noise(7)
    start = noise.draw(SHAPE)
    ours = solver_for(choice, CONFIG, steps)
    latents = ours.levels.start * start
    for index in range(steps):
        latents = ours.step(index, latents, velocity, noise)
    theirs = _of_diffusers(choice, steps, start, monkeypatch)
    np.testing.assert_allclose(latents, theirs, rtol=1e-3, atol=1e-3)
    assert latents.dtype == np.float32


def _of_diffusers(choice: Any, steps: int, start: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    name, options = choice.diffusers
    kind = getattr(diffusers, name)
    noise = Noise(7)
    noise.draw(SHAPE)
    module = importlib.import_module(kind.__module__)
    if hasattr(module, "randn_tensor"):
        monkeypatch.setattr(module, "randn_tensor", lambda shape, **_: torch.from_numpy(noise.draw(shape)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 0 * inf at the last, clean level
        scheduler = kind.from_config(CONFIG, **options)
        scheduler.set_timesteps(steps)
        latents = torch.from_numpy(start) * scheduler.init_noise_sigma
        for timestep in scheduler.timesteps:
            scaled = scheduler.scale_model_input(latents, timestep)
            latents = scheduler.step(velocity(scaled, float(timestep)), timestep, latents, return_dict=False)[0]
    return latents.numpy()
