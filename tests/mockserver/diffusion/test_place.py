"""Where pipelines are put: needs torch. What needs an accelerator besides is in test_offload."""

import logging
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from genmock.mockserver.diffusion.place import place  # noqa: E402 - it imports torch


class Recorded:
    """Stands in for a pipeline and notes what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def to(self, device: Any) -> None:
        self.asked.append(("to", str(device)))

    def enable_model_cpu_offload(self, device: Any) -> None:
        self.asked.append(("model", str(device)))

    def enable_sequential_cpu_offload(self, device: Any) -> None:
        self.asked.append(("sequential", str(device)))


@pytest.fixture
def pipeline() -> Recorded:
    return Recorded()


@pytest.mark.parametrize("offload", ["none", "model", "sequential"])
def test_without_an_accelerator_the_cpu_computes(
    pipeline: Recorded, offload: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    assert place(pipeline, offload).type == "cpu"
    assert pipeline.asked == [("to", "cpu")]


def test_the_log_says_that_offload_has_nothing_to_offload_from(
    pipeline: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        place(pipeline, "model", "cpu")
    assert caplog.messages == [
        "no accelerator here: pictures are made on the CPU, and offload 'model' has nothing to offload from"
    ]


@pytest.mark.parametrize(("offload", "call"), [("none", "to"), ("model", "model"), ("sequential", "sequential")])
def test_each_offload_is_asked_of_an_accelerator(
    pipeline: Recorded, offload: Any, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device("cuda"))
    assert place(pipeline, offload).type == "cuda"
    assert pipeline.asked == [(call, "cuda")]
