"""The exact sentence of every keyword."""

from typing import Any

import pytest

UUID = {"format": "uuid"}
SENTENCES = [
    ({"type": "string"}, 5, "the body must be a string, not an integer"),
    ({"type": "integer"}, 5.5, "the body must be an integer, not a number"),
    ({"type": "number"}, True, "the body must be a number, not a boolean"),
    ({"type": "boolean"}, "yes", "the body must be true or false, not a string"),
    ({"type": "object"}, [], "the body must be an object, not an array"),
    ({"type": "array"}, {}, "the body must be an array, not an object"),
    ({"type": ["string", "null"]}, 5, "the body must be a string or null, not an integer"),
    ({"type": "null"}, 5, "the body must be null, not an integer"),
    ({"type": "string"}, None, "the body must be a string, not null"),
    ({"type": "number"}, float("inf"), "the body must be a number, not Infinity"),
    ({"const": "a"}, "b", 'the body must be "a"'),
    ({"enum": ["a", 1, None]}, "b", 'the body must be one of "a", 1, null'),
    ({"enum": ["a"]}, "b", 'the body must be "a"'),
    ({"enum": [*range(13)]}, "b", "the body must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, ... (13 values)"),
    ({"minimum": 3}, 2, "the body must be at least 3, not 2"),
    ({"minimum": 1.0}, 0, "the body must be at least 1, not 0"),
    ({"maximum": 0.5}, 0.75, "the body must be at most 0.5, not 0.75"),
    ({"exclusiveMinimum": 3}, 3, "the body must be above 3, not 3"),
    ({"exclusiveMaximum": 3}, 3, "the body must be below 3, not 3"),
    ({"multipleOf": 0.01}, 4.355, "the body must be a multiple of 0.01, not 4.355"),
    ({"minLength": 1}, "", "the body must have at least 1 character, not 0"),
    ({"maxLength": 2}, "😀😀😀", "the body must have at most 2 characters, not 3"),
    ({"minItems": 2}, [1], "the body must have at least 2 items, not 1"),
    ({"maxItems": 1}, [1, 2], "the body must have at most 1 item, not 2"),
    ({"minProperties": 1}, {}, "the body must have at least 1 member, not 0"),
    ({"maxProperties": 1}, {"a": 1, "b": 2}, "the body must have at most 1 member, not 2"),
    ({"uniqueItems": True}, [1, 1.0], "the body must not hold an item twice"),
    ({"contains": {"type": "string"}}, [1], 'the body must hold an item that fits {"type": "string"}'),
    ({"contains": {"const": 1}, "maxContains": 1}, [1, 1], "the body must hold at most 1 fitting item"),
    ({"contains": {"const": 1}, "minContains": 2}, [1], "the body must hold at least 2 fitting items"),
    ({"pattern": "^x"}, "y", 'the body must match ^x, not "y"'),
    (UUID, "y", 'the body must be a valid uuid, not "y"'),
    ({"required": ["a"]}, {}, "'a' is missing"),
    ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "'b' is missing: 'a' requires it"),
    ({"additionalProperties": False}, {"a": 1}, "'a' is not a known member"),
    (
        {"properties": {"width": {}}, "additionalProperties": False},
        {"widht": 1},
        "'widht' is not a known member; did you mean 'width'?",
    ),
    ({"properties": {"a": False}}, {"a": 1}, "'a' is not allowed here"),
    ({"not": {"required": ["a", "b"]}}, {"a": 1, "b": 2}, "'a' and 'b' exclude each other"),
    ({"not": {"type": "string"}}, "a", 'the body must not fit {"type": "string"}'),
    ({"anyOf": [UUID, {"pattern": "^x"}]}, "y y", 'the body must be a uuid or a text like ^x, not "y y"'),
    ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {}, "the body must be one of 2 allowed forms, not {}"),
    ({"oneOf": [{"minimum": 1}, {"minimum": 2}]}, 3, "the body must fit exactly one of 2 allowed forms"),
    ({"oneOf": [{"const": "a"}, {"const": "b"}]}, "c", 'the body must be one of "a", "b"'),
    ({"items": {"type": "string"}}, ["a", 5], "item 1 must be a string, not an integer"),
    ({"properties": {"a": {"type": "string"}}}, {"a": 5}, "'a' must be a string, not an integer"),
    ({"propertyNames": {"maxLength": 1}}, {"ab": 5}, "the name 'ab' must have at most 1 character, not 2"),
    ({"minimum": 3, "maximum": 1}, 2, "the body must be at least 3, not 2"),
    ({"maxLength": 1}, "y" * 300, "the body must have at most 1 character, not 300"),
    ({"pattern": "^x"}, "y" * 300, f'the body must match ^x, not "{"y" * 199}... (302 characters)'),
]


@pytest.mark.parametrize(("schema", "value", "sentence"), SENTENCES, ids=[text[:50] for _, _, text in SENTENCES])
def test_a_violation_is_one_plain_sentence(schema: Any, value: Any, sentence: str, judge: Any) -> None:
    assert judge(schema, value)[0][2] == sentence
