"""The log's view of the pipeline: one line for each file that it made, or did not."""

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from .log import STYLES, clean
from .log_writers import Line, writer_for
from .settings import Settings

if TYPE_CHECKING:
    from .makers.pool import Made


def pipeline_logger_for(settings: Settings, stream: TextIO) -> "Callable[[Made], None]":
    """Return a function that logs what became of an order to a stream, as the settings say.

    quiet: only what failed. A stream whose reader has gone is written to no more.
    """
    as_json = settings.log_format == "json"
    write = writer_for("plain" if as_json else settings.log_format, stream)

    def log(made: "Made") -> None:
        if settings.quiet and not made.failed:
            return
        now = time.time()
        write([(record(made, settings, now), "")] if as_json else line(made, settings, now))

    return log


def line(made: "Made", settings: Settings, at: float) -> Line:
    """Return what the log says of an order that ended at a time, in Unix seconds."""
    style = STYLES["ok" if not made.failed else "warning" if made.failed == "cancelled" else "error"]
    return [
        (f"{time.strftime('%H:%M:%S', time.localtime(at))}  ", "dim"),
        ("pipeline ", "bold"),
        (f"{made.what}  ", ""),
        (f"{clean(made.failed) or 'made'}  ", style),
        (f"{settings.pipeline_engine}  {made.steps} steps  {made.took_s:.2f} s  waited {made.waited_s:.2f} s", ""),
    ]


def record(made: "Made", settings: Settings, at: float) -> str:
    """Return what became of an order as one line of JSON."""
    value = {
        "event": "made",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
        "what": made.what,
        "engine": settings.pipeline_engine,
        "steps": made.steps,
        "ms": round(made.took_s * 1000, 1),
        "waited_ms": round(made.waited_s * 1000, 1),
        "error": made.failed,
    }
    return json.dumps(value)
