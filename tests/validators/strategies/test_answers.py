"""Replies, errors and histories made from the documents keep them."""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from genmock import check_request, check_response, strategies
from genmock.specs import UnknownDocument, load_catalog, load_errors

EXAMPLES = 5_000 if os.environ.get("GENMOCK_SCALE") == "full" else 300
LAW = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],  # the machine may be busy
)
GENERATE = "POST /v1/image/qwen/generate"
REPLIES = [
    *((task_type, "runware-utilities", None) for task_type in ("ping", "getResponse", "imageUpload")),
    ("imageInference", "flux-1-dev-srpo", None),
    ("training", "runware-qwen-image-style-lora-training", None),
    (GENERATE, "kiapi-qwen", GENERATE),
    ("GET /v1/jobs", "kiapi-common", "GET /v1/jobs"),
]


@pytest.mark.parametrize(("subject", "document", "operation"), REPLIES)
def test_every_reply_is_declared(subject: str, document: str, operation: str | None) -> None:
    @LAW
    @given(strategies.replies(subject))
    def law(body: Any) -> None:
        assert check_response(document, body, operation=operation) == ()
        assert operation or {item.get("taskType", subject) for item in body["data"]} <= {subject}

    law()


@pytest.mark.parametrize(("subject", "operation"), [("flux-1-dev-srpo", None), ("kiapi-qwen", GENERATE)])
def test_every_error_is_declared_and_catalogued(subject: str, operation: str | None) -> None:
    catalogue = load_errors(load_catalog().get(subject).entry.provider)

    @LAW
    @given(strategies.errors(subject, operation=operation))
    def law(reply: strategies.ErrorReply) -> None:
        assert reply.status == catalogue.get(reply.code).status
        assert check_response(subject, reply.body, operation=operation, status=reply.status) == ()

    law()


@pytest.mark.parametrize(("subject", "operation"), [("flux-1-dev-srpo", None), ("kiapi-qwen", GENERATE)])
def test_histories_name_only_tasks_that_were_submitted(subject: str, operation: str | None) -> None:
    @LAW
    @given(strategies.task_histories(subject, operation=operation))
    def law(steps: list[strategies.Step]) -> None:
        submitted = 0
        assert steps[0].kind == "submit"
        for step in steps:
            if step.kind == "submit":
                body = step.item if operation else [step.item]
                assert "async" in (step.item.get("deliveryMethod"), step.item.get("mode"))
                assert not [v for v in check_request(subject, body, operation=operation) if v.severity == "error"]
                submitted += 1
            assert step.task < submitted or step.kind == "submit"

    law()


def test_what_is_no_document_is_an_error_that_lists_what_there_is() -> None:
    with pytest.raises(UnknownDocument) as raised:
        strategies.replies("imageInferenc")
    assert "a task type or an operation is also known: imageInference, training" in raised.value.__notes__[0]
