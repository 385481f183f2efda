"""uvicorn's protocols as this server needs them: what it reads of a connection, and what it writes."""

import asyncio
import re
from typing import Any, cast

from .faults.disorder import TRANSPORT

_REQUEST_LINE = re.compile(rb"[A-Z]+ \S+ HTTP/1\.1\r\n")
MAX_JOINED = 64 * 1024  # bytes that wait for the end of a turn
MAX_HEAD = 16 * 1024  # bytes that are looked through for an upgrade
_UPGRADE_TO_HTTP2 = re.compile(rb"\r\nupgrade:[ \t]*h2c[ \t]*(?=\r\n|\Z)", re.I)


class JoinedTransport:
    """A transport that sends what one turn of the event loop writes at once: a reply's head and body, for one.

    Sending costs more than most of the work of a reply, for whoever reads it too. transport: asyncio's own, which does
    everything else.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._written: list[bytes] = []
        self._size = 0  # of what was written

    def write(self, data: bytes) -> None:
        """Send some bytes, at the end of this turn; what is large at once, so that flow control sees it."""
        if not self._written:
            self._loop.call_soon(self.flush)
        self._written.append(data)
        self._size += len(data)
        if self._size >= MAX_JOINED:
            self.flush()

    def writelines(self, data: list[bytes]) -> None:
        """Send some bytes, at the end of this turn."""
        for each in data:
            self.write(each)

    def write_eof(self) -> None:
        """Send what was written, and then the end."""
        self.flush()
        self._transport.write_eof()

    def close(self) -> None:
        """Send what was written, and close."""
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        """Send what was written, as far as that goes at once, and drop the connection."""
        self.flush()
        self._transport.abort()

    def flush(self) -> None:
        """Send what was written now."""
        written, self._written, self._size = self._written, [], 0
        if written and not self._transport.is_closing():
            self._transport.writelines(written)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a transport has
        return getattr(self._transport, name)


def protocol() -> Any:  # noqa: ANN401 - what uvicorn takes as http: a protocol class, or "auto"
    """Return uvicorn's HTTP protocol, less its trouble with upgrades to HTTP/2.

    Java's HttpClient and ``curl --http2`` offer that upgrade with each first request. A server may ignore it (RFC 9110,
    section 7.8), but httptools stops reading at it and drops the body: the header is taken out before it looks.
    """
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    except ImportError:  # no httptools on this Python: h11 ignores the header by itself
        return "auto"

    class Protocol(HttpToolsProtocol):
        def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - asyncio's transport
            joined: Any = JoinedTransport(transport, self.loop)
            super().connection_made(joined)

        def eof_received(self) -> None:
            cast(JoinedTransport, self.transport).flush()  # asyncio closes now, and a client may listen yet
            super().eof_received()

        def on_message_begin(self) -> None:
            super().on_message_begin()
            scope: Any = self.scope
            scope["extensions"] = {TRANSPORT: self.transport}  # for faults that drop the connection

        def data_received(self, data: bytes) -> None:
            if b"h2c" in data[:MAX_HEAD].lower():
                head, end, body = data.partition(b"\r\n\r\n")
                if end and _REQUEST_LINE.match(head):
                    data = _UPGRADE_TO_HTTP2.sub(b"", head) + end + body
            super().data_received(data)

    return Protocol


def socket_protocol() -> Any:  # noqa: ANN401 - what uvicorn takes as ws: a protocol class
    """Return uvicorn's WebSocket protocol, which gives its connection away as the HTTP protocol does.

    Text that is no UTF-8 ends a connection with 1007 (RFC 6455, section 8.1), as uvicorn has it, and no traceback is
    logged about it: it is the client's mistake.
    """
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

    class Protocol(WebSocketsSansIOProtocol):
        def eof_received(self) -> None:
            cast(JoinedTransport, self.transport).flush()  # as above
            super().eof_received()

        def handle_connect(self, event: Any) -> None:  # noqa: ANN401 - the library's own request
            super().handle_connect(event)
            scope: Any = getattr(self, "scope", None)  # none when the handshake was refused
            if scope is not None:
                scope["extensions"][TRANSPORT] = self.transport

        def send_receive_event_to_app(self) -> None:
            if self.curr_msg_data_type == "text" and not self.close_sent and not _is_utf8(b"".join(self.frames)):
                self.frames = []
                self.conn.fail(1007, "text that is no UTF-8")
                self.handle_parser_exception()
                return
            super().send_receive_event_to_app()

    return Protocol


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
