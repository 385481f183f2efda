"""A maker for tests, drawn as in the fake mode, whose steps the test lets pass one by one.

It runs in worker processes, which find it by PYTHONPATH. Its gate is a folder: a step begins when a file of its number
is there, every step when there is a file "open". What it does it says there: "began-PID", "step-N-PID".
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

    from genmock.mockserver import PictureSpec


class GatedMaker:
    name = "gated"

    def __init__(self, gate: str) -> None:
        self._gate = Path(gate)

    def make(self, spec: "PictureSpec", sampling: object, on_step: Callable[[int, int], None]) -> "Image.Image":
        from genmock.mockserver import draw

        of = int(sampling.steps)  # type: ignore[attr-defined]
        self._say(f"began-{os.getpid()}")
        if "crash" in spec.prompt and not (self._gate / "crashed").exists():
            if "always" not in spec.prompt:
                self._say("crashed")
            os._exit(9)
        if "fail" in spec.prompt:
            raise ValueError("no such colour")
        while "endless" in spec.prompt:
            on_step(1, of)
            time.sleep(0.01)
        for step in range(1, of + 1):
            while not ((self._gate / "open").exists() or (self._gate / f"{step}").exists()):
                time.sleep(0.002)
            on_step(step, of)
        self._say(f"made-{os.getpid()}")
        return draw(spec)

    def _say(self, word: str) -> None:
        (self._gate / word).touch()


class GatedTrainer:
    """A trainer for tests: its file is what it was given, as text."""

    def __init__(self, gate: str) -> None:
        self._gate = Path(gate)

    def train(
        self,
        pictures: "list[object]",
        *,
        steps: int,
        learning_rate: float,
        trigger_word: str,
        seed: int,
        metadata: "dict[str, str]",
        on_step: Callable[[int, int, float], None],
    ) -> bytes:
        (self._gate / f"began-{os.getpid()}").touch()
        if trigger_word == "fail":
            raise ValueError("nothing to learn")
        for step in range(1, steps + 1):
            while not ((self._gate / "open").exists() or (self._gate / f"{step}").exists()):
                time.sleep(0.002)
            on_step(step, steps, 0.5)
        return f"{len(pictures)} {steps} {learning_rate} {trigger_word}".encode()
