"""The control API's faults and scenarios."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from genmock.specs import load_catalog
from genmock.validators import HttpReply, HttpRequest, check_http_reply

ERROR = {"kind": "error", "code": "serviceUnavailable", "scope": "request"}
PING = {"taskType": "ping", "taskUUID": "a0000000-0000-4000-8000-000000000000", "ping": True}
Tell = Callable[..., httpx.Response]


@pytest.fixture
def tell(mock: Any) -> Tell:
    """Return a function that sends a body to the control API and holds the reply to the document."""

    def told(path: str, body: Any = None, *, method: str = "POST") -> httpx.Response:
        sent = {"json": body} if body is not None else {}
        reply: httpx.Response = mock.send(method, f"/__genmock__{path}", **sent)
        answered = HttpReply(reply.status_code, list(reply.headers.items()), reply.content)
        found = check_http_reply(
            load_catalog().get("genmock-control"), HttpRequest(method, f"/__genmock__{path}"), answered
        )
        assert found == ()
        return reply

    return told


def test_at_first_no_fault_is_set(tell: Tell) -> None:
    assert tell("/faults", method="GET").json() == {"faults": []}


def test_a_fault_is_set_and_strikes(mock: Any, tell: Tell) -> None:
    reply = tell("/faults", ERROR)
    assert (reply.status_code, reply.headers["cache-control"]) == (201, "no-store")
    assert reply.json() == {"faults": [{"fault": {"id": "error-1", **ERROR}, "matched": 0, "struck": 0}]}
    assert mock.post(PING).status_code == 503


def test_a_list_tells_how_often_each_fault_struck(mock: Any, tell: Tell) -> None:
    tell("/faults", [{**ERROR, "times": 1}, {"id": "slow", "kind": "latency", "seconds": 0, "after": 5}])
    mock.post(PING)
    mock.post(PING)
    listed = tell("/faults", method="GET").json()["faults"]
    told = [(each["fault"]["id"], each["matched"], each["struck"]) for each in listed]
    assert told == [("error-1", 2, 1), ("slow", 2, 0)]


def test_a_fault_of_the_same_id_takes_the_place_of_the_other(tell: Tell) -> None:
    tell("/faults", {**ERROR, "id": "a"})
    tell("/faults", {"id": "a", "kind": "drop"})
    assert [each["fault"]["kind"] for each in tell("/faults", method="GET").json()["faults"]] == ["drop"]


def test_every_mistake_is_told_and_nothing_set(tell: Tell) -> None:
    reply = tell("/faults", [ERROR, {"kind": "drop", "at": "x"}, {"kind": "latency"}])
    assert (reply.status_code, reply.headers["content-type"]) == (400, "application/problem+json")
    problem = reply.json()
    assert problem["detail"] == (
        'no fault was set, since 2 things are wrong: /1/at: \'at\' must be one of "headers", "body", "after"; '
        "/2: 'seconds' is missing"
    )
    assert [(each["rule"], each["pointer"]) for each in problem["violations"]] == [
        ("enum", "/1/at"),
        ("required", "/2"),
    ]
    assert tell("/faults", method="GET").json() == {"faults": []}


def test_an_unknown_error_code_is_told_with_the_closest(tell: Tell) -> None:
    detail = tell("/faults", {**ERROR, "code": "serviceUnavailble"}).json()["detail"]
    assert detail == (
        "no fault was set, since one thing is wrong: /code: "
        "\"serviceUnavailble\" is no code of the error catalogue; did you mean 'serviceUnavailable'?"
    )


@pytest.mark.parametrize("body", ["drop", 5, [], {}])
def test_what_is_no_fault_is_refused(tell: Tell, body: Any) -> None:
    assert tell("/faults", body).status_code == 400


def test_one_fault_is_taken_back(mock: Any, tell: Tell) -> None:
    tell("/faults", ERROR)
    assert tell("/faults/error-1", method="DELETE").status_code == 204
    assert mock.post(PING).status_code == 200


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("error-2", 'no fault "error-2" is set; did you mean "error-1"?'),
        ("nothing", 'no fault "nothing" is set; GET /__genmock__/faults lists them.'),
    ],
)
def test_a_fault_that_is_not_set_cannot_be_taken_back(tell: Tell, name: str, detail: str) -> None:
    tell("/faults", ERROR)
    reply = tell(f"/faults/{name}", method="DELETE")
    assert (reply.status_code, reply.json()["detail"]) == (404, detail)


def test_all_faults_are_taken_back(tell: Tell) -> None:
    tell("/faults", [ERROR, ERROR])
    assert tell("/faults", method="DELETE").json() == {"cleared": 2}
    assert tell("/faults", method="DELETE").json() == {"cleared": 0}


def test_a_reset_takes_faults_back_and_forgets_their_counts(mock: Any, tell: Tell) -> None:
    tell("/faults", {**ERROR, "after": 1})
    mock.post(PING)
    mock.send("POST", "/__genmock__/reset")
    tell("/faults", {**ERROR, "after": 1})
    assert mock.post(PING).status_code == 200


def test_the_scenarios_are_listed_with_what_they_show(tell: Tell) -> None:
    scenarios = tell("/scenarios", method="GET").json()["scenarios"]
    assert [each["name"] for each in scenarios] == [
        "flaky",
        "kiapi-engine-failure",
        "kiapi-memory-budget",
        "kiapi-queue-occupied",
        "kiapi-sync-timeout",
        "kiapi-weights-missing",
        "out-of-credits",
        "rate-limited",
        "slow-provider",
        "webhook-chaos",
    ]
    assert all(each["description"] and each["faults"] for each in scenarios)


def test_a_scenario_is_started_and_starting_it_again_counts_from_0(mock: Any, tell: Tell) -> None:
    for _ in range(2):
        reply = tell("/scenarios/rate-limited")
        assert reply.status_code == 201
        assert [mock.post(PING).status_code for _ in range(9)] == [200] * 5 + [429] * 3 + [200]
        assert len(reply.json()["faults"]) == 3


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("flakey", 'did you mean "flaky"?'),
        (
            "mine.yaml",
            "there are flaky, kiapi-engine-failure, kiapi-memory-budget, kiapi-queue-occupied, kiapi-sync-timeout, "
            "kiapi-weights-missing, out-of-credits, rate-limited, slow-provider, webhook-chaos.",
        ),
    ],
)
def test_only_a_shipped_scenario_is_started(tell: Tell, name: str, hint: str) -> None:
    reply = tell(f"/scenarios/{name}")
    assert (reply.status_code, reply.json()["detail"]) == (404, f'there is no scenario "{name}"; {hint}')


def test_a_rate_limited_reply_says_when_to_try_again(mock: Any, tell: Tell) -> None:
    tell("/scenarios/rate-limited")
    replies = [mock.post(PING) for _ in range(6)]
    assert replies[-1].headers["retry-after"] == "1"
