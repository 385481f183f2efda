import importlib
from typing import Any

import pytest

from genmock.specs import load_catalog

parameters = importlib.import_module("genmock.mockserver.cli.summary").parameters


def rows(**properties: Any) -> list[tuple[str, str, str, str]]:
    schema = {"type": "object", "required": ["a"], "properties": properties}
    media = {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}
    document = {
        "paths": {"/x": {"post": {"requestBody": {"content": media}}}},
        "components": {
            "schemas": {"Body": schema, "Self": {"properties": {"b": {"$ref": "#/components/schemas/Self"}}}}
        },
    }
    return [(row.name, row.type, row.allowed, row.default) for row in parameters(document)]


CASES: tuple[tuple[dict[str, Any], tuple[str, str, str]], ...] = (
    ({"type": "integer", "minimum": 1, "maximum": 9, "multipleOf": 2}, ("integer", "1 to 9, multiple of 2", "")),
    ({"type": "integer", "minimum": 0}, ("integer", "at least 0", "")),
    ({"type": "string", "maxLength": 5}, ("string", "at most 5 characters", "")),
    ({"type": "array", "minItems": 1, "maxItems": 4}, ("array", "1 to 4 elements", "")),
    ({"type": "boolean", "default": False}, ("boolean", "", "false")),
    ({"type": ["string", "null"]}, ("string|null", "", "")),
    ({"enum": ["x", "y"]}, ("", "x, y", "")),
    ({"enum": [1, 2, 3, 4, 5]}, ("", "5 values", "")),
    ({"type": "string", "oneOf": [{"const": "x"}, {"const": "y"}]}, ("string", "x, y", "")),
    ({"anyOf": [{"type": "integer"}, {"anyOf": [{"type": "null"}]}]}, ("integer|null", "", "")),
    ({"type": "string", "format": "uuid", "const": "z"}, ("string", "z, uuid", "")),
)


@pytest.mark.parametrize(("schema", "expected"), CASES)
def test_a_member_is_told_in_words(schema: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert rows(a=schema) == [("a", *expected)]


def test_members_of_members_have_dotted_names() -> None:
    inner = {"type": "object", "properties": {"x": {"type": "integer"}}}
    names = [name for name, *_ in rows(a=inner, b={"type": "array", "items": inner})]
    assert names == ["a", "a.x", "b", "b[].x"]


def test_a_schema_that_holds_itself_has_an_end() -> None:
    assert len(rows(a={"$ref": "#/components/schemas/Self"})) < 20


def test_members_that_a_branch_forbids_are_left_out() -> None:
    assert rows(a=False) == []


@pytest.mark.parametrize("document", load_catalog().documents, ids=lambda document: document.id)
def test_every_document_can_be_summarised(document: Any) -> None:
    for form in (document.published, document.effective):
        assert all(row.operation and row.name for row in parameters(form))
