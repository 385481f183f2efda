"""Order and at-least-once, over many deliveries to a receiver that fails by seed, and over restarts."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from genmock.mockserver.clock import RealClock
from genmock.mockserver.deliveries import Delivery, Job, duplicated, reordered
from genmock.mockserver.derive import digest
from genmock.mockserver.stores import Store, open_store

Open = Callable[..., Any]
DELIVERIES = 1000 if os.environ.get("GENMOCK_SCALE") == "full" else 100
PER_TASK = 5
TASKS = [f"key/task-{n}" for n in range(DELIVERIES // PER_TASK)]


def moody(seed: int) -> Callable[[Any], Any]:
    """Return how a receiver answers: nearly half of its answers are no success, by a hash of seed, body and number."""
    seen: Counter[bytes] = Counter()

    def answer(request: Any) -> Any:
        seen[request.body] += 1
        draw = digest(seed, request.body, seen[request.body])[0]
        return "hang" if draw < 4 else "drop" if draw < 40 else 503 if draw < 100 else 302 if draw < 110 else 200

    return answer


def disturbed(job: Job, seed: int) -> Job:
    """Return a job as faults may leave it, by a hash of seed and task."""
    draw = digest(seed, job.task)[0]
    job = duplicated(job, 1) if draw % 3 == 0 else job
    return reordered(job) if draw % 2 == 0 else job


def sqlite(folder: Path) -> Store:
    return open_store(f"sqlite:///{folder}/world.db", RealClock(), {})


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_delivery_arrives_and_those_of_a_task_in_order(seed: int, office: Open, receiver: Any) -> None:
    receiver.answer = moody(seed)
    post = office(webhook_timeout=0.3, webhook_backoff=0.002, webhook_backoff_max=0.01, webhook_attempts=100)
    planned: dict[str, list[str]] = {}

    async def work(courier: Any) -> None:
        for task in TASKS:
            deliveries = [Delivery(f"{task}#{n}", "webhook", receiver.url, n) for n in range(PER_TASK)]
            job = disturbed(Job("acme", task, task, 0.0, deliveries), seed)
            planned[task] = [delivery.id for delivery in job.deliveries]
            await post.accept(task, *job.deliveries)
            courier.nudge()
        await post.settled(*TASKS)

    post.run(work)
    came: dict[str, list[str]] = {task: [] for task in TASKS}
    owner = {name: task for task, names in planned.items() for name in names}
    for request in receiver.requests:
        came[owner[request.body.decode()]].append(request.body.decode())
    assert {task: [name for name, _ in groupby(names)] for task, names in came.items()} == planned
    assert len(receiver.requests) > len(owner)


def test_what_one_server_left_behind_the_next_one_delivers(office: Open, receiver: Any, tmp_path: Path) -> None:
    receiver.answers.append("hang")
    first = office(store=sqlite(tmp_path), webhook_timeout=60.0)

    async def begin(_: Any) -> None:
        await first.store.open()
        await first.accept(
            "a", Delivery("one", "webhook", receiver.url, 0), Delivery("two", "webhook", receiver.url, 1)
        )
        await first.until(lambda: arrived(receiver, 1))

    first.run(begin)
    asyncio.run(first.store.close())
    second = office(store=sqlite(tmp_path))

    async def end(_: Any) -> None:
        await second.store.open()
        await second.settled("a")

    second.run(end)
    asyncio.run(second.store.close())
    assert [request.body for request in receiver.requests] == [b"one", b"one", b"two"]


def test_two_couriers_of_one_store_share_the_work_without_a_double(office: Open, receiver: Any, tmp_path: Path) -> None:
    here, there = (office(store=sqlite(tmp_path), deliveries_at_once=4) for _ in range(2))
    names = [f"key/{n}" for n in range(40)]

    async def work(courier: Any) -> None:
        await here.store.open()
        await there.store.open()
        other = there.courier()
        other.nudge()
        for name in names:
            await here.accept(name, Delivery(name, "webhook", receiver.url, 0))
        courier.nudge()
        await here.settled(*names)
        await other.stop()

    here.run(work)
    for post in (here, there):
        asyncio.run(post.store.close())
    assert sorted(request.body.decode() for request in receiver.requests) == sorted(names)


async def arrived(receiver: Any, count: int) -> bool:
    return len(receiver.requests) >= count
