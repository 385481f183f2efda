"""The control API of a server without a socket: the fixtures `ask` and `problem`."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from genmock.specs import load_catalog
from genmock.validators import HttpReply, HttpRequest, check_http_reply

Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask() -> Ask:
    """Return a function that sends a request to the control API and holds its reply to the document.

    ask(mock, "/journal", "DELETE", declared=True). declared: whether the document has the operation. More arguments are
    those of the client library: json={"seconds": 1}.
    """

    def asked(mock: Any, path: str, method: str = "GET", *, declared: bool = True, **arguments: Any) -> httpx.Response:
        reply: httpx.Response = mock.send(method, f"/__genmock__{path}", **arguments)
        told = HttpReply(reply.status_code, list(reply.headers.items()), reply.content)
        document = load_catalog().get("genmock-control")
        found = check_http_reply(document, HttpRequest(method, f"/__genmock__{path}"), told)
        assert not declared or found == ()
        return reply

    return asked


@pytest.fixture
def problem(ask: Ask) -> Callable[..., tuple[int, str]]:
    """Return a function that returns status and detail of a refusal: problem(mock, path, declared=True)."""

    def refused(mock: Any, path: str, *, declared: bool = True) -> tuple[int, str]:
        reply = ask(mock, path, declared=declared)
        assert reply.headers["content-type"] == "application/problem+json"
        body = reply.json()
        assert (body["type"], body["status"]) == ("about:blank", reply.status_code)
        return reply.status_code, body["detail"]

    return refused
