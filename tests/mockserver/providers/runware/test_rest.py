"""Runware over REST: paths, methods, the envelope and its statuses."""

from collections.abc import Callable
from typing import Any

import pytest

from genmock.validators import check_response

A, B, C, D = (f"{n}0000000-0000-4000-8000-000000000000" for n in "abcd")
QWEN = {"taskType": "imageInference", "model": "runware:108@1", "positivePrompt": "a fox", "width": 128, "height": 128}
GOOD, ALSO_GOOD = QWEN | {"taskUUID": A}, QWEN | {"taskUUID": B}
BAD = QWEN | {"taskUUID": C, "steps": 51}
LOST = {"taskType": "getTaskDetails", "taskUUID": D}
PATHS = ["/v1", "/v1/"]
OTHER_METHODS = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "BREW"]


@pytest.mark.parametrize("path", PATHS)
def test_both_spellings_of_the_path_answer_without_a_redirect(mock: Any, path: str) -> None:
    assert mock.post(GOOD, path=path).status_code == 200


def test_a_query_string_changes_nothing(mock: Any) -> None:
    assert mock.post(GOOD, path="/v1?source=test").json() == mock.post(GOOD).json()


def test_a_success_has_data_and_no_errors_key(mock: Any) -> None:
    reply = mock.post(GOOD)
    assert list(reply.json()) == ["data"]
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["genmock-violations"] == "0"
    assert "genmock-reason" not in reply.headers


def test_a_failure_has_an_empty_data_array_beside_its_errors(mock: Any) -> None:
    reply = mock.post(BAD)
    assert reply.status_code == 400
    assert list(reply.json()) == ["data", "errors"]
    assert reply.json()["data"] == []
    assert reply.headers["genmock-reason"] == "maximum at /0/steps: 'steps' must be at most 50, not 51"


def test_partial_success_is_200_with_both(mock: Any) -> None:
    reply = mock.post(GOOD, BAD, ALSO_GOOD)
    assert reply.status_code == 200
    assert [item["taskUUID"] for item in reply.json()["data"]] == [A, B]
    assert [item["taskUUID"] for item in reply.json()["errors"]] == [C]


def test_mixed_status_error_fails_the_whole_request_and_answers_nothing(serve: Callable[..., Any]) -> None:
    mock = serve(mixed_status="error")
    reply = mock.post(GOOD, BAD)
    assert (reply.status_code, reply.json()["data"]) == (400, [])
    assert [error["taskUUID"] for error in reply.json()["errors"]] == [C]
    assert (mock.held("media"), mock.held("tasks")) == (0, 0)


def test_mixed_status_error_keeps_what_was_made_before_a_task_failed_while_it_was_answered(
    serve: Callable[..., Any],
) -> None:
    mock = serve(mixed_status="error")
    reply = mock.post(GOOD | {"includeCost": True}, LOST)
    assert (reply.status_code, reply.json()["data"]) == (404, [])
    (made,) = mock.data({"taskType": "getResponse", "taskUUID": A})
    (account,) = mock.data({"taskType": "accountManagement", "taskUUID": B, "operation": "getDetails"})
    assert (made["status"], account["usage"]["total"]["credits"]) == ("success", made["cost"])


def test_mixed_status_error_leaves_a_request_without_errors_alone(serve: Callable[..., Any]) -> None:
    assert [item["taskUUID"] for item in serve(mixed_status="error").data(GOOD, ALSO_GOOD)] == [A, B]


def test_a_task_and_a_poll_for_it_in_one_request_are_each_held_to_their_own_document(mock: Any) -> None:
    plain, polled = mock.data(GOOD, {"taskType": "getResponse", "taskUUID": A})
    assert polled == {**plain, "status": "success"}


def test_results_stand_in_the_order_of_the_tasks_and_then_of_the_results(mock: Any) -> None:
    items = mock.data(ALSO_GOOD | {"numberResults": 2, "seed": 7}, GOOD)
    assert [(item["taskUUID"], item["seed"]) for item in items[:2]] == [(B, 7), (B, 8)]
    assert [item["taskUUID"] for item in items] == [B, B, A]


def test_result_order_shuffled_keeps_every_result_and_answers_alike_each_time(serve: Callable[..., Any]) -> None:
    many = [QWEN | {"taskUUID": f"{n:08}-0000-4000-8000-000000000000"} for n in range(12)]
    shuffled, plain = (serve(result_order=order).data(*many) for order in ("shuffled", "request"))
    assert shuffled == serve(result_order="shuffled").data(*many)
    assert shuffled != plain
    assert sorted(map(str, shuffled)) == sorted(map(str, plain))


def test_the_status_of_a_failure_is_that_of_its_first_error(mock: Any) -> None:
    assert mock.post(LOST, BAD).status_code == 404
    assert mock.post(BAD, LOST).status_code == 400


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", OTHER_METHODS)
def test_other_methods_get_405_and_the_allowed_one(mock: Any, method: str, path: str) -> None:
    reply = mock.send(method, path)
    message = f"The method {method} is not allowed here. Allowed methods are: POST."
    assert reply.status_code == 405
    assert reply.headers["allow"] == "POST"
    if method != "HEAD":
        assert reply.json() == {"data": [], "errors": [{"code": "methodNotAllowed", "message": message}]}
    assert (mock.exchange.status, mock.exchange.method, mock.exchange.path) == (405, method, path)


@pytest.mark.parametrize("path", ["/", "/v2", "/V1", "//v1", "/image", "/%00"])
def test_unknown_paths_get_404_in_the_providers_shape(mock: Any, path: str) -> None:
    reply = mock.send("POST", "http://mock.test" + path, json=[GOOD])
    assert reply.status_code == 404
    (error,) = reply.json()["errors"]
    assert error["code"] == "notFound"
    assert error["message"].endswith(" Runware is at /v1, the control API at /__genmock__/.")
    assert mock.exchange.status == 404


@pytest.mark.parametrize("tasks", [[BAD], [LOST], [1], [QWEN], [], [BAD | {"width": "x"}, LOST]])
def test_published_errors_fit_the_published_error_response(serve: Callable[..., Any], tasks: list[Any]) -> None:
    reply = serve(errors="published").post(*tasks)
    assert list(reply.json()) == ["errors"]
    assert check_response("flux-1-dev-srpo", reply.json(), status=reply.status_code, rules=False) == ()


def test_published_errors_name_several_parameters_in_one_text(serve: Callable[..., Any]) -> None:
    crossed = GOOD | {"acceleratorOptions": {"cacheEndStep": 21}}
    error = serve(errors="published").error(crossed)
    assert error["parameter"] == "acceleratorOptions.cacheEndStep/steps"


def test_published_errors_give_400_for_what_is_not_found(serve: Callable[..., Any]) -> None:
    assert serve(errors="published").post(LOST).status_code == 400
    assert serve(errors="observed").post(LOST).status_code == 404


def test_the_violations_header_counts_what_is_tolerated_too(mock: Any) -> None:
    reply = mock.post(GOOD | {"checkNSFW": True})
    assert reply.status_code == 200
    assert reply.headers["genmock-violations"] == "1"
    assert reply.headers["genmock-reason"].startswith("additionalProperties at /0/checkNSFW: ")


def test_the_reason_header_stays_one_line_of_ascii(mock: Any) -> None:
    reply = mock.post(GOOD | {"stéps\r\n": 1})
    assert reply.headers["genmock-reason"].isascii()
    assert "\n" not in reply.headers["genmock-reason"]


def test_every_exchange_is_journalled_with_its_tasks(mock: Any) -> None:
    mock.post(GOOD, BAD)
    notes = [(note.task_uuid, note.outcome, note.code, note.results) for note in mock.exchange.tasks]
    assert notes == [(A, "ok", "", 1), (C, "error", "invalidSteps", 0)]
