"""What the pipeline still has to make: in the store, counted, waited for, and what it says of a task's state."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from genmock.mockserver import Settings, VirtualClock, World
from genmock.mockserver.productions import Production, ended, find_production, production_entry, unfinished, waiting
from genmock.mockserver.recipe import Adapter, ImageRecipe, Sampling
from genmock.mockserver.stores import Delete, Store, open_store
from genmock.mockserver.tasks import TaskRecord, state_at
from genmock.mockserver.tasks import ended as record_ended
from genmock.mockserver.world import bounds

PRODUCTION = Production("runware", "a/1", 3)
INF = float("inf")


@pytest.fixture
def store() -> Store:
    clock = VirtualClock()
    return World.of(Settings(), clock, open_store("memory", clock, bounds(Settings()))).store


def record(**members: Any) -> TaskRecord:
    results: Sequence[dict[str, Any]] = [{"seed": 1}, {"seed": 2}]
    detail = {"produced": True, "least_s": members.pop("least_s", 0.0)}
    return TaskRecord("runware", "a", "1", "imageInference", "m:1@1", 100.0, INF, 200.0, results, detail=detail)


async def write(store: Store, *productions: Production) -> None:
    await store.write(*(production_entry(each, due_at=0.0) for each in productions))


def test_a_production_is_kept_as_it_is(store: Store) -> None:
    begun = replace(PRODUCTION, begun_at=5.0, part=0.25, finished=1)
    asyncio.run(write(store, begun))
    assert asyncio.run(find_production(store, "a/1")) == begun
    assert asyncio.run(find_production(store, "a/2")) is None


def test_files_are_counted_until_they_are_made(store: Store) -> None:
    asyncio.run(write(store, PRODUCTION, replace(PRODUCTION, task="a/2", finished=2)))
    assert asyncio.run(unfinished(store, most=10)) == 4


def test_what_has_begun_waits_no_more(store: Store) -> None:
    asyncio.run(write(store, PRODUCTION, replace(PRODUCTION, task="a/2", begun_at=1.0), replace(PRODUCTION, task="b")))
    assert asyncio.run(waiting(store, "runware")) == 2
    assert asyncio.run(waiting(store, "kiapi")) == 0


def test_who_waits_is_let_go_when_it_is_done_or_not_wanted(store: Store) -> None:
    async def waited() -> None:
        await write(store, PRODUCTION)
        waiting = asyncio.create_task(ended(store, "a/1"))
        await asyncio.sleep(0)
        assert not waiting.done()
        await store.write(Delete("productions", "a/1"))
        await waiting

    asyncio.run(waited())


def test_the_state_of_a_task_in_production_is_what_that_says() -> None:
    begun = replace(PRODUCTION, begun_at=1.0, part=0.55, finished=1)
    assert state_at(record(), 1e9, PRODUCTION).status == "accepted"
    assert (state_at(record(), 1e9, begun).status, state_at(record(), 1e9, begun).progress) == ("processing", 55)
    assert [each.status for each in state_at(record(), 0.0, begun).results] == ["processing"] * 2
    apart = state_at(record(), 0.0, begun, together=False).results
    assert [each.status for each in apart] == ["success", "processing"]


def test_a_task_ends_when_its_production_does_and_is_told_as_long_as_any() -> None:
    done = record_ended(record(), 130.0)
    assert (done.ends_at, done.expires_at) == (130.0, 230.0)
    assert state_at(done, 130.0).status == "success"


def test_a_task_takes_at_least_what_it_was_asked_to_take() -> None:
    assert record_ended(record(least_s=60.0), 130.0).ends_at == 160.0


def test_a_failed_production_is_a_failed_task() -> None:
    failed = record_ended(record(least_s=60.0), 130.0, {"code": "internalServerError"})
    state = state_at(failed, 130.0)
    assert (failed.ends_at, state.status, state.whole) == (130.0, "error", True)


def test_a_recipe_of_the_pipeline_is_kept_as_it_is() -> None:
    sampling = Sampling("onnx", 8, 2.5, "Euler", [Adapter("f00", 0.5)])
    recipe = ImageRecipe("a fox", "", "m:1@1", 7, [64, 64], sources=[], sampling=sampling)
    assert ImageRecipe.of_json(recipe.as_json(), 7) == recipe
    assert recipe.contents == ["f00"]


def test_a_picture_that_is_drawn_has_no_sampling_in_its_record() -> None:
    assert "sampling" not in ImageRecipe("a fox", "", "m:1@1", 7, [64, 64]).as_json()
