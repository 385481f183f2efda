"""Balances, account details, earlier tasks, polling, model search, ping."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

A, B, C = (f"{n}0000000-0000-4000-8000-000000000000" for n in "abc")
QWEN = {
    "taskType": "imageInference",
    "taskUUID": A,
    "model": "runware:108@1",
    "positivePrompt": "a fox",
    "width": 1024,
    "height": 1024,
    "steps": 30,
}
DETAILS = {"taskType": "accountManagement", "taskUUID": B, "operation": "getDetails"}
SHORT = (
    "Insufficient credits. External inference tasks require a paid invoice or at least $5 credit. Add credits at "
    "https://my.runware.ai/wallet"
)


def asking(kind: str, task_uuid: str = A) -> dict[str, str]:
    return {"taskType": kind, "taskUUID": task_uuid}


def balance(mock: Any, **options: Any) -> Decimal:
    return Decimal(str(mock.data(DETAILS, **options)[0]["balance"]["amount"]))


def test_the_balance_falls_by_the_costs_exactly(serve: Callable[..., Any]) -> None:
    mock = serve(balance=1.0)
    items = mock.data(QWEN | {"numberResults": 3, "includeCost": True})
    spent = sum((Decimal(str(item["cost"])) for item in items), Decimal(0))
    assert (spent, balance(mock)) == (Decimal("0.0231"), Decimal("0.9769"))


def test_a_balance_can_be_spent_to_the_last_cent_and_no_further(serve: Callable[..., Any]) -> None:
    mock = serve(balance=0.0154)
    assert [mock.post(QWEN | {"taskUUID": task_uuid}).status_code for task_uuid in (A, B, C)] == [200, 200, 402]
    assert balance(mock) == 0


def test_a_short_balance_gets_402_and_nothing_is_charged_or_stored(serve: Callable[..., Any]) -> None:
    mock = serve(balance=0.0153)
    reply = mock.post(QWEN | {"numberResults": 2})
    (error,) = reply.json()["errors"]
    assert reply.status_code == 402
    assert error == {"code": "insufficientCredits", "message": SHORT, "taskType": "imageInference", "taskUUID": A}
    assert (balance(mock), mock.held("media"), mock.held("tasks")) == (Decimal("0.0153"), 0, 0)


def test_a_short_balance_leaves_what_it_can_pay_for(serve: Callable[..., Any]) -> None:
    reply = serve(balance=0.01).post(QWEN, QWEN | {"taskUUID": C})
    assert (reply.status_code, len(reply.json()["data"]), len(reply.json()["errors"])) == (200, 1, 1)


def test_a_task_that_is_refused_costs_nothing(serve: Callable[..., Any]) -> None:
    mock = serve(balance=1.0)
    mock.error(QWEN | {"steps": 51})
    assert balance(mock) == 1


def test_each_key_has_its_own_balance(serve: Callable[..., Any]) -> None:
    mock = serve(balance=5.0, key_balance={"poor-key": 0.001})
    assert mock.post(QWEN, key="poor-key").status_code == 402
    assert mock.post(QWEN, key="other-key").status_code == 200
    assert [balance(mock, key=key) for key in ("poor-key", "other-key", "third")] == [
        Decimal("0.001"),
        Decimal("4.9923"),
        Decimal(5),
    ]


def test_account_details_tell_balance_and_usage(serve: Callable[..., Any]) -> None:
    mock = serve(balance=1.0)
    mock.data(QWEN)
    (item,) = mock.data(DETAILS)
    assert item["balance"] == {"amount": 0.9923, "freeBalance": 0, "currency": "USD"}
    assert item["usage"]["total"] == {"credits": 0.0077, "requests": 2}
    assert (item["operation"], item["organizationName"]) == ("getDetails", "genmock")


def test_task_details_give_request_and_response_back(mock: Any) -> None:
    (result,) = mock.data(QWEN)
    (item,) = mock.data(asking("getTaskDetails"))
    assert item == {
        "taskType": "getTaskDetails",
        "taskUUID": A,
        "request": [QWEN],
        "response": {"data": [result]},
    }


def test_task_details_of_a_failed_task_give_its_errors(mock: Any) -> None:
    error = mock.error(QWEN | {"steps": 51})
    assert mock.data(asking("getTaskDetails"))[0]["response"] == {"errors": [error]}


def test_a_failed_repetition_does_not_hide_what_succeeded(mock: Any) -> None:
    (result,) = mock.data(QWEN)
    mock.error(QWEN | {"steps": 51})
    assert mock.data(asking("getTaskDetails"))[0]["response"] == {"data": [result]}


def test_a_poll_gives_every_result_with_its_status(mock: Any) -> None:
    results = mock.data(QWEN | {"numberResults": 2})
    polled = mock.data(asking("getResponse"))
    assert polled == [{**result, "status": "success"} for result in results]
    assert list(polled[0])[:3] == ["taskType", "taskUUID", "status"]


@pytest.mark.parametrize("kind", ["getResponse", "getTaskDetails"])
def test_asking_for_a_task_that_never_was(mock: Any, kind: str) -> None:
    reply = mock.post(asking(kind, C))
    (error,) = reply.json()["errors"]
    assert reply.status_code == 404
    assert error == {
        "code": "taskNotFound",
        "message": f"The task '{C}' was not found.",
        "parameter": "taskUUID",
        "taskType": kind,
        "taskUUID": C,
    }


def test_tasks_of_another_key_are_not_told(mock: Any) -> None:
    mock.post(QWEN, key="one")
    assert mock.post(asking("getTaskDetails"), key="two").status_code == 404
    assert mock.post(asking("getTaskDetails"), key="one").status_code == 200


def test_ping_pongs_and_echoes_a_task_uuid(mock: Any) -> None:
    assert mock.data({"taskType": "ping", "ping": True}) == [{"taskType": "ping", "pong": True}]
    assert mock.data(asking("ping")) == [{"taskType": "ping", "pong": True, "taskUUID": A}]


@pytest.mark.parametrize(
    ("search", "airs"),
    [
        ({"search": "QWEN"}, {"runware:108@1"}),
        ({"search": "runware:111"}, {"runware:111@1"}),
        ({"search": "no such model"}, set()),
    ],
)
def test_model_search_finds_by_name_and_air(mock: Any, search: dict[str, str], airs: set[str]) -> None:
    (item,) = mock.data(asking("modelSearch") | search)
    found = {model["air"] for model in item["results"]}
    assert airs <= found
    assert bool(found) == bool(airs)
    assert item["totalResults"] == len(found)


def test_model_search_pages(mock: Any) -> None:
    (whole,) = mock.data(asking("modelSearch"))
    pages = [mock.data(asking("modelSearch") | {"limit": 1, "offset": n})[0] for n in range(whole["totalResults"] + 1)]
    assert [model for page in pages for model in page["results"]] == whole["results"]
    assert pages[-1]["results"] == []


def test_unknown_task_empty_answers_a_poll_for_an_unknown_task_with_no_data(serve: Callable[..., Any]) -> None:
    reply = serve(unknown_task="empty").post(asking("getResponse"))
    assert (reply.status_code, reply.json()) == (200, {"data": []})
