"""The control API's clock: reading it, moving a virtual one, and what becomes due by that."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from genmock.mockserver import VirtualClock

A = "a0000000-0000-4000-8000-000000000000"
TASK = {
    "taskType": "imageInference",
    "taskUUID": A,
    "model": "runware:108@1",
    "positivePrompt": "a fox",
    "width": 128,
    "height": 128,
}
POLL = {"taskType": "getResponse", "taskUUID": A}
BAD_BODY = 'the body must be {"seconds": N}, N a number from 0 to 1000000000.'


def status(mock: Any) -> str:
    (item,) = mock.data(POLL)
    return str(item["status"])


@pytest.fixture
def still(serve: Callable[..., Any]) -> Any:
    """Return a server whose clock is virtual."""
    return serve(clock="virtual")


def test_a_virtual_clock_tells_its_time(still: Any, ask: Any) -> None:
    told = {"kind": "virtual", "now": 1767225600.0, "time": "2026-01-01T00:00:00+00:00"}
    assert [ask(still, "/clock").json() for _ in range(2)] == [told, told]


def test_the_real_clock_tells_its_time(mock: Any, ask: Any) -> None:
    told = ask(mock, "/clock").json()
    assert told["kind"] == "real"
    assert told["now"] > 1767225600


def test_moving_it_answers_the_new_time(still: Any, ask: Any) -> None:
    reply = ask(still, "/clock/advance", "POST", json={"seconds": 3600})
    assert reply.json() == {"kind": "virtual", "now": 1767229200.0, "time": "2026-01-01T01:00:00+00:00"}
    assert ask(still, "/clock").json() == reply.json()


@pytest.mark.parametrize("seconds", [0, 0.001, 1e9, 2.0])
def test_any_number_of_seconds_that_is_declared_is_taken(still: Any, ask: Any, seconds: float) -> None:
    moved = ask(still, "/clock/advance", "POST", json={"seconds": seconds}).json()["now"]
    assert moved == 1767225600 + seconds


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"seconds": None},
        5,
        {"seconds": -1},
        {"seconds": "1"},
        {"seconds": True},
        {"seconds": 1e9 + 1},
        {"second": 1},
    ],
)
def test_a_body_that_says_something_else_is_refused(still: Any, ask: Any, body: Any) -> None:
    reply = ask(still, "/clock/advance", "POST", json=body)
    assert (reply.status_code, reply.json()["detail"]) == (400, BAD_BODY)
    assert ask(still, "/clock").json()["now"] == 1767225600


@pytest.mark.parametrize("data", [b'{"seconds": NaN}', b'{"seconds": 1e999}', b"\xff", b"{"])
def test_a_body_that_is_no_json_is_refused(still: Any, ask: Any, data: bytes) -> None:
    reply = ask(still, "/clock/advance", "POST", content=data, headers={"content-type": "application/json"})
    assert reply.status_code == 400
    assert ask(still, "/clock").json()["now"] == 1767225600


def test_the_real_clock_is_not_moved(mock: Any, ask: Any) -> None:
    reply = ask(mock, "/clock/advance", "POST", json={"seconds": 1})
    detail = "the clock is real, and nobody can move it; start the server with --clock virtual."
    assert (reply.status_code, reply.json()["detail"]) == (409, detail)


def test_a_task_is_done_when_the_clock_was_moved_to_its_end(still: Any, ask: Any) -> None:
    still.data(TASK | {"deliveryMethod": "async"})
    ask(still, "/clock/advance", "POST", json={"seconds": 1.4})
    assert status(still) == "processing"
    ask(still, "/clock/advance", "POST", json={"seconds": 0.1})
    assert status(still) == "success"


def test_each_poll_moves_the_clock_by_a_tick(serve: Callable[..., Any]) -> None:
    mock = serve(clock="virtual", tick_per_poll=1, duration={"imageInference": 3})
    mock.data(TASK | {"deliveryMethod": "async"})
    assert [status(mock) for _ in range(4)] == ["processing", "processing", "success", "success"]


def test_a_poll_that_is_refused_moves_nothing(serve: Callable[..., Any], ask: Any) -> None:
    mock = serve(clock="virtual", tick_per_poll=1)
    mock.error(POLL | {"taskUUID": "x"})
    assert ask(mock, "/clock").json()["now"] == 1767225600


def test_a_reset_leaves_the_clock_where_it_is(still: Any, ask: Any) -> None:
    ask(still, "/clock/advance", "POST", json={"seconds": 10})
    ask(still, "/reset", "POST")
    assert ask(still, "/clock").json()["now"] == 1767225610


def test_it_can_be_moved_from_any_thread(serve: Callable[..., Any], ask: Any) -> None:
    clock = VirtualClock()
    mock = serve(clock)
    mock.data(TASK | {"deliveryMethod": "async"})
    mover = threading.Thread(target=clock.advance, args=(1.5,))
    mover.start()
    mover.join()
    assert (status(mock), ask(mock, "/clock").json()["now"]) == ("success", 1767225601.5)
