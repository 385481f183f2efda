"""Worlds to compare: each a fresh server in this process, on a clock that only a test moves.

`world` is a factory of them, and `tasks` makes strategies of requests that such a world can answer.
"""

import asyncio
import base64
import itertools
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from genmock.mockserver import VirtualClock
from genmock.validators.strategies import valid_items

from .broken import MODELS, drawn_broken
from .worlds import PATIENCE_S, Receiver, World, png

FULL = os.environ.get("GENMOCK_SCALE") == "full"
JUDGING = "GENMOCK_BROKEN" in os.environ  # whether a defect was planted, which tests/mutation wants to be found
IMAGES = ("seedImage", "maskImage", "guideImage", "guideImages", "images", "masks")
OUTSIDE = ("webhookURL", "uploadEndpoint", "deliveryMethod", "ttl")  # members that reach out of one request
NUMBERS = itertools.count()  # of the stores of this process

BASE = settings(
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    # Whoever plants defects only wants to know that a law breaks, not the smallest example of it.
    phases=[Phase.explicit, Phase.generate] if os.environ.get("GENMOCK_SHRINK") == "no" else tuple(Phase),
)
LAWS, FEW, HISTORIES, STEPS = (200, 80, 100, 50) if FULL else (20, 8, 10, 25) if JUDGING else (8, 4, 5, 25)
settings.register_profile("laws", BASE, max_examples=LAWS)
settings.register_profile("few", BASE, max_examples=FEW)
settings.register_profile("histories", BASE, max_examples=HISTORIES, stateful_step_count=STEPS)


INLINE = f"data:image/png;base64,{base64.b64encode(png()).decode()}"


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    """Return the event loop of all worlds."""
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="session")
def world(runner: asyncio.Runner) -> Callable[..., World]:
    """Return a function that makes a fresh world: world(seed=1) has Settings(seed=1)."""

    def fresh(clock: VirtualClock | None = None, **options: Any) -> World:
        return World(runner, clock, options)

    return fresh


def grounded(value: Any) -> Any:
    """Return a message whose images are all there: a small picture stands for each reference."""
    if isinstance(value, dict):
        return {
            name: ([INLINE] * len(member) if isinstance(member, list) else INLINE)
            if name in IMAGES
            else grounded(member)
            for name, member in value.items()
        }
    return [grounded(element) for element in value] if isinstance(value, list) else value


@st.composite
def _tasks(draw: st.DrawFn, model: str | None = None, most: int = 1) -> list[dict[str, Any]]:
    """Return tasks for pictures with taskUUIDs of their own, small, with every image at hand."""
    items = st.one_of(*(valid_items(each, operation="imageInference") for each in ([model] if model else MODELS)))
    found = [grounded(item) for item in draw(st.lists(items, min_size=1, max_size=most))]
    for number, item in enumerate(found):
        for name in (*OUTSIDE, "outpaint", "lora"):
            item.pop(name, None)
        item["taskUUID"] = f"{number:08x}-0000-4000-8000-{draw(st.integers(0, 2**40)):012x}"
        item |= {"width": draw(st.sampled_from((128, 144, 256))), "height": draw(st.sampled_from((128, 192)))}
        item["numberResults"] = min(item.get("numberResults", 1), 4)
        if draw(st.booleans()):
            item.pop("numberResults")
    return found


@pytest.fixture(scope="session")
def tasks() -> Callable[..., st.SearchStrategy[list[dict[str, Any]]]]:
    """Return a function that makes a strategy of request arrays: tasks(most=3)."""
    return _tasks


@pytest.fixture(scope="session")
def receiver(runner: asyncio.Runner) -> Iterator[Receiver]:
    """Return a receiver of webhooks."""
    made = Receiver(runner)
    yield made
    made.close()


@pytest.fixture(params=["memory", "sqlite", "redis"])
def new_store(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Return a function that returns the URL of an empty store, of each kind in turn."""
    if request.param == "redis":
        port = request.getfixturevalue("redis_port")
        return lambda: f"redis://127.0.0.1:{port}/0?prefix={next(NUMBERS)}:"
    folder = request.getfixturevalue("tmp_path")
    return lambda: "memory" if request.param == "memory" else f"sqlite:///{folder}/{next(NUMBERS)}.db"


@pytest.fixture(scope="session")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Yield the port of a Redis or Valkey server that keeps nothing."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        pytest.skip("no redis-server or valkey-server was found; install one: apt-get install redis-server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    options = {"port": port, "bind": "127.0.0.1", "dir": tmp_path_factory.mktemp("redis"), "save": ""}
    arguments = [str(part) for name, value in options.items() for part in (f"--{name}", value)]
    with subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL) as server:
        try:
            until = time.monotonic() + PATIENCE_S
            while time.monotonic() < until:
                with socket.socket() as trial:
                    if trial.connect_ex(("127.0.0.1", port)) == 0:
                        break
            yield port
        finally:
            server.terminate()


@pytest.fixture(scope="session")
def picture() -> bytes:
    """Return a small PNG file."""
    return png()


@pytest.fixture(scope="session")
def broken() -> list[tuple[dict[str, Any], str, str]]:
    """Return a task for each way to break one, with the rule and the pointer of the verdict.

    The file that GENMOCK_BROKEN names has them where they are not to be drawn by the source that is tested.
    """
    kept = os.environ.get("GENMOCK_BROKEN")
    if kept:
        return [(item, rule, pointer) for item, rule, pointer in json.loads(Path(kept).read_text())]
    return drawn_broken()
