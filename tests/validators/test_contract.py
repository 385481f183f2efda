"""How a document, an operation and a schema are found."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from genmock.specs import DocumentUnreadable, UnknownDocument, load_catalog
from genmock.validators import DocumentWarning, OperationNeeded, check_request, check_response

TASK = {"taskType": "ping", "taskUUID": "x"}
TEXT = {"type": "string"}
SCHEMAS = "#/components/schemas"


@pytest.mark.parametrize("name", ["qwen-image", "runware:108@1", load_catalog().get("qwen-image")])
def test_a_document_goes_by_id_by_model_and_by_itself(name: Any) -> None:
    assert [v.source for v in check_request(name, {})] == ["qwen-image#/components/schemas/RequestBody/type"]


def test_a_document_goes_by_path_as_text_too(write_document: Any) -> None:
    path = write_document(TEXT)
    assert check_request(path, "a") == check_request(str(path), "a") == ()


def test_a_changed_file_is_read_again(write_document: Any) -> None:
    path = write_document(TEXT)
    assert check_request(path, 5) != ()
    write_document({"type": "integer"})
    os.utime(path, ns=(1, 1))
    assert check_request(path, 5) == ()


def test_an_unknown_document_suggests_a_known_one() -> None:
    with pytest.raises(UnknownDocument, match=r"^there is no document 'qwen-imag'; did you mean 'qwen-image'\?"):
        check_request("qwen-imag", [])


@pytest.mark.parametrize("name", ["", "nope", "nope.json", "a\0b", "x" * 10_000])
def test_no_name_is_worse_than_unknown(name: str) -> None:
    with pytest.raises(UnknownDocument, match=r"^there is no document"):
        check_request(name, [])


def test_a_file_that_is_no_document_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text("[]", encoding="utf-8")
    with pytest.raises(DocumentUnreadable):
        check_request(tmp_path / "own.json", [])


def test_an_operation_must_be_named_where_there_are_several() -> None:
    with pytest.raises(OperationNeeded) as caught:
        check_request("kiapi-qwen", {})
    assert str(caught.value) == (
        "kiapi-qwen has several operations: say which one with operation=: "
        "POST /v1/image/qwen/generate, POST /v1/image/qwen/edit, GET /v1/image/qwen/models"
    )


def test_an_operation_that_is_unknown_is_told_the_known_ones() -> None:
    with pytest.raises(OperationNeeded) as caught:
        check_request("flux-1-dev-srpo", [], operation="PUT /everything")
    assert str(caught.value) == "flux-1-dev-srpo has no operation 'PUT /everything'. It has: POST /"


def test_an_operation_two_letters_off_is_suggested() -> None:
    with pytest.raises(OperationNeeded, match="; did you mean 'POST /v1/image/qwen/edit'\\? It has: "):
        check_request("kiapi-qwen", {}, operation="POST /v1/image/qwen/edti")


def test_an_operation_without_a_json_body_takes_anything() -> None:
    assert check_request("kiapi-qwen", {"a": 1}, operation="GET /v1/image/qwen/models") == ()
    assert check_request("kiapi-common", {"a": 1}, operation="POST /v1/files") == ()


@pytest.mark.parametrize("reference", [f"{SCHEMAS}/Nope", "other.json", "#/paths/~1/nope", "https://example.com/a"])
def test_a_reference_that_leads_nowhere_is_reported(reference: str, write_document: Any) -> None:
    path = write_document({"properties": {"a": {"$ref": reference}}})
    with pytest.raises(DocumentUnreadable) as caught:
        check_request(path, {})
    place = "/paths/~1/post/requestBody/content/application~1json/schema/properties/a"
    assert str(caught.value) == f"the reference {reference!r} leads nowhere in its document (at {place})"


def test_an_id_inside_a_property_does_not_move_the_references_below_it(judge: Any) -> None:
    inner = {"$id": "https://example.com/inner", "properties": {"b": {"$ref": "#/paths/~1/post/requestBody/x"}}}
    with pytest.raises(DocumentUnreadable):
        judge({"properties": {"a": inner}}, {})
    text = "#/paths/~1/post/requestBody/content/application~1json/schema/properties/text"
    inner = {"$id": "https://example.com/inner", "properties": {"b": {"$ref": text}}}
    schema = {"properties": {"text": TEXT, "a": inner}}
    assert [(rule, at) for rule, at, _ in judge(schema, {"a": {"b": 5}})] == [("type", "/a/b")]


def test_a_reference_to_an_id_finds_the_schema_that_had_it(judge: Any) -> None:
    schema = {
        "properties": {"a": {"$id": "https://example.com/text", **TEXT}, "b": {"$ref": "https://example.com/text"}}
    }
    assert [(rule, at) for rule, at, _ in judge(schema, {"b": 5})] == [("type", "/b")]


def test_a_property_may_be_called_id(judge: Any) -> None:
    assert [(rule, at) for rule, at, _ in judge({"properties": {"$id": TEXT, "$ref": TEXT}}, {"$id": 5})] == [
        ("type", "/$id")
    ]


@pytest.mark.parametrize("schema", [{"type": "text"}, {"pattern": "("}, {"minimum": "1"}, {"required": "a"}])
def test_a_schema_that_is_none_is_refused_with_its_place(schema: Any, judge: Any) -> None:
    with pytest.raises(DocumentUnreadable, match=r"^cannot use the schema at /paths/~1/post/requestBody/content/"):
        judge(schema, {})


def test_a_document_without_a_dialect_is_2020_12(judge: Any) -> None:
    assert [rule for rule, _, _ in judge({"prefixItems": [TEXT]}, [5])] == ["type"]


def test_a_reply_may_fall_under_a_range_of_statuses_or_the_default(tmp_path: Path) -> None:
    replies = {
        status: {"content": {"application/json": {"schema": {"const": status}}}} for status in ("4XX", "default")
    }
    document = {"openapi": "3.1.0", "info": {"title": "Own"}, "paths": {"/": {"get": {"responses": replies}}}}
    (tmp_path / "own.json").write_text(json.dumps(document), encoding="utf-8")
    assert check_response(tmp_path / "own.json", "4XX", status=418) == ()
    assert check_response(tmp_path / "own.json", "default", status=500) == ()


def test_a_keyword_that_checks_nothing_is_warned_of(tmp_path: Path) -> None:
    schema = {"type": "integer", "minimun": 5}
    media = {"content": {"application/json": {"schema": schema}}}
    operation = {"requestBody": media, "responses": {"200": {"description": "fine"}}}
    document = {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {"/": {"post": operation}}}
    path = tmp_path / "odd.json"
    path.write_text(json.dumps(document))
    with pytest.warns(DocumentWarning) as caught:
        assert check_request(path, 3) == ()
    assert str(caught[0].message) == (
        "odd#/paths/~1/post/requestBody/content/application~1json/schema/minimun: "
        "'minimun' is no known keyword and checks nothing; see: genmock specs lint"
    )
