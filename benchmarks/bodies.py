"""The requests that are sent: a FLUX task with thirteen members, its variants, and how a body is made fresh each time.

A body is a list of texts with a fresh taskUUID between each two, since a taskUUID that was used before is refused. The
load tools write those themselves, as cheaply as they can.
"""

import json
from dataclasses import dataclass
from typing import Any

HEADERS = {"authorization": "Bearer key-of-the-benchmark", "content-type": "application/json"}
UUID = "@@fresh-taskUUID@@"  # where a fresh UUID goes; nothing else in a body reads like this
# Thirteen members of specs/runware/flux-1-dev-srpo.json, one of them a list with a LoRA. A CFGScale of 4.35 is as
# valid, but most of the other servers refuse it, as they compare floats.
TASK: dict[str, Any] = {
    "taskType": "imageInference",
    "taskUUID": UUID,
    "model": "runware:111@1",
    "positivePrompt": "a lighthouse on a cliff above a calm sea at dusk",
    "negativePrompt": "people, text",
    "width": 1024,
    "height": 768,
    "steps": 28,
    "CFGScale": 3.5,
    "seed": 42,
    "numberResults": 1,
    "outputFormat": "PNG",
    "lora": [{"model": "civitai:120096@135931", "weight": 0.8}],
}


@dataclass(frozen=True)
class Body:
    """The texts of a JSON body; a fresh UUID stands between each two of them."""

    texts: tuple[str, ...]

    @property
    def fresh(self) -> int:
        """How many UUIDs one body needs."""
        return len(self.texts) - 1

    def with_uuids(self, uuids: list[str]) -> str:
        """Return the body with these UUIDs."""
        return "".join(text + uuid for text, uuid in zip(self.texts, [*uuids, ""], strict=True))


def body(*tasks: dict[str, Any]) -> Body:
    """Return the body of a request with these tasks."""
    return Body(tuple(json.dumps(list(tasks), separators=(",", ":")).split(UUID)))


def uuid_of(run: int, number: int) -> str:
    """Return the UUID of a run (below 2**32) and a number in it (below 2**48): version 4, and never the same."""
    return f"{run:08x}-0000-4000-8000-{number:012x}"
