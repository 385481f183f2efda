"""Sessions: who may take one up, for how long, and the frames that wait for it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from genmock.mockserver import VirtualClock
from genmock.mockserver.sessions import Sessions
from genmock.mockserver.stores import MemoryStore


def tell(story: Callable[[Sessions, VirtualClock], Coroutine[Any, Any, None]]) -> None:
    """Run a story of sessions that outlive their connections by two minutes."""
    clock = VirtualClock()
    asyncio.run(story(Sessions(MemoryStore(clock, {}), clock, resume_s=120, seed=0), clock))


def test_sessions_are_many_and_the_same_each_time() -> None:
    first: list[str] = []

    async def story(sessions: Sessions, clock: VirtualClock) -> None:
        made = [(await sessions.begin(key)).uuid for key in ("key", "key", "other")]
        assert len(set(made)) == 3
        assert first in ([], made)
        first[:] = made

    tell(story)
    tell(story)


def test_a_session_is_taken_up_until_its_time_is_over() -> None:
    async def story(sessions: Sessions, clock: VirtualClock) -> None:
        session = await sessions.begin("key")
        await sessions.end(session)
        clock.advance(119)
        again = await sessions.resume("key", session.uuid.upper())
        assert again is not None
        await sessions.end(again)
        clock.advance(121)
        assert await sessions.resume("key", session.uuid) is None

    tell(story)


def test_an_earlier_connection_ends_nothing() -> None:
    async def story(sessions: Sessions, clock: VirtualClock) -> None:
        session = await sessions.begin("key")
        assert await sessions.resume("key", session.uuid) is not None
        await sessions.end(session)
        clock.advance(3600)
        assert await sessions.resume("key", session.uuid) is not None

    tell(story)


def test_a_session_is_its_account_s_alone() -> None:
    async def story(sessions: Sessions, clock: VirtualClock) -> None:
        assert await sessions.resume("other", (await sessions.begin("key")).uuid) is None
        assert await sessions.resume("key", "no-such-session") is None

    tell(story)


def test_frames_wait_in_their_order_until_their_time_is_over() -> None:
    async def story(sessions: Sessions, clock: VirtualClock) -> None:
        session = (await sessions.begin("key")).uuid
        await sessions.keep(session, b"early")
        clock.advance(60)
        await sessions.keep(session, b"late")
        assert await sessions.next_kept(session, 0) == (1, b"early")
        assert await sessions.next_kept(session, 1) == (2, b"late")
        clock.advance(61)
        assert await sessions.next_kept(session, 0) == (2, b"late")

    tell(story)


def test_what_is_forgotten_is_behind_for_good() -> None:
    async def story(sessions: Sessions, clock: VirtualClock) -> None:
        session = (await sessions.begin("key")).uuid
        for data in (b"1", b"2", b"3"):
            await sessions.keep(session, data)
        await sessions.forget(session, 2)
        await sessions.forget(session, 1)
        assert await sessions.sent(session) == 2
        assert await sessions.next_kept(session, 2) == (3, b"3")

    tell(story)
