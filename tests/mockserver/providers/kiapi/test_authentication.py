"""The bearer token: which endpoints ask for it, and what is told before it is looked at."""

from collections.abc import Callable
from typing import Any

import pytest

TOKEN = "secret-token-of-kiapi"
BASE = "/v1/image/qwen"
PROTECTED = (
    "/v1/files",
    "/v1/files/x",
    "/v1/files/file_0/download",
    "/v1/jobs",
    "/v1/jobs/x",
    f"{BASE}/models",
    f"{BASE}/openapi.json",
    f"{BASE}/docs",
    f"{BASE}/redoc",
)
PUBLIC = ("/health", "/v1/models", "/openapi.json", "/docs", "/redoc")
UNAUTHORIZED = {"detail": "unauthorized"}


@pytest.fixture
def guarded(kiapi: Callable[..., Any]) -> Any:
    return kiapi(kiapi_token=TOKEN)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.mark.parametrize("path", PROTECTED)
def test_what_is_protected_asks_for_the_token(guarded: Any, path: str) -> None:
    reply = guarded.send("GET", path)
    assert (reply.status_code, reply.json()) == (401, UNAUTHORIZED)
    assert "www-authenticate" not in reply.headers
    assert guarded.send("GET", path, headers=bearer(TOKEN)).status_code != 401


@pytest.mark.parametrize("path", PUBLIC)
def test_what_is_public_does_not(guarded: Any, path: str) -> None:
    assert guarded.send("GET", path).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        f"bearer {TOKEN}",
        f"Bearer {TOKEN.upper()}",
        f"Bearer  {TOKEN}",
        f"Bearer {TOKEN} x",
        TOKEN,
        f"Token {TOKEN}",
        "Bearer **********",
        "Bearer ",
        "",
        "Bearer \xff\xfe",
    ],
)
def test_only_the_exact_header_is_let_in(guarded: Any, header: str) -> None:
    headers = {"authorization": header.encode("latin-1")}
    assert guarded.send("GET", "/v1/jobs", headers=headers).json() == UNAUTHORIZED


def test_the_mask_of_the_token_is_let_in_where_the_setting_says_so(kiapi: Callable[..., Any]) -> None:
    client = kiapi(kiapi_token=TOKEN, kiapi_token_mask=True)
    told = [client.send("GET", "/v1/jobs", headers=bearer(token)).status_code for token in ("*" * 10, TOKEN, "*" * 9)]
    assert told == [200, 401, 401]


def test_without_a_token_anybody_is_let_in(client: Any) -> None:
    for headers in ({}, bearer("whatever"), {"authorization": "Basic x"}):
        assert client.send("GET", "/v1/jobs", headers=headers).status_code == 200


def test_malformed_json_is_told_before_a_token_is_missed_and_a_wrong_shape_after(guarded: Any) -> None:
    kind = {"content-type": "application/json"}
    told = [
        guarded.send("POST", f"{BASE}/generate", content=body, headers=kind).status_code
        for body in (b"{", b"\xff", b"{}", b"[]", b'{"prompt": ""}', b"")
    ]
    assert told == [422, 400, 401, 401, 401, 401]


def test_unknown_paths_and_wrong_methods_are_told_without_a_token(guarded: Any) -> None:
    told = [guarded.send(*ask).status_code for ask in (("GET", "/v1/x"), ("PUT", "/v1/jobs"), ("GET", "/v1/jobs/"))]
    assert told == [404, 405, 307]


def test_the_journal_does_not_show_the_token(guarded: Any) -> None:
    guarded.send("GET", "/v1/jobs", headers=bearer(TOKEN))
    reply = guarded.mock.send("GET", "/__genmock__/journal")
    assert TOKEN not in reply.text


def test_who_is_not_let_in_makes_no_job(guarded: Any) -> None:
    assert guarded.generate().json() == UNAUTHORIZED
    assert guarded.generate(headers=bearer(TOKEN)).status_code == 200
    assert len(guarded.send("GET", "/v1/jobs", headers=bearer(TOKEN)).json()["data"]) == 1
