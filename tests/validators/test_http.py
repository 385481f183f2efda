import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from genmock.specs import Document, Entry, load_catalog
from genmock.validators import HttpReply, HttpRequest, Violation, check_http_reply, check_http_request

CATALOG = load_catalog()
FLUX, FILES, QWEN = CATALOG.get("flux-1-dev-srpo"), CATALOG.get("kiapi-common"), CATALOG.get("kiapi-qwen")
TASK = {
    "taskType": "imageInference",
    "taskUUID": "50836053-a0ee-4cf5-b9d6-ae7c5d140ada",
    "model": "runware:111@1",
    "positivePrompt": "a cat",
    "width": 512,
    "height": 512,
    "CFGScale": 4.35,
}
RESULT = {
    "taskType": "imageInference",
    "taskUUID": TASK["taskUUID"],
    "imageUUID": TASK["taskUUID"],
    "imageURL": "http://localhost/a.jpg",
    "seed": 9223372036854775807,
    "cost": 0.0013,
}
JSON = {"Content-Type": "application/json"}
BEARER = {**JSON, "Authorization": "Bearer a-key"}
OPERATION = "flux-1-dev-srpo#/paths/~1/post"
UNKNOWN_SENDER = "the request carries no credentials of the kind that the document asks for"
PNG = b"\x89PNG\r\n\x1a\n\x00\xff"

SHELF: dict[str, Any] = {
    "servers": [{"url": "https://{region}.shelf.test/api/"}],
    "security": [{"key": []}, {"login": []}],
    "components": {
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "query", "name": "key"},
            "login": {"type": "oauth2", "flows": {}},
            "basic": {"type": "http", "scheme": "Basic"},
            "tls": {"type": "mutualTLS"},
        },
        "schemas": {"Books": {"type": "array"}, "Book": {"required": ["title"]}},
        "headers": {"Count": {"required": True, "schema": {"type": "integer"}}},
    },
    "paths": {
        "/books/{shelf}": {
            "parameters": [{"name": "shelf", "in": "path", "required": True, "schema": {"maxLength": 3}}],
            "get": {
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}},
                    {"name": "order", "in": "query", "deprecated": True, "schema": {"enum": ["up", "down"]}},
                    {"name": "X-Trace", "in": "header", "required": True, "schema": {"type": "string"}},
                    {"name": "theme", "in": "cookie", "schema": {"type": "string", "minLength": 3}},
                ],
                "responses": {
                    "200": {
                        "headers": {"X-Count": {"$ref": "#/components/headers/Count"}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Books"}}},
                    },
                    "4XX": {"content": {"text/*": {"schema": {"type": "string"}}}},
                },
            },
            "put": {
                "security": [{"basic": []}],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Book"}},
                        "application/x-www-form-urlencoded": {
                            "schema": {"type": "object", "properties": {"pages": {"type": "integer", "minimum": 1}}}
                        },
                    }
                },
                "responses": {"204": {"description": "kept"}},
            },
            "delete": {"security": [{"tls": []}], "responses": {"default": {"description": "gone"}}},
        }
    },
}
SHELF_DOCUMENT = Document(
    Entry("shelf", "Shelf", "other", Path("shelf.json"), "", "live"),
    json.dumps({"openapi": "3.1.0", "info": {"title": "Shelf", "version": "1"}, **SHELF}).encode(),
)
TRACE = {"X-Trace": "1"}


def runware(tasks: Any = (TASK,), headers: Any = BEARER, url: str = "/v1", method: str = "POST") -> HttpRequest:
    return HttpRequest(method, url, headers, json.dumps(tasks).encode())


def shelf(method: str = "GET", url: str = "/api/books/a?key=k", headers: Any = TRACE, body: bytes = b"") -> list[str]:
    return told(check_http_request(SHELF_DOCUMENT, HttpRequest(method, url, headers, body)))


def told(violations: tuple[Violation, ...]) -> list[str]:
    assert all(v.severity == "error" for v in violations)
    return [f"{v.rule} {v.pointer}: {v.message}" for v in violations]


@pytest.mark.parametrize("url", ["/v1", "/v1/", "http://localhost:6006/v1", "https://api.runware.ai/v1/", "/v1?x=1"])
def test_the_server_path_matches_with_and_without_a_slash_on_any_host(url: str) -> None:
    assert check_http_request(FLUX, runware(url=url)) == ()


@pytest.mark.parametrize("url", ["/", "/v2", "//", "/v1//", "/v1/models", "/V1"])
def test_other_paths_are_not_declared(url: str) -> None:
    (violation,) = check_http_request(FLUX, runware(url=url))
    assert violation == Violation(
        "http-path", "", f"no operation is declared at {url}", sent=url, source="flux-1-dev-srpo#/paths"
    )


def test_a_method_that_is_not_declared() -> None:
    assert told(check_http_request(FLUX, runware(method="GET"))) == ["http-method : GET is not declared for /v1"]


@pytest.mark.parametrize("header", [None, "Basic abc", "Bearer", "a-key"])
def test_a_request_needs_a_bearer_key(header: str | None) -> None:
    headers = JSON if header is None else {**JSON, "Authorization": header}
    (violation,) = check_http_request(FLUX, runware(headers=headers))
    assert (violation.rule, violation.message, violation.source) == ("http-security", UNKNOWN_SENDER, OPERATION)


def test_an_authentication_task_may_stand_for_the_header() -> None:
    tasks = [{"taskType": "authentication", "apiKey": "a-key"}, TASK]
    assert check_http_request(FLUX, runware(tasks, JSON)) == ()
    assert told(check_http_request(FLUX, runware(tasks[::-1], JSON)))[0] == f"http-security : {UNKNOWN_SENDER}"


def test_everything_that_is_wrong_is_told_at_once() -> None:
    assert told(check_http_request(FLUX, HttpRequest("POST", "/v1", {}, b"[]"))) == [
        f"http-security : {UNKNOWN_SENDER}",
        "http-media-type : the body must be application/json, not of an unnamed type",
    ]


@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON; charset=UTF-8", "application/json;bad"])
def test_parameters_of_a_media_type_do_not_matter(media_type: str) -> None:
    assert check_http_request(FLUX, runware(headers={**BEARER, "Content-Type": media_type})) == ()


def test_a_media_type_that_is_not_declared() -> None:
    (violation,) = check_http_request(FLUX, runware(headers={**BEARER, "Content-Type": "text/plain"}))
    assert violation.message == "the body must be application/json, not text/plain"
    assert (violation.expected, violation.sent) == (("application/json",), "text/plain")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the body is missing"),
        (b"[", "the body is no JSON: Expecting value: line 1 column 2 (char 1)"),
        (b"\xff", "the body is no JSON: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b"[" * 100_000, "the body is nested too deeply"),
    ],
)
def test_a_body_that_cannot_be_read(body: bytes, message: str) -> None:
    assert told(check_http_request(FLUX, HttpRequest("POST", "/v1", BEARER, body))) == [f"http-body : {message}"]


def test_json_bodies_are_judged_by_our_own_schemas() -> None:
    assert told(check_http_request(FLUX, runware([{**TASK, "width": 100}]))) == [
        "minimum /0/width: 'width' must be at least 128, not 100",
        "multipleOf /0/width: 'width' must be a multiple of 16, not 100",
    ]
    assert told(check_http_request(FLUX, runware(None))) == ["type : the body must be an array, not null"]


def test_tolerated_fields_break_the_published_form_only() -> None:
    request = runware([{**TASK, "checkNSFW": True}])
    assert [v.severity for v in check_http_request(FLUX, request)] == ["warning"]
    assert told(check_http_request(FLUX, request, rules=False)) == [
        "additionalProperties /0/checkNSFW: 'checkNSFW' is not a known member"
    ]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("/api/books/a?key=k&limit=101", "the query parameter 'limit' must be at most 100, not 101"),
        ("/api/books/a?key=k&limit=many", "the query parameter 'limit' must be of type integer, not \"many\""),
        ("/api/books/a?key=k&limit=", "the query parameter 'limit' must be of type integer, not \"\""),
        ("/api/books/a?key=k&order=sideways", 'the query parameter \'order\' must be one of "up", "down"'),
        ("/api/books/long?key=k", "the path parameter 'shelf' must have at most 3 characters, not 4"),
    ],
)
def test_parameters_are_judged(url: str, message: str) -> None:
    assert shelf(url=url) == [f"http-parameter : {message}"]


def test_parameters_that_fit_and_deprecated_ones_are_no_violations() -> None:
    assert shelf(url="https://eu.shelf.test/api/books/a%2Fb?key=k&limit=5&order=up&more=1") == []


def test_headers_and_cookies_are_judged() -> None:
    assert shelf(headers=[("cookie", "theme=x")]) == [
        "http-parameter : the header parameter 'X-Trace' is missing",
        "http-parameter : the cookie parameter 'theme' must have at least 3 characters, not 1",
    ]
    assert shelf(headers=[("x-trace", "1"), ("Cookie", 'theme=dark; "broken')]) == []


def test_any_one_of_the_declared_ways_to_identify_is_enough() -> None:
    assert shelf(url="/api/books/a", headers={**TRACE, "Authorization": "Bearer t"}) == []
    assert shelf(url="/api/books/a") == [f"http-security : {UNKNOWN_SENDER}"]


def test_an_operation_may_ask_for_its_own_credentials() -> None:
    body = b'{"title": "t"}'
    assert shelf("PUT", headers={**JSON, "Authorization": "basic dTpw"}, body=body) == []
    assert shelf("PUT", headers=JSON, body=body) == [f"http-security : {UNKNOWN_SENDER}"]
    assert shelf("DELETE", url="/api/books/a") == []


def test_a_body_of_a_plain_document_is_judged_with_its_pointer() -> None:
    headers = {**JSON, "Authorization": "Basic dTpw"}
    assert shelf("PUT", headers=headers, body=b"{}") == ["required : 'title' is missing"]
    assert shelf("PUT", headers=headers) == []


def test_forms_are_judged_by_the_referee() -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Basic dTpw"}
    assert shelf("PUT", headers=headers, body=b"pages=3") == []
    assert shelf("PUT", headers=headers, body=b"pages=0") == ["http-body /pages: 'pages' must be at least 1, not 0"]


def multipart(name: str, boundary: str = "; boundary=b") -> HttpRequest:
    part = f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="a.png"\r\n\r\n'.encode()
    headers = {"Content-Type": f"multipart/form-data{boundary}"}
    return HttpRequest("POST", "/v1/files", headers, part + PNG + b"\r\n--b--\r\n")


def test_an_upload_is_a_form_with_a_file() -> None:
    assert check_http_request(FILES, multipart("file")) == ()
    assert told(check_http_request(FILES, multipart("image"))) == ["http-body : 'file' is missing"]
    assert told(check_http_request(FILES, multipart("file", ""))) == ["http-body : the body is no multipart/form-data"]


def reply(status: int = 200, body: Any = None, media_type: str = "application/json") -> HttpReply:
    return HttpReply(
        status, [("content-type", media_type)], body if isinstance(body, bytes) else json.dumps(body).encode()
    )


def test_a_reply_that_fits() -> None:
    assert check_http_reply(FLUX, runware(), reply(body={"data": [RESULT]})) == ()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (reply(418, {}), "http-status : status 418 is not declared; "),
        (
            reply(body=b"<p>", media_type="text/html"),
            "http-media-type : the body must be application/json, not text/html",
        ),
        (reply(body=b""), "http-reply : the body is missing"),
        (reply(body=b"{"), "http-reply : the body is no JSON: Expecting property name"),
        (reply(body={"data": 3}), "type /data: 'data' must be an array, not an integer"),
        (reply(400, {"errors": []}), "minItems /errors: 'errors' must have at least 1 item, not 0"),
    ],
)
def test_a_reply_that_does_not_fit(answer: HttpReply, expected: str) -> None:
    (text,) = told(check_http_reply(FLUX, runware(), answer))
    assert text.startswith(expected)


def test_a_reply_to_what_is_not_declared_cannot_be_judged() -> None:
    assert told(check_http_reply(FLUX, runware(url="/v3"), reply(404, {}))) == [
        "http-path : no operation is declared at /v3"
    ]


def test_headers_of_replies_are_judged() -> None:
    request = HttpRequest("GET", "/api/books/a?key=k", TRACE)
    assert told(check_http_reply(SHELF_DOCUMENT, request, reply(body=[]))) == [
        "http-header : the header 'X-Count' is missing"
    ]
    many = HttpReply(200, {"X-Count": "many", **JSON}, b"[]")
    assert told(check_http_reply(SHELF_DOCUMENT, request, many)) == [
        "http-header : the header 'X-Count' must be of type integer, not \"many\""
    ]


def test_ranges_of_statuses_and_media_types_are_understood() -> None:
    request = HttpRequest("GET", "/api/books/a?key=k", TRACE)
    assert check_http_reply(SHELF_DOCUMENT, request, reply(404, b"none", "text/plain")) == ()
    assert check_http_reply(SHELF_DOCUMENT, request, reply(404, b"", "text/plain")) == ()
    assert told(check_http_reply(SHELF_DOCUMENT, request, reply(404, b"none", "image/png"))) == [
        "http-media-type : the body must be text/*, not image/png"
    ]


def test_a_reply_in_bytes_is_not_read() -> None:
    request = HttpRequest("POST", "/v1/image/qwen/generate", JSON, b'{"prompt": "a cat"}')
    assert check_http_request(QWEN, request) == ()
    assert check_http_reply(QWEN, request, reply(body=PNG, media_type="image/png")) == ()


def test_openapi_core_loads_only_when_an_exchange_is_judged() -> None:
    program = "import sys, genmock.validators; sys.exit('openapi_core' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
