"""Tasks that take time: acknowledged, polled, finished, failed, expired, by a clock that the test moves."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from genmock.mockserver import VirtualClock
from genmock.mockserver.deliveries import Job
from genmock.mockserver.providers.runware.delivery import pack

IDS = [f"a{number:07x}-0000-4000-8000-000000000000" for number in range(60)]
A, B = IDS[:2]
TASK = {"taskType": "imageInference", "model": "runware:108@1", "positivePrompt": "a fox", "width": 128, "height": 128}
ASYNC = TASK | {"deliveryMethod": "async"}


def poll(mock: Any, *uuids: str) -> Any:
    reply = mock.post(*({"taskType": "getResponse", "taskUUID": uuid} for uuid in uuids))
    assert reply.status_code == 200, reply.text
    return reply.json()


def order(mock: Any, uuid: str = A, **members: Any) -> list[dict[str, Any]]:
    return list(mock.data(ASYNC | {"taskUUID": uuid} | members))


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def timed(serve: Callable[..., Any], clock: VirtualClock) -> Any:
    return serve(clock, duration={"imageInference": 10.0}, reused_task_uuid="error")


def test_the_acknowledgement_has_a_type_and_a_uuid_and_nothing_else(timed: Any) -> None:
    assert order(timed) == [{"taskType": "imageInference", "taskUUID": A}]


def test_a_wrong_task_is_refused_at_once_and_can_not_be_polled(timed: Any) -> None:
    assert timed.error(ASYNC | {"taskUUID": A, "width": 1})["code"] == "invalidWidth"
    assert timed.error({"taskType": "getResponse", "taskUUID": A})["code"] == "taskNotFound"


def test_a_processing_item_has_its_image_uuid_and_progress(timed: Any, clock: VirtualClock) -> None:
    order(timed, numberResults=2)
    clock.advance(4.7)
    items = poll(timed, A)["data"]
    assert [list(item) for item in items] == [["taskType", "taskUUID", "imageUUID", "status", "progress"]] * 2
    assert {(item["status"], item["progress"]) for item in items} == {("processing", 47)}
    assert len({item["imageUUID"] for item in items}) == 2


def test_a_finished_task_gives_all_results_at_every_poll(timed: Any, clock: VirtualClock) -> None:
    order(timed, numberResults=3, includeCost=True, seed=7)
    clock.advance(10)
    first, second = poll(timed, A), poll(timed, A)
    assert first == second
    assert [(item["status"], item["seed"]) for item in first["data"]] == [("success", seed) for seed in (7, 8, 9)]
    assert list(first["data"][0])[:4] == ["taskType", "taskUUID", "status", "imageUUID"]


def test_the_image_uuids_of_a_poll_do_not_change(timed: Any, clock: VirtualClock) -> None:
    order(timed)
    before = poll(timed, A)["data"][0]["imageUUID"]
    clock.advance(10)
    assert poll(timed, A)["data"][0]["imageUUID"] == before


def test_results_are_those_of_the_same_task_sent_synchronously(serve: Callable[..., Any], clock: VirtualClock) -> None:
    mock = serve(clock)
    (at_once,) = mock.data(TASK | {"taskUUID": A, "seed": 1})
    order(mock, A, seed=1)
    clock.advance(60)
    (later,) = poll(mock, A)["data"]
    assert later == {"status": "success", **at_once}
    assert mock.picture(later).tobytes() == mock.picture(at_once).tobytes()


def test_a_picture_is_served_from_the_moment_its_task_is_done(timed: Any, clock: VirtualClock) -> None:
    order(timed)
    uuid = poll(timed, A)["data"][0]["imageUUID"]
    url = f"/image/ws/2/ii/{uuid}.jpg"
    assert timed.send("GET", url).status_code == 404
    clock.advance(10)
    assert timed.send("GET", url).status_code == 200


def test_base64_comes_with_the_poll(timed: Any, clock: VirtualClock) -> None:
    order(timed, outputType="base64Data")
    clock.advance(10)
    (item,) = poll(timed, A)["data"]
    assert list(item)[3:5] == ["imageUUID", "imageBase64Data"]


def test_one_get_response_tells_of_several_tasks(timed: Any, clock: VirtualClock) -> None:
    order(timed, A)
    clock.advance(5)
    order(timed, B)
    clock.advance(5)
    told = [(item["taskUUID"], item["status"]) for item in poll(timed, A, B)["data"]]
    assert told == [(A, "success"), (B, "processing")]


def test_a_synchronous_task_can_be_polled_too(mock: Any) -> None:
    (item,) = mock.data(TASK | {"taskUUID": A})
    assert poll(mock, A)["data"] == [{"status": "success", **item}]


def test_an_unknown_task_is_an_error_or_nothing(serve: Callable[..., Any]) -> None:
    task = {"taskType": "getResponse", "taskUUID": A}
    assert serve().error(task)["code"] == "taskNotFound"
    assert serve(unknown_task="empty").post(task).json() == {"data": []}


def test_another_key_does_not_see_a_task(timed: Any) -> None:
    order(timed)
    reply = timed.post({"taskType": "getResponse", "taskUUID": A}, key="another-key")
    assert reply.json()["errors"][0]["code"] == "taskNotFound"


def test_a_task_of_three_seconds_is_done_on_the_third_poll(serve: Callable[..., Any]) -> None:
    mock = serve(VirtualClock(tick_per_poll=1), duration={"imageInference": 3.0})
    order(mock)
    assert [poll(mock, A)["data"][0]["status"] for _ in range(3)] == ["processing", "processing", "success"]


def test_several_get_responses_of_one_request_are_one_poll(serve: Callable[..., Any]) -> None:
    mock = serve(VirtualClock(tick_per_poll=1), duration={"imageInference": 3.0})
    order(mock, A)
    order(mock, B)
    assert [item["progress"] for item in poll(mock, A, B)["data"]] == [33, 33]


def test_results_can_finish_one_by_one(serve: Callable[..., Any], clock: VirtualClock) -> None:
    mock = serve(clock, duration={"imageInference": 10.0}, result_progress="one-by-one")
    order(mock, numberResults=4)
    clock.advance(5)
    assert [item["status"] for item in poll(mock, A)["data"]] == ["success"] * 2 + ["processing"] * 2


@pytest.mark.parametrize(
    ("fault", "results", "errors"),
    [
        ({"kind": "task_fail", "code": "timeoutProvider"}, 0, 1),
        ({"kind": "error", "code": "timeoutProvider", "scope": "result", "result": 1}, 2, 1),
    ],
    ids=["the task", "one result"],
)
def test_details_tell_a_failure_once_and_the_results_beside_it(
    timed: Any, clock: VirtualClock, fault: Any, results: int, errors: int
) -> None:
    assert timed.send("POST", "/__genmock__/faults", json=fault).status_code == 201
    order(timed, numberResults=3)
    clock.advance(10)
    (item,) = timed.data({"taskType": "getTaskDetails", "taskUUID": A})
    told = item["response"]
    assert (len(told.get("data", ())), len(told["errors"])) == (results, errors)


def test_results_expire_after_their_retention(serve: Callable[..., Any], clock: VirtualClock) -> None:
    mock = serve(clock, retention=60.0, reused_task_uuid="error")
    order(mock)
    clock.advance(61.5)  # a second and a half to be done, then a minute
    error = mock.error({"taskType": "getResponse", "taskUUID": A})
    assert (error["code"], error["message"]) == ("taskExpired", f"The result of task '{A}' has expired.")


def test_a_medium_outlives_its_ttl_by_no_second(timed: Any, clock: VirtualClock) -> None:
    order(timed, ttl=60)
    clock.advance(59)
    (item,) = poll(timed, A)["data"]
    assert timed.send("GET", item["imageURL"]).status_code == 200
    clock.advance(1)
    assert timed.send("GET", item["imageURL"]).status_code == 404


def test_a_task_uuid_can_not_be_used_twice_by_a_key(timed: Any) -> None:
    order(timed)
    error = timed.error(ASYNC | {"taskUUID": A})
    assert (error["code"], error["parameter"], error["taskUUID"]) == ("conflictTaskUUID", "taskUUID", A)
    assert timed.post(ASYNC | {"taskUUID": A}, key="another-key").status_code == 200


def test_a_conflict_leaves_the_first_task_and_the_account_alone(timed: Any, clock: VirtualClock) -> None:
    order(timed, seed=1)
    spent = timed.data({"taskType": "accountManagement", "taskUUID": B, "operation": "getDetails"})[0]["usage"]
    timed.error(ASYNC | {"taskUUID": A.upper(), "seed": 2})
    clock.advance(10)
    assert poll(timed, A)["data"][0]["seed"] == 1
    after = timed.data({"taskType": "accountManagement", "taskUUID": IDS[2], "operation": "getDetails"})[0]["usage"]
    assert after["total"]["credits"] == spent["total"]["credits"]


def test_a_refused_task_uuid_is_still_free(timed: Any) -> None:
    timed.error(ASYNC | {"taskUUID": A, "width": 1})
    order(timed)


def test_a_task_uuid_in_an_earlier_request_conflicts_whatever_the_task_was(timed: Any) -> None:
    timed.data({"taskType": "modelSearch", "taskUUID": A, "search": "qwen"})
    assert timed.error(ASYNC | {"taskUUID": A})["code"] == "conflictTaskUUID"


def test_a_duration_can_be_asked_for_in_the_request(timed: Any, clock: VirtualClock) -> None:
    timed.data(ASYNC | {"taskUUID": A}, prefer="duration=2")
    clock.advance(2)
    assert poll(timed, A)["data"][0]["status"] == "success"


@pytest.fixture
def failing(serve: Callable[..., Any], clock: VirtualClock) -> Iterator[Callable[..., Any]]:
    def served(fault: dict[str, Any], **settings: Any) -> Any:
        mock = serve(clock, duration={"imageInference": 10.0}, **settings)
        reply = mock.send("POST", "/__genmock__/faults", json=fault)
        assert reply.status_code == 201, reply.text
        return mock

    yield served


FAILS = {"kind": "task_fail", "at": 40, "code": "timeoutProvider"}


def test_a_failure_is_told_in_errors(failing: Callable[..., Any], clock: VirtualClock) -> None:
    mock = failing(FAILS)
    order(mock, numberResults=2)
    clock.advance(3.9)
    assert {item["status"] for item in poll(mock, A)["data"]} == {"processing"}
    clock.advance(0.1)
    told = poll(mock, A)
    (error,) = told["errors"]
    assert (told["data"], error["code"], error["status"], error["taskUUID"]) == ([], "timeoutProvider", "error", A)


def test_a_failure_is_told_in_data_where_the_settings_say_so(failing: Callable[..., Any], clock: VirtualClock) -> None:
    mock = failing(FAILS, poll_failures="data")
    order(mock)
    clock.advance(10)
    (item,) = poll(mock, A)["data"]
    assert list(item) == ["taskType", "taskUUID", "status", "error"]
    assert (item["status"], item["error"]["code"]) == ("error", "timeoutProvider")


def test_one_result_of_three_can_fail(failing: Callable[..., Any], clock: VirtualClock) -> None:
    mock = failing({"kind": "error", "code": "imageBlocked", "scope": "result", "result": 1})
    order(mock, numberResults=3)
    clock.advance(10)
    told = poll(mock, A)
    assert ([item["status"] for item in told["data"]], len(told["errors"])) == (["success"] * 2, 1)


def test_a_task_can_stall_for_ever(failing: Callable[..., Any], clock: VirtualClock) -> None:
    mock = failing({"kind": "task_stall"})
    order(mock)
    clock.advance(80_000)
    assert poll(mock, A)["data"][0]["status"] == "processing"


def test_a_task_can_expire_when_it_is_done(failing: Callable[..., Any], clock: VirtualClock) -> None:
    mock = failing({"kind": "task_expire"})
    order(mock)
    clock.advance(9)
    assert poll(mock, A)["data"][0]["status"] == "processing"
    clock.advance(1)
    assert mock.error({"taskType": "getResponse", "taskUUID": A})["code"] == "taskExpired"


def test_polls_change_nothing(timed: Any, clock: VirtualClock) -> None:
    order(timed)
    clock.advance(3)
    store = timed.runtime.world.store
    before = [entry.value for entry in asyncio.run(store.newest("tasks", limit=10))]
    for _ in range(3):
        poll(timed, A)
    assert [entry.value for entry in asyncio.run(store.newest("tasks", limit=10))] == before
    assert json.loads(before[0])["duration_s"] == 10.0


def test_a_webhook_that_is_packed_late_tells_of_the_failure_all_the_same(
    failing: Callable[..., Any], clock: VirtualClock
) -> None:
    mock = failing(FAILS, retention=60.0)
    order(mock, webhookURL="http://127.0.0.1:9/hook")
    clock.advance(600)

    async def packed() -> Any:
        (entry,) = await mock.runtime.world.store.newest("outbox", limit=2)
        job = Job.of_bytes(entry.value)
        return await pack(mock.runtime, job, job.deliveries[0])

    (error,) = json.loads(asyncio.run(packed()).content)["errors"]
    assert (error["code"], error["taskUUID"]) == ("timeoutProvider", A)
