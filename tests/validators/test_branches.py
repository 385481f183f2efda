"""Which branch of an anyOf or oneOf a violation is explained by."""

from typing import Any

import pytest

CAT = {"properties": {"kind": {"const": "cat"}, "lives": {"maximum": 9}}, "required": ["kind"], "type": "object"}
DOG = {"properties": {"kind": {"const": "dog"}, "tricks": {"type": "array"}}, "required": ["kind"], "type": "object"}
PETS = {"oneOf": [CAT, DOG]}
TAGGED = {**PETS, "discriminator": {"propertyName": "kind"}}
IMAGE = {"anyOf": [{"format": "uuid"}, {"format": "uri"}, {"pattern": "^data:image/png;base64,[a-z]+$"}]}
FILES = {
    "oneOf": [
        {"type": "object", "properties": {"id": {"minLength": 1}}, "required": ["id"]},
        {"type": "object", "properties": {"url": {"minLength": 1}}, "required": ["url"]},
    ]
}
HIRES = {"oneOf": [{"type": "boolean", "const": True}, {"type": "object", "required": ["model"]}]}
MEANT = [
    ("nobody means null", {"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 1}]}, 0, [("minimum", "")]),
    ("a wrong type beside null", {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "a", [("type", "")]),
    ("the discriminator decides", TAGGED, {"kind": "cat", "lives": 10, "tricks": 1}, [("maximum", "/lives")]),
    ("a constant decides", PETS, {"kind": "dog", "tricks": 1}, [("type", "/tricks")]),
    ("no constant fits", PETS, {"kind": "cow"}, [("const", "/kind")]),
    ("no constant is sent, which all branches say", PETS, {}, [("required", "")]),
    ("the type decides", HIRES, {}, [("required", "")]),
    ("the type decides for a constant", HIRES, False, [("const", "")]),
    ("no type fits", HIRES, "yes", [("oneOf", "")]),
    ("the required members decide", FILES, {"url": ""}, [("minLength", "/url")]),
    ("all branches say the same", FILES, 5, [("type", "")]),
    ("nothing tells", FILES, {}, [("oneOf", "")]),
    ("two branches fit", FILES, {"id": "a", "url": "b"}, [("oneOf", "")]),
    ("a text that looks like a URL", IMAGE, "https://a b", [("format", "")]),
    ("a text that looks like a UUID", IMAGE, "7f3ebcb6-b777-4f2b-9a1e-0c5d6a1f8e1", [("format", "")]),
    ("a text that looks like data", IMAGE, "data:image/png;base64,A B", [("pattern", "")]),
    ("a text that looks like nothing", IMAGE, "a picture", [("anyOf", "")]),
    ("constants alone are an enum", {"oneOf": [{"const": 1}, {"const": 2}]}, 3, [("enum", "")]),
    ("one constant alone is that", {"anyOf": [{"const": 1}]}, 3, [("const", "")]),
    ("a tree of branches", {"anyOf": [{"type": "null"}, FILES]}, {"id": ""}, [("minLength", "/id")]),
    (
        "the nearest branch",
        {"anyOf": [{"properties": {"a": {"const": 1}, "b": {"const": 2}}}, {"properties": {"a": {"minimum": 5}}}]},
        {"a": 3, "b": 3},
        [("minimum", "/a")],
    ),
]


@pytest.mark.parametrize(("schema", "value", "expected"), [m[1:] for m in MEANT], ids=[m[0] for m in MEANT])
def test_the_branch_that_was_meant(schema: Any, value: Any, expected: Any, judge: Any) -> None:
    assert [(rule, pointer) for rule, pointer, _ in judge(schema, value)] == expected


def test_a_discriminator_that_names_no_branch_lists_them(judge: Any) -> None:
    assert judge(TAGGED, {"kind": "cow"}) == [("const", "/kind", '\'kind\' must be one of "cat", "dog"')]


def test_a_uuid_that_lacks_a_letter_is_told_to_be_one(judge: Any) -> None:
    text = "7f3ebcb6-b777-4f2b-9a1e-0c5d6a1f8e1"
    assert judge(IMAGE, text) == [("format", "", f'the body must be a valid uuid, not "{text}"')]
