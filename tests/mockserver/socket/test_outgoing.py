"""Frames of one connection: their order, and what becomes of them when the client has left or does not read."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from genmock.mockserver import VirtualClock
from genmock.mockserver.providers.runware.outgoing import WAITING_BYTES, Outgoing
from genmock.mockserver.sessions import Sessions
from genmock.mockserver.stores import MemoryStore

KEY = "key"


class Reader:
    """A client that reads while ``open`` is set. read: what it got."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.read: list[str] = []

    async def send(self, text: str) -> None:
        """Take one frame, once the client reads."""
        await self.open.wait()
        self.read.append(text)


Story = Callable[[Outgoing, Reader, Sessions], Coroutine[Any, Any, None]]


def tell(story: Story) -> None:
    """Run a story of one connection, which has a session and a writer."""

    async def run() -> None:
        clock = VirtualClock()
        sessions, reader = Sessions(MemoryStore(clock, {}), clock, resume_s=120, seed=0), Reader()
        outgoing = Outgoing(sessions, reader.send)
        outgoing.session = (await sessions.begin(KEY)).uuid
        writer = asyncio.create_task(outgoing.write())
        await story(outgoing, reader, sessions)
        writer.cancel()

    asyncio.run(run())


async def kept(sessions: Sessions, session: str) -> list[bytes]:
    """Return the frames that wait for a session."""
    found, position = [], await sessions.sent(session)
    while (frame := await sessions.next_kept(session, position)) is not None:
        position, data = frame
        found.append(data)
    return found


async def leave(outgoing: Outgoing) -> None:
    """Be told that the client has left, as its connection is."""
    outgoing.leave()
    await outgoing.keep_the_rest()


def test_frames_are_sent_in_their_order() -> None:
    async def story(outgoing: Outgoing, reader: Reader, sessions: Sessions) -> None:
        reader.open.set()
        for number in range(200):
            await outgoing.put(b"%d" % number)
        await outgoing.sent()
        assert reader.read == [str(number) for number in range(200)]

    tell(story)


@pytest.mark.parametrize("size", [1, WAITING_BYTES // 4])
def test_what_waits_is_bounded_while_nobody_reads(size: int) -> None:
    async def story(outgoing: Outgoing, reader: Reader, sessions: Sessions) -> None:
        count = 0
        with pytest.raises(TimeoutError):
            while True:
                await asyncio.wait_for(outgoing.put(b"x" * size), 0.05)
                count += 1
        assert count == (64 if size == 1 else 4)
        reader.open.set()
        await asyncio.wait_for(outgoing.put(b"y"), 5)

    tell(story)


def test_what_was_not_sent_waits_in_its_order_before_what_comes_later() -> None:
    async def story(outgoing: Outgoing, reader: Reader, sessions: Sessions) -> None:
        putting = [asyncio.create_task(outgoing.put(b"%d" % number)) for number in range(100)]  # 64, and 36 that wait
        await asyncio.sleep(0)
        await leave(outgoing)
        await outgoing.put(b"100")
        await asyncio.gather(*putting)
        found = await kept(sessions, outgoing.session)
        assert found[:64] == [b"%d" % number for number in range(64)]
        assert sorted(found, key=int) == [b"%d" % number for number in range(101)]
        assert reader.read == []

    tell(story)


def test_a_frame_that_was_being_sent_is_not_lost() -> None:
    async def story(outgoing: Outgoing, reader: Reader, sessions: Sessions) -> None:
        await outgoing.put(b"first")
        await asyncio.sleep(0.01)  # the writer waits for the client to read it
        await leave(outgoing)
        assert await kept(sessions, outgoing.session) == [b"first"]

    tell(story)


def test_a_connection_that_is_gone_makes_nobody_wait() -> None:
    async def story(outgoing: Outgoing, reader: Reader, sessions: Sessions) -> None:
        async def gone(text: str) -> None:
            raise ConnectionResetError

        outgoing._send = gone
        for number in range(200):
            await outgoing.put(b"%d" % number)
        await outgoing.keep_the_rest()
        assert await kept(sessions, outgoing.session) == [b"%d" % number for number in range(200)]

    tell(story)


def test_a_kept_frame_is_forgotten_when_it_is_sent_and_not_before() -> None:
    async def story(outgoing: Outgoing, reader: Reader, sessions: Sessions) -> None:
        session = outgoing.session
        await sessions.keep(session, b"old")
        await outgoing.put(b"old", (session, 1))
        await asyncio.sleep(0.01)
        assert await kept(sessions, session) == [b"old"]
        reader.open.set()
        await outgoing.sent()
        await asyncio.sleep(0)
        assert (await kept(sessions, session), reader.read) == ([], ["old"])

    tell(story)


def test_a_replay_that_is_broken_off_keeps_the_order() -> None:
    async def story(outgoing: Outgoing, reader: Reader, sessions: Sessions) -> None:
        session = outgoing.session
        for number in (1, 2, 3):
            await sessions.keep(session, b"%d" % number)
        await outgoing.put(b"1", (session, 1))
        await outgoing.put(b"new")
        await outgoing.put(b"2", (session, 2))
        await leave(outgoing)
        assert await kept(sessions, session) == [b"1", b"2", b"3", b"new"]

    tell(story)


def test_without_a_session_nothing_waits() -> None:
    async def story(outgoing: Outgoing, reader: Reader, sessions: Sessions) -> None:
        session, outgoing.session = outgoing.session, ""
        await leave(outgoing)
        await outgoing.put(b"lost")
        assert await kept(sessions, session) == []

    tell(story)
