"""The log: one readable line per task, and every violation as a block that says where, what and what to do."""

import json
import time
from collections.abc import Callable, Iterator
from typing import TextIO

from genmock.validators import Violation

from .journal import Exchange, TaskNote
from .settings import LogFormat

Log = Callable[[Exchange], None]
COLOURS = {"ok": "green", "error": "red", "warning": "yellow"}


def logger_for(log_format: LogFormat, stream: TextIO, *, quiet: bool = False) -> Log:
    """Return a function that logs an exchange.

    log_format: "auto" is "rich" in a terminal and "plain" elsewhere. quiet: log nothing.
    """
    if quiet:
        return lambda exchange: None
    if log_format == "json":
        return lambda exchange: _write(stream, json.dumps(_record(exchange), ensure_ascii=False))
    if log_format == "rich" or (log_format == "auto" and stream.isatty()):
        return _rich(stream, force=log_format == "rich")
    return lambda exchange: _write(stream, "\n".join(lines(exchange)))


def lines(exchange: Exchange) -> Iterator[str]:
    """Yield an exchange as plain text: a line for each task (or one for a request without), then its violations."""
    for task in exchange.tasks or (None,):
        yield line(exchange, task)
    if exchange.violations:
        yield from report(exchange).splitlines()


def line(exchange: Exchange, task: TaskNote | None) -> str:
    """Return one task of an exchange, or the exchange as a whole, on one line."""
    clock = time.strftime("%H:%M:%S", time.gmtime(exchange.started_at))
    head = f"{clock} #{exchange.id} {exchange.method} {exchange.path} {exchange.status}"
    tail = f"{exchange.duration_s * 1000:.0f} ms"
    client = f"  {exchange.client.split(' ')[0]}" if exchange.client else ""
    if task is None:
        return f"{head}  {tail}{client}"
    what = " ".join(part for part in (task.task_type, task.model) if part) or "no task"
    result = task.code or f"{task.results} result{'s' * (task.results != 1)}"
    price = f"  ${task.cost}" if task.cost else ""
    return f"{head}  {what}  {result}{price}  {tail}{client}"


def report(exchange: Exchange) -> str:
    """Return the violations of an exchange for a developer to read."""
    wrong = [v for v in exchange.violations if v.severity == "error"]
    count = f"{len(exchange.violations)} violation{'s' * (len(exchange.violations) != 1)}"
    verb = "broke its contract" if wrong else "is only tolerated"
    head = f"runware {exchange.method} {exchange.path} {verb} (request #{exchange.id}, {count})"
    blocks = [f"{violation.render()}\n  next    {advice(violation)}" for violation in exchange.violations]
    return "\n\n".join([head, *blocks])


def advice(violation: Violation) -> str:
    """Return what to do about a violation."""
    if violation.severity == "warning":
        return "nothing, if the provider is meant to accept it; --contract strict refuses it where it is only tolerated"
    if violation.rule in ("additionalProperties", "not-allowed"):
        return "leave it out, or correct its name"
    if violation.rule in ("required", "dependentRequired"):
        return "send it"
    return "send what the rule asks for; or start the server with --contract report to let it through"


def _record(exchange: Exchange) -> dict[str, object]:
    shown = exchange.as_json()
    request = shown.pop("request")
    reply = shown.pop("reply")
    return {"method": request["method"], "path": request["path"], "status": reply["status"], **shown}


def _rich(stream: TextIO, *, force: bool) -> Log:
    from rich.console import Console  # here: plain and JSON logs do without
    from rich.text import Text

    console = Console(file=stream, force_terminal=True if force else None, highlight=False, soft_wrap=True)

    def log(exchange: Exchange) -> None:
        for task in exchange.tasks or (None,):
            bad = exchange.status >= 400 if task is None else task.outcome == "error"
            console.print(Text(line(exchange, task), style=COLOURS["error" if bad else "ok"]))
        if exchange.violations:
            wrong = any(violation.severity == "error" for violation in exchange.violations)
            console.print(Text(report(exchange), style=COLOURS["error" if wrong else "warning"]))

    return log


def _write(stream: TextIO, text: str) -> None:
    stream.write(text + "\n")
    stream.flush()
