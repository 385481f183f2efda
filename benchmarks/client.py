"""The load tool for where wrk is not installed, and for WebSockets: connections of one event loop, bounded in time.

Each connection sends the next request when the answer to the last is whole, as wrk does. It costs about as much as the
server that it drives, so that its figures are lower than wrk's: they are compared with each other only.
"""

import asyncio
import contextlib
import importlib
import itertools
import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import cast

from .bodies import HEADERS, UUID, Body, body, uuid_of
from .loads import POLL_LAG, Driven, LoadError

POLL = body({"taskType": "getResponse", "taskUUID": UUID})
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
CONNECT_S = 5.0
GRACE_S = 20.0  # for answers that are under way at the end


@dataclass(frozen=True)
class Protocol:
    """What is spoken.

    length: of the first whole answer in these bytes, 0 if it is not whole. refuses: says of a whole answer whether it
    is a refusal. opening: what each connection sends first, and the length of the answer to that.
    """

    length: Callable[[bytes], int]
    refuses: Callable[[bytes], bool]
    opening: tuple[tuple[bytes, Callable[[bytes], int]], ...] = ()


class _Connection(asyncio.Protocol):
    """One connection that asks for some seconds, once it is open.

    times_s: how long each answer took. refused: how many were refusals. first_s, last_s: when the first request was
    sent and the last answer was whole.
    """

    def __init__(self, requests: Iterator[bytes], spoken: Protocol, seconds: float) -> None:
        self.times_s: list[float] = []
        self.refused = 0
        self.first_s = self.last_s = 0.0
        self.broken = False
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests, self._spoken, self._seconds = requests, spoken, seconds
        self._opening = list(spoken.opening)
        self._buffer = b""
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is one without being an instance
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        length = self._opening[0][1] if self._opening else self._spoken.length
        size = length(self._buffer)
        if not size or len(self._buffer) < size:
            return
        now, answer = time.perf_counter(), self._buffer[:size]
        self._buffer = self._buffer[size:]
        if self._opening:
            del self._opening[0]
        else:
            self.times_s.append(now - self._began)
            self.refused += self._spoken.refuses(answer)
            self.last_s = now
        if not self.first_s or now < self.first_s + self._seconds:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.broken = error is not None or not self.last_s or self.last_s < self.first_s + self._seconds
        if not self.done.done():
            self.done.set_result(None)

    def _ask(self) -> None:
        if self._opening:
            self._transport.write(self._opening[0][0])
            return
        self._began = time.perf_counter()
        self.first_s = self.first_s or self._began
        self._transport.write(next(self._requests))


def posts(path: str, content: Body, run: int, *, polled: bool = False) -> Iterator[bytes]:
    """Yield requests that post a body with fresh UUIDs of this run, without end."""
    for number in itertools.count(1):
        turn = number // 2 - POLL_LAG
        if polled and number % 2 == 0 and turn > 0:
            yield _post(path, POLL, run, turn)
        else:
            yield _post(path, content, run, (number + 1) // 2 if polled and number % 2 else number + polled * 2**40)


def gets(paths: list[str]) -> Iterator[bytes]:
    """Yield requests that get these paths one after the other, and from the start again."""
    head = f"HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: {HEADERS['authorization']}\r\n\r\n"
    for path in itertools.cycle(paths):
        yield f"GET {path} {head}".encode()


def answer_length(data: bytes) -> int:
    """Return how long the HTTP answer at the start of these bytes is, or 0 while its header is not whole."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return 0
    found = LENGTH.search(data, 0, end)
    if found is None:
        raise LoadError(f"an answer without a content-length: {data[:end]!r}")
    return end + 4 + int(found[1])


def _refuses(answer: bytes) -> bool:
    return answer[9:10] in (b"4", b"5")  # HTTP/1.1 400


HTTP = Protocol(answer_length, _refuses)


def drive(
    port: int, requests: Iterator[bytes], seconds: float, connections: int = 8, *, spoken: Protocol = HTTP
) -> Driven:
    """Send requests for some seconds and return what came of it. Raises LoadError when nothing can be reached."""
    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        return runner.run(_drive(port, requests, spoken, seconds, connections))


async def _drive(port: int, requests: Iterator[bytes], spoken: Protocol, seconds: float, count: int) -> Driven:
    loop, own = asyncio.get_running_loop(), time.process_time()
    opening = (
        loop.create_connection(lambda: _Connection(requests, spoken, seconds), "127.0.0.1", port) for _ in range(count)
    )
    try:
        opened = await asyncio.wait_for(asyncio.gather(*opening), CONNECT_S)
    except OSError as error:
        raise LoadError(f"no connection to port {port}: {error}") from error
    talks = [protocol for _, protocol in opened]
    await asyncio.wait([talk.done for talk in talks], timeout=seconds + GRACE_S)
    found = _summed(talks)
    for transport, _ in opened:
        transport.abort()
    return replace(found, tool_cores=(time.process_time() - own) / found.seconds if found.seconds else 0.0)


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    with contextlib.suppress(ImportError):
        made: Callable[[], asyncio.AbstractEventLoop] = importlib.import_module("uvloop").new_event_loop
        return made
    return None


def _summed(talks: list[_Connection]) -> Driven:
    times = sorted(itertools.chain.from_iterable(talk.times_s for talk in talks)) or [0.0]
    refused, broken = sum(talk.refused for talk in talks), sum(talk.broken or not talk.done.done() for talk in talks)
    took = max(max(talk.last_s for talk in talks) - min(talk.first_s for talk in talks), 0.0)
    p99 = times[min(len(times) - 1, len(times) * 99 // 100)]
    count = sum(len(talk.times_s) for talk in talks)
    return Driven(count, took, statistics.median(times) * 1000, p99 * 1000, refused, broken)


def _post(path: str, content: Body, run: int, number: int) -> bytes:
    uuids = [uuid_of(run, number * content.fresh + place) for place in range(content.fresh)]
    sent = content.with_uuids(uuids).encode()
    fields = {"host": "127.0.0.1", **HEADERS, "content-length": str(len(sent))}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + sent
