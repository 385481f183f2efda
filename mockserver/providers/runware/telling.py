"""The frames of one answer on their way to the client, in the disorder that a fault asks for."""

import asyncio
from contextlib import suppress

from genmock.validators import check_response

from ...faults import Disorder
from ...json_codec import dumps
from ...pipeline import Call
from .frames import CLIENT_LIMIT, Frame
from .outgoing import Outgoing
from .wire import Wire


class Telling:
    """Sends the frames of one answer. What a fault withholds waits for the session, and so is not lost."""

    def __init__(self, call: Call, outgoing: Outgoing, wire: Wire) -> None:
        self._call = call
        self._outgoing = outgoing
        self._wire = wire
        self._count = 0
        self._held: list[bytes] = []

    @property
    def is_over(self) -> bool:
        """Whether the client has left."""
        return self._outgoing.left.is_set()

    async def tell(self, frame: Frame) -> None:
        """Send one frame, or have it wait for its turn. Raises StoreError."""
        data, disorder = dumps(frame.body), self._call.disorder
        self._note(frame, data)
        if disorder is None:
            await self._outgoing.put(data)
            return
        if self._count == 0:
            await self._before(disorder)
        await self._put(disorder, data)
        self._count += 1
        if self._count == 1 and disorder.at == "body":
            await self._break_off(disorder)

    async def end(self) -> None:
        """Do what is left to do when every frame has been told. Raises StoreError."""
        disorder = self._call.disorder
        for data in reversed(self._held):
            await self._outgoing.put(data)
        if disorder is not None and (disorder.at == "after" or self._count == 0):
            await self._break_off(disorder)

    async def _before(self, disorder: Disorder) -> None:
        if disorder.manner == "stall":  # the client may also leave before the pause is over
            with suppress(TimeoutError):
                await asyncio.wait_for(self._outgoing.left.wait(), disorder.seconds)
        elif disorder.at == "headers":
            await self._break_off(disorder)

    async def _put(self, disorder: Disorder, data: bytes) -> None:
        if disorder.manner == "frame_reorder":
            self._held.append(data)
            return
        data = disorder.spoiled(data).decode("utf-8", "ignore").encode()  # half a character is no text frame
        for _ in range(1 + (disorder.copies if disorder.manner == "frame_duplicate" else 0)):
            await self._outgoing.put(data)

    async def _break_off(self, disorder: Disorder) -> None:
        """End the connection where that is the disorder, once what was told so far is on its way."""
        if disorder.manner not in ("drop", "close"):
            return
        await self._outgoing.sent()
        if disorder.manner == "drop":
            self._wire.cut()
        else:
            await self._wire.close(disorder.close_code, "a fault was set on purpose")

    def _note(self, frame: Frame, data: bytes) -> None:
        """Journal a frame that clients' libraries would not take and, when the settings ask for it, what it breaks."""
        exchange, runtime = self._call.exchange, self._call.runtime
        if len(data) > CLIENT_LIMIT:
            note = f"a frame of {len(data):,} bytes; clients' libraries take {CLIENT_LIMIT:,} unless told"
            exchange.note = f"{exchange.note} {note}".strip()
        if runtime.settings.check_replies and "error" not in frame.body:
            document = frame.document or runtime.catalog.get("runware-utilities")
            found = check_response(document, frame.body, status=frame.status, catalog=runtime.catalog)
            exchange.violations += [violation.moved("/reply") for violation in found]
