"""Pages of other sites change nothing over the control API; who is no page of one does."""

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., Any]
FOREIGN: list[dict[str, str]] = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "cross-site", "origin": "http://mock.test"},
    {"sec-fetch-site": "same-site", "origin": "http://other.mock.test"},
    {"origin": "https://evil.example"},
    {"origin": "http://mock.test.evil.example:80"},
    {"origin": "null"},
    {"origin": "http://[::1"},
    {"origin": ""},
]
OWN: list[dict[str, str]] = [
    {},
    {"sec-fetch-site": "same-origin", "origin": "http://mock.test"},
    {"sec-fetch-site": "same-site", "origin": "http://mock.test:3000"},
    {"sec-fetch-site": "none"},
    {"origin": "http://MOCK.test:3000"},
]


def journalled(mock: Any) -> int:
    return len(list(mock.runtime.world.journal))


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_page_of_another_site_cannot_reset_the_server(mock: Any, ask: Ask, headers: dict[str, str]) -> None:
    mock.send("POST", "/v1", json=[])
    assert ask(mock, "/reset", "POST", headers=headers).status_code == 403
    assert journalled(mock) == 1


@pytest.mark.parametrize("headers", OWN)
def test_programs_and_pages_of_the_same_host_can(mock: Any, ask: Ask, headers: dict[str, str]) -> None:
    mock.send("POST", "/v1", json=[])
    assert ask(mock, "/reset", "POST", headers=headers).status_code == 204
    assert journalled(mock) == 0


def test_a_refusal_says_who_asked_and_what_to_do(mock: Any, ask: Ask) -> None:
    reply = ask(mock, "/faults", "DELETE", headers={"origin": "https://evil.example"})
    assert reply.json() == {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": 'a page of "https://evil.example" may not change anything here: the control API takes that from '
        "programs, and from pages of mock.test alone. Send it from the test itself.",
    }
    unnamed = ask(mock, "/reset", "POST", headers={"sec-fetch-site": "cross-site"}).json()["detail"]
    assert unnamed.startswith("a page of another site may not change anything here: ")


def test_a_link_from_anywhere_can_be_followed(mock: Any, ask: Ask) -> None:
    assert ask(mock, "/journal", headers={"sec-fetch-site": "cross-site"}).status_code == 200


def test_pages_under_the_public_url_can_too(serve: Callable[..., Any], ask: Ask) -> None:
    mock = serve(public_url="https://mock.example.com")
    assert ask(mock, "/reset", "POST", headers={"origin": "https://mock.example.com"}).status_code == 204
