"""The frames of one connection on their way out: in order, never more than a few waiting, and none lost.

What cannot be sent waits in the store for its session to be taken up. A frame counts as sent when the operating system
has it, or when it is in the connection's buffer of 64 KiB: what the client does not read of that is for polls to fetch.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from ...sessions import Sessions
from ...stores import StoreError

WAITING_BYTES = 4 * 1024 * 1024  # of frames that wait for a client to read; then its tasks wait too
LEAST_BYTES = WAITING_BYTES // 64  # what a frame counts for, however small: objects take memory too
SendText = Callable[[str], Awaitable[None]]


class Room:
    """How much may be held at once. What is too much is held all the same; the next waits until some is given back."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held = 0
        self._free = asyncio.Event()
        self._free.set()

    @property
    def is_free(self) -> bool:
        """Whether there is room."""
        return self._free.is_set()

    def take(self, amount: int) -> None:
        """Hold more."""
        self._held += amount
        if self._held >= self._size:
            self._free.clear()

    def give(self, amount: int) -> None:
        """Hold less."""
        self._held -= amount
        if self._held < self._size:
            self._free.set()

    async def wait(self) -> None:
        """Wait until there is room."""
        await self._free.wait()

    def open(self) -> None:
        """Let everybody in from now on."""
        self._size = 1 << 62
        self._free.set()


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame that waits to be sent. kept: the session and number under which the store has it already, if it does."""

    data: bytes
    kept: tuple[str, int] | None = None

    @property
    def size(self) -> int:
        """What it counts for, in bytes."""
        return max(len(self.data), LEAST_BYTES)


class Outgoing:
    """The frames of a connection. session: the UUID of its session, "" before it has one. left: the client has."""

    def __init__(self, sessions: Sessions, send: SendText) -> None:
        self._sessions = sessions
        self._send = send
        self._frames: deque[Frame] = deque()
        self._filled = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._keeping = asyncio.Lock()
        self.room = Room(WAITING_BYTES)
        self.left = asyncio.Event()
        self.session = ""

    async def put(self, data: bytes, kept: tuple[str, int] | None = None) -> None:
        """Have a frame sent, waiting for room; once the client has left, it waits for the session to be taken up.

        Raises StoreError when it cannot wait there.
        """
        await self.room.wait()
        frame = Frame(data, kept)
        self.room.take(frame.size)
        self._frames.append(frame)
        self._filled.set()
        if self.left.is_set():
            await self.keep_the_rest()
        else:
            self._empty.clear()

    async def write(self) -> None:
        """Send frames in their order, until the client has left. One that does not read makes this wait, and all else.

        A frame that is not sent, or not before this is cancelled, stays the first of those that wait.
        """
        while True:
            await self._filled.wait()
            frame = self._frames[0]
            try:
                await self._send(frame.data.decode())
            except (OSError, RuntimeError):
                self.leave()
                return
            self._drop_first()
            if frame.kept is not None:
                with suppress(StoreError):  # it may come twice then, which is better than never
                    await self._sessions.forget(*frame.kept)

    async def sent(self) -> None:
        """Wait until nothing waits to be sent, or the client has left."""
        await self._empty.wait()

    def leave(self) -> None:
        """Take note that the client has left: nobody waits for it any longer."""
        self.left.set()
        self.room.open()
        self._empty.set()

    async def keep_the_rest(self) -> None:
        """Have what was not sent wait for the session, in its order. Raises StoreError."""
        async with self._keeping:
            while self._frames:
                frame = self._frames[0]
                if self.session and frame.kept is None:
                    await self._sessions.keep(self.session, frame.data)
                self._drop_first()

    def _drop_first(self) -> None:
        self.room.give(self._frames.popleft().size)
        if not self._frames:
            self._filled.clear()
            self._empty.set()
