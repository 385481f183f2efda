"""The log of deliveries: a line for each attempt, without the tokens that URLs hold."""

import io
import json
from dataclasses import replace
from typing import Any

import pytest

from genmock.mockserver import Settings
from genmock.mockserver.deliveries import Attempt, Delivery, Job
from genmock.mockserver.log_deliveries import delivery_logger_for

UUID = "b0000000-0000-4000-8000-000000000001"
URL = "http://me:secret@127.0.0.1:9000/hook?token=secret"
NOON = 1_767_268_800.0


def logged(delivery: Delivery, due_at: float = NOON, **settings: Any) -> str:
    stream = io.StringIO()
    log = delivery_logger_for(Settings(**{"log_format": "plain", **settings}), stream)
    log(Job("runware", "task", UUID, due_at, [delivery]), delivery)
    return stream.getvalue()


def delivery(state: Any, *attempts: Attempt) -> Delivery:
    return Delivery("an-id", "webhook", URL, 1, state, attempts)


@pytest.mark.parametrize(
    ("state", "attempt", "end"),
    [
        ("delivered", Attempt(NOON, 200), "delivered  200  attempt 1"),
        ("pending", Attempt(NOON, 500, "the receiver answered 500, not 2xx"), "attempt 1  again in 0.23 s"),
        ("failed", Attempt(NOON, 0, "refused"), "failed  refused  attempt 1"),
    ],
)
def test_an_attempt_is_one_line(state: Any, attempt: Attempt, end: str) -> None:
    line = logged(delivery(state, attempt))
    assert line[10:].startswith(f"webhook result 1 of {UUID} to http://127.0.0.1:9000/hook?...  {state}  ")
    assert line.endswith(f"{end}\n")


def test_json_is_one_object_a_line_and_has_no_token() -> None:
    told = json.loads(logged(delivery("delivered", Attempt(NOON, 204, "", 0.0015)), log_format="json"))
    assert (told["event"], told["url"], told["status"], told["ms"]) == (
        "delivery",
        "http://127.0.0.1:9000/hook?...",
        204,
        1.5,
    )


def test_a_delivery_to_what_is_no_url_is_told_too() -> None:
    blocked = replace(delivery("blocked", Attempt(NOON, 0, "it is no URL")), url="http://[secret")
    assert logged(blocked)[10:] == f"webhook result 1 of {UUID} to http:...  blocked  it is no URL  attempt 1\n"


def test_quiet_tells_of_failures_only() -> None:
    assert logged(delivery("delivered", Attempt(NOON, 200)), quiet=True) == ""
    assert logged(delivery("failed", Attempt(NOON, 0, "refused")), quiet=True) != ""


def test_a_reader_that_has_gone_stops_nothing() -> None:
    stream = io.StringIO()
    log = delivery_logger_for(Settings(log_format="plain"), stream)
    stream.close()
    one = delivery("delivered", Attempt(NOON, 200))
    log(Job("runware", "task", UUID, NOON, [one]), one)
