"""Both journals, in memory and in a store, are asked in the same way and answer alike."""

import asyncio
import importlib
from typing import Any

import pytest

from genmock.mockserver import Journal, VirtualClock
from genmock.mockserver.stores import Bound, MemoryStore
from genmock.validators import Violation

SharedJournal = importlib.import_module("genmock.mockserver.shared_journal").SharedJournal
Filter = importlib.import_module("genmock.mockserver.journal").Filter
TaskNote = importlib.import_module("genmock.mockserver.exchange").TaskNote
UUID = "a0000000-0000-4000-8000-000000000000"
LIMIT = 600  # more than a shared journal reads at once


@pytest.fixture
def store() -> MemoryStore:
    """Return a store whose journal keeps LIMIT exchanges."""
    return MemoryStore(VirtualClock(), {"journal": Bound(LIMIT, durable=True)})


@pytest.fixture(params=["in memory", "shared"])
def journal(request: pytest.FixtureRequest, store: MemoryStore) -> Any:
    """Return an empty journal of either kind."""
    return Journal(LIMIT) if request.param == "in memory" else SharedJournal(store)


def ended(journal: Any, **members: Any) -> Any:
    exchange = journal.open(method="POST", path="/v1", headers={"Authorization": "Bearer s3cret"}, started_at=7.0)
    for name, value in members.items():
        setattr(exchange, name, value)
    asyncio.run(journal.record(exchange))
    return exchange


def note(task_type: str, task_uuid: str = UUID) -> Any:
    return TaskNote(task_type, task_uuid, "", "ok")


def page(journal: Any, before: int | None = None, limit: int = 100, **wanted: Any) -> tuple[int, list[int]]:
    total, exchanges = asyncio.run(journal.page(Filter(**wanted), before=before, limit=limit))
    return total, [exchange["id"] for exchange in exchanges]


def test_an_empty_journal_has_nothing(journal: Any) -> None:
    assert (page(journal), asyncio.run(journal.extent())) == ((0, []), (0, 0, 0))
    assert (asyncio.run(journal.told(1)), asyncio.run(journal.forget())) == (None, 0)


def test_exchanges_are_numbered_from_one_and_told_newest_first(journal: Any) -> None:
    assert [ended(journal).id for _ in range(3)] == [1, 2, 3]
    assert page(journal) == (3, [3, 2, 1])
    assert asyncio.run(journal.extent()) == (3, 1, 3)


def test_an_open_exchange_is_not_told_yet(journal: Any) -> None:
    journal.open(method="POST", path="/v1", headers={}, started_at=7.0)
    assert page(journal) == (0, [])


def test_pages_follow_each_other_without_a_gap(journal: Any) -> None:
    for _ in range(5):
        ended(journal)
    assert page(journal, limit=2) == (5, [5, 4])
    assert page(journal, before=4, limit=2) == (3, [3, 2])
    assert page(journal, before=2, limit=2) == (1, [1])
    assert page(journal, before=1) == (0, [])


def test_the_oldest_go_first_and_numbering_goes_on(journal: Any) -> None:
    for _ in range(LIMIT + 5):
        ended(journal)
    assert asyncio.run(journal.extent()) == (LIMIT, 6, LIMIT + 5)
    assert (asyncio.run(journal.told(5)), page(journal, limit=1)) == (None, (LIMIT, [LIMIT + 5]))


def test_forgetting_says_how_many_there_were_and_numbering_goes_on(journal: Any) -> None:
    for _ in range(3):
        ended(journal)
    assert (asyncio.run(journal.forget()), page(journal)) == (3, (0, []))
    assert ended(journal).id == 4


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [3, 2, 1]),
        ({"status": 200}, [3, 1]),
        ({"task_type": "ping"}, [2, 1]),
        ({"task_uuid": UUID.upper()}, [2, 1]),
        ({"task_type": "ping", "status": 400}, [2]),
        ({"task_type": "imageUpload", "task_uuid": UUID}, []),
        ({"task_type": "imageUpload", "task_uuid": "b"}, [2]),
        ({"status": 500}, []),
    ],
)
def test_a_filter_keeps_what_fits_it_in_every_part(journal: Any, filters: Any, expected: list[int]) -> None:
    ended(journal, status=200, tasks=[note("ping")])
    ended(journal, status=400, tasks=[note("ping"), note("imageUpload", "b")])
    ended(journal, status=200)
    assert page(journal, **filters) == (len(expected), expected)


def test_one_exchange_is_told_whole_and_without_secrets(journal: Any) -> None:
    broken = Violation("maximum", "/0/steps", "text", expected=50, sent=51, source="doc")
    exchange = ended(
        journal,
        status=400,
        body=[{"apiKey": "s3cret"}],
        reply={"errors": []},
        tasks=[note("ping")],
        violations=[broken],
    )
    told = asyncio.run(journal.told(1))
    assert told == exchange.as_json()
    assert told["request"]["headers"] == {"Authorization": "<redacted>"}
    assert "s3cret" not in repr(told)


@pytest.mark.parametrize("sent", [2**70, "\ud800", ["é"], None])
def test_whatever_json_was_sent_is_told(journal: Any, sent: Any) -> None:
    ended(journal, body=sent)
    assert asyncio.run(journal.told(1))["request"]["body"] == sent


def test_what_json_does_not_have_is_told_as_text(journal: Any) -> None:
    ended(journal, violations=[Violation("enum", "", "text", expected=frozenset({"a"}))])
    assert str(asyncio.run(journal.told(1))["violations"][0]["expected"]) == "frozenset({'a'})"


def test_exchanges_of_two_servers_stand_in_one_journal(store: MemoryStore) -> None:
    one, two = SharedJournal(store), SharedJournal(store)
    assert [ended(server).id for server in (one, two, one)] == [1, 2, 3]
    assert page(one) == page(two) == (3, [3, 2, 1])
    assert (asyncio.run(two.forget()), page(one)) == (3, (0, []))


def test_a_shared_journal_numbers_exchanges_by_their_ends(store: MemoryStore) -> None:
    journal = SharedJournal(store)
    first, second = (journal.open(method="POST", path=path, headers={}, started_at=7.0) for path in ("/1", "/2"))
    for exchange in (second, first):
        asyncio.run(journal.record(exchange))
    assert (second.id, first.id) == (1, 2)
