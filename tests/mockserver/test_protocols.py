"""Connections: a reply goes out in one piece, nothing that was written is lost, and upgrades to HTTP/2 are ignored."""

import asyncio
import importlib
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from genmock.mockserver import ServerThread, Settings, create_app

JoinedTransport = importlib.import_module("genmock.mockserver.protocols").JoinedTransport
PING = b'[{"taskType":"ping"}]'
HEAD = b"POST /v1 HTTP/1.1\r\nhost: a\r\nauthorization: Bearer %b\r\ncontent-type: application/json\r\n" % (b"k" * 32)
REQUEST = HEAD + b"content-length: %d\r\n\r\n%b" % (len(PING), PING)


class Wire:
    """What asyncio's own transport is asked to do."""

    def __init__(self) -> None:
        self.done: list[Any] = []
        self.closed = False

    def writelines(self, data: list[bytes]) -> None:
        self.done.append(b"|".join(data))

    def write_eof(self) -> None:
        self.done.append("eof")

    def close(self) -> None:
        self.done.append("close")
        self.closed = True

    def abort(self) -> None:
        self.done.append("abort")
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


def told(*steps: Callable[[Any], Any]) -> list[Any]:
    """Return what a transport was asked for by steps, a turn of the loop lying between each two."""
    wire = Wire()

    async def taken() -> None:
        joined = JoinedTransport(wire, asyncio.get_running_loop())
        for step in steps:
            step(joined)
            await asyncio.sleep(0)

    asyncio.run(taken())
    return wire.done


def head_and_body(joined: Any) -> None:
    joined.write(b"head")
    joined.write(b"body")


def test_what_one_turn_writes_is_sent_together() -> None:
    assert told(head_and_body, lambda joined: joined.writelines([b"a", b"b"])) == [b"head|body", b"a|b"]


def test_what_is_large_is_sent_at_once() -> None:
    def written(joined: Any) -> None:
        joined.write(b"x" * 40_000)
        joined.write(b"y" * 40_000)
        joined.write(b"z")

    assert [len(sent) for sent in told(written)] == [80_001, 1]


@pytest.mark.parametrize("end", ["close", "abort", "write_eof"])
def test_what_was_written_is_sent_before_the_end(end: str) -> None:
    def ended(joined: Any) -> None:
        joined.write(b"last")
        getattr(joined, end)()

    assert told(ended) == [b"last", "eof" if end == "write_eof" else end]


def test_nothing_is_sent_once_it_is_closed() -> None:
    assert told(lambda joined: joined.close(), head_and_body) == ["close"]


@pytest.fixture
def connection() -> Any:
    """Return a connection to a server."""
    with ServerThread(create_app(Settings())) as server:
        address = urlsplit(server.url)
        with socket.create_connection((address.hostname, address.port), timeout=10) as opened:
            yield opened


def test_a_reply_comes_in_one_piece(connection: Any) -> None:
    connection.sendall(REQUEST)
    piece = connection.recv(65536)
    assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
    assert piece.endswith(b'{"data":[{"taskType":"ping","pong":true}]}')


def test_replies_to_requests_that_came_together_keep_their_order(connection: Any) -> None:
    connection.sendall(REQUEST + REQUEST.replace(b"POST", b"PUT ", 1) + REQUEST)
    received = b""
    while received.count(b"HTTP/1.1 ") < 3 or not received.endswith(b"}"):
        received += connection.recv(65536)
    assert [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]] == [b"200", b"405", b"200"]


def test_a_client_that_has_said_its_last_word_is_answered(connection: Any) -> None:
    connection.sendall(REQUEST)
    connection.shutdown(socket.SHUT_WR)
    received = b""
    while piece := connection.recv(65536):
        received += piece
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(b'"pong":true}]}')
