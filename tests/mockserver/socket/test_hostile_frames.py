"""Frames that no client should send: nothing is raised, and the server is as well as before.

That no exception is logged is checked after every test here.
"""

import json
import os
import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FRAMES = 10_000 if os.environ.get("GENMOCK_SCALE") == "full" else 1_000
AT_ONCE = 10  # frames of one connection
WAITING_BYTES = 4 * 1024 * 1024  # of frames that wait for a client to read
PING = {"taskType": "ping", "ping": True}
LAST = {"taskType": "ping", "taskUUID": "f0000000-0000-4000-8000-000000000000"}  # its pong comes when all is read
KEY = "key-of-the-tests-0123456789abcdef"
TEXT, BINARY, CLOSE, PROTOCOL_PING = 1, 2, 8, 9
HANDSHAKE = (
    b"GET %s HTTP/1.1\r\nHost: mock.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
MEMBERS = ["taskType", "taskUUID", "model", "apiKey", "connectionSessionUUID", "width", "numberResults", "ping"]
WORDS = ["imageInference", "ping", "authentication", "getResponse", "training", "runware:111@1", "b" * 36]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(MEMBERS) | st.text(), inner, max_size=6)
    ),
    max_leaves=20,
)
frames = (
    st.text(max_size=200)
    | st.binary(max_size=200)
    | json_values.map(json.dumps)
    | st.lists(st.dictionaries(st.sampled_from(MEMBERS), json_values, max_size=6), max_size=4).map(json.dumps)
)


def masked(kind: int, payload: bytes, *, final: bool = True, bits: int = 0) -> bytes:
    """Return a frame as a client sends it, with a mask of zeros. bits: the reserved ones."""
    size = len(payload)
    head = bytes([(0x80 if final else 0) | bits << 4 | kind])
    if size < 126:
        return head + bytes([0x80 | size]) + bytes(4) + payload
    return head + bytes([0x80 | 127]) + struct.pack("!Q", size) + bytes(4) + payload


class Raw:
    """A connection of bytes, past its handshake."""

    def __init__(self, server: Any, path: bytes = b"/v1") -> None:
        host, port = server.url.removeprefix("ws://").removesuffix("/v1").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        self.socket.sendall(HANDSHAKE % path)
        self.greeting = self.socket.recv(4096)

    def send(self, data: bytes) -> None:
        """Send bytes; the server may have gone."""
        with suppress(OSError):
            self.socket.sendall(data)

    def close_code(self) -> int:
        """Return the code of the close frame, which must be the last that comes; 0 for none."""
        got = self.until(b"\x88")
        at = got.rfind(b"\x88")
        return struct.unpack("!H", got[at + 2 : at + 4])[0] if at >= 0 and len(got) >= at + 4 else 0

    def until(self, mark: bytes) -> bytes:
        """Return what comes until it has a mark, or nothing more comes; and end the connection."""
        got = b""
        with suppress(OSError):
            while mark not in got and (part := self.socket.recv(65536)):
                got += part
        self.socket.close()
        return got


@pytest.fixture
def server(serve: Callable[..., Any]) -> Iterator[Any]:
    """Return a server that is well afterwards."""
    started = serve(max_frame=100_000, check_replies=False, journal_size=10)
    yield started
    assert started.client().item(PING)["pong"]
    assert started.http.get("/__genmock__/health").status_code == 200


@settings(
    max_examples=FRAMES // AT_ONCE, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(sent=st.lists(frames, min_size=AT_ONCE, max_size=AT_ONCE), known=st.booleans())
def test_whatever_a_frame_holds_it_is_answered_or_the_socket_stays_open(
    server: Any, sent: Sequence[str | bytes], known: bool
) -> None:
    client = server.client() if known else server.connect()
    for frame in sent:
        client.connection.send(frame)
    client.send({"taskType": "authentication", "apiKey": KEY}, LAST)
    while LAST["taskUUID"] not in json.dumps(client.receive()):
        pass
    client.drop()


@settings(max_examples=FRAMES // 100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=st.lists(st.binary(max_size=300), max_size=5))
def test_bytes_that_are_no_frames_end_a_connection_at_most(server: Any, data: Sequence[bytes]) -> None:
    raw = Raw(server)
    for part in data:
        raw.send(part)
    raw.socket.close()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (masked(TEXT, b"\xff\xfe"), 1007),
        (masked(TEXT, b'["\xc3', final=False) + masked(0, b'"]'), 1007),
        (masked(TEXT, b"x", bits=4), 1002),
        (masked(3, b""), 1002),
        (masked(0, b"x"), 1002),
        (masked(PROTOCOL_PING, b"x" * 126), 1002),
        (masked(TEXT, b"x" * 100_001), 1009),
        (masked(TEXT, b"x" * 60_000, final=False) + masked(0, b"x" * 60_000), 1009),
        (masked(BINARY, b"x" * 100_001), 1009),
        (masked(CLOSE, b"\x00"), 1002),
    ],
    ids=[
        "utf-8",
        "utf-8 in parts",
        "reserved",
        "kind",
        "no start",
        "long ping",
        "long",
        "long in parts",
        "bytes",
        "end",
    ],
)
def test_what_breaks_the_protocol_ends_the_connection_with_its_code(server: Any, sent: bytes, code: int) -> None:
    raw = Raw(server)
    raw.send(sent)
    assert raw.close_code() == code


def test_text_in_many_parts_is_one_frame(server: Any) -> None:
    raw, data = Raw(server), json.dumps([PING]).encode()
    parts = [masked(TEXT if n == 0 else 0, data[n : n + 1], final=False) for n in range(len(data))]
    raw.send(b"".join(parts) + masked(0, b""))
    assert raw.until(b"pong")


def test_a_frame_that_never_ends_is_closed_like_silence(serve: Callable[..., Any]) -> None:
    raw = Raw(serve(socket_idle=0.3))
    raw.send(masked(TEXT, b"[" * 50)[:20])
    assert raw.close_code() == 1000


def test_a_client_that_never_says_anything_is_closed(serve: Callable[..., Any]) -> None:
    assert Raw(serve(socket_idle=0.3)).close_code() == 1000


@pytest.mark.parametrize("path", [b"/v1?\xff\xfe", b"/\xc3\xa9", b"/v1?%ff%00", b"/v1/../v1", b"/v2", b"http://x/v1"])
def test_a_path_that_is_none_is_no_socket_and_no_defect(server: Any, path: bytes) -> None:
    raw = Raw(server, path)
    assert raw.greeting.startswith(b"HTTP/1.1 ")
    raw.socket.close()


def test_clients_that_leave_in_the_middle_of_everything_leave_nothing_behind(server: Any, paint: Any) -> None:
    for number in range(30):
        client = server.client()
        client.send(paint(number, numberResults=4, outputType="base64Data"))
        client.drop()
    until = server.client()
    assert until.item(PING)["pong"]
    assert len(server.runtime.sockets) <= 31


@pytest.mark.slow
def test_a_client_that_does_not_read_is_not_read_from_and_holds_little(server: Any, paint: Any) -> None:
    task = paint(numberResults=20, outputType="base64Data", outputFormat="PNG")
    server.client().ask(task)
    raw, poll = Raw(server), {"taskType": "getResponse", "taskUUID": task["taskUUID"]}
    raw.send(masked(TEXT, json.dumps([LAST | {"taskType": "authentication", "apiKey": KEY}]).encode()))
    raw.socket.settimeout(1.0)
    asked = masked(TEXT, json.dumps([poll] * 10).encode() + b" " * 50_000)
    with pytest.raises(TimeoutError):
        while True:
            raw.socket.sendall(asked)
    held = [connection._outgoing.room._held for connection in server.runtime.sockets]
    assert max(held) < 2 * WAITING_BYTES
    assert server.client().item(PING)["pong"]
    raw.socket.close()
