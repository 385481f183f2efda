"""Replies are held to the documents too."""

from typing import Any

import pytest

from genmock.validators import OperationNeeded, check_response

A = "7f3ebcb6-b777-4f2b-9a1e-0c5d6a1f8e11"
RESULT = {
    "taskType": "imageInference",
    "taskUUID": A,
    "imageUUID": A,
    "imageURL": "https://example.com/a.png",
    "seed": 7,
}
ERROR = {
    "code": "invalidModel",
    "message": "Invalid value for model parameter.",
    "parameter": "model",
    "type": "string",
}
GENERATE = "POST /v1/image/qwen/generate"


def found(body: Any, document: str = "flux-1-dev-srpo", **options: Any) -> list[tuple[str, str]]:
    return [(v.rule, v.pointer) for v in check_response(document, body, **options)]


def test_a_result_fits() -> None:
    assert found({"data": [RESULT]}) == found({"data": [RESULT]}, rules=False) == []


def test_a_success_may_hold_errors_of_other_tasks_but_no_empty_list_of_them() -> None:
    assert found({"data": [RESULT], "errors": [ERROR]}) == []
    assert found({"data": [RESULT], "errors": []}) == [("minItems", "/errors")]


@pytest.mark.parametrize("name", ["taskType", "taskUUID", "imageUUID", "seed"])
def test_a_result_without_its_identity_is_refused(name: str) -> None:
    assert found({"data": [{key: value for key, value in RESULT.items() if key != name}]}) != []


def test_a_result_without_a_picture_is_refused() -> None:
    assert found({"data": [{key: value for key, value in RESULT.items() if key != "imageURL"}]}) != []


@pytest.mark.parametrize("body", [None, [], "done", {}, {"data": {}}, {"data": [5]}, {"data": [], "more": 1}])
def test_what_is_no_envelope_is_refused(body: Any) -> None:
    assert found(body) != []


def test_an_error_reply_fits_its_status() -> None:
    assert found({"data": [], "errors": [ERROR]}, status=400) == []
    assert found({"errors": [ERROR]}, status=400) == []


def test_the_published_document_knows_no_data_beside_errors() -> None:
    assert found({"errors": [ERROR]}, status=400, rules=False) == []
    assert found({"data": [], "errors": [ERROR]}, status=400, rules=False) == [("additionalProperties", "/data")]


def test_a_status_that_is_not_declared_is_a_violation() -> None:
    (violation,) = check_response("flux-1-dev-srpo", {}, status=418)
    assert (violation.rule, violation.pointer, violation.sent) == ("undeclared-status", "", 418)
    assert violation.message == "status 418 with a JSON body is not declared among the responses"


def test_a_status_that_is_not_declared_names_the_operation() -> None:
    (violation,) = check_response("kiapi-qwen", {}, operation=GENERATE, status=418)
    assert violation.message == f"status 418 with a JSON body is not declared among the responses of {GENERATE}"


def test_the_operation_must_be_named_where_there_are_several() -> None:
    with pytest.raises(OperationNeeded):
        check_response("kiapi-qwen", {})


def test_the_reply_of_another_operation_is_judged_by_its_own_schema(write_document: Any) -> None:
    path = write_document({"type": "string"})
    assert found("a", path) == []
    assert found(5, path) == [("type", "")]
