"""Errors in the provider's words: an exact body for each kind of broken rule, and which of several comes first."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from genmock.mockserver.providers.runware.errors import rank
from genmock.specs import load_errors
from genmock.validators import Violation

A, B = (f"{n}0000000-0000-4000-8000-000000000000" for n in "ab")
BASE = {"taskType": "imageInference", "taskUUID": A, "positivePrompt": "a fox", "width": 128, "height": 128}
QWEN = BASE | {"model": "runware:108@1"}
FLUX = BASE | {"model": "runware:111@1"}
TASKS: dict[str, dict[str, Any]] = {
    "qwen": QWEN,
    "flux": FLUX,
    "upload": {"taskType": "imageUpload", "taskUUID": A, "image": "iVBORw0KGgo="},
    "account": {"taskType": "accountManagement", "taskUUID": A, "operation": "getDetails"},
    "ping": {"taskType": "ping"},
    "search": {"taskType": "modelSearch", "taskUUID": A},
    "media": {"taskType": "mediaStorage", "taskUUID": A, "operation": "upload", "media": "AAAA"},
}
FILE = Path(__file__).parents[3] / "data/runware/errors.yaml"
CASES = yaml.safe_load(FILE.read_text(encoding="utf-8"))
ELSEWHERE = {"maxLength", "task-uuid-unique", "empty-request", "coming-soon-model", "default"}  # tested below
ROUTED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {"taskUUID": A},
        {"code": "missingTaskType", "message": "Missing required parameter: 'taskType'.", "parameter": "taskType"},
    ),
    (
        {"taskType": "imageSmelling", "taskUUID": A},
        {
            "code": "unsupportedTaskType",
            "message": "Unsupported task type: 'imageSmelling'. Supported task types are: authentication, ping, "
            "imageInference, training, imageUpload, mediaStorage, modelSearch, accountManagement, getTaskDetails, "
            "getResponse.",
            "parameter": "taskType",
            "taskType": "imageSmelling",
        },
    ),
    (BASE, {"code": "missingModel", "message": "Missing required parameter: 'model'.", "parameter": "model"}),
    (
        BASE | {"model": 111},
        {
            "code": "invalidModel",
            "message": "Invalid value for model parameter. Model must be an string value representing a valid AIR "
            "identifier.",
            "parameter": "model",
        },
    ),
    (
        BASE | {"model": "runware:9999@1"},
        {"code": "modelNotFound", "message": "The model 'runware:9999@1' was not found.", "parameter": "model"},
    ),
]


def changed(task: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (task | change).items() if value != "(absent)"}


def first(mock: Any, task: dict[str, Any], *names: str) -> tuple[str, Any]:
    error = mock.error(changed(task, dict.fromkeys(names, "(absent)")))
    return error["code"], error.get("parameter")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['rule']}-{case['task']}-{'-'.join(case['change'])}")
def test_a_broken_rule_gets_exactly_its_error(mock: Any, case: dict[str, Any]) -> None:
    task = changed(TASKS[case["task"]], case["change"])
    named = {name: task[name] for name in ("taskType", "taskUUID") if name in task}
    assert mock.error(task) == case["error"] | named
    assert case["rule"] in {violation.rule for violation in mock.exchange.violations}


def test_every_case_of_the_error_catalogue_is_tested() -> None:
    assert (
        set(load_errors("runware").cases)
        == {case["rule"] for case in CASES} & set(load_errors("runware").cases) | ELSEWHERE
    )


@pytest.mark.parametrize(("task", "expected"), ROUTED, ids=lambda value: str(value.get("code", "")))
def test_a_task_that_no_document_describes(mock: Any, task: dict[str, Any], expected: dict[str, Any]) -> None:
    named = {name: task[name] for name in ("taskType", "taskUUID") if name in task}
    assert mock.error(task) == expected | named


@pytest.mark.parametrize("item", [None, 7, "text", [], True])
def test_an_element_that_is_no_object(mock: Any, item: Any) -> None:
    message = "Each element of the request array must be a task object."
    assert mock.error(item) == {"code": "invalidTask", "message": message}


def test_a_text_that_is_too_long(mock: Any) -> None:
    error = mock.error(FLUX | {"positivePrompt": "n" * 3001})
    assert error["code"] == "invalidPositivePromptLength"
    assert error["message"].endswith("must be a string with a length between 2 and 3000 characters.")


def test_a_task_uuid_twice_in_one_request(mock: Any) -> None:
    reply = mock.post(QWEN, QWEN | {"taskUUID": A.upper()})
    (error,) = reply.json()["errors"]
    assert reply.status_code == 200
    assert (error["code"], error["parameter"]) == ("conflictTaskUUID", "taskUUID")
    assert error["message"] == f"The taskUUID '{A.upper()}' is already in use. It must be unique per task."


def test_a_task_uuid_of_an_earlier_request_is_in_use(serve: Callable[..., Any]) -> None:
    mock = serve(reused_task_uuid="error")
    (result,) = mock.data(QWEN)
    error = mock.error(QWEN | {"taskUUID": A.upper()})
    assert (error["code"], error["parameter"]) == ("conflictTaskUUID", "taskUUID")
    assert error["message"] == f"The taskUUID '{A.upper()}' is already in use. It must be unique per task."
    assert mock.exchange.violations[0].rule == "task-uuid-unique"
    assert mock.data({"taskType": "getResponse", "taskUUID": A}) == [{**result, "status": "success"}]


def test_a_task_uuid_of_a_task_that_was_refused_is_free(serve: Callable[..., Any]) -> None:
    mock = serve(reused_task_uuid="error")
    mock.error(QWEN | {"steps": 99})
    assert [mock.post(QWEN).status_code for _ in range(2)] == [200, 400]


def test_a_task_uuid_of_another_key_is_free(serve: Callable[..., Any]) -> None:
    mock = serve(reused_task_uuid="error")
    assert [mock.post(QWEN, key=key).status_code for key in ("one-key", "two-key", "one-key")] == [200, 200, 400]


def test_reused_task_uuid_allow_answers_it_again(serve: Callable[..., Any]) -> None:
    mock = serve(reused_task_uuid="allow")
    assert [mock.post(QWEN).status_code for _ in range(2)] == [200, 200]


def test_an_empty_request(mock: Any) -> None:
    message = "The request body must hold at least one task object."
    assert mock.error() == {"code": "emptyRequest", "message": message}


def test_array_path_brackets_names_elements_with_brackets(serve: Callable[..., Any]) -> None:
    task = QWEN | {"lora": [{"model": "a:1@1"}, {"model": "a:1@1", "weight": 9}]}
    assert serve(array_path="brackets").error(task)["parameter"] == "lora[1].weight"
    assert serve().error(task)["parameter"] == "lora.1.weight"


def test_checks_come_in_the_providers_order(mock: Any) -> None:
    wrong = QWEN | {
        "taskUUID": "x",
        "unknown": 1,
        "positivePrompt": "",
        "steps": 99,
        "acceleratorOptions": {"cacheStartStep": 1, "cacheStartStepPercentage": 1},
    }
    assert first(mock, wrong, "width") == ("invalidTaskUUID", "taskUUID")
    wrong["taskUUID"] = A
    assert first(mock, wrong, "width") == ("unsupportedParameter", "unknown")
    assert first(mock, wrong, "width", "unknown") == ("missingParameter", "width")
    assert first(mock, wrong, "unknown") == ("invalidPositivePromptLength", "positivePrompt")
    wrong["positivePrompt"] = "a fox"
    assert first(mock, wrong, "unknown") == ("invalidSteps", "steps")
    assert first(mock, wrong, "unknown", "steps")[0] == "incompatibleParameters"


def test_a_rule_of_a_users_own_comes_after_the_keywords_whatever_its_name() -> None:
    assert [rank(Violation(rule, "/steps", "")) for rule in ("maximum", "not-allowed", "pairing")] == [6, 3, 9]


def test_what_was_sent_is_repeated_in_part_only(mock: Any) -> None:
    assert len(mock.post({"taskType": "x" * 100_000}).content) < 1_000
    assert len(mock.post(QWEN | {"taskUUID": "x" * 100_000}).content) < 1_000
    assert len(mock.post(QWEN | {"y" * 100_000: 1}).content) < 3_000


def test_the_documentation_link_is_a_url_whatever_the_name(mock: Any) -> None:
    error = mock.error(QWEN | {"stéps now\n": 1})
    assert error["parameter"] == "stéps now\n"
    assert error["documentation"] == "https://runware.ai/docs/models/qwen-image#request-st%C3%A9ps%20now%0A"


def test_a_users_own_catalogue_replaces_texts_and_statuses(serve: Callable[..., Any], tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[cases.maximum]\nmessage = "{parameter} is over {max}"\nstatus = 422\ncode = "tooMuch"\n')
    mock = serve(error_catalog=own, check_replies=False)
    reply = mock.send("POST", "/v1", json=[QWEN | {"steps": 51}], headers={"authorization": "Bearer k"})
    assert (reply.status_code, reply.json()["errors"][0]["message"]) == (422, "steps is over 50")
