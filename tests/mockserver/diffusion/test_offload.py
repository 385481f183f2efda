"""Offload on a real accelerator: skipped without one. Run with -s to read the figures."""

import time
from typing import Any

import pytest
from PIL import Image

from genmock.mockserver.makers import Sampling
from genmock.mockserver.pictures import PictureSpec

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from genmock.mockserver.diffusion.diffusers_maker import DiffusersMaker  # noqa: E402 - it imports torch
from genmock.mockserver.diffusion.onnx_maker import OnnxMaker  # noqa: E402 - beside it

pytestmark = [
    pytest.mark.skipif(not torch.accelerator.is_available(), reason="no accelerator on this machine"),
    pytest.mark.filterwarnings("ignore"),  # torch's and diffusers' own
    pytest.mark.timeout(600),
]
SPEC = PictureSpec("a red circle on a blue background", "", "m", 7, 512, 512, b"")
OFFLOADS = ("none", "model", "sequential")


def measured(maker: Any) -> tuple[Image.Image, float, float]:
    """Return a maker's second picture, its seconds and the accelerator's peak memory in MiB."""
    maker.make(SPEC, Sampling())
    torch.cuda.reset_peak_memory_stats()
    start = time.perf_counter()
    picture = maker.make(SPEC, Sampling())
    return picture, time.perf_counter() - start, torch.cuda.max_memory_allocated() / 2**20


def test_every_offload_gives_the_picture_of_the_cpu() -> None:
    expected = np.asarray(OnnxMaker().make(SPEC, Sampling()), np.int16)
    peaks = {}
    for offload in OFFLOADS:
        picture, seconds, peaks[offload] = measured(DiffusersMaker(offload=offload))
        error = np.abs(np.asarray(picture, np.int16) - expected)
        print(f"{offload}: {seconds:.2f} s, {peaks[offload]:.1f} MiB, differs by at most {error.max()}")  # noqa: T201 - figures
        assert 20 * np.log10(255 / np.sqrt((error.astype(float) ** 2).mean() + 1e-9)) > 35
    assert peaks["sequential"] < peaks["model"] < peaks["none"]
