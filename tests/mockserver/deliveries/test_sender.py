"""One attempt, against a receiver that behaves in every way."""

import asyncio
import importlib
from collections.abc import Callable
from typing import Any

import pytest

from genmock.mockserver.deliveries.model import Attempt, Parcel

sender = importlib.import_module("genmock.mockserver.deliveries.sender")

PARCEL = Parcel("POST", b'{"data":[]}', "application/json")


def sent(url: str, *, timeout_s: float = 5.0, parcel: Parcel = PARCEL) -> Attempt:
    attempt: Attempt = asyncio.run(sender.send(parcel, url, at=7.0, allow_host=(), timeout_s=timeout_s))
    return attempt


def test_a_parcel_arrives_as_it_was_packed(receiver: Any) -> None:
    attempt = sent(receiver.url)
    (request,) = receiver.requests
    assert (request.method, request.path, request.body) == ("POST", "/hook?token=t", b'{"data":[]}')
    assert request.headers["content-type"] == "application/json"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert request.headers["user-agent"].startswith("genmock/")
    assert (attempt.at, attempt.status, attempt.error) == (7.0, 200, "")
    assert attempt.duration_s > 0


def test_an_upload_is_put_as_raw_bytes(receiver: Any) -> None:
    sent(receiver.url, parcel=Parcel("PUT", b"\xff\xd8", "image/jpeg"))
    assert (receiver.requests[0].method, receiver.requests[0].body) == ("PUT", b"\xff\xd8")


def test_a_user_in_the_url_becomes_credentials(receiver: Any) -> None:
    sent(f"http://user:pass@127.0.0.1:{receiver.port}/")
    assert receiver.requests[0].headers["authorization"] == "Basic dXNlcjpwYXNz"


@pytest.mark.parametrize("status", [201, 202, 204, 299])
def test_any_2xx_takes_a_delivery(status: int, receiver: Any) -> None:
    receiver.answers.append(status)
    assert sent(receiver.url).error == ""


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (400, 400, "the receiver answered 400, not 2xx"),
        (503, 503, "the receiver answered 503, not 2xx"),
        (302, 302, "the receiver answered 302, and redirects are not followed"),
        ("hang", 0, "the receiver did not finish its reply within 1 s"),
        ("drip", 0, "the receiver did not finish its reply within 1 s"),
        ("drop", 0, "the connection broke off: Server disconnected without sending a response."),
    ],
)
def test_anything_else_does_not(answer: Any, status: int, error: str, receiver: Any) -> None:
    receiver.answers.append(answer)
    attempt = sent(receiver.url, timeout_s=1.0)  # time enough for a busy machine to hear of the request
    assert (attempt.status, attempt.error) == (status, error)
    assert attempt.duration_s < 3
    assert len(receiver.requests) == 1


def test_what_is_no_http_is_told(receiver: Any) -> None:
    receiver.answers.append("garbage")
    assert sent(receiver.url).error.startswith("the connection broke off: illegal")


def test_a_receiver_that_is_not_there_is_told(closed_url: str) -> None:
    assert sent(closed_url).error == "the receiver refused the connection: nothing listens there"


def test_a_name_that_nobody_knows_is_told() -> None:
    assert sent("http://no-such-host.invalid/").error.startswith("the host's name cannot be looked up: ")


def test_plain_http_under_https_is_told(receiver: Any) -> None:
    attempt = sent(f"https://127.0.0.1:{receiver.port}/")
    assert attempt.error.startswith("no TLS connection with the receiver: ")


@pytest.mark.usefixtures("trusted")
def test_a_certificate_is_checked_against_the_name_and_not_the_address(
    tls_receiver: Any, names: Callable[..., None]
) -> None:
    names({"app.test": ["127.0.0.1"], "other.test": ["127.0.0.1"]})
    assert sent(f"https://app.test:{tls_receiver.port}/").status == 200
    assert sent(f"https://127.0.0.1:{tls_receiver.port}/").status == 200
    assert sent(f"https://other.test:{tls_receiver.port}/").error == (
        "the receiver's certificate is not trusted: Hostname mismatch, certificate is not valid for 'other.test'.; "
        "SSL_CERT_FILE may name its authority"
    )


def test_a_certificate_of_nobody_is_told(tls_receiver: Any) -> None:
    assert sent(f"https://127.0.0.1:{tls_receiver.port}/").error == (
        "the receiver's certificate is not trusted: self-signed certificate; SSL_CERT_FILE may name its authority"
    )


def test_the_next_address_of_a_name_is_tried_when_one_refuses(receiver: Any, names: Callable[..., None]) -> None:
    names({"app.test": ["127.0.0.9", "127.0.0.1"]})
    assert sent(f"http://app.test:{receiver.port}/").status == 200
    assert receiver.requests[0].headers["host"] == f"app.test:{receiver.port}"


def test_a_name_that_changes_its_answer_is_looked_up_once(receiver: Any, names: Callable[..., None]) -> None:
    names({"app.test": [["127.0.0.1"], ["169.254.169.254"]]})
    assert sent(f"http://app.test:{receiver.port}/").status == 200


def test_proxies_of_the_environment_are_not_used(receiver: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert sent(receiver.url).status == 200
