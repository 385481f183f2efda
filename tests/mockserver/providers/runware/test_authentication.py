"""Keys: by header and by an authentication task, accepted and refused."""

from collections.abc import Callable
from typing import Any

import pytest

A, B = (f"{n}0000000-0000-4000-8000-000000000000" for n in "ab")
GOOD_KEY, OTHER_KEY = "good-key-0123456789", "other-key-0123456789"
PING = {"taskType": "ping", "ping": True}
BROKEN = {"taskType": "imageInference", "taskUUID": A, "model": "runware:108@1"}
MISSING = {
    "code": "missingApiKey",
    "message": "Missing API key. Send it as a bearer token or as an authentication task at the start of the array.",
    "parameter": "apiKey",
    "taskType": "authentication",
}
INVALID = {
    "code": "invalidApiKey",
    "message": "Invalid API key. Get one at https://my.runware.ai/signup",
    "parameter": "apiKey",
    "taskType": "authentication",
}


def authentication(key: Any, **members: Any) -> dict[str, Any]:
    return {"taskType": "authentication", "apiKey": key, **members}


@pytest.mark.parametrize("header", ["Bearer k", "bearer k", "BEARER k", "Bearer   k", " Bearer k "])
def test_any_key_that_is_not_empty_is_taken_whatever_the_case_of_the_scheme(mock: Any, header: str) -> None:
    assert mock.post(PING, key=None, authorization=header).json() == {"data": [{"taskType": "ping", "pong": True}]}


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic azo=", "k", "Token k", "Bearerk"])
def test_a_header_without_a_bearer_key_is_401(mock: Any, header: str) -> None:
    reply = mock.post(PING, key=None, authorization=header)
    assert (reply.status_code, reply.headers["www-authenticate"]) == (401, "Bearer")
    assert reply.json() == {"data": [], "errors": [MISSING]}


def test_no_key_at_all_is_401_and_comes_before_what_is_wrong_with_the_tasks(mock: Any) -> None:
    assert mock.post(BROKEN, key=None).json() == {"data": [], "errors": [MISSING]}


def test_an_authentication_task_alone_is_answered_with_a_session(mock: Any) -> None:
    (item,) = mock.data(authentication(GOOD_KEY), key=None)
    assert list(item) == ["taskType", "connectionSessionUUID"]
    assert item["taskType"] == "authentication"


def test_the_session_is_the_same_for_the_same_key_and_seed_only(serve: Callable[..., Any]) -> None:
    def session(seed: int, key: str) -> str:
        return str(serve(seed=seed).data(authentication(key), key=None)[0]["connectionSessionUUID"])

    assert session(0, GOOD_KEY) == session(0, GOOD_KEY)
    assert len({session(0, GOOD_KEY), session(1, GOOD_KEY), session(0, OTHER_KEY)}) == 3


def test_an_authentication_task_before_others_gets_no_item_of_its_own(mock: Any) -> None:
    assert mock.data(authentication(GOOD_KEY), PING, key=None) == [{"taskType": "ping", "pong": True}]


def test_authentication_reply_always_gives_it_one(serve: Callable[..., Any]) -> None:
    items = serve(authentication_reply="always").data(authentication(GOOD_KEY), PING, key=None)
    assert [item["taskType"] for item in items] == ["authentication", "ping"]


@pytest.mark.parametrize("key", ["", None, 1, True, [], {}, ["k"]])
def test_an_authentication_task_without_a_usable_key_is_401(mock: Any, key: Any) -> None:
    assert mock.post(authentication(key), PING, key=None).json() == {"data": [], "errors": [MISSING]}


def test_an_authentication_task_with_an_unknown_member_is_refused(mock: Any) -> None:
    reply = mock.post(authentication(GOOD_KEY, keyy=1), PING, key=None)
    assert [error["code"] for error in reply.json()["errors"]] == ["unsupportedParameter"]


def test_an_authentication_task_that_is_not_the_first_is_refused(mock: Any) -> None:
    reply = mock.post(PING, authentication(GOOD_KEY))
    (error,) = reply.json()["errors"]
    assert reply.status_code == 200
    assert error["code"] == "misplacedAuthentication"
    assert error["message"] == "The authentication task must be the first element of the request array."


def test_with_both_the_header_counts(serve: Callable[..., Any]) -> None:
    mock = serve(api_key=(GOOD_KEY,))
    assert mock.post(authentication(OTHER_KEY), PING, key=GOOD_KEY).status_code == 200
    assert mock.post(authentication(GOOD_KEY), PING, key=OTHER_KEY).json()["errors"] == [INVALID]


def test_with_both_the_task_counts_when_key_from_says_so(serve: Callable[..., Any]) -> None:
    mock = serve(api_key=(GOOD_KEY,), key_from="task")
    assert mock.post(authentication(OTHER_KEY), PING, key=GOOD_KEY).json()["errors"] == [INVALID]
    assert mock.post(authentication(GOOD_KEY), PING, key=OTHER_KEY).status_code == 200
    assert mock.post(PING, key=OTHER_KEY).json()["errors"] == [INVALID]


def test_a_list_of_keys_refuses_all_others(serve: Callable[..., Any]) -> None:
    mock = serve(api_key=(GOOD_KEY, OTHER_KEY))
    assert [mock.post(PING, key=key).status_code for key in (GOOD_KEY, OTHER_KEY, "third")] == [200, 200, 401]
    assert mock.post(authentication("third"), key=None).json() == {"data": [], "errors": [INVALID]}


def test_keys_are_told_apart_by_case(serve: Callable[..., Any]) -> None:
    assert serve(api_key=(GOOD_KEY,)).post(PING, key=GOOD_KEY.upper()).status_code == 401


def test_a_named_bad_key_is_refused_and_others_pass(serve: Callable[..., Any]) -> None:
    mock = serve(bad_key=(OTHER_KEY,))
    assert mock.post(PING, key=OTHER_KEY).json() == {"data": [], "errors": [INVALID]}
    assert mock.post(PING, key=GOOD_KEY).status_code == 200


def test_a_bad_header_is_refused_before_the_body_is_read(serve: Callable[..., Any]) -> None:
    reply = serve(api_key=(GOOD_KEY,)).raw(b"not json at all", key=OTHER_KEY)
    assert (reply.status_code, reply.json()["errors"]) == (401, [INVALID])


def test_authentication_errors_never_carry_a_task_uuid(mock: Any) -> None:
    assert "taskUUID" not in mock.error(authentication("", taskUUID=A), key=None)


def test_keys_never_reach_the_journal(mock: Any) -> None:
    mock.post(authentication(GOOD_KEY), PING, key=OTHER_KEY)
    shown = str(mock.exchange.as_json())
    assert GOOD_KEY not in shown
    assert OTHER_KEY not in shown
    assert mock.exchange.key == "...6789"
