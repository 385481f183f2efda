"""The pipeline: steps in order, a journal entry however a request ends, exact JSON, the client's fingerprint."""

import asyncio
import importlib
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from genmock.mockserver import Exchange, Settings, create_app

pipeline = importlib.import_module("genmock.mockserver.pipeline")
StoreError = importlib.import_module("genmock.mockserver.stores").StoreError
PING = [{"taskType": "ping"}]
UUID = "a0000000-0000-4000-8000-000000000000"


async def unreachable(*_: Any, **__: Any) -> None:
    raise StoreError("the disk is full")


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        ({"x-sdk-name": "javascript", "x-sdk-version": "1.2.3"}, "sdk-javascript/1.2.3"),
        ({"x-sdk-name": "javascript"}, "sdk-javascript/?"),
        ({"user-agent": "python-httpx/0.28"}, "python-httpx/0.28"),
        ({"user-agent": "x" * 500}, "x" * 120),
        ({}, ""),
    ],
)
def test_the_client_is_known_by_its_headers(headers: dict[str, str], shown: str) -> None:
    assert pipeline.fingerprint({name.encode(): value.encode() for name, value in headers.items()}) == shown


@pytest.mark.parametrize("value", [{"a": 2**64}, {"a": 10**400, "b": "é"}, [1.5, None, True], {"a": -(2**70)}])
def test_integers_of_any_size_keep_their_digits_in_replies(value: Any) -> None:
    assert json.loads(pipeline.dumps(value)) == value


def test_the_steps_are_named_in_the_order_of_the_design() -> None:
    rest = importlib.import_module("genmock.mockserver.providers.runware.rest")
    names = [step.__name__ for step in rest.STEPS]
    assert names == [
        *("check_method", "authenticate_header", "decode", "authenticate_body"),
        *("limit_rate", "prefer", "check_array", "answer"),
    ]
    assert [step.__name__ for step in rest.ALWAYS] == ["check_reply"]


def test_each_exchange_is_told_when_it_has_ended(serve: Callable[..., Any]) -> None:
    ended: list[Exchange] = []
    mock = serve()
    mock.runtime.on_exchange = ended.append
    mock.post(*PING)
    assert [(exchange.id, exchange.status, exchange.path) for exchange in ended] == [(1, 200, "/v1")]
    assert ended[0].duration_s > 0


def test_an_exchange_names_the_provider_whose_contract_it_is_under(mock: Any) -> None:
    mock.post(*PING)
    mock.send("PUT", "/image/ws/2/ii/x.jpg")
    mock.send("GET", "/v2")
    assert [exchange.provider for exchange in mock.runtime.world.journal] == ["runware", "runware", ""]


def test_a_request_that_fails_inside_is_journalled_too(mock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(type(mock.runtime.world.accounts), "count", broken)
    with pytest.raises(RuntimeError, match=r"^broken$"):
        mock.post(*PING)
    assert [(e.status, e.note) for e in mock.runtime.world.journal] == [(500, "RuntimeError: broken")]


def test_reset_during_a_request_leaves_it_its_own_world(mock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = importlib.import_module("genmock.mockserver.providers.runware.dispatch").HANDLERS
    before, ping = mock.runtime.world, handlers["ping"]

    async def meanwhile(task: Any) -> Any:
        await mock.runtime.reset()
        return await ping(task)

    monkeypatch.setitem(handlers, "ping", meanwhile)
    assert mock.send("POST", "/v1", json=PING, headers={"authorization": "Bearer k"}).status_code == 200
    assert (len(before.journal), len(mock.runtime.world.journal)) == (1, 0)


def test_a_web_socket_at_another_path_is_turned_away() -> None:
    app = create_app(Settings())
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {"type": "websocket", "path": "/v2", "headers": [], "query_string": b"", "subprotocols": []}
    asyncio.run(app(scope, receive, send))
    assert sent == ["websocket.close"]


def test_the_reason_header_is_cut(mock: Any) -> None:
    reply: httpx.Response = mock.post({"taskType": "ping", "x" * 5000: 1})
    assert len(reply.headers["genmock-reason"]) == 400


def test_a_defect_of_ours_is_a_500_in_the_providers_shape_and_journalled(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = importlib.import_module("genmock.mockserver.providers.runware.dispatch").HANDLERS
    app = create_app(Settings())

    async def broken(task: Any) -> Any:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setitem(handlers, "ping", broken)

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
            return await client.post("/v1", json=PING, headers={"authorization": "Bearer k"})

    reply = asyncio.run(send())
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (500, "internalServerError")
    (exchange,) = app.state.runtime.world.journal
    assert (exchange.status, exchange.note) == (500, "ZeroDivisionError: on purpose")


def test_a_store_that_cannot_be_used_is_a_503_in_the_providers_shape_and_journalled(
    mock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mock.runtime.world.store, "add", unreachable)
    reply = mock.send("POST", "/v1", json=PING, headers={"authorization": "Bearer k"})
    message = "The store of this genmock cannot be used: see its log, or its journal."
    assert (reply.status_code, reply.json()) == (
        503,
        {"data": [], "errors": [{"code": "serviceUnavailable", "message": message}]},
    )
    assert [(e.status, e.note) for e in mock.runtime.world.journal] == [(503, "the disk is full")]


def test_the_control_api_tells_why_a_store_cannot_be_used(mock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mock.runtime.world.store, "get", unreachable)
    reply = mock.send("GET", "/__genmock__/faults")
    assert (reply.status_code, reply.json()["detail"]) == (503, "the disk is full")


def test_an_exchange_that_cannot_be_journalled_is_answered_all_the_same(
    mock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(mock.runtime.world.journal), "record", unreachable)
    assert mock.send("POST", "/v1", json=PING, headers={"authorization": "Bearer k"}).status_code == 200


def test_a_media_url_is_a_503_while_the_store_cannot_be_used(mock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mock.runtime.world.store, "get", unreachable)
    assert mock.send("GET", f"/image/ws/2/ii/{UUID}.jpg").status_code == 503
