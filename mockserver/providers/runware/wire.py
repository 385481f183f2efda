"""The connection itself: text out, and the ways in which it ends."""

import asyncio
from typing import Any

from starlette.types import Scope, Send

from ...faults import TRANSPORT, NoTransport

TELL_S = 1.0  # how long a client that does not read may keep a close frame waiting


class Wire:
    """A connection that was accepted. Its methods other than ``send`` are silent where it has ended already."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send

    async def send(self, text: str) -> None:
        """Send one frame, waiting while the client does not read. Raises OSError or RuntimeError when it has left."""
        transport = self._transport
        if transport is not None and transport.is_closing():  # it would take the frame, and lose it
            raise ConnectionResetError
        await self._send({"type": "websocket.send", "text": text})

    async def close(self, code: int, reason: str) -> None:
        """Close the connection with a code; one whose client does not read cannot be told, and is aborted."""
        try:
            await asyncio.wait_for(self._send({"type": "websocket.close", "code": code, "reason": reason}), TELL_S)
        except TimeoutError:
            self.abort()
        except (OSError, RuntimeError):  # it has ended
            pass

    def cut(self) -> None:
        """End the connection without a word, once what was written has been sent.

        Raises NoTransport where the server does not give the connection away.
        """
        if self._transport is None:
            raise NoTransport
        self._transport.close()

    def abort(self) -> None:
        """End the connection at once, where the server gives it away."""
        if self._transport is not None:
            self._transport.abort()

    @property
    def _transport(self) -> Any:  # noqa: ANN401 - an asyncio transport, or uvloop's
        return (self._scope.get("extensions") or {}).get(TRANSPORT)
