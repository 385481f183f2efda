"""How a task is asked for changes nothing: at once or later, over HTTP or a WebSocket, to whichever store."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

LAWS = settings.get_profile("laws")
FEW = settings.get_profile("few")
LONG_S = 3.0


def without_status(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "status"}


def test_a_task_that_is_polled_comes_to_what_one_that_is_waited_for_does(
    world: Callable[..., Any], tasks: Callable[..., Any]
) -> None:
    @settings(LAWS)
    @given(tasks(), st.sampled_from((0.0, 0.25, 0.5, 0.75)))
    def law(found: list[dict[str, Any]], part: float) -> None:
        (task,) = found
        at_once = world().data(task)
        later = world(duration={"imageInference": LONG_S})
        assert later.data({**task, "deliveryMethod": "async"}) == [
            {"taskType": "imageInference", "taskUUID": task["taskUUID"]}
        ]
        later.clock.advance(part * LONG_S)
        for item, done in zip(later.poll(task["taskUUID"]), at_once, strict=True):
            named = {name: done[name] for name in ("taskType", "taskUUID", "imageUUID")}
            assert item == {**named, "status": "processing", "progress": 100 * part}
        later.clock.advance((1 - part) * LONG_S)
        polled = later.poll(task["taskUUID"])
        assert {item["status"] for item in polled} == {"success"}
        assert [without_status(item) for item in polled] == at_once

    law()


def test_a_socket_is_told_what_a_reply_has(world: Callable[..., Any], tasks: Callable[..., Any]) -> None:
    @settings(FEW)
    @given(tasks(most=3), st.lists(st.sampled_from(({}, {}, {"steps": 0}, {"unknown": 1})), min_size=3))
    def law(found: list[dict[str, Any]], changes: list[dict[str, int]]) -> None:
        sent = [{**task, **change} for task, change in zip(found, changes, strict=False)]
        _, items, errors = world().post(*sent)
        told = world().frames(sent, count=len(items) + len(errors))
        assert sorted(map(str, told)) == sorted(map(str, (*items, *errors)))
        for task in sent:  # results of one task stay in their order
            mine = [each for each in told if each["taskUUID"] == task["taskUUID"]]
            assert mine == [each for each in (*items, *errors) if each["taskUUID"] == task["taskUUID"]]

    law()


def test_one_by_one_means_that_each_part_of_the_time_ends_one_result(
    world: Callable[..., Any], tasks: Callable[..., Any]
) -> None:
    @settings(FEW)
    @given(tasks())
    def law(found: list[dict[str, Any]]) -> None:
        task = {**found[0], "numberResults": 4, "deliveryMethod": "async"}
        one = world(duration={"imageInference": 8.0}, result_progress="one-by-one")
        one.data(task)
        for done in range(5):
            assert [item["status"] for item in one.poll(task["taskUUID"])] == ["success"] * done + ["processing"] * (
                4 - done
            )
            one.clock.advance(1.0)
            assert [item["status"] for item in one.poll(task["taskUUID"])].count("success") == done
            one.clock.advance(1.0)

    law()


def test_what_never_ends_keeps_nobody_waiting_on_its_socket(
    world: Callable[..., Any], tasks: Callable[..., Any]
) -> None:
    @settings(FEW, max_examples=3)
    @given(tasks())
    def law(found: list[dict[str, Any]]) -> None:
        here = world()
        here.control("POST", "/faults", {"kind": "task_stall", "times": 1, "match": {"taskType": "imageInference"}})
        other = {**found[0], "taskUUID": "b0000000-0000-4000-8000-000000000000", "numberResults": 1}
        told = here.frames(found, [{"taskType": "ping", "ping": True}], [other], count=2)
        assert [(each["taskType"], each.get("taskUUID")) for each in told] == [
            ("ping", None),
            ("imageInference", other["taskUUID"]),
        ]

    law()
