"""Where the log's lines go: in colours or plain, together, and nowhere once the reader has gone."""

import asyncio
import importlib
import io
from typing import Any

import pytest

writers = importlib.import_module("genmock.mockserver.log_writers")
LINE = [("12:00:00  ", "dim"), ("ok", "green"), ("  ", "")]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


COLOURS: tuple[tuple[bool, dict[str, str], bool], ...] = (
    (True, {}, True),
    (True, {"TERM": "dumb"}, False),
    (True, {"NO_COLOR": "1"}, False),
    (False, {}, False),
    (False, {"FORCE_COLOR": "1"}, True),
    (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
)


@pytest.mark.parametrize(("terminal", "environ", "wanted"), COLOURS)
def test_colours_are_for_terminals_unless_the_environment_says_otherwise(
    terminal: bool, environ: dict[str, str], wanted: bool
) -> None:
    assert writers.has_colours(Terminal() if terminal else io.StringIO(), environ) is wanted


class Watched(io.StringIO):
    """A stream that remembers each write."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []

    def write(self, text: str) -> int:
        self.written.append(text)
        return super().write(text)


def test_a_line_is_written_at_once_where_there_is_no_event_loop() -> None:
    stream = Watched()
    write = writers.writer_for("plain", stream)
    write(LINE)
    write(LINE, LINE)
    assert stream.written == ["12:00:00  ok\n", "12:00:00  ok\n12:00:00  ok\n"]


def test_the_lines_of_one_turn_of_a_loop_are_written_together() -> None:
    stream = Watched()
    write = writers.writer_for("plain", stream)

    async def turns() -> None:
        write(LINE)
        write(LINE)
        await asyncio.sleep(0)
        write(LINE)

    asyncio.run(turns())
    asyncio.run(turns())
    assert [text.count("\n") for text in stream.written] == [2, 1, 2, 1]


class Broken(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("log_format", ["plain", "rich"])
def test_a_reader_that_has_gone_stops_nobody(log_format: Any) -> None:
    writers.writer_for(log_format, Broken())(LINE)
    closed = io.StringIO()
    write = writers.writer_for(log_format, closed)
    closed.close()
    write(LINE)


def test_what_a_stream_cannot_write_is_escaped() -> None:
    raw = io.BytesIO()
    write = writers.writer_for("plain", io.TextIOWrapper(raw, encoding="ascii"))
    write([("a fox", "")], [("ein Füchslein", "")], [("a fox", "")])
    assert raw.getvalue() == b"a fox\nein F\\xfcchslein\na fox\n"
