"""The frames of one connection on their way out: in order, never more than a few waiting, and none lost.

What cannot be sent waits in the store for its session to be taken up.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from ...sessions import Sessions
from ...stores import StoreError

WAITING = 64  # frames that wait for a client to read; then its tasks wait too
SendText = Callable[[str], Awaitable[None]]


class Outgoing:
    """The frames of a connection. session: the UUID of its session, once it has one; "" before."""

    def __init__(self, sessions: Sessions, send: SendText) -> None:
        self._sessions = sessions
        self._send = send
        self._frames: asyncio.Queue[bytes] = asyncio.Queue(WAITING)
        self.left = asyncio.Event()
        self.session = ""

    async def put(self, frame: bytes) -> None:
        """Have a frame sent, waiting for room; once the client has left, it waits for the session to be taken up."""
        if not self.left.is_set():
            put = asyncio.ensure_future(self._frames.put(frame))
            gone = asyncio.ensure_future(self.left.wait())
            await asyncio.wait({put, gone}, return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            if put.done():
                return
            put.cancel()
        await self._keep(frame)

    async def write(self) -> None:
        """Send frames in their order. A client that does not read makes this wait, and with it all that is made."""
        while True:
            frame = await self._frames.get()
            try:
                await self._send(frame.decode())
            except (OSError, RuntimeError):  # it left; the reader hears of it too
                await self._keep(frame)
                return

    async def keep_the_rest(self) -> None:
        """Have what was not sent wait for the session."""
        with suppress(StoreError):
            while not self._frames.empty():
                await self._keep(self._frames.get_nowait())

    async def _keep(self, frame: bytes) -> None:
        if self.session:
            await self._sessions.keep(self.session, frame)
