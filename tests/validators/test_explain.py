"""Where a violation points, which keyword it names, and where it says the rule stands."""

from typing import Any

import pytest

from genmock.validators import check_request, is_keyword

PLACES = [
    (
        "a missing member points to its parent",
        {"properties": {"a": {"required": ["b"]}}},
        {"a": {}},
        [("required", "/a")],
    ),
    (
        "an extra member to itself",
        {"properties": {}, "additionalProperties": False},
        {"a/b~": 1},
        [("additionalProperties", "/a~1b~0")],
    ),
    ("a dependent member to the object", {"dependentRequired": {"a": ["b"]}}, {"a": 1}, [("dependentRequired", "")]),
    ("two missing members are two", {"required": ["a", "b"]}, {}, [("required", ""), ("required", "")]),
    ("an excluded pair to the object", {"not": {"required": ["a", "b"]}}, {"a": 1, "b": 1}, [("not", "")]),
    ("a forbidden member to itself", {"properties": {"a": False}}, {"a": 1}, [("not-allowed", "/a")]),
    ("a schema that is false to the value", {"allOf": [False]}, 5, [("not-allowed", "")]),
    (
        "an item too many to itself",
        {"prefixItems": [{}], "items": False},
        [1, 2, 3],
        [("not-allowed", "/1"), ("not-allowed", "/2")],
    ),
    ("a bad name to its member", {"propertyNames": {"pattern": "^a"}}, {"b": 1}, [("pattern", "/b")]),
    (
        "a member called propertyNames is a member",
        {"properties": {"propertyNames": {"type": "string"}}},
        {"propertyNames": 5},
        [("type", "/propertyNames")],
    ),
    (
        "an unevaluated member to itself",
        {"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": False},
        {"a": 1, "b": 2},
        [("unevaluatedProperties", "/b")],
    ),
    (
        "pattern properties are known",
        {"patternProperties": {"^x-": {}}, "additionalProperties": False},
        {"x-a": 1, "y": 2},
        [("additionalProperties", "/y")],
    ),
    (
        "a pattern property is judged",
        {"patternProperties": {"^x-": {"type": "string"}}},
        {"x-a": 1},
        [("type", "/x-a")],
    ),
    ("a dependent schema", {"dependentSchemas": {"a": {"required": ["b"]}}}, {"a": 1}, [("required", "")]),
    ("what follows from a wrong type is left out", {"type": "string", "enum": ["a"], "const": "a"}, 5, [("type", "")]),
    ("the same reason twice is one", {"allOf": [{"minimum": 3}, {"minimum": 3}]}, 2, [("minimum", "")]),
    ("then", {"if": {"minimum": 5}, "then": {"multipleOf": 2}, "else": {"multipleOf": 3}}, 7, [("multipleOf", "")]),
    ("else", {"if": {"minimum": 5}, "then": {"multipleOf": 2}, "else": {"maximum": 3}}, 4, [("maximum", "")]),
]


@pytest.mark.parametrize(("schema", "value", "expected"), [p[1:] for p in PLACES], ids=[p[0] for p in PLACES])
def test_where_a_violation_points(schema: Any, value: Any, expected: Any, judge: Any) -> None:
    assert [(rule, pointer) for rule, pointer, _ in judge(schema, value)] == expected


def source(path: Any, value: Any) -> list[str]:
    return [v.source.partition("#")[2] for v in check_request(path, value)]


SCHEMAS = "#/components/schemas"


def test_the_source_is_the_place_of_the_keyword_behind_every_reference(write_document: Any) -> None:
    schemas = {"Box": {"properties": {"lid": {"$ref": f"{SCHEMAS}/Lid"}}}, "Lid": {"type": "string"}}
    path = write_document({"$ref": f"{SCHEMAS}/Box"}, components={"schemas": schemas})
    assert source(path, {"lid": 5}) == ["/components/schemas/Lid/type"]


def test_the_source_of_a_condition_is_inside_it(write_document: Any) -> None:
    schemas = {"A": {"if": {"minimum": 5}, "then": {"multipleOf": 2}}}
    path = write_document({"$ref": f"{SCHEMAS}/A"}, components={"schemas": schemas})
    assert source(path, 7) == ["/components/schemas/A/then/multipleOf"]


def test_the_source_of_a_false_schema_is_the_schema(write_document: Any) -> None:
    path = write_document({"$ref": f"{SCHEMAS}/A"}, components={"schemas": {"A": {"properties": {"a": False}}}})
    assert source(path, {"a": 5}) == ["/components/schemas/A/properties/a"]


def test_expected_and_sent_are_plain_json(write_document: Any) -> None:
    (violation,) = check_request(write_document({"maximum": 0.5}), 0.75)
    assert (violation.expected, violation.sent) == (0.5, 0.75)
    assert type(violation.expected) is type(violation.sent) is float


def test_a_value_that_breaks_everywhere_is_explained_a_hundred_times_and_no_more() -> None:
    task = {"taskType": "imageInference", "model": "runware:111@1"} | {f"unknown{n}": n for n in range(20_000)}
    assert len(check_request("runware:111@1", [task])) == 100


def test_a_named_rule_beside_the_keyword_that_it_refines_is_left_out(judge: Any) -> None:
    named = {"x-genmock-rule": {"id": "fourth", "keyword": "pattern", "message": "must be a UUID of version 4"}}
    schema = {"format": "uuid", "pattern": "^.{14}4", **named}
    assert [(rule, pointer) for rule, pointer, _ in judge(schema, "no UUID")] == [("format", "")]


@pytest.mark.parametrize(("rule", "expected"), [("minimum", True), ("not-allowed", True), ("pairing", False)])
def test_a_rule_is_a_keyword_of_json_schema_or_a_prose_rule(rule: str, expected: bool) -> None:
    assert is_keyword(rule) is expected
