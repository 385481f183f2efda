"""A pipeline whose maker is a test's own: the fixtures `gate`, `pool` and `serve_pipeline`."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from genmock.mockserver import Clock, ServerThread, Settings, create_app
from genmock.mockserver.history import values_of
from genmock.mockserver.makers.opening import ENGINES, Engine, Plan
from genmock.mockserver.makers.order import PictureOrder
from genmock.mockserver.makers.pool import Made, Pool
from genmock.mockserver.recipe import ImageRecipe, Sampling
from genmock.mockserver.tasks import TaskRecord

TARGET = "gated_maker:GatedMaker"
WAIT_S = 120.0  # for what another process does; more means that it never will


class Gate:
    """What lets the steps of the gated maker pass, and knows what it did."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    @property
    def plan(self) -> Plan:
        """How the maker is opened."""
        return Plan(TARGET, {"gate": str(self.folder)})

    def pass_step(self, number: int) -> None:
        """Let one step of every picture pass."""
        (self.folder / str(number)).touch()

    def open(self) -> None:
        """Let every step pass."""
        (self.folder / "open").touch()

    def said(self, word: str) -> list[int]:
        """Return the processes that said something: "began", "made"."""
        return [int(path.name.rpartition("-")[2]) for path in self.folder.glob(f"{word}-*")]

    def wait(self, what: Callable[[], Any]) -> Any:
        """Return what a function returns, once that is true."""
        until = time.monotonic() + WAIT_S
        while not (found := what()):
            assert time.monotonic() < until, "it did not happen"
            time.sleep(0.01)
        return found


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Return the gate of the test's own maker, which stands for the engine onnx."""
    made = Gate(tmp_path / "gate")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "gated"))
    monkeypatch.setitem(ENGINES, "onnx", Engine(TARGET, (), "pipeline"))
    monkeypatch.setattr("genmock.mockserver.makers.opening.plan_of", lambda settings: made.plan)
    return made


@pytest.fixture
def pool(gate: Gate) -> Iterator[Callable[..., Pool]]:
    """Return a function that makes a pool of the test's own maker; it is closed at the end."""
    pools: list[Pool] = []

    def made(*, workers: int = 1, timeout_s: float = WAIT_S, log: list[Made] | None = None) -> Pool:
        told = (lambda made: None) if log is None else log.append
        pools.append(Pool(gate.plan, workers=workers, timeout_s=timeout_s, on_made=told))
        return pools[-1]

    yield made
    for each in pools:
        each.close()


@pytest.fixture
def order() -> Callable[..., PictureOrder]:
    """Return a function that makes an order of a small picture: order("a fox", steps=3)."""

    def made(prompt: str = "a fox", *, steps: int = 3, seed: int = 1) -> PictureOrder:
        sampling = Sampling("onnx", steps, 3.0, "Default")
        return PictureOrder(ImageRecipe(prompt, "", "m:1@1", seed, (64, 64), sampling=sampling), "PNG", 95, {})

    return made


KEY = "key-of-the-tests-0123456789abcdef"
TASK = {"taskType": "imageInference", "model": "runware:108@1", "positivePrompt": "a fox", "width": 128, "height": 128}


class Served:
    """A server whose pictures the gated maker makes, and a client of it. made: what its pipeline ended with."""

    def __init__(self, settings: dict[str, Any], clock: Clock | None) -> None:
        self.made: list[Made] = []
        settings = {"mode": "pipeline", "check_replies": True, **settings}
        app = create_app(Settings(**settings), clock=clock, on_made=self.made.append)
        self.runtime = app.state.runtime
        self._thread = ServerThread(app)
        self._thread.__enter__()
        self.url = self._thread.url

    def stop(self) -> None:
        """Stop the server."""
        self._thread.__exit__(None, None, None)

    def send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Send a request."""
        return httpx.request(method, f"{self.url}{path}", timeout=WAIT_S, verify=False, **arguments)

    def post(self, *tasks: Any, **headers: str) -> Any:
        """Return the reply to Runware tasks."""
        sent = {"authorization": f"Bearer {KEY}", **headers}
        return self.send("POST", "/v1", json=[TASK | task for task in tasks], headers=sent).json()

    def order(self, **members: Any) -> str:
        """Return the taskUUID of an asynchronous task that was accepted."""
        name = str(uuid4())
        reply = self.post({"taskUUID": name, "deliveryMethod": "async", "steps": 3, **members})
        assert reply == {"data": [{"taskType": "imageInference", "taskUUID": name}]}, reply
        return name

    def poll(self, name: str) -> Any:
        """Return the reply to a poll."""
        sent = {"authorization": f"Bearer {KEY}"}
        return self.send("POST", "/v1", json=[{"taskType": "getResponse", "taskUUID": name}], headers=sent).json()

    def recipes(self) -> list[dict[str, Any]]:
        """Return the recipes of all pictures that were accepted."""
        found = asyncio.run(values_of(self.runtime.world.store, "tasks"))
        return [detail["recipe"] for data in found if "recipe" in (detail := TaskRecord.of_bytes(data).detail)]

    def states(self, name: str) -> list[tuple[str, int | None]]:
        """Return the status and the progress of each result of a task."""
        return [(item["status"], item.get("progress")) for item in self.poll(name)["data"]]


@pytest.fixture
def serve_pipeline(gate: Gate) -> Iterator[Callable[..., Served]]:
    """Return a function that starts a server: serve_pipeline(pipeline_queue=1) has that setting."""
    servers: list[Served] = []

    def made(clock: Clock | None = None, **settings: Any) -> Served:
        servers.append(Served(settings, clock))
        return servers[-1]

    yield made
    for each in servers:
        each.stop()
