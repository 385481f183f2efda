"""Runware's WebSocket endpoint: each connection is taken, or turned away when there are too many."""

import asyncio
from contextlib import suppress

from starlette.types import Receive, Scope, Send

from ...runtime import Runtime
from .socket import Connection


class SocketApp:
    """An ASGI application that serves one connection at each call."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection to its end."""
        await self._runtime.start()
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        connection = Connection(self._runtime, scope, receive, send)
        sockets, limit = self._runtime.sockets, self._runtime.settings.max_sockets
        if len(sockets) >= limit:
            await connection.turn_away(f"This server takes {limit} connections, and has as many.")
            return
        sockets.add(connection)
        with suppress(asyncio.CancelledError):  # the server stops, and waits no longer
            try:
                await connection.serve()
            finally:
                sockets.discard(connection)
            await connection.finish()
