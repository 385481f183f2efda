"""Which paths there are, alone and beside Runware, and what is said of those that there are not."""

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from genmock.mockserver import Settings, create_app

routes = importlib.import_module("genmock.mockserver.providers.kiapi.routes")
BASE = "/v1/image/qwen"
NOT_FOUND = {"detail": "Not Found"}
RUNWARE_NOT_FOUND = "There is nothing at {path}. Runware is at /v1, the control API at /__genmock__/."
FIRST_METHOD = {
    "/health": "GET",
    "/docs": "GET",
    "/redoc": "GET",
    "/openapi.json": "GET, HEAD",
    "/v1/models": "GET",
    "/v1/files": "POST",
    "/v1/files/file_1": "GET",
    "/v1/files/file_1/download": "GET",
    "/v1/jobs": "GET",
    "/v1/jobs/job_1": "GET",
    f"{BASE}/generate": "POST",
    f"{BASE}/edit": "POST",
    f"{BASE}/models": "GET",
    f"{BASE}/openapi.json": "GET",
}


@pytest.mark.parametrize("path", FIRST_METHOD)
def test_a_wrong_method_is_told_those_of_the_first_route(client: Any, path: str) -> None:
    reply = client.send("PATCH", path)
    assert (reply.status_code, reply.json()) == (405, {"detail": "Method Not Allowed"})
    assert reply.headers["allow"] == FIRST_METHOD[path]


def test_only_the_common_document_answers_head(client: Any) -> None:
    told = {path: client.send("HEAD", path).status_code for path in FIRST_METHOD}
    assert [path for path, status in told.items() if status == 200] == ["/openapi.json"]
    assert set(told.values()) == {200, 405}


@pytest.mark.parametrize("path", ["/v1/jobs/job_1/cancel", "/v1/files/file_1/content", "/v1/image/flux2/generate"])
def test_a_path_that_there_is_none_of_is_not_found(client: Any, path: str) -> None:
    reply = client.send("POST", path)
    assert (reply.status_code, reply.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize("path", FIRST_METHOD)
def test_a_slash_too_many_is_sent_to_the_path_without(client: Any, path: str) -> None:
    reply = client.send("POST", f"{path}/?a=b%20c")
    assert (reply.status_code, reply.content) == (307, b"")
    assert reply.headers["location"] == f"http://mock.test{path}?a=b%20c"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/v1/files/€/", "/v1/files/%E2%82%AC"),
        ("/v1/jobs/a%20b/", "/v1/jobs/a%20b"),
        ("/v1/files///", "/v1/files"),
        ("/v1/files/%ff/", "/v1/files/%EF%BF%BD"),
    ],
)
def test_any_path_can_be_sent_elsewhere(client: Any, path: str, target: str) -> None:
    assert client.send("GET", path).headers["location"] == f"http://mock.test{target}"


@pytest.mark.parametrize("path", ["/v1/%00", "/v1//files", "/v1/files/%2F%2e", f"/v1/{'x' * 9000}", "/v1/€"])
def test_odd_paths_are_not_found_either(client: Any, path: str) -> None:
    assert client.send("GET", path).json() == NOT_FOUND


def test_runware_and_kiapi_share_a_port(client: Any) -> None:
    assert client.mock.data({"taskType": "ping", "ping": True})[0]["pong"] is True
    assert client.get("/health")["status"] == "ok"
    assert client.send("GET", "/nowhere").json()["errors"][0]["message"] == RUNWARE_NOT_FOUND.format(path="/nowhere")


@pytest.mark.parametrize("path", ["/v1", "/nowhere", "/", "/v1/nowhere"])
def test_alone_kiapi_refuses_every_other_path_in_its_words(kiapi: Callable[..., Any], path: str) -> None:
    client = kiapi(provider=("kiapi",))
    replies = [client.send(method, path) for method in ("GET", "POST")]
    assert [(reply.status_code, reply.json()) for reply in replies] == [(404, NOT_FOUND)] * 2
    assert client.generate().status_code == 200


@pytest.mark.parametrize("path", FIRST_METHOD)
def test_alone_runware_refuses_the_paths_of_kiapi_in_its_words(serve: Callable[..., Any], path: str) -> None:
    reply = serve(provider=("runware",)).send("GET", path)
    assert reply.status_code == 404
    assert reply.json()["errors"][0]["message"] == RUNWARE_NOT_FOUND.format(path=path)


def test_every_operation_has_a_name_for_faults() -> None:
    named = routes.operations(create_app(Settings()).state.runtime)
    assert {
        "files.upload",
        "jobs.get",
        "health",
        "image.qwen.generate",
        "image.qwen.edit",
        "image.qwen.models",
    } <= named


def test_our_replies_are_held_to_the_document_when_that_is_asked_for(kiapi: Callable[..., Any]) -> None:
    client = kiapi()
    client.fault("error", code="engineFailed", status=418)
    client.generate()
    (violation,) = client.exchange.violations
    assert (violation.rule, violation.pointer) == ("http-status", "/reply")
    client.mock.send("DELETE", "/__genmock__/faults")
    client.generate()
    assert client.exchange.violations == []


def test_a_redirect_has_no_media_type(kiapi: Any) -> None:
    reply = kiapi().send("GET", "/v1/files/")
    assert (reply.status_code, "content-type" in reply.headers, reply.content) == (307, False, b"")


def test_bytes_that_are_no_text_are_answered_as_the_real_server_does(kiapi: Any) -> None:
    reply = kiapi().send(
        "POST", "/v1/image/qwen/generate", content=b"\xff\x00abc", headers={"content-type": "text/plain"}
    )
    assert (reply.status_code, reply.headers["content-type"]) == (500, "text/plain; charset=utf-8")
    assert reply.text == "Internal Server Error"


def test_a_width_of_any_length_is_judged_exactly(kiapi: Any) -> None:
    reply = kiapi().send("POST", "/v1/image/qwen/generate", json={"prompt": "a fox", "width": int("1" * 400)})
    assert reply.json() == {"detail": "width and height must be multiples of 16"}
