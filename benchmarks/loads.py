"""What a load is: the requests of it, what their answers must be, and what is found when it was driven."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .bodies import TASK, Body, body

POLL_LAG = 64  # polls ask for the task of so many acknowledgements ago: that one is certain to have been answered


@dataclass(frozen=True)
class Load:
    """One kind of request, sent again and again by several connections.

    body: what is posted. status: of every answer of genmock. judge: says of one whole answer what is wrong with it, or
    "". polled: every second request is a poll for a task of this load, sent a while ago.
    """

    name: str
    body: Body
    status: int
    judge: Callable[[dict[str, Any]], str]
    polled: bool = False


@dataclass(frozen=True)
class Driven:
    """What a load tool found.

    p50_ms, p99_ms: latencies as a client sees them. refused: answers of 400 and above. broken: connections and answers
    that were lost. tool_cores: what the load tool itself took, in processor cores.
    """

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    refused: int = 0
    broken: int = 0
    tool_cores: float = 0.0

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds if self.seconds else 0.0


class LoadError(Exception):
    """A server did not answer a load as it must, so that its figures would mean nothing."""


@dataclass(frozen=True)
class Target:
    """What the ratio of a load to the bare server should be at least: the floor, and the aim."""

    floor: float
    aim: float

    def verdict(self, ratio: float) -> str:
        """Return what a ratio comes to."""
        return "aim met" if ratio >= self.aim else "met" if ratio >= self.floor else "short"


TARGETS = {
    "one item": Target(0.50, 0.80),
    "20 items": Target(0.28, 0.35),
    "invalid item": Target(0.55, 0.70),
    "picture, warm": Target(1 / 1.3, 1 / 1.3),  # beside a static file of the same bytes
}


def target_of(load: str) -> Target | None:
    """Return the target of a load: that whose name begins the load's name."""
    return next((target for name, target in TARGETS.items() if load.startswith(name)), None)


def results(count: int) -> Callable[[dict[str, Any]], str]:
    """Return the judge of answers that have so many results and no error."""

    def judge(reply: dict[str, Any]) -> str:
        found = len(reply.get("data", ())) if not reply.get("errors") else -1
        return "" if found == count else f"not {count} results: {json.dumps(reply)[:200]}"

    return judge


def _refused(reply: dict[str, Any]) -> str:
    codes = [error.get("code") for error in reply.get("errors", ())]
    return "" if codes == ["invalidSteps"] else f"the errors are {codes}, not invalidSteps"


# No seed: each taskUUID has another, so that each picture is drawn.
DRAWN = {name: value for name, value in TASK.items() if name != "seed"}
DRAWN |= {"outputType": "base64Data", "outputFormat": "JPG", "width": 512, "height": 512}
POSTS = (
    Load("one item", body(TASK), 200, results(1)),
    Load("20 items", body(*[TASK] * 20), 200, results(20)),
    Load("invalid item", body(TASK | {"steps": 99}), 400, _refused),
    Load("async ack + poll", body(TASK | {"deliveryMethod": "async"}), 200, results(1), polled=True),
    Load("base64 reply", body(DRAWN), 200, results(1)),
)
