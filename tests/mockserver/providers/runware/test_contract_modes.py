"""The three contract modes: what each refuses, what it only notes, and that report answers whatever comes."""

import os
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

A, B, C = (f"{n}0000000-0000-4000-8000-000000000000" for n in "abc")
QWEN = {
    "taskType": "imageInference",
    "taskUUID": A,
    "model": "runware:108@1",
    "positivePrompt": "a fox",
    "width": 128,
    "height": 128,
}
FLUX = QWEN | {"model": "runware:111@1"}
EXAMPLES = 2_000 if os.environ.get("GENMOCK_SCALE") == "full" else 200
TOLERATED: dict[str, dict[str, Any]] = {
    "checkNSFW": {"checkNSFW": True},
    "outputType": {"outputType": ["URL"]},
    "outputFormat": {"outputFormat": "jpg"},
}
WARNED: dict[str, dict[str, Any]] = {
    "ttl-without-url": {"ttl": 60, "outputType": "base64Data"},
    "safety-check-without-mode": {"safety": {"checkContent": True, "mode": "none"}},
    "negative-prompt-ignored": {"negativePrompt": "blue", "CFGScale": 1},
}
SERVED = (
    "authentication ping imageInference imageUpload mediaStorage modelSearch accountManagement getTaskDetails "
    "getResponse"
).split()
NAMES = st.sampled_from(
    [*QWEN, "seed", "inputs", "outpaint", "numberResults", "outputType", "image", "media", "operation"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
TASKS = st.builds(
    lambda task_type, known, more: known | more | {"taskType": task_type},
    st.sampled_from(SERVED),
    st.sampled_from([{}, QWEN, FLUX]),
    st.dictionaries(NAMES | st.text(max_size=5), VALUES, max_size=4),
)


@pytest.fixture
def modes(serve: Callable[..., Any]) -> dict[str, Any]:
    """Return a server in each mode."""
    return {mode: serve(contract=mode) for mode in ("strict", "provider", "report")}


@pytest.mark.parametrize("name", TOLERATED)
def test_provider_takes_what_clients_are_known_to_send_with_a_warning(mock: Any, name: str) -> None:
    assert len(mock.data(QWEN | TOLERATED[name])) == 1
    (warning,) = mock.exchange.violations
    assert (warning.severity, warning.pointer) == ("warning", f"/0/{name}")
    assert "tolerated: " in warning.message


def test_the_journal_tells_a_task_that_is_answered_with_a_warning(serve: Callable[..., Any]) -> None:
    mock = serve(contract="report")
    for members in ({}, TOLERATED["checkNSFW"], {"steps": 1000}):
        mock.data(QWEN | members)
    assert [exchange.tasks[0].outcome for exchange in mock.runtime.world.journal] == ["ok", "warning", "warning"]


@pytest.mark.parametrize("name", TOLERATED)
def test_strict_refuses_it(serve: Callable[..., Any], name: str) -> None:
    assert serve(contract="strict").error(QWEN | TOLERATED[name])["parameter"] == name


@pytest.mark.parametrize("mode", ["strict", "provider", "report"])
@pytest.mark.parametrize("rule", WARNED)
def test_what_only_has_no_effect_is_a_warning_in_every_mode(serve: Callable[..., Any], mode: str, rule: str) -> None:
    mock = serve(contract=mode)
    assert len(mock.data(QWEN | WARNED[rule])) == 1
    assert [(v.rule, v.severity) for v in mock.exchange.violations] == [(rule, "warning")]


@pytest.mark.parametrize("mode", ["strict", "provider", "report"])
def test_a_lawful_request_has_no_violation_in_any_mode(serve: Callable[..., Any], mode: str) -> None:
    reply = serve(contract=mode).post(QWEN, FLUX | {"taskUUID": B}, {"taskType": "ping"})
    assert (reply.status_code, reply.headers["genmock-violations"]) == (200, "0")
    assert len(reply.json()["data"]) == 3


def test_every_mode_answers_a_lawful_request_alike(serve: Callable[..., Any]) -> None:
    assert len({serve(contract=mode).post(QWEN).content for mode in ("strict", "provider", "report")}) == 1


def test_report_answers_what_the_others_refuse_and_records_why(serve: Callable[..., Any]) -> None:
    mock = serve(contract="report")
    reply = mock.post(QWEN | {"steps": 99, "width": "wide", "unknown": 1, "seed": 5})
    (item,) = reply.json()["data"]
    assert (item["taskUUID"], item["seed"]) == (A, 5)
    assert mock.picture(item).size == (1024, 1024)
    found = {(violation.rule, violation.pointer) for violation in mock.exchange.violations}
    assert found == {("maximum", "/0/steps"), ("type", "/0/width"), ("additionalProperties", "/0/unknown")}
    assert reply.headers["genmock-violations"] == "3"


def test_report_keeps_a_task_uuid_that_the_client_waits_for(serve: Callable[..., Any]) -> None:
    first_version = "a0000000-0000-1000-8000-000000000000"
    (item,) = serve(contract="report").data(QWEN | {"taskUUID": first_version})
    assert item["taskUUID"] == first_version


def test_report_gives_each_task_without_a_usable_uuid_one_of_its_own(serve: Callable[..., Any]) -> None:
    mock = serve(contract="report")
    items = mock.data(QWEN, QWEN, QWEN | {"taskUUID": []}, {name: QWEN[name] for name in QWEN if name != "taskUUID"})
    assert len({item["taskUUID"] for item in items}) == 4
    assert len({item["imageUUID"] for item in items}) == 4


def test_report_answers_for_an_unknown_model_with_a_known_one(serve: Callable[..., Any]) -> None:
    mock = serve(contract="report")
    assert mock.picture(mock.data(QWEN | {"model": "civitai:1@1"})[0]).size == (128, 128)
    assert len(mock.exchange.violations) >= 1


def test_report_still_refuses_what_cannot_be_answered(serve: Callable[..., Any]) -> None:
    mock = serve(contract="report")
    assert mock.error({"taskType": "imageSmelling"})["code"] == "unsupportedTaskType"
    assert mock.error({"taskType": "getTaskDetails", "taskUUID": C})["code"] == "taskNotFound"
    assert mock.error({"taskType": "imageUpload", "taskUUID": A, "image": 5})["code"] == "invalidImage"


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tasks=st.lists(TASKS, min_size=1, max_size=4), mode=st.sampled_from(["strict", "provider", "report"]))
def test_any_array_of_served_tasks_gets_200_or_a_clear_4xx(
    modes: dict[str, Any], tasks: list[dict[str, Any]], mode: str
) -> None:
    reply = modes[mode].post(*tasks)
    body = reply.json()
    assert reply.status_code == 200 or 400 <= reply.status_code < 500
    assert body.get("errors") != []
    assert all(error["code"] and error["message"] for error in body.get("errors", []))
    assert reply.status_code == 200 or body["data"] == []


def test_report_mode_mends_what_lies_behind_a_hundred_other_violations(serve: Callable[..., Any]) -> None:
    task = {
        "taskType": "imageInference",
        "model": "runware:111@1",
        "positivePrompt": "a fox",
        "width": 128,
        "height": 128,
    }
    (item,) = serve(contract="report").data(task | {"controlNet": [1] * 500, "taskUUID": 128.0})
    assert uuid.UUID(item["taskUUID"]).version == 4
