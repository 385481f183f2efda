import json

import pytest

from genmock.mockserver.providers.kiapi.body import MISSING, is_json, parse, read_value, refusal_of
from genmock.mockserver.providers.kiapi.details import Detail
from genmock.mockserver.providers.kiapi.errors import Refused
from genmock.specs import load_catalog, load_errors

ERRORS = load_errors("kiapi")
JSON = "application/json"
QWEN = load_catalog().get("kiapi-qwen").published
GENERATE = QWEN["components"]["schemas"]["GenerateRequest"]
NO_OBJECT = "Input should be a valid dictionary or object to extract fields from"


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (JSON, True),
        ("APPLICATION/Vnd.x+JSON ; charset=utf-8", True),
        ("application/+json", True),
        ("application/jsonl", False),
        ("application/json, text/plain", False),
        ("text/json", False),
        ("", False),
        (None, False),
    ],
)
def test_json_is_told_by_its_media_type(content_type: str | None, expected: bool) -> None:
    assert is_json(content_type) is expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32-be"])
def test_json_comes_in_every_encoding_of_unicode(encoding: str) -> None:
    assert parse('{"prompt": "ü"}'.encode(encoding), JSON, ERRORS) == {"prompt": "ü"}


def test_of_repeated_members_the_last_counts() -> None:
    assert parse(b'{"a": 1, "a": 2}', JSON, ERRORS) == {"a": 2}


def test_what_is_not_sent_as_json_stays_as_it_is() -> None:
    assert parse(b"{}", "text/plain", ERRORS) == "{}"
    assert parse(b"{}", None, ERRORS) == "{}"
    assert parse(b"\xff", "text/plain", ERRORS) == b"\xff"
    assert parse(b"", "text/plain", ERRORS) is MISSING


def test_malformed_json_is_refused_with_its_place() -> None:
    with pytest.raises(Refused) as caught:
        parse('{"ü": }'.encode(), JSON, ERRORS)
    assert caught.value.status == 422
    assert json.dumps(caught.value.detail) == (
        '[{"type": "json_invalid", "loc": ["body", 6], "msg": "JSON decode error", "input": {}, '
        '"ctx": {"error": "Expecting value"}}]'
    )


@pytest.mark.parametrize("data", [b'"\xff"', b"[" * 100_000, b"9" * 4_301], ids=["encoding", "depth", "digits"])
def test_json_that_python_cannot_read_is_refused_without_a_place(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        parse(data, JSON, ERRORS)
    assert (caught.value.status, caught.value.detail) == (400, "There was an error parsing the body")
    assert caught.value.code == "invalidBody"


def test_a_body_of_sixty_megabytes_is_read() -> None:
    data = b'{"prompt": "' + b"a" * 60_000_000 + b'"}'
    assert read_value(QWEN, GENERATE, parse(data, JSON, ERRORS)).details == ()


@pytest.mark.parametrize("data", [b"", b"null", b" null "])
def test_no_body_and_null_are_a_body_that_is_missing(data: bytes) -> None:
    reading = read_value(QWEN, GENERATE, parse(data, JSON, ERRORS))
    assert reading.details == (Detail("missing", ("body",), "Field required", None),)
    assert reading.value["quality"] == 90


@pytest.mark.parametrize(("content_type", "sent"), [(JSON, "a"), (None, '"a"')])
def test_a_body_that_is_no_object_is_told_with_what_was_sent(content_type: str | None, sent: str) -> None:
    reading = read_value(QWEN, GENERATE, parse(b'"a"', content_type, ERRORS))
    assert reading.details == (Detail("model_attributes_type", ("body",), NO_OBJECT, sent),)


def test_a_refusal_lists_every_detail() -> None:
    refused = refusal_of(read_value(QWEN, GENERATE, parse(b'{"mode": 1}', JSON, ERRORS)).details)
    assert (refused.status, [detail["type"] for detail in refused.detail]) == (422, ["literal_error", "missing"])
