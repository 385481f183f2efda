"""The control API's view of the journal."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genmock.mockserver import VirtualClock
from genmock.mockserver.exchange import TaskNote
from genmock.validators import Violation

A, B = "a0000000-0000-4000-8000-000000000000", "b0000000-0000-4000-8000-000000000000"
PAINT, PING = "imageInference", {"taskType": "ping", "taskUUID": A, "ping": True}


@pytest.fixture
def ids(ask: Any) -> Callable[[Any, str], list[int]]:
    """Return a function that returns the ids of a page: ids(mock, "?limit=2")."""
    return lambda mock, query: [exchange["id"] for exchange in ask(mock, f"/journal{query}").json()["exchanges"]]


def journalled(mock: Any, *tasks: tuple[str, str], status: int = 200) -> None:
    """Put an exchange into the journal. tasks: (taskType, taskUUID)."""
    journal = mock.runtime.world.journal
    exchange = journal.open(method="POST", path="/v1", headers={}, started_at=0.0)
    exchange.status, exchange.tasks = status, [TaskNote(*task, "", "ok") for task in tasks]
    journal.add(exchange)


def test_an_exchange_tells_everything_of_a_request_but_its_secrets(serve: Callable[..., Any], ask: Any) -> None:
    mock = serve(VirtualClock(5.0))
    mock.post(PING, key="key-0123456789", user_agent="acme/1")
    told = ask(mock, "/journal/1").json()
    assert told.pop("durationSeconds") >= 0
    assert told["request"].pop("headers")["authorization"] == "<redacted>"
    assert told == {
        "id": 1,
        "startedAt": 5.0,
        "client": "acme/1",
        "provider": "runware",
        "key": "...6789",
        "request": {"method": "POST", "path": "/v1", "body": [PING]},
        "reply": {"status": 200, "body": {"data": [{"taskType": "ping", "pong": True, "taskUUID": A}]}},
        "tasks": [
            {
                "taskType": "ping",
                "taskUUID": A,
                "model": "",
                "outcome": "ok",
                "code": "",
                "results": 1,
                "cost": "",
            }
        ],
        "violations": [],
        "note": "",
    }


def test_an_exchange_tells_how_the_contract_was_broken(mock: Any, ask: Any) -> None:
    mock.post(PING | {"ping": 2**70})
    (violation,) = ask(mock, "/journal/1").json()["violations"]
    assert violation.pop("source").startswith("runware-utilities#/")
    assert violation == {
        "rule": "type",
        "pointer": "/0/ping",
        "message": "'ping' must be true or false, not an integer",
        "severity": "error",
        "expected": "boolean",
        "sent": 2**70,
    }


def test_what_json_does_not_have_is_told_as_text(mock: Any, ask: Any) -> None:
    exchange = mock.runtime.world.journal.open(method="POST", path="/\ud800", headers={}, started_at=0.0)
    exchange.violations.append(Violation("rule", "", "message", expected=Path("model.json"), sent=2**64))
    mock.runtime.world.journal.add(exchange)
    told = ask(mock, "/journal/1").json()
    assert told["request"]["path"] == "/\ud800"
    assert (told["violations"][0]["expected"], told["violations"][0]["sent"]) == ("model.json", 2**64)


def test_the_journal_lists_the_newest_first(mock: Any, ids: Any) -> None:
    for _ in range(3):
        journalled(mock)
    assert ids(mock, "") == [3, 2, 1]


def test_an_exchange_that_took_longer_than_a_later_one_keeps_its_place(mock: Any, ids: Any) -> None:
    journal = mock.runtime.world.journal
    first, second = (journal.open(method="POST", path="/v1", headers={}, started_at=0.0) for _ in range(2))
    journal.add(second)
    journal.add(first)
    assert ids(mock, "") == [2, 1]


def test_limit_and_before_page_through_it_and_total_counts_what_fits(mock: Any, ask: Any, ids: Any) -> None:
    for _ in range(5):
        journalled(mock)
    assert (ids(mock, "?limit=2"), ids(mock, "?limit=2&before=4"), ids(mock, "?before=2")) == ([5, 4], [3, 2], [1])
    assert ask(mock, "/journal?limit=2&before=4").json()["total"] == 3


def test_a_page_has_a_hundred_exchanges_unless_asked_otherwise(mock: Any, ids: Any) -> None:
    for _ in range(101):
        journalled(mock)
    assert (len(ids(mock, "")), len(ids(mock, "?limit=1000"))) == (100, 101)


def test_filters_combine(mock: Any, ids: Any) -> None:
    journalled(mock, (PAINT, A))
    journalled(mock, ("ping", A), (PAINT, B))
    journalled(mock, ("ping", B), status=400)
    assert ids(mock, f"?taskUUID={A.upper()}") == [2, 1]
    assert ids(mock, f"?taskType={PAINT}") == [2, 1]
    assert ids(mock, f"?taskType={PAINT}&taskUUID={A}") == [1]
    assert ids(mock, "?status=400") == [3]
    assert ids(mock, f"?status=200&taskUUID={B}&taskType=ping") == []


def test_clearing_says_how_many_there_were_and_numbering_goes_on(mock: Any, ask: Any, ids: Any) -> None:
    journalled(mock)
    journalled(mock)
    assert ask(mock, "/journal", "DELETE").text == '{"cleared":2}'
    journalled(mock)
    assert ids(mock, "") == [3]


def test_an_exchange_that_is_not_there_gets_404_and_what_there_is(mock: Any, problem: Any) -> None:
    assert problem(mock, "/journal/7") == (404, "the journal has no exchange 7; it is empty.")
    journalled(mock)
    assert problem(mock, "/journal/7") == (404, "the journal has no exchange 7; it holds 1 alone.")
    journalled(mock)
    assert problem(mock, "/journal/7") == (404, "the journal has no exchange 7; it holds 2, from 1 to 2.")
