"""The small model that random histories of a server are held to: what was ordered, and what strikes it."""

import base64
import io
import itertools
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from PIL import Image

from genmock.specs import load_prices

PICTURE_S, TRAINING_S, JOB_S, RETENTION_S = 4.0, 10.0, 2.0, 60.0
MODEL = "runware:108@1"
GENERATE = "/v1/image/qwen/generate"
PRICE = Decimal(str(load_prices().cost(MODEL, width=128, height=128, steps=20, options={})))
HISTORY = itertools.count()
WHOLE, SINGLE, STALL = "task_fail", "error", "task_stall"
FAULTS: Mapping[str, dict[str, Any]] = {
    WHOLE: {"kind": "task_fail", "code": "timeoutProvider"},
    SINGLE: {"kind": "error", "code": "timeoutProvider", "scope": "result", "result": 0},
    STALL: {"kind": "task_stall"},
}


@dataclass
class Ordered:
    """What the model knows of a task: when it was accepted, how long it takes, and what strikes it."""

    number: int
    results: int
    at: float
    lasts: float
    fate: str = ""
    hook: bool = False
    items: list[Any] = field(default_factory=list)

    @property
    def uuid(self) -> str:
        """Its taskUUID."""
        return f"{self.number:08x}-0000-4000-8000-000000000000"

    @property
    def seeds(self) -> list[int]:
        """The seeds of its results that come to be."""
        first = {WHOLE: self.results, STALL: self.results, SINGLE: 1}.get(self.fate, 0)
        return [1000 * self.number + index for index in range(first, self.results)]

    @property
    def failures(self) -> int:
        """How many errors it is told by."""
        return int(self.fate in (WHOLE, SINGLE))

    def ended(self, now: float) -> bool:
        """Return whether it is over."""
        part = 0.5 if self.fate == WHOLE else 1.0  # when such a fault strikes, unless it says otherwise
        return self.fate != STALL and now >= self.at + self.lasts * part

    def expired(self, now: float) -> bool:
        """Return whether its results are told no more."""
        return now >= self.at + (0.0 if self.fate == STALL and self.lasts else self.lasts) + RETENTION_S


def dataset() -> str:
    """Return a ZIP file of ten pictures, in base64."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for number in range(10):
            picture = io.BytesIO()
            Image.new("RGB", (32, 32), (number, 90, 99)).save(picture, "PNG")
            file.writestr(zipfile.ZipInfo(f"{number}.png"), picture.getvalue())
    return base64.b64encode(buffer.getvalue()).decode()


DATASET = dataset()


def announced(task: Ordered) -> list[tuple[str, str]]:
    return [(task.uuid, str(seed)) for seed in task.seeds] + [(task.uuid, "timeoutProvider")] * task.failures


def told_by(body: Any) -> tuple[str, str]:
    (item,) = body.get("data", ()) or body["errors"]
    return item["taskUUID"], str(item.get("seed", item.get("code")))
