"""Bad input: each kind gets a clear 4xx in the provider's shape and a journal entry, and the server goes on."""

import asyncio
import importlib
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from genmock.mockserver import Settings, create_app

A, B = (f"{n}0000000-0000-4000-8000-000000000000" for n in "ab")
GOOD = {
    "taskType": "imageInference",
    "taskUUID": A,
    "model": "runware:108@1",
    "positivePrompt": "a fox",
    "width": 128,
    "height": 128,
}
HEAD = b"POST /v1 HTTP/1.1\r\nHost: mock.test\r\nAuthorization: Bearer k\r\nContent-Type: application/json\r\n"
GZIP = {"authorization": "Bearer k", "content-type": "application/json", "content-encoding": "gzip"}
GIGABYTE = 1_000_000_000

INVALID = "The request body is not valid JSON: "
ENCODING = "The request body is not valid UTF-8: "
BODIES: dict[str, tuple[bytes, str, str, str]] = {
    "nothing": (b"", "invalidJSON", INVALID + "Expecting value at line 1 column 1", "json"),
    "broken": (
        b'[{"taskType": "ping"}',
        "invalidJSON",
        INVALID + "Expecting ',' delimiter at line 1 column 22",
        "json",
    ),
    "no UTF-8": (b'[{"a": "\xff"}]', "invalidEncoding", ENCODING + "invalid start byte at byte 8", "json"),
    "NUL": (b'[{"a": "\x00"}]', "invalidJSON", INVALID + "Invalid control character at at line 1 column 9", "json"),
    "NaN": (b'[{"steps": NaN}]', "invalidJSON", INVALID + "NaN is not a JSON number", "json"),
    "infinity": (b'[{"steps": -Infinity}]', "invalidJSON", INVALID + "-Infinity is not a JSON number", "json"),
    "half a pair": (b'["\\ud83d"]', "invalidEncoding", ENCODING + "a text holds half of a surrogate pair", "json"),
    "nested": (b"[" * 10_000 + b"]" * 10_000, "invalidJSON", INVALID + "it is nested more than 200 deep", "json"),
    "object": (
        json.dumps(GOOD).encode(),
        "invalidRequestBody",
        "The request body must be an array of task objects.",
        "type",
    ),
    "text": (b'"task"', "invalidRequestBody", "The request body must be an array of task objects.", "type"),
    "null": (b"null", "invalidRequestBody", "The request body must be an array of task objects.", "type"),
    "empty": (b"[]", "emptyRequest", "The request body must hold at least one task object.", "empty-request"),
    "too many": (b"[" + b"1," * 1000 + b"1]", "arrayTooLarge", "'tasks' must have at most 1000 elements.", "maxItems"),
}


@contextmanager
def listening(**settings: Any) -> Iterator[tuple[Any, Callable[..., bytes]]]:
    """Serve on a real socket; yield the runtime and a function that sends bytes and returns what comes back."""
    app = create_app(Settings(**settings))
    with importlib.import_module("genmock.mockserver.server").ServerThread(app) as server:
        place = urlsplit(server.url)

        def send(*parts: bytes, answer: bool = True) -> bytes:
            with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
                for part in parts:
                    connection.sendall(part)
                reply = b""
                while answer and not _is_whole(reply):
                    received = connection.recv(65536)
                    if not received:
                        break
                    reply += received
                return reply

        yield app.state.runtime, send


def _is_whole(reply: bytes) -> bool:
    head, found, body = reply.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    return bool(found) and len(body) >= length


def sent(body: bytes, head: bytes = HEAD) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def status_of(reply: bytes) -> int:
    return int(reply.split(b" ", 2)[1])


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_gets_a_clear_400_and_the_next_request_works(mock: Any, name: str) -> None:
    data, code, message, rule = BODIES[name]
    reply = mock.raw(data)
    assert (reply.status_code, reply.json()["data"]) == (400, [])
    assert [(error["code"], error["message"]) for error in reply.json()["errors"]] == [(code, message)]
    assert [(v.rule, v.pointer) for v in mock.exchange.violations] == [(rule, "")]
    assert mock.exchange.status == 400
    assert mock.post(GOOD).status_code == 200


@pytest.mark.parametrize(
    ("content_type", "named"),
    [(None, "nothing at all"), ("text/plain", "'text/plain'"), ("application/x-www-form-urlencoded", None)],
)
def test_any_other_media_type_gets_400(mock: Any, content_type: str | None, named: str | None) -> None:
    reply = mock.raw(json.dumps([GOOD]).encode(), content_type)
    (error,) = reply.json()["errors"]
    expected = f"The request body must be sent as application/json, not as {named or repr(content_type)}."
    assert (reply.status_code, error["code"], error["message"]) == (400, "unsupportedContentType", expected)
    assert [violation.rule for violation in mock.exchange.violations] == ["media-type"]


def test_a_doubled_member_is_taken_with_a_warning_and_the_last_one_counts(mock: Any) -> None:
    body = json.dumps([GOOD | {"seed": 1}]).replace('"seed": 1', '"seed": 1, "seed": 2').encode()
    reply = mock.raw(body)
    (warning,) = mock.exchange.violations
    assert reply.json()["data"][0]["seed"] == 2
    assert (warning.rule, warning.pointer, warning.severity) == ("duplicate-member", "/0/seed", "warning")
    assert reply.headers["genmock-violations"] == "1"


@pytest.mark.parametrize("number", [2**53 + 1, 2**63 - 1, 2**63, 2**64, 2**64 + 1, -(2**63) - 1, 10**400])
def test_integers_of_any_size_come_back_exact(mock: Any, number: int) -> None:
    mock.post(GOOD | {"seed": number})
    reply = mock.post({"taskType": "getTaskDetails", "taskUUID": A})
    assert reply.json()["data"][0]["request"][0]["seed"] == number
    assert str(number) in reply.text


def test_a_body_whose_length_is_over_the_bound_is_refused_unread() -> None:
    with listening() as (runtime, send):
        reply = send(HEAD + b"Content-Length: %d\r\n\r\n[" % GIGABYTE)
        head, _, body = reply.partition(b"\r\n\r\n")
        assert status_of(reply) == 413
        assert b"\r\nconnection: close" in head.lower()
        message = "The request body is larger than 67108864 bytes."
        assert json.loads(body) == {"data": [], "errors": [{"code": "payloadTooLarge", "message": message}]}
        assert [(e.status, e.violations[0].rule) for e in runtime.world.journal] == [(413, "max-body")]
        assert status_of(send(sent(json.dumps([GOOD]).encode()))) == 200


def test_a_client_that_waits_for_100_continue_gets_413_at_once() -> None:
    with listening() as (_, send):
        reply = send(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % GIGABYTE)
        assert reply.startswith(b"HTTP/1.1 413 ")


def test_a_chunked_body_is_refused_once_the_bound_has_passed() -> None:
    with listening(max_body=1000) as (_, send):
        reply = send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[b"200\r\n" + b" " * 512 + b"\r\n"] * 2)
        assert status_of(reply) == 413


def test_no_more_of_a_chunked_body_is_read_than_the_bound(serve: Callable[..., Any]) -> None:
    passed = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal passed
        while True:
            passed += 1000
            yield b" " * 1000

    assert serve(max_body=10_000).raw(endless()).status_code == 413  # a body in parts, without a length
    assert passed <= 12_000


def test_a_body_of_exactly_the_bound_is_taken(serve: Callable[..., Any]) -> None:
    body = json.dumps([GOOD]).encode()
    assert serve(max_body=len(body)).raw(body).status_code == 200
    assert serve(max_body=len(body) - 1).raw(body).status_code == 413


@pytest.mark.parametrize("length", [b"-1", b"x", b"1_0", b"9" * 400])
def test_a_length_that_is_no_number_harms_nothing(length: bytes) -> None:
    with listening() as (_, send):
        assert 400 <= status_of(send(HEAD + b"Content-Length: " + length + b"\r\n\r\n[]")) < 500
        assert status_of(send(sent(json.dumps([GOOD]).encode()))) == 200


def test_a_client_that_hangs_up_early_harms_nothing() -> None:
    with listening() as (runtime, send):
        send(HEAD + b"Content-Length: 100\r\n\r\n[", answer=False)
        assert status_of(send(sent(json.dumps([GOOD]).encode()))) == 200
        assert 200 in [exchange.status for exchange in runtime.world.journal]


@pytest.mark.parametrize(
    "junk", [b"\x00\x01\x02\r\n\r\n", b"POST\r\n\r\n", b"POST /v1 HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\r\n\r\n"]
)
def test_what_is_no_http_gets_400(junk: bytes) -> None:
    with listening() as (_, send):
        assert status_of(send(junk)) == 400


def test_requests_one_after_another_on_one_connection_are_answered_in_order() -> None:
    one, two = (sent(json.dumps([GOOD | {"taskUUID": task_uuid}]).encode()) for task_uuid in (A, B))
    last = two.replace(b"Host:", b"Connection: close\r\nHost:")
    with listening() as (runtime, send):
        send(one + last)
        assert [exchange.tasks[0].task_uuid for exchange in runtime.world.journal][:1] == [A]


def test_200_requests_at_once_are_all_answered(mock: Any) -> None:
    async def all_at_once() -> list[int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(mock.app), base_url="http://mock.test") as client:
            headers = {"authorization": "Bearer k"}
            calls = [client.post("/v1", json=[GOOD], headers=headers) for _ in range(200)]
            return [reply.status_code for reply in await asyncio.gather(*calls)]

    assert asyncio.run(all_at_once()) == [200] * 200


@pytest.mark.parametrize("host", [b"[::1", b"a b", b"x:99999", b"", b"\xff\xfe", b"a/b?c"])
def test_a_host_that_is_no_host_is_not_repeated_in_urls(host: bytes) -> None:
    with listening(check_replies=True) as (runtime, send):
        reply = send(sent(json.dumps([GOOD]).encode(), HEAD.replace(b"mock.test", host)))
        assert status_of(reply) == 200
        assert [exchange.violations for exchange in runtime.world.journal] == [[]]


def test_a_compressed_body_is_refused_by_the_name_of_its_encoding(mock: Any) -> None:
    reply = mock.send("POST", "/v1", content=b"\x1f\x8b", headers=GZIP)
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["message"] == (
        "The request body must be sent as application/json, not as Content-Encoding 'gzip'."
    )


def test_a_handshake_that_reaches_us_as_plain_http_is_told_which_method_to_use(mock: Any) -> None:
    headers = {"authorization": "Bearer k", "connection": "upgrade", "upgrade": "websocket"}
    assert mock.send("GET", "/v1", headers=headers).status_code == 405
