"""How long a piece of training runs, how fast it learns meanwhile, and what it says of itself."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Pace:
    """A budget of minutes. The learning rate warms up, holds, and falls to nearly nothing at the end of the piece."""

    minutes: float
    rate: float
    warm_up: int = 60
    falling: float = 0.5  # the share of the piece in which the rate falls
    cpu: bool = False  # minutes of this process's CPU time, so that variants compare on a shared machine
    steps: int = 0
    _started: float = field(init=False)

    def __post_init__(self) -> None:
        self._started = self._now()

    def _now(self) -> float:
        return time.process_time() if self.cpu else time.monotonic()

    def spent(self) -> float:
        """Return the share of the budget that is gone, 0 to 1."""
        return min(1.0, (self._now() - self._started) / (60 * self.minutes))

    def going(self) -> bool:
        """Say whether there is time left."""
        return self.spent() < 1.0

    def learning_rate(self) -> float:
        """Count a step and return its learning rate."""
        self.steps += 1
        left = min(1.0, (1.0 - self.spent()) / self.falling)
        return self.rate * min(1.0, self.steps / self.warm_up) * (0.01 + 0.99 * 0.5 * (1 - math.cos(math.pi * left)))


def say(text: str) -> None:
    """Print a line at once: progress is read from a log."""
    from rich.console import Console

    Console(soft_wrap=True, highlight=False).print(text, markup=False)


def device_of(name: str) -> str:
    """Return the torch device for a --device option: "auto" takes a GPU where there is one."""
    import torch

    return ("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name
