"""Round trips over WebSockets: the frames that are sent, and how the answers are read.

Frames of a client are masked with zeros, which changes nothing in them: they are made once and cost nothing to send.
Compression is not offered.
"""

import itertools
import json
import struct
from collections.abc import Iterator

from . import client, rounds
from .bodies import HEADERS, TASK, body, uuid_of
from .loads import Driven
from .processes import Serving

LOAD = "WebSocket round trip"
UPGRADE = (
    "GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13\r\n\r\n"
)
TEXT, FINAL, MASKED = 0x1, 0x80, 0x80
ZEROS = bytes(4)


def turn(server: Serving, seconds: float) -> Driven:
    """Send one task at a time over each of eight sockets. Raises LoadError for a task that was refused."""
    key = HEADERS["authorization"].removeprefix("Bearer ")
    authenticate = frame(json.dumps([{"taskType": "authentication", "apiKey": key}]).encode())
    opening = ((UPGRADE.format(path=server.path).encode(), upgrade_length), (authenticate, frame_length))
    spoken = client.Protocol(frame_length, lambda answer: b'"errors"' in answer, opening)
    found = client.drive(server.port, tasks(next(rounds.RUNS)), seconds, spoken=spoken)
    rounds.hold(server.name, LOAD, 200, found)
    return found


def tasks(run: int) -> Iterator[bytes]:
    """Yield frames with one task each, with fresh UUIDs of this run, without end."""
    content = body(TASK)
    for number in itertools.count(1):
        yield frame(content.with_uuids([uuid_of(run, number)]).encode())


def frame(payload: bytes) -> bytes:
    """Return a whole text frame of a client (RFC 6455, section 5.2), for payloads under 64 KiB."""
    size = len(payload)
    head = bytes([FINAL | TEXT, MASKED | size]) if size < 126 else struct.pack("!BBH", FINAL | TEXT, MASKED | 126, size)
    return head + ZEROS + payload


def frame_length(data: bytes) -> int:
    """Return how long the frame at the start of what a server sent is, or 0 while its head is not whole."""
    if len(data) < 2:
        return 0
    size, head = data[1], 2
    if size >= 126:
        head += 2 if size == 126 else 8
        if len(data) < head:
            return 0
        size = int.from_bytes(data[2:head], "big")
    return head + size


def upgrade_length(data: bytes) -> int:
    """Return how long the answer to the upgrade is, or 0 while it is not whole."""
    end = data.find(b"\r\n\r\n")
    return end + 4 if end >= 0 else 0
