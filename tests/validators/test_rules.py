"""Prose rules as a user writes them into a document or an overlay; docs/rules.md describes the form."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from genmock.specs import OverlayError, read_document
from genmock.validators import check_request, check_rules

PROPERTIES = {
    "low": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    "high": {"type": ["integer", "null"], "default": 10},
    "ratio": {"anyOf": [{"type": "null"}, {"type": "number"}]},
    "name": {"type": "string"},
    "box": {"type": "object", "properties": {"size": {"type": "integer", "default": 4}}},
    "boxes": {"type": "array", "items": {"type": "object", "properties": {"size": {"type": "integer"}}}},
    "names": {"type": "array", "items": {"type": "string"}},
}
ORDERED = {"id": "ordered", "needs": ["low", "high"], "expr": "low < high", "message": "low must be below high"}


@pytest.fixture
def found(write_document: Any) -> Any:
    def run(rule: dict[str, Any], body: Any, *, strict: bool = False) -> list[tuple[str, str, str]]:
        path = write_document({"type": "object", "properties": PROPERTIES, "x-genmock-rules": [rule]})
        return [(v.rule, v.pointer, v.severity) for v in check_request(path, body, strict=strict)]

    return run


def test_a_broken_rule_points_to_the_first_member_it_needs(found: Any) -> None:
    assert found(ORDERED, {"low": 5, "high": 5}) == [("ordered", "/low", "error")]
    assert found(ORDERED, {"low": 4, "high": 5}) == []


def test_a_rule_points_where_it_says(found: Any) -> None:
    assert found({**ORDERED, "at": "high"}, {"low": 5, "high": 5}) == [("ordered", "/high", "error")]


def test_a_violation_carries_message_expression_value_and_sentence(write_document: Any) -> None:
    rule = {**ORDERED, "at": "high", "source": "high: Must be above low."}
    path = write_document({"properties": PROPERTIES, "x-genmock-rules": [rule]})
    (violation,) = check_request(path, {"low": 5, "high": 4})
    assert (violation.message, violation.expected, violation.sent, violation.source) == (
        "low must be below high",
        "low < high",
        4,
        "high: Must be above low.",
    )


@pytest.mark.parametrize(
    ("low", "shown"), [(12, "12"), (12.0, "12"), (2**64, "18446744073709551616"), (-(10**30), "-1" + "0" * 30)]
)
def test_a_message_names_what_was_sent(low: Any, shown: str, write_document: Any) -> None:
    rule = {**ORDERED, "expr": "low == high", "needs": ["low"], "defaults": {"high": None}}
    rule |= {"message": "{low} is not {high}: {other} {}"}
    path = write_document({"properties": PROPERTIES, "x-genmock-rules": [rule]})
    assert [v.message for v in check_request(path, {"low": low})] == [f"{shown} is not 10: {{other}} {{}}"]


@pytest.mark.parametrize("body", [{}, {"low": 5}, {"high": 5}])
def test_a_rule_sleeps_until_all_its_members_are_there(body: Any, found: Any) -> None:
    assert found(ORDERED, body) == []


def test_null_stands_for_the_documents_own_default(found: Any) -> None:
    rule = {**ORDERED, "needs": ["low"], "defaults": {"high": None}}
    assert found(rule, {"low": 10}) == [("ordered", "/low", "error")]
    assert found(rule, {"low": 9}) == []
    assert found(rule, {"low": 10, "high": 11}) == []


def test_a_member_without_a_default_of_its_own_is_needed_after_all(found: Any) -> None:
    rule = {**ORDERED, "needs": ["high"], "defaults": {"low": None}}
    assert found(rule, {"high": 1}) == []


def test_a_default_may_be_given(found: Any) -> None:
    assert found({**ORDERED, "needs": ["low"], "defaults": {"high": 3}}, {"low": 3}) == [("ordered", "/low", "error")]


def test_a_null_counts_as_absent(found: Any) -> None:
    assert found(ORDERED, {"low": 5, "high": None}) == []
    rule = {**ORDERED, "needs": ["low"], "defaults": {"high": None}}
    assert found(rule, {"low": 10, "high": None}) == [("ordered", "/low", "error")]
    assert found(rule, {"low": None, "high": 0}) == []


def test_a_nested_member_goes_by_its_last_name(found: Any) -> None:
    rule = {"id": "fits", "needs": ["box.size", "high"], "expr": "size <= high", "message": "too large"}
    assert found(rule, {"box": {"size": 6}, "high": 5}) == [("fits", "/box/size", "error")]
    assert found(rule, {"box": {}, "high": 5}) == []
    assert found({**rule, "needs": ["high", "box"], "defaults": {"box.size": None}}, {"box": {}, "high": 3}) == [
        ("fits", "/high", "error")
    ]


def test_an_array_is_judged_element_by_element(found: Any) -> None:
    rule = {"id": "even", "needs": ["boxes[].size"], "expr": "size % 2 == 0", "message": "size must be even"}
    assert found(rule, {"boxes": [{"size": 1}, {"size": 2}, {}, {"size": 3.0}]}) == [
        ("even", "/boxes/0/size", "error"),
        ("even", "/boxes/3/size", "error"),
    ]
    assert found(rule, {"boxes": []}) == []


def test_an_array_of_texts_is_judged_text_by_text(found: Any) -> None:
    rule = {"id": "short", "needs": ["names[]"], "expr": "size(names) < 3", "message": "too long"}
    assert found(rule, {"names": ["a", "abc"]}) == [("short", "/names/1", "error")]


def test_a_rule_has_a_condition(found: Any) -> None:
    rule = {**ORDERED, "needs": ["low", "high", "name"], "when": 'name == "strict"'}
    assert found(rule, {"low": 5, "high": 1, "name": "loose"}) == []
    assert found(rule, {"low": 5, "high": 1, "name": "strict"}) == [("ordered", "/low", "error")]


def test_a_rule_may_warn_and_refuse_only_when_strict(found: Any) -> None:
    rule = {**ORDERED, "severity": "warning", "strict": "error"}
    assert found(rule, {"low": 5, "high": 1}) == [("ordered", "/low", "warning")]
    assert found(rule, {"low": 5, "high": 1}, strict=True) == [("ordered", "/low", "error")]


def test_a_warning_without_strict_stays_one(found: Any) -> None:
    assert found({**ORDERED, "severity": "warning"}, {"low": 5, "high": 1}, strict=True) == [
        ("ordered", "/low", "warning")
    ]


def test_members_have_the_documents_types_however_they_are_written(found: Any) -> None:
    product = {"id": "area", "needs": ["low", "high"], "expr": "low + high < 10 && low % 2 == 0", "message": "no"}
    assert found(product, {"low": 4.0, "high": 5}) == []
    assert found(product, {"low": 4, "high": 5.0}) == []
    mean = {"id": "mean", "needs": ["ratio"], "expr": "ratio + 0.5 < 2.0", "message": "no"}
    assert found(mean, {"ratio": 1}) == []
    assert found(mean, {"ratio": 2}) == [("mean", "/ratio", "error")]


@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_what_is_no_number_keeps_no_rule_about_numbers(odd: float, write_document: Any) -> None:
    rule = {"id": "part", "needs": ["ratio"], "expr": "ratio >= 0.0 && ratio <= 1.0", "message": "no part"}
    document = read_document(write_document({"properties": PROPERTIES, "x-genmock-rules": [rule]}))
    assert [v.rule for v in check_rules(document, {"ratio": odd}, operation="POST /")] == ["part"]


@pytest.mark.parametrize("huge", [2**63, 2**64, 10**400])
def test_integers_beyond_64_bits_are_large(huge: int, found: Any) -> None:
    rule = {"id": "sum", "needs": ["low", "high"], "expr": "low + high < 10", "message": "too large"}
    assert found(rule, {"low": huge, "high": huge}) == [("sum", "/low", "error")]
    assert found(rule, {"low": -huge, "high": -huge}) == []


def test_an_unpaired_surrogate_is_some_character(found: Any) -> None:
    rule = {"id": "known", "needs": ["name"], "expr": 'name == "a"', "message": "unknown"}
    assert found(rule, {"name": "\ud800"}) == [("known", "/name", "error")]


def test_rules_wait_until_the_schema_is_content(found: Any) -> None:
    assert found(ORDERED, {"low": 5, "high": "1"}) == [("type", "/high", "error")]


def test_rules_are_left_out_on_request(write_document: Any) -> None:
    path = write_document({"properties": PROPERTIES, "x-genmock-rules": [ORDERED]})
    assert check_request(path, {"low": 5, "high": 1}, rules=False) == ()


BAD = [
    ({"message": None}, "rule ordered lacks ['message']; see docs/rules.md"),
    ({"exprs": "a"}, "rule ordered has unknown members ['exprs']; see docs/rules.md"),
    ({"severity": "fatal"}, "rule ordered: severity is 'fatal', not error or warning"),
    ({"strict": "no"}, "rule ordered: strict is 'no', not error or warning"),
]


@pytest.mark.parametrize(("change", "text"), BAD, ids=[text for _, text in BAD])
def test_a_malformed_rule_is_refused(change: Any, text: str, found: Any) -> None:
    rule = {key: value for key, value in {**ORDERED, **change}.items() if value is not None}
    with pytest.raises(OverlayError) as caught:
        found(rule, {})
    assert str(caught.value) == text


def test_an_expression_that_is_no_cel_is_named(found: Any) -> None:
    with pytest.raises(OverlayError, match=r"^rule ordered: 'low <' is no CEL expression: "):
        found({**ORDERED, "expr": "low <"}, {"low": 5, "high": 1})


def test_an_expression_that_cannot_be_evaluated_is_named(found: Any) -> None:
    with pytest.raises(OverlayError, match=r"^rule ordered cannot be evaluated on \{'low': 5, 'high': 1\}: "):
        found({**ORDERED, "expr": "low + name == high"}, {"low": 5, "high": 1})


def overlay(path: Path, rule: dict[str, Any]) -> None:
    target = "$.paths['/'].post.requestBody.content['application/json'].schema"
    info = {"title": "Own", "version": "1"}
    content = {
        "overlay": "1.0.0",
        "info": info,
        "actions": [{"target": target, "update": {"x-genmock-rules": [rule]}}],
    }
    path.with_name(f"{path.stem}.overlay.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")


def test_an_overlay_beside_a_document_adds_a_rule(write_document: Any) -> None:
    path = write_document({"type": "object", "properties": PROPERTIES})
    overlay(path, ORDERED)
    assert [v.rule for v in check_request(path, {"low": 5, "high": 1})] == ["ordered"]
    assert check_request(path, {"low": 5, "high": 1}, rules=False) == ()


def test_a_documents_own_overlay_cannot_read_what_the_document_lacks(write_document: Any) -> None:
    path = write_document({"type": "object", "properties": PROPERTIES})
    overlay(path, {**ORDERED, "needs": ["box.weight"]})
    with pytest.raises(OverlayError) as caught:
        check_request(path, {})
    assert str(caught.value) == "rule ordered reads 'box.weight', which its document does not have"


def test_a_rule_for_other_documents_is_skipped_where_its_members_are_missing(found: Any) -> None:
    assert found({**ORDERED, "needs": ["low", "depth"]}, {"low": 5, "depth": 1}) == []
