"""check_request for its callers: what it returns, and that no message whatever upsets it."""

import copy
import dataclasses
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genmock.specs import load_catalog
from genmock.validators import Violation, check_request, check_rules, shown

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)  # the machine may be busy
EXAMPLES = 1_000 if os.environ.get("GENMOCK_SCALE") == "full" else 200
FLUX = {
    "taskType": "imageInference",
    "taskUUID": "7f3ebcb6-b777-4f2b-9a1e-0c5d6a1f8e11",
    "model": "runware:111@1",
    "positivePrompt": "a lighthouse",
}
TARGETS = [(d.id, None) for d in load_catalog().documents if d.entry.provider == "runware"] + [
    ("kiapi-qwen", "POST /v1/image/qwen/generate"),
    ("kiapi-qwen", "POST /v1/image/qwen/edit"),
    ("kiapi-common", "POST /v1/files"),
]


def test_a_valid_request_gives_an_empty_tuple() -> None:
    assert check_request("flux-1-dev-srpo", [FLUX]) == ()


def test_a_violation_says_everything() -> None:
    assert check_request("runware:111@1", [{**FLUX, "width": 100, "height": 512}]) == (
        Violation(
            rule="minimum",
            pointer="/0/width",
            message="'width' must be at least 128, not 100",
            severity="error",
            expected=128,
            sent=100,
            source="flux-1-dev-srpo#/components/schemas/RequestBody/items/properties/width/minimum",
        ),
        Violation(
            rule="multipleOf",
            pointer="/0/width",
            message="'width' must be a multiple of 16, not 100",
            severity="error",
            expected=16,
            sent=100,
            source="flux-1-dev-srpo#/components/schemas/RequestBody/items/properties/width/multipleOf",
        ),
    )


def test_a_violation_cannot_be_changed() -> None:
    (violation,) = check_request("flux-1-dev-srpo", [{**FLUX, "steps": 0}])
    with pytest.raises(dataclasses.FrozenInstanceError):
        violation.rule = "maximum"  # type: ignore[misc]  # that it is frozen is what is tested


def test_a_violation_is_rendered_for_people() -> None:
    (violation,) = check_request("flux-1-dev-srpo", [{**FLUX, "steps": 0}])
    assert violation.render() == (
        "  at      /0/steps\n"
        "  sent    0\n"
        "  rule    minimum: 'steps' must be at least 1, not 0\n"
        "  source  flux-1-dev-srpo#/components/schemas/RequestBody/items/properties/steps/minimum"
    )


def test_the_whole_body_is_called_that() -> None:
    (violation,) = check_request("flux-1-dev-srpo", {})
    assert violation.render().splitlines()[0] == "  at      (the whole body)"


def test_a_long_value_is_cut_with_its_length() -> None:
    assert shown("x" * 300) == '"' + "x" * 199 + "... (302 characters)"
    assert shown({"a": [1, None, "é"]}) == '{"a": [1, null, "é"]}'


def test_a_picture_is_cut_before_it_is_written() -> None:
    assert shown("x" * 8_000_000) == '"' + "x" * 199 + "... (8,000,002 characters)"


def test_rules_may_be_left_out() -> None:
    body = [{**FLUX, "acceleratorOptions": {"cacheStartStep": 5, "cacheEndStep": 5}}]
    assert [v.rule for v in check_request("flux-1-dev-srpo", body)] == ["cache-end-after-start"]
    assert check_request("flux-1-dev-srpo", body, rules=False) == ()


def test_a_rule_with_a_default_uses_it_in_one_document_and_sleeps_in_another() -> None:
    options = {"acceleratorOptions": {"cacheEndStep": 21}}
    qwen = {**FLUX, "model": "runware:108@1", "width": 512, "height": 512, **options}
    assert [v.rule for v in check_request("qwen-image", [qwen])] == ["cache-end-within-steps"]
    assert check_request("flux-1-dev-srpo", [{**FLUX, **options}]) == ()


NOT_JSON = [float("nan"), float("inf"), -float("inf")]


@pytest.mark.parametrize("value", NOT_JSON)
@pytest.mark.parametrize("name", ["CFGScale", "steps", "width"])
def test_what_is_no_json_number_is_mistyped(name: str, value: float) -> None:
    found = check_request("flux-1-dev-srpo", [{**FLUX, name: value}], rules=False)
    assert ("type", f"/0/{name}") in [(v.rule, v.pointer) for v in found]


def nested(depth: int, kind: Any) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value] if kind is list else {"a": value}
    return value


@pytest.mark.parametrize("kind", [list, dict])
@pytest.mark.parametrize("name", ["unknown", "inputs", "positivePrompt", "lora", "hiresFix", "model"])
def test_depth_is_no_danger(name: str, kind: Any) -> None:
    assert check_request("flux-1-dev-srpo", [{**FLUX, name: nested(5_000, kind)}]) != ()
    assert check_request("flux-1-dev-srpo", nested(5_000, kind)) != ()


@pytest.mark.parametrize("name", ["taskType", "taskUUID", "model", "outputFormat", "webhookURL", "\ud800"])
def test_an_unpaired_surrogate_is_judged_like_another_character(name: str) -> None:
    found = check_request("flux-1-dev-srpo", [{**FLUX, name: "\ud800"}])
    assert {v.pointer for v in found} == {f"/0/{name}"}


NAMES = (
    *(
        "taskType",
        "taskUUID",
        "model",
        "positivePrompt",
        "inputs",
        "seedImage",
        "steps",
        "lora",
        "controlNet",
        "images",
    ),
    *(
        "prompt",
        "type",
        "hiresFix",
        "acceleratorOptions",
        "cacheEndStep",
        "init_image",
        "operation",
        "media",
        "a~/b",
        "",
    ),
)
WORDS = ("imageInference", "training", "ping", "runware:111@1", "runware:108@1", "upload", "file_id", FLUX["taskUUID"])
LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=True) | st.text(max_size=5)
    | st.text(st.characters(categories=["Cs"]), min_size=1, max_size=2) | st.sampled_from(WORDS)
)  # fmt: skip
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), inner),
    max_leaves=12,
)
TASKS = st.lists(
    st.fixed_dictionaries(
        {"taskType": st.sampled_from(WORDS), "model": st.sampled_from(WORDS)}, optional=dict.fromkeys(NAMES[3:], JSON)
    ),
    max_size=3,
)


def resolves(body: Any, pointer: str) -> bool:
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(body, list) and name.isdecimal() and int(name) < len(body):
            body = body[int(name)]
        elif isinstance(body, dict) and name in body:
            body = body[name]
        else:
            return False
    return True


@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=SLOW)
@given(st.sampled_from(TARGETS), JSON | TASKS, st.booleans(), st.booleans())
def test_any_json_is_judged_left_alone_and_pointed_into(target: Any, body: Any, rules: bool, strict: bool) -> None:
    before = copy.deepcopy(body)
    document, operation = target
    found = check_request(document, body, operation=operation, rules=rules, strict=strict)
    assert repr(body) == repr(before)
    assert [v.pointer for v in found if not resolves(body, v.pointer)] == []
    assert all(v.message and v.rule and v.source and v.severity in ("error", "warning") for v in found)


GENERATE = "POST /v1/image/qwen/generate"


def test_rules_are_told_in_their_order_whatever_the_schema_says() -> None:
    body = {"width": 4097, "height": 0, "steps": 101, "prompt": ""}
    assert [each.message for each in check_rules("kiapi-qwen", body, operation=GENERATE)] == [
        "width and height must be positive",
        "width and height must be multiples of 16",
        "size 4097x0 exceeds the cap 2048x2048",
        "steps must be in 1..100",
    ]


def test_a_rule_that_is_broken_says_where_and_by_which_source() -> None:
    (violation,) = check_rules("kiapi-qwen", {"quantize": 7}, operation=GENERATE)
    assert (violation.rule, violation.pointer, violation.severity) == ("quantize-bits", "/quantize", "error")
    assert violation.source.endswith("quantize: Quantization bits, one of {3, 4, 5, 6, 8}.")


def test_a_body_that_keeps_every_rule_breaks_none() -> None:
    body = {"width": 2048, "height": 16, "steps": 100, "quantize": 3, "image_strength": 1.0, "loras": [{}] * 4}
    assert check_rules("kiapi-qwen", body, operation=GENERATE) == ()
    assert check_rules("kiapi-qwen", {}, operation=GENERATE) == ()


def test_an_operation_without_a_body_has_no_rules() -> None:
    assert check_rules("kiapi-qwen", {"width": 0}, operation="GET /v1/image/qwen/models") == ()


@pytest.mark.parametrize("number", [10**30, -(10**30), 2**63, 10**400])
def test_rules_hold_for_integers_of_any_size(number: int) -> None:
    found = check_rules("kiapi-qwen", {"steps": number, "quantize": number}, operation=GENERATE)
    assert [each.rule for each in found] == ["steps-cap", "quantize-bits"]
