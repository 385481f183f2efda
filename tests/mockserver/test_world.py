"""The world: answered tasks within bounds, and a reset that is a new beginning."""

import importlib
from typing import Any

from genmock.mockserver import Settings, VirtualClock, World

world = importlib.import_module("genmock.mockserver.world")


def record(key: str = "key", weight: int = 0, **item: Any) -> Any:
    return world.TaskRecord(key, item, (), (), weight)


def test_a_task_is_found_by_its_key_and_uuid_in_any_case() -> None:
    tasks = world.Tasks(10, 1000)
    tasks.put("AbC", record(seed=1))
    assert tasks.get("key", "aBc").item == {"seed": 1}
    assert tasks.get("other", "abc") is None


def test_the_newest_of_a_uuid_counts() -> None:
    tasks = world.Tasks(10, 1000)
    tasks.put("a", record(weight=900))
    tasks.put("a", record(seed=2))
    assert (len(tasks), tasks.get("key", "a").item) == (1, {"seed": 2})


def test_the_oldest_tasks_go_first_by_number_and_by_weight() -> None:
    by_number, by_weight = world.Tasks(2, 1000), world.Tasks(10, 1000)
    for name in "abc":
        by_number.put(name, record())
        by_weight.put(name, record(weight=500))
    assert [tasks.get("key", "a") for tasks in (by_number, by_weight)] == [None, None]
    assert [len(tasks) for tasks in (by_number, by_weight)] == [2, 2]


def test_one_task_heavier_than_the_bound_is_kept_alone() -> None:
    tasks = world.Tasks(10, 1000)
    tasks.put("a", record())
    tasks.put("b", record(weight=5000))
    assert (tasks.get("key", "a"), len(tasks)) == (None, 1)


def test_a_fresh_world_is_empty_and_keeps_the_clock() -> None:
    clock = VirtualClock()
    fresh = World.of(Settings(balance=2.0), clock)
    assert (len(fresh.journal), len(fresh.uploads), len(fresh.pictures), len(fresh.tasks)) == (0, 0, 0, 0)
    assert fresh.clock is clock
    assert fresh.accounts.balance("key") == 2


def test_reset_equals_new(mock: Any) -> None:
    task = {"taskType": "imageInference", "model": "runware:108@1", "positivePrompt": "a", "width": 128, "height": 128}
    one = task | {"taskUUID": "a0000000-0000-4000-8000-000000000000"}
    first = mock.post(one).content
    mock.runtime.reset()
    assert mock.post(one).content == first
    assert (mock.exchange.id, mock.runtime.world.accounts.requests("key-of-the-tests-0123456789abcdef")) == (1, 1)
