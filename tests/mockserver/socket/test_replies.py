"""Canned replies as a raw client of a socket sees them."""

from collections.abc import Callable
from typing import Any


def test_every_frame_tells_what_was_canned(mock: Any, paint: Callable[..., dict[str, Any]]) -> None:
    client = mock.client()
    mock.fault("reply", result={"seed": 42}, times=1)
    client.send(paint(1, numberResults=2, seed=7))
    client.send(paint(2, seed=7))
    assert [item["seed"] for frame in client.frames(3) for item in frame["data"]] == [42, 42, 7]


def test_items_of_tasks_that_make_nothing_are_canned_too(mock: Any) -> None:
    client = mock.client()
    mock.fault("reply", result={"balance": {"amount": 0.25}})
    asked = {"taskType": "accountManagement", "taskUUID": "f0000000-0000-4000-8000-000000000001"}
    balance = client.item({**asked, "operation": "getDetails"})["balance"]
    assert balance == {"amount": 0.25, "freeBalance": 0, "currency": "USD"}
