"""The control API's view of deliveries."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from genmock.mockserver import VirtualClock
from genmock.mockserver.deliveries import Attempt, Delivery, Job, job_entry

A, B = "a0000000-0000-4000-8000-000000000000", "b0000000-0000-4000-8000-000000000000"
URL = "http://127.0.0.1:9/hook?token=t"
REFUSED = Attempt(5.0, 0, "the receiver refused the connection: nothing listens there", 0.25)
FAILED = Delivery("failed", "webhook", URL, 0, "failed", (REFUSED,))
WAITS = Delivery("waits", "webhook", URL, 1)
LATER = Delivery("later", "webhook", URL, 2)
PUT = Delivery("put", "upload", URL, 0, "delivered", (Attempt(6.0, 200, "", 0.5),))


@pytest.fixture
def filled(serve: Callable[..., Any]) -> Any:
    """Return a server at time 10 that has two tasks' deliveries, three of A and then one of B."""
    mock = serve(VirtualClock(10.0))
    asyncio.run(_fill(mock))
    return mock


async def _fill(mock: Any) -> None:
    for task_uuid, deliveries in ((A, (FAILED, WAITS, LATER)), (B, (PUT,))):
        job = Job("runware", f"key/{task_uuid}", task_uuid.upper(), 12.5, deliveries)
        await mock.runtime.world.store.write(job_entry(job.task, job, now=10.0, retention_s=100.0))


def listed(mock: Any, ask: Any, query: str = "") -> list[str]:
    return [delivery["id"] for delivery in ask(mock, f"/deliveries{query}").json()["deliveries"]]


def test_a_server_that_delivered_nothing_lists_nothing(mock: Any, ask: Any) -> None:
    assert ask(mock, "/deliveries").json() == {"paused": False, "deliveries": []}


def test_a_delivery_tells_where_it_went_and_how_every_attempt_ended(filled: Any, ask: Any) -> None:
    told = ask(filled, "/deliveries/failed").json()
    assert told == {
        "id": "failed",
        "number": told["number"],
        "provider": "runware",
        "taskUUID": A.upper(),
        "kind": "webhook",
        "result": 0,
        "url": URL,
        "state": "failed",
        "dueAt": None,
        "repeats": None,
        "attempts": [
            {
                "at": 5.0,
                "status": None,
                "error": "the receiver refused the connection: nothing listens there",
                "durationSeconds": 0.25,
            }
        ],
    }


def test_only_the_next_delivery_of_a_task_is_due(filled: Any, ask: Any) -> None:
    assert ask(filled, "/deliveries/waits").json()["dueAt"] == 12.5
    assert ask(filled, "/deliveries/later").json()["dueAt"] is None


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["put", "later", "waits", "failed"]),
        ("?limit=2", ["put", "later"]),
        ("?state=pending", ["later", "waits"]),
        ("?kind=upload", ["put"]),
        (f"?taskUUID={A}&state=failed", ["failed"]),
        (f"?taskUUID={B.upper()}", ["put"]),
        ("?state=lost", []),
    ],
)
def test_filters_combine_and_the_newest_come_first(query: str, ids: Sequence[str], filled: Any, ask: Any) -> None:
    assert listed(filled, ask, query) == ids


def test_the_number_of_the_last_turns_the_page(filled: Any, ask: Any) -> None:
    number = ask(filled, "/deliveries/later").json()["number"]
    assert listed(filled, ask, f"?before={number}") == ["waits", "failed"]


def test_a_replay_is_a_new_delivery_that_names_the_first(filled: Any, ask: Any) -> None:
    reply = ask(filled, "/deliveries/put/replay", "POST")
    again = reply.json()
    assert (reply.status_code, again["repeats"], again["state"], again["dueAt"]) == (202, "put", "pending", 10.0)
    assert ask(filled, f"/deliveries/{again['id']}").json()["attempts"] == []
    assert listed(filled, ask)[:2] == [again["id"], "put"]


def test_a_pending_delivery_can_be_released(filled: Any, ask: Any) -> None:
    reply = ask(filled, "/deliveries/later/release", "POST")
    assert (reply.status_code, reply.json()["id"]) == (202, "later")


def test_pausing_shows_until_it_is_over(filled: Any, ask: Any) -> None:
    assert ask(filled, "/deliveries/pause", "POST").json() == {"paused": True}
    assert ask(filled, "/deliveries").json()["paused"] is True
    assert ask(filled, "/deliveries/resume", "POST").json() == {"paused": False}
    assert ask(filled, "/deliveries").json()["paused"] is False


def test_reset_forgets_deliveries_and_the_pause(filled: Any, ask: Any) -> None:
    ask(filled, "/deliveries/pause", "POST")
    ask(filled, "/reset", "POST")
    assert ask(filled, "/deliveries").json() == {"paused": False, "deliveries": []}


def test_what_is_not_pending_cannot_be_released(filled: Any, ask: Any) -> None:
    reply = ask(filled, "/deliveries/failed/release", "POST")
    assert (reply.status_code, reply.json()["detail"]) == (
        409,
        "the delivery is failed, not pending; replay it to send its content again.",
    )


def test_a_task_that_is_not_done_has_nothing_to_release(serve: Callable[..., Any], ask: Any) -> None:
    mock = serve(VirtualClock(10.0))
    job = Job("runware", f"key/{A}", A, 10.5, (WAITS,))
    asyncio.run(mock.runtime.world.store.write(job_entry(job.task, job, now=10.0, retention_s=100.0)))
    reply = ask(mock, "/deliveries/waits/release", "POST")
    assert (reply.status_code, reply.json()["detail"]) == (
        409,
        "the task is not done, so there is nothing to send yet; wait for it, or move the clock.",
    )


@pytest.mark.parametrize(("path", "method"), [("", "GET"), ("/replay", "POST"), ("/release", "POST")])
def test_a_delivery_that_is_not_there_is_a_404(path: str, method: str, filled: Any, ask: Any) -> None:
    reply = ask(filled, f"/deliveries/gone{path}", method)
    assert (reply.status_code, reply.json()["detail"]) == (
        404,
        'there is no delivery "gone"; GET /__genmock__/deliveries lists those there are.',
    )


@pytest.mark.parametrize("query", ["state=done", "kind=letter", "limit=0", "limit=x", "before=0", "taskUUID="])
def test_a_filter_that_cannot_be_is_refused(query: str, filled: Any, problem: Any) -> None:
    status, detail = problem(filled, f"/deliveries?{query}")
    assert status == 400
    assert query.partition("=")[0] in detail
