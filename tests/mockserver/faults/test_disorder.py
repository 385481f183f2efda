"""Replies in disorder, message by message; what a client sees is in test_from_outside.py."""

import asyncio
import json
from typing import Any

import pytest
from starlette.responses import JSONResponse

from genmock.mockserver.faults import TRANSPORT, Disorder, NoTransport, disordered

BODY = {"data": [{"taskType": "ping", "pong": True}]}
WHOLE = json.dumps(BODY, separators=(",", ":")).encode()


class Transport:
    """What the server would give away."""

    closed = False

    def close(self) -> None:
        self.closed = True


def sent(disorder: Disorder, transport: Transport | None = None, body: Any = BODY) -> list[Any]:
    """Return the messages of a reply in disorder; the client leaves when all is sent, or the connection is closed."""
    messages: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        messages.append(message)

    extensions = {TRANSPORT: transport} if transport else {}
    scope = {"type": "http", "method": "POST", "headers": [], "extensions": extensions}
    asyncio.run(disordered(JSONResponse(body), disorder)(scope, receive, send))
    return messages


def body_of(messages: list[Any]) -> bytes:
    return b"".join(message.get("body", b"") for message in messages)


def length_of(messages: list[Any]) -> int:
    return int(dict(messages[0]["headers"])[b"content-length"])


def test_without_disorder_a_response_stays_itself() -> None:
    response = JSONResponse(BODY)
    assert disordered(response, None) is response


@pytest.mark.parametrize(("at", "size"), [("headers", None), ("body", len(WHOLE) // 2), ("after", len(WHOLE))])
def test_a_connection_is_closed_before_within_or_after_the_reply(at: Any, size: int | None) -> None:
    transport = Transport()
    messages = sent(Disorder("drop", at=at), transport)
    assert transport.closed
    assert (len(body_of(messages)) if messages else None) == size
    assert not messages or length_of(messages) == len(WHOLE)


def test_a_connection_that_is_not_given_away_cannot_be_dropped() -> None:
    with pytest.raises(NoTransport) as told:
        sent(Disorder("drop"))
    assert str(told.value) == (
        "a fault of kind drop needs the connection, and this ASGI server does not give it: "
        "serve with `genmock serve` or ServerThread instead of a test client or another server"
    )


def test_a_stalled_reply_stays_half_when_the_client_leaves() -> None:
    messages = sent(Disorder("stall", seconds=60))
    assert body_of(messages) == WHOLE[: len(WHOLE) // 2]
    assert messages[-1]["more_body"]


def test_a_truncated_reply_says_that_it_is_whole() -> None:
    messages = sent(Disorder("truncate"))
    assert body_of(messages) == WHOLE[: length_of(messages)] == WHOLE[: len(WHOLE) // 2]


@pytest.mark.parametrize("body", [BODY, [BODY]])
def test_a_corrupt_reply_has_its_length_and_is_no_json(body: Any) -> None:
    messages = sent(Disorder("corrupt"), body=body)
    assert len(body_of(messages)) == length_of(messages)
    with pytest.raises(ValueError, match="delimiter"):
        json.loads(body_of(messages))


def test_a_reply_can_break_its_schema() -> None:
    messages = sent(Disorder("schema", pointer="/data/0/pong", change="type"))
    assert json.loads(body_of(messages)) == {"data": [{"taskType": "ping", "pong": "0"}]}
    assert len(body_of(messages)) == length_of(messages)
