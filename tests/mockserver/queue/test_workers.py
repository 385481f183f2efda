"""Pictures of workers on other machines: as those of the server's own, and made whatever becomes of a worker."""

import asyncio
import os
import random
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from saq.job import Status

from genmock.mockserver.makers.broker import open_queue

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
KEY = "key-of-the-tests-0123456789abcdef"
WAIT_S = 600.0
KILLS = 20 if os.environ.get("GENMOCK_SCALE") == "full" else 2
TASK = {
    "taskType": "imageInference",
    "model": "runware:111@1",
    "positivePrompt": "a red circle",
    "width": 128,
    "height": 128,
    "outputFormat": "PNG",
    "deliveryMethod": "async",
}


def send(url: str, *tasks: Any) -> Any:
    headers = {"authorization": f"Bearer {KEY}"}
    return httpx.post(f"{url}/v1", json=list(tasks), headers=headers, timeout=WAIT_S, trust_env=False).json()


def order(url: str, number: int, **members: Any) -> str:
    name = str(UUID(int=number + (4 << 76) + (8 << 60)))
    reply = send(url, {**TASK, "taskUUID": name, "seed": number, **members})
    assert "errors" not in reply, reply
    return name


def poll(url: str, name: str) -> list[dict[str, Any]]:
    reply = send(url, {"taskType": "getResponse", "taskUUID": name})
    assert "errors" not in reply, reply
    return list(reply["data"])


def finished(served: Any, names: list[str]) -> dict[str, bytes]:
    """Return the pictures of tasks, by name, when all are there."""
    until, made = time.monotonic() + WAIT_S, dict[str, bytes]()
    while len(made) < len(names):
        assert time.monotonic() < until, f"{len(made)} of {len(names)} were made"
        assert not any(served.failed), served.failed
        for name in names:
            found = poll(served.url, name) if name not in made else []
            if [item["status"] for item in found] == ["success"]:
                made[name] = httpx.get(found[0]["imageURL"], trust_env=False).content
        time.sleep(0.1)  # the pictures are made in real time
    return made


def test_a_worker_makes_what_the_server_would_have_made(fleet: Callable[..., Any]) -> None:
    elsewhere, here = fleet(), fleet(pipeline_workers=1)
    elsewhere.start_worker()
    pictures = [finished(each, [order(each.url, 7, steps=4)]) for each in (elsewhere, here)]
    assert pictures[0] == pictures[1]


def test_an_order_waits_for_the_first_worker(fleet: Callable[..., Any]) -> None:
    served = fleet()
    name = order(served.url, 1, steps=4)
    assert [item["status"] for item in poll(served.url, name)] == ["processing"]
    served.start_worker()
    assert list(finished(served, [name])) == [name]


def test_the_steps_of_a_worker_are_told(fleet: Callable[..., Any]) -> None:
    served = fleet()
    served.start_worker()
    name, told = order(served.url, 1, steps=30, numberResults=2), set[int]()
    until = time.monotonic() + WAIT_S
    while (found := poll(served.url, name))[0]["status"] == "processing" and time.monotonic() < until:
        told.add(found[0]["progress"])
    assert [item["status"] for item in found] == ["success"] * 2
    assert len(told - {0, 100}) >= 2, told


def test_a_server_without_workers_says_so(
    fleet: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("genmock.mockserver.makers.broker.PATIENCE_S", 0.2)
    served = fleet()
    order(served.url, 1)
    until = time.monotonic() + WAIT_S
    while not caplog.messages and time.monotonic() < until:
        time.sleep(0.05)
    assert caplog.messages == [f"orders wait for a worker: genmock worker --mode pipeline --store {served.store}"]


def test_an_order_is_made_whose_finder_died_too(fleet: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genmock.mockserver.makers.broker.SWEPT_S", 0.3)
    served = fleet()
    name = order(served.url, 1, steps=4)

    async def taken() -> bool:  # what is left when a worker dies amid the sweep of another's order
        queue = open_queue(served.store)
        jobs = [job async for job in queue.iter_jobs()]
        for job in jobs:
            job.status = Status.ABORTING
            await queue.redis.lrem(queue.namespace("queued"), 0, job.id)
            await queue.redis.zrem(queue.namespace("incomplete"), job.id)
            await queue.redis.set(job.id, queue.serialize(job))
        await queue.disconnect()
        return bool(jobs)

    while not asyncio.run(taken()):
        time.sleep(0.05)  # until the server has passed it on
    served.start_worker()
    assert list(finished(served, [name])) == [name]


def test_an_order_is_made_that_was_taken_for_one_of_a_dead_worker(
    fleet: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genmock.mockserver.makers.broker.SWEPT_S", 0.3)
    served = fleet()
    name = order(served.url, 1, steps=4)

    async def swept() -> bool:  # as when a sweep falls between a worker's taking of an order and its saying so
        queue = open_queue(served.store)
        jobs = [job async for job in queue.iter_jobs()]
        for job in jobs:
            await queue.abort(job, error="swept")
        await queue.disconnect()
        return bool(jobs)

    while not asyncio.run(swept()):
        time.sleep(0.05)  # until the server has passed it on
    served.start_worker()
    assert list(finished(served, [name])) == [name]


def test_every_order_is_made_once_whatever_becomes_of_its_worker(fleet: Callable[..., Any]) -> None:
    served, chance = fleet(pipeline_queue=1000), random.Random(8)
    for _ in range(2):
        served.start_worker()
    names = []
    for number in range(KILLS):
        names += [order(served.url, 3 * number + each, steps=50) for each in range(3)]
        time.sleep(chance.uniform(0.2, 1.5))  # so that it dies at any moment of its work
        served.kill(chance.choice(served.workers))
        served.start_worker()
    pictures = finished(served, names)
    assert len(set(pictures.values())) == len(names)
    assert [[item["status"] for item in poll(served.url, name)] for name in names] == [["success"]] * len(names)
