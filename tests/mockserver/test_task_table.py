"""Tasks in the store: which taskUUIDs are used, what became of each, which media belong to them."""

import asyncio
import importlib
from typing import Any

from genmock.mockserver import VirtualClock
from genmock.mockserver.stores import Bound, MemoryStore, Put

task_table = importlib.import_module("genmock.mockserver.task_table")
tasks = importlib.import_module("genmock.mockserver.tasks")
Archived = task_table.Archived
HUGE = 2**70


class Desk:
    """The tasks of a fresh store in memory, called from outside its event loop."""

    def __init__(self, **bounds: Bound) -> None:
        self.clock = VirtualClock(0.0)
        self.store = MemoryStore(self.clock, bounds)
        self._tasks = task_table.Tasks(self.store)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._tasks, name)
        return lambda *arguments: asyncio.run(method(*arguments))


def record(key: str = "key", uuid: str = "AbC") -> Any:
    account = tasks.account_id(key)
    return tasks.TaskRecord("runware", account, uuid, "imageInference", "a:1@1", 0.0, 1.0, 9.0, [{"seed": 7}])


def test_a_task_is_found_by_its_key_and_uuid_in_any_case() -> None:
    desk = Desk()
    assert desk.archive("key", "AbC", Archived({"seed": 1}), 60.0)
    assert desk.archived("key", "aBc") == Archived({"seed": 1}, [], [])
    assert (desk.archived("other", "abc"), desk.is_used("other", "abc")) == (None, False)


def test_a_uuid_is_used_once() -> None:
    desk = Desk()
    assert [desk.archive("key", uuid, Archived({"n": n}), 60.0) for n, uuid in enumerate(("a", "A"))] == [True, False]
    assert desk.is_used("key", "A")
    assert desk.archived("key", "a").item == {"n": 0}


def test_what_belongs_to_a_task_is_written_with_it_or_not_at_all() -> None:
    desk = Desk()
    desk.archive("key", "a", Archived({}), 60.0, Put("media", "one", b"1"))
    desk.archive("key", "a", Archived({}), 60.0, Put("media", "two", b"2"))
    assert [asyncio.run(desk.store.get("media", name)) for name in ("one", "two")] == [b"1", None]


def test_of_many_at_once_one_gets_the_uuid() -> None:
    table = task_table.Tasks(MemoryStore(VirtualClock(0.0), {}))

    async def all_at_once() -> Any:
        return await asyncio.gather(*(table.archive("key", "a", Archived({"n": n}), 60.0) for n in range(50)))

    assert sum(asyncio.run(all_at_once())) == 1


def test_replace_takes_the_place_of_what_was_there() -> None:
    desk = Desk()
    desk.archive("key", "a", Archived({"n": 1}), 60.0)
    desk.replace("key", "A", Archived({"n": 2}), 60.0, Put("media", "m", b"1"))
    assert (desk.archived("key", "a").item, asyncio.run(desk.store.get("media", "m"))) == ({"n": 2}, b"1")


def test_a_refused_task_is_told_and_its_uuid_stays_free() -> None:
    desk = Desk()
    desk.refuse("key", "a", Archived({"n": 1}, (), ({"code": "x"},)), 60.0)
    assert desk.archived("key", "A").errors == [{"code": "x"}]
    assert not desk.is_used("key", "a")
    assert desk.archive("key", "a", Archived({"n": 2}), 60.0)


def test_a_refusal_does_not_hide_what_was_answered() -> None:
    desk = Desk()
    desk.archive("key", "a", Archived({}, ({"seed": 1},)), 60.0)
    desk.refuse("key", "a", Archived({}, (), ({"code": "x"},)), 60.0)
    assert desk.archived("key", "a") == Archived({}, [{"seed": 1}], [])


def test_integers_of_any_size_keep_their_digits() -> None:
    desk = Desk()
    desk.archive("key", "a", Archived({"n": HUGE}), 60.0)
    assert desk.archived("key", "a").item == {"n": HUGE}


def test_a_task_is_forgotten_when_its_time_has_come() -> None:
    desk = Desk()
    desk.archive("key", "a", Archived({}), 60.0)
    desk.clock.advance(59)
    assert desk.is_used("key", "a")
    desk.clock.advance(1)
    assert (desk.is_used("key", "a"), desk.archived("key", "a")) == (False, None)


def test_the_oldest_tasks_go_first() -> None:
    desk = Desk(requests=Bound(2))
    for name in "abc":
        desk.archive("key", name, Archived({}), 60.0)
    assert [desk.is_used("key", name) for name in "abc"] == [False, True, True]


def test_a_record_is_found_by_its_task_and_each_of_its_media_names_it() -> None:
    desk, kept = Desk(), record()
    entries = (
        task_table.record_entry(kept, 60.0),
        task_table.medium_entry(tasks.task_id(kept.account, kept.uuid), "Medium-1", 0, 60.0),
    )
    desk.archive("key", "AbC", Archived({}), 60.0, *entries)
    assert desk.get("key", "abc") == desk.by_id(tasks.task_id(kept.account, "ABC"))
    assert desk.get("key", "abc").results == [{"seed": 7}]
    assert desk.result_of("mEDIUM-1") == desk.result_of("medium-1") == (tasks.task_id(kept.account, "AbC"), 0)


def test_what_never_was_has_no_record() -> None:
    desk = Desk()
    assert (desk.get("key", "a"), desk.by_id("a/b"), desk.result_of("m"), desk.archived("key", "a")) == (None,) * 4


def test_the_store_does_not_tell_keys() -> None:
    desk = Desk()
    desk.archive("s3cret-key", "a", Archived({"x": 1}), 60.0, task_table.record_entry(record("s3cret-key"), 60.0))
    kept = [asyncio.run(desk.store.newest(table, limit=9)) for table in ("requests", "tasks")]
    assert "s3cret" not in repr(kept)
