"""The tasks of one request do not know of each other: in whatever order, together or alone, each comes to the same."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

LAWS = settings.get_profile("laws")


def by_task(found: list[Any]) -> dict[str, list[Any]]:
    """Return items or errors by the taskUUID that they name, in their order."""
    groups: dict[str, list[Any]] = {}
    for each in found:
        groups.setdefault(each["taskUUID"], []).append(each)
    return groups


@pytest.fixture(scope="session")
def broken(tasks: Callable[..., Any]) -> Any:
    """Return a strategy of request arrays some of whose tasks break their contract."""

    @st.composite
    def made(draw: st.DrawFn) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = draw(tasks(most=4))
        for item in found:
            if draw(st.booleans()):
                item |= draw(st.sampled_from(({"width": 129}, {"steps": 0}, {"positivePrompt": 7}, {"unknown": 1})))
        return found

    return made()


def test_permuting_a_request_permutes_its_reply(world: Callable[..., Any], broken: Any) -> None:
    @settings(LAWS)
    @given(st.data())
    def law(data: st.DataObject) -> None:
        found = data.draw(broken)
        order = data.draw(st.permutations(found))
        _, items, errors = world().post(*found)
        _, permuted, refused = world().post(*order)
        expected, wrong = by_task(items), by_task(errors)
        assert permuted == [item for task in order for item in expected.get(task["taskUUID"], [])]
        assert refused == [error for task in order for error in wrong.get(task["taskUUID"], [])]

    law()


def test_tasks_that_are_sent_alone_come_to_the_same(world: Callable[..., Any], broken: Any) -> None:
    @settings(LAWS)
    @given(broken)
    def law(found: list[dict[str, Any]]) -> None:
        status, items, errors = world().post(*found)
        alone = [world().post(task) for task in found]
        assert items == [item for _, data, _ in alone for item in data]
        assert errors == [error for _, _, refused in alone for error in refused]
        assert status == (200 if items else alone[0][0])
        for (code, data, refused), task in zip(alone, found, strict=True):
            assert (code == 200) == bool(data) == (not refused)
            assert {each["taskUUID"] for each in (*data, *refused)} == {task["taskUUID"]}

    law()


def test_what_one_world_is_told_together_another_may_be_told_one_by_one(world: Callable[..., Any], broken: Any) -> None:
    @settings(LAWS)
    @given(broken)
    def law(found: list[dict[str, Any]]) -> None:
        together, apart = world(), world()
        together.post(*found)
        for task in found:
            apart.post(task)
        for task in found:
            asked = {"taskType": "getTaskDetails", "taskUUID": task["taskUUID"]}
            assert together.post(asked) == apart.post(asked)

    law()
