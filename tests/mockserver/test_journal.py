"""The journal: bounded, redacted, cut down, searchable."""

import importlib
import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from genmock.mockserver import Exchange, Journal
from genmock.validators import Violation

exchanges = importlib.import_module("genmock.mockserver.exchange")
elided, redacted_headers, redacted_key = exchanges.elided, exchanges.redacted_headers, exchanges.redacted_key

UUID = "a0000000-0000-4000-8000-000000000000"


def opened(journal: Journal, **members: Any) -> Exchange:
    exchange = journal.open(method="POST", path="/v1", headers={"Authorization": "Bearer s3cret"}, started_at=7.0)
    for name, value in members.items():
        setattr(exchange, name, value)
    return exchange


def closed(journal: Journal, **members: Any) -> Exchange:
    exchange = opened(journal, **members)
    journal.add(exchange)
    return exchange


def note(task_type: str, task_uuid: str = UUID) -> Any:
    return exchanges.TaskNote(task_type, task_uuid, "", "ok")


def test_exchanges_are_numbered_from_one_and_kept_in_order() -> None:
    journal = Journal(10)
    assert [closed(journal).id for _ in range(3)] == [1, 2, 3]
    assert [exchange.id for exchange in journal] == [1, 2, 3]


def test_an_open_exchange_is_not_in_the_journal_yet() -> None:
    journal = Journal(10)
    opened(journal)
    assert len(journal) == 0


def test_the_oldest_exchanges_go_first_and_numbering_goes_on() -> None:
    journal = Journal(2)
    for _ in range(5):
        closed(journal)
    assert [exchange.id for exchange in journal] == [4, 5]
    assert journal.get(3) is None
    assert journal.get(5) is not None


def test_clear_says_how_many_there_were() -> None:
    journal = Journal(10)
    closed(journal)
    assert (journal.clear(), len(journal), closed(journal).id) == (1, 0, 2)


def test_it_may_grow_while_it_is_read() -> None:
    journal = Journal(10)
    closed(journal)
    for _ in journal:
        closed(journal)
    assert len(journal) == 2


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [1, 2, 3]),
        ({"status": 200}, [1, 3]),
        ({"task_type": "ping"}, [1, 2]),
        ({"task_uuid": UUID.upper()}, [1, 2]),
        ({"task_type": "ping", "status": 400}, [2]),
        ({"task_type": "imageUpload", "task_uuid": UUID}, []),
        ({"status": 500}, []),
    ],
)
def test_find_keeps_what_matches_every_filter(filters: dict[str, Any], expected: list[int]) -> None:
    journal = Journal(10)
    closed(journal, status=200, tasks=[note("ping")])
    closed(journal, status=400, tasks=[note("ping"), note("imageUpload", "b")])
    closed(journal, status=200)
    assert [exchange.id for exchange in journal.find(**filters)] == expected


def test_find_wants_one_task_that_matches_both_filters() -> None:
    journal = Journal(10)
    closed(journal, tasks=[note("ping", "b"), note("imageUpload", UUID)])
    assert list(journal.find(task_type="ping", task_uuid=UUID)) == []


@pytest.mark.parametrize("name", ["Authorization", "COOKIE", "x-api-key", "proxy-authorization"])
def test_secret_headers_are_redacted(name: str) -> None:
    assert redacted_headers({name: "s3cret", "accept": "*/*"}) == {name: "<redacted>", "accept": "*/*"}


def test_secrets_are_gone_from_what_the_journal_holds() -> None:
    exchange = closed(
        Journal(10), body=[{"taskType": "authentication", "apiKey": "s3cret", "x": [{"apiKey": "s3cret"}]}]
    )
    assert "s3cret" not in repr(exchange)
    assert "s3cret" not in json.dumps(exchange.as_json())


def test_an_empty_api_key_shows_as_empty() -> None:
    assert elided({"apiKey": ""}) == {"apiKey": ""}


@pytest.mark.parametrize(("key", "shown"), [("", ""), ("short", "..."), ("a-longer-key-1234", "...1234")])
def test_keys_show_their_last_four_characters(key: str, shown: str) -> None:
    assert redacted_key(key) == shown


def test_a_prompt_is_kept_whole_and_a_picture_is_cut() -> None:
    assert elided("p" * 512) == "p" * 512
    assert elided("A" * 5000) == "A" * 64 + "... (5,000 characters)"


def test_long_arrays_and_objects_are_cut_and_say_so() -> None:
    assert elided([0] * 5, 3) == [0, 0, 0, "... (5 in all)"]
    assert elided({"a": 1, "b": 2}, 1) == {"a": 1, "... (2 in all)": None}


def test_the_bound_counts_values_at_every_depth() -> None:
    assert elided([[1, 2], [3, 4]], 4) == [[1, 2], ["... (2 in all)"]]


def test_what_was_cut_once_stays_as_it_is() -> None:
    exchange = closed(Journal(10), body=[[{"a": [0] * 9999}]])
    assert exchange.as_json()["request"]["body"] == exchange.body


def test_no_exchange_can_be_large() -> None:
    huge = "x" * 1_000_000
    violation = Violation("rule", "/" + huge, huge, expected=[huge] * 500, sent=[[huge] * 500], source=huge)
    exchange = closed(
        Journal(10), body=[huge] * 9999, reply={huge: [1] * 9999}, path=huge, violations=[violation] * 2000
    )
    assert len(json.dumps(exchange.as_json())) < 5_000_000
    assert len(exchange.violations) == 200


def test_as_json_has_every_part_of_an_exchange() -> None:
    broken = Violation("maximum", "/0/steps", "text", expected=50, sent=51, source="doc")
    exchange = closed(
        Journal(10), status=400, body=[1], reply={"errors": []}, tasks=[note("ping")], violations=[broken]
    )
    assert exchange.as_json() == {
        "id": 1,
        "startedAt": 7.0,
        "durationSeconds": 0.0,
        "client": "",
        "provider": "",
        "key": "",
        "request": {"method": "POST", "path": "/v1", "headers": {"Authorization": "<redacted>"}, "body": [1]},
        "reply": {"status": 400, "body": {"errors": []}},
        "tasks": [
            {
                "taskType": "ping",
                "taskUUID": UUID,
                "model": "",
                "outcome": "ok",
                "code": "",
                "results": 0,
                "cost": "",
            }
        ],
        "violations": [
            {
                "rule": "maximum",
                "pointer": "/0/steps",
                "message": "text",
                "severity": "error",
                "expected": 50,
                "sent": 51,
                "source": "doc",
            }
        ],
        "note": "",
    }


def test_two_threads_may_look_at_the_same_entry_at_once(serve: Callable[..., Any]) -> None:
    mock, interval = serve(), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(200):
            mock.post({"taskType": "ping"})
            (entry,) = mock.runtime.world.journal
            with ThreadPoolExecutor(4) as threads:
                found = [each["reply"]["body"] for each in threads.map(Exchange.as_json, [entry] * 4)]
            assert found == [{"data": [{"taskType": "ping", "pong": True}]}] * 4
            mock.runtime.world.journal.clear()
    finally:
        sys.setswitchinterval(interval)
