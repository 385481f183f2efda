"""Request arrays of Runware: each task is judged by its own document, and by itself."""

from typing import Any

import pytest

from genmock.specs import load_catalog
from genmock.validators import Violation, check_request, check_task, document_for

A, B, C = (f"7f3ebcb6-b777-4f2b-9a1e-0c5d6a1f8e1{n}" for n in "123")
FLUX = {"taskType": "imageInference", "taskUUID": A, "model": "runware:111@1", "positivePrompt": "a lighthouse"}
QWEN = {**FLUX, "taskUUID": B, "model": "runware:108@1", "width": 512, "height": 512}
PING = {"taskType": "ping"}
LOGIN = {"taskType": "authentication", "apiKey": "k"}
TRAINING = {
    "taskType": "training",
    "taskUUID": C,
    "model": "exactly:illustrative@training",
    "inputs": {"dataset": "https://example.com/a.zip"},
    "importModel": {"air": "acme:ink@1", "name": "Ink"},
}


def found(body: Any, document: str = "flux-1-dev-srpo", **options: Any) -> list[tuple[str, str, str]]:
    return [(v.rule, v.pointer, v.severity) for v in check_request(document, body, **options)]


def test_one_request_may_mix_tasks_of_several_documents() -> None:
    assert found([FLUX, QWEN, PING], rules=False) == found([FLUX, QWEN, PING]) == []


def test_each_task_is_judged_by_the_document_of_its_type_and_model() -> None:
    body = [{**FLUX, "CFGScale": 0}, {**QWEN, "CFGScale": 0}, {**PING, "CFGScale": 0}]
    assert found(body) == [("minimum", "/1/CFGScale", "error"), ("additionalProperties", "/2/CFGScale", "error")]
    assert [v.source.partition("#")[0] for v in check_request("flux-1-dev-srpo", body)] == [
        "qwen-image",
        "runware-utilities",
    ]


def test_a_task_that_no_document_describes_is_judged_by_the_one_named() -> None:
    assert found([{**FLUX, "model": "acme:1@1"}]) == [("const", "/0/model", "error")]
    assert found([{**FLUX, "taskType": "videoInference"}]) == [("const", "/0/taskType", "error")]


def test_one_bad_task_does_not_blame_the_others() -> None:
    assert found([FLUX, {**QWEN, "steps": 0}, PING]) == [("minimum", "/1/steps", "error")]


@pytest.mark.parametrize("document", ["flux-1-dev-srpo", "qwen-image", "exactly-illustrative-training"])
def test_authentication_may_come_first(document: str) -> None:
    assert found([LOGIN, FLUX], document) == []
    assert found([LOGIN, FLUX], document, rules=False) == []


def test_authentication_without_a_key_is_judged_as_that() -> None:
    assert found([{"taskType": "authentication"}, FLUX]) == [("required", "/0", "error")]


@pytest.mark.parametrize("item", [5, None, "ping", [], True])
def test_an_item_that_is_no_object_is_mistyped(item: Any) -> None:
    assert found([item, PING]) == [("type", "/0", "error")]


@pytest.mark.parametrize("name", ["taskType", "model"])
@pytest.mark.parametrize("value", [None, 5, [], {}, True])
def test_a_task_may_say_nonsense_about_itself(name: str, value: Any) -> None:
    assert found([{**FLUX, name: value}]) == [("type", f"/0/{name}", "error")]


def test_each_task_needs_a_uuid_of_its_own() -> None:
    (violation,) = check_request("flux-1-dev-srpo", [FLUX, {**QWEN, "taskUUID": A.upper()}])
    assert violation == Violation(
        "task-uuid-unique",
        "/1/taskUUID",
        "'taskUUID' is that of item 0 already; each task needs its own",
        "error",
        "a UUID of its own",
        A.upper(),
        "flux-1-dev-srpo: taskUUID must be unique per task",
    )


def test_every_further_use_of_a_uuid_is_told() -> None:
    assert [pointer for _, pointer, _ in found([FLUX, FLUX, FLUX])] == ["/1/taskUUID", "/2/taskUUID"]
    assert found([FLUX, FLUX], rules=False) == []


@pytest.mark.parametrize("asking", ["getResponse", "getTaskDetails"])
def test_a_task_that_asks_for_another_names_its_uuid(asking: str) -> None:
    assert found([FLUX, {"taskType": asking, "taskUUID": A}]) == []


TOLERATED = [
    (FLUX, {"checkNSFW": True}, "additionalProperties", "/0/checkNSFW"),
    (FLUX, {"outputFormat": "jpg"}, "enum", "/0/outputFormat"),
    (FLUX, {"outputType": ["URL", "dataURI"]}, "type", "/0/outputType"),
    (QWEN, {"checkNSFW": False}, "additionalProperties", "/0/checkNSFW"),
    (QWEN, {"outputFormat": "webp"}, "enum", "/0/outputFormat"),
    (QWEN, {"outputType": ["URL"]}, "type", "/0/outputType"),
    (TRAINING, {"deliveryMethod": "async"}, "additionalProperties", "/0/deliveryMethod"),
]


@pytest.mark.parametrize(("task", "extra", "rule", "pointer"), TOLERATED, ids=[f"{t[3]} {t[2]}" for t in TOLERATED])
def test_what_clients_send_beyond_a_document_warns(task: Any, extra: Any, rule: str, pointer: str) -> None:
    body = [{**task, **extra}]
    assert (rule, pointer, "warning") in found(body)
    assert (rule, pointer, "error") in found(body, strict=True)
    assert found(body, rules=False) == [(rule, pointer, "error")]


def test_a_tolerated_field_says_who_sends_it() -> None:
    (violation,) = check_request("flux-1-dev-srpo", [{**FLUX, "checkNSFW": True}])
    assert violation.message == (
        "'checkNSFW' is not a known member "
        "(tolerated: @runware/ai-sdk-provider always sends it (github.com/Runware/ai-sdk-provider))"
    )


@pytest.mark.parametrize(
    ("extra", "rule", "pointer"),
    [
        ({"checkNSFW": "yes"}, "type", "/0/checkNSFW"),
        ({"outputFormat": "gif"}, "enum", "/0/outputFormat"),
        ({"outputType": []}, "minItems", "/0/outputType"),
        ({"outputType": ["GIF"]}, "enum", "/0/outputType/0"),
    ],
)
def test_tolerance_ends_where_the_overlay_does(extra: Any, rule: str, pointer: str) -> None:
    assert found([{**FLUX, **extra}]) == [(rule, pointer, "error")]


def test_a_wrong_format_is_told_the_published_ones() -> None:
    (violation,) = check_request("flux-1-dev-srpo", [{**FLUX, "outputFormat": "gif"}])
    assert violation.message == '\'outputFormat\' must be one of "JPG", "PNG", "WEBP"'


def test_a_model_that_is_only_announced_warns_and_is_refused_when_strict() -> None:
    (violation,) = check_request("exactly-illustrative-training", [TRAINING])
    assert violation == Violation(
        "coming-soon-model",
        "/0/model",
        "Exactly Illustrative Training is announced, not served yet",
        "warning",
        "a model whose x-status is live",
        "exactly:illustrative@training",
        "exactly-illustrative-training#/info/x-status",
    )
    assert found([TRAINING], strict=True) == [("coming-soon-model", "/0/model", "error")]


def test_a_single_task_is_judged_with_pointers_from_itself() -> None:
    document = load_catalog().get("flux-1-dev-srpo")
    assert [(v.rule, v.pointer) for v in check_task(document, {**FLUX, "steps": 0})] == [("minimum", "/steps")]


def test_the_document_of_a_task_is_found_in_the_catalogue() -> None:
    catalog = load_catalog()
    flux = catalog.get("flux-1-dev-srpo")
    items: list[object] = [FLUX, QWEN, PING, LOGIN, TRAINING, {"taskType": "unknown"}, 5]
    assert [document_for(item, flux, catalog).id for item in items] == [
        "flux-1-dev-srpo",
        "qwen-image",
        "runware-utilities",
        "flux-1-dev-srpo",
        "exactly-illustrative-training",
        "flux-1-dev-srpo",
        "flux-1-dev-srpo",
    ]
