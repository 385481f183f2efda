"""Where the lines of the log go: to a stream, plain or in colours. A stream whose reader has gone stops no server."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from os import environ as process_environ
from typing import TextIO

from .settings import LogFormat

Line = Sequence[tuple[str, str]]  # (text, style): what stands side by side on a line
Write = Callable[..., None]  # of lines, any number at once
GONE = (OSError, ValueError)  # of a stream: its reader has gone, or it is closed


def writer_for(log_format: LogFormat, stream: TextIO) -> Write:
    """Return a function that writes lines to a stream, in colours where they are wanted; not once it is closed."""
    if log_format == "rich" or (log_format == "auto" and has_colours(stream, process_environ)):
        return _rich_writer(stream, force=log_format == "rich")
    return _PlainWriter(stream)


def has_colours(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Return whether a stream's reader takes colours: a terminal that is not dumb, unless NO_COLOR or FORCE_COLOR."""
    if environ.get("NO_COLOR"):
        return False
    return bool(environ.get("FORCE_COLOR")) or (stream.isatty() and environ.get("TERM") not in ("dumb", "unknown"))


def _writable(text: str, stream: TextIO) -> str:
    """Return a text with what a stream cannot write as escapes: else none of it would be written."""
    encoding = getattr(stream, "encoding", None)
    if text.isascii() or not encoding or getattr(stream, "errors", "strict") != "strict":
        return text
    return text.encode(encoding, "backslashreplace").decode(encoding)


class _PlainWriter:
    """Writes lines without colours. Those of one turn of an event loop go out together: each time costs a lot."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._texts: list[str] = []
        self._flushing: asyncio.AbstractEventLoop | None = None  # who is going to

    def __call__(self, *lines: Line) -> None:
        """Write some lines."""
        texts = ["".join([text for text, _ in line]).rstrip() + "\n" for line in lines]
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a thread without turns: it must not touch what waits for the end of one
            self._write(texts)
            return
        self._texts += texts
        if texts and self._flushing is not loop:
            self._flushing = loop
            loop.call_soon(self._flush)

    def _flush(self) -> None:
        texts, self._texts, self._flushing = self._texts, [], None
        self._write(texts)

    def _write(self, texts: Sequence[str]) -> None:
        with suppress(*GONE):
            if texts:
                self._stream.write(_writable("".join(texts), self._stream))
                self._stream.flush()


def _rich_writer(stream: TextIO, *, force: bool) -> Write:
    from rich.console import Console  # here: plain and JSON logs do without
    from rich.text import Text

    class Quiet(Console):
        def on_broken_pipe(self) -> None:
            self.quiet = True  # Rich itself would end the process

    console = Quiet(file=stream, force_terminal=True if force else None, highlight=False, soft_wrap=True)

    def write(*lines: Line) -> None:
        with suppress(*GONE):
            for line in lines:
                console.print(Text.assemble(*line))

    return write
