"""The log: one readable line per task, and for each broken rule a block that says where, what and what to do.

What is written here has no secrets in it and no control characters that a client sent.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any, TextIO

from genmock.validators import Violation, shown

from .exchange import SECRET_MEMBERS, Exchange, TaskNote, elided
from .log_writers import Line, writer_for
from .settings import Settings

Log = Callable[[Exchange], None]
SECRET_NAMES = frozenset({*(name.lower() for name in SECRET_MEMBERS), "authorization", "password", "secret", "token"})
MAX_ERRORS = 5  # of one exchange whose messages are logged
STYLES = {"ok": "green", "accepted": "cyan", "warning": "yellow", "error": "red"}
ANY_MODE = frozenset({"path", "method", "json", "media-type", "max-body"})  # refused in report mode too
NAMES = frozenset({"additionalProperties", "not-allowed"})
PRESENCE = frozenset({"required", "dependentRequired"})


def logger_for(settings: Settings, stream: TextIO) -> Log:
    """Return a function that logs an exchange to a stream, as the settings say.

    log_format: "auto" is "rich" in a terminal and "plain" elsewhere; "json" is one object a line. quiet: only what
    was refused. A stream whose reader has gone is written to no more, and stops no server.
    """
    quiet = settings.quiet
    write = writer_for("plain" if settings.log_format == "json" else settings.log_format, stream)

    def log(exchange: Exchange) -> None:
        if settings.log_format != "json":
            written = lines(exchange, quiet=quiet)
        else:
            written = iter([[(record(exchange), "")]] if exchange.status >= 400 or not quiet else [])
        write(*written)

    return log


def lines(exchange: Exchange, *, quiet: bool = False) -> Iterator[Line]:
    """Yield what the log says of an exchange: its tasks, then its violations. quiet: only what was refused."""
    where = clean(f"#{exchange.id} {exchange.method} {exchange.path} {exchange.status}")
    begin: Line = [(f"{_clock(int(exchange.started_at))}  ", "dim"), (f"{where}  ", "")]
    end = [(f"  {exchange.duration_s * 1000:.0f} ms", ""), (f"  {clean(exchange.client)}".rstrip(), "dim")]
    sizes = _sizes(exchange) if exchange.tasks else {}
    for task in exchange.tasks or (None,):
        outcome = _outcome(exchange, task)
        if outcome == "error" or not quiet:
            yield [*begin, *_told(exchange, task, outcome, sizes), *end]
    if exchange.note and not quiet:
        yield [(f"  {clean(exchange.note)}", STYLES["warning"])]
    errors = _errors(exchange)
    if exchange.violations or errors:
        yield from _wrong(exchange, errors, quiet=quiet)


def _wrong(exchange: Exchange, errors: Sequence[Mapping[str, Any]], *, quiet: bool) -> Iterator[Line]:
    """Yield what the log says of violations, and of the errors of a reply."""
    refused = [violation for violation in exchange.violations if violation.severity == "error"]
    if not quiet:
        for violation in exchange.violations:
            if violation.severity == "warning":
                yield [(f"  {clean(_warning(discreet(violation)))}", STYLES["warning"])]
    if refused:
        yield from ([(text, "")] for text in report(exchange).splitlines())
        return
    for error in errors[:MAX_ERRORS]:  # that no broken rule explains
        yield [(f"  {clean(str(error['message']))}", STYLES["error"])]


def report(exchange: Exchange) -> str:
    """Return how an exchange broke its contract, for a developer to read; empty when it did not."""
    refused = [violation for violation in exchange.violations if violation.severity == "error"]
    if not refused:
        return ""
    head = f"{exchange.provider} {exchange.method} {exchange.path} broke its contract".lstrip()
    head += f" (request #{exchange.id}, {counted(len(refused), 'violation')})"
    return "\n".join([clean(head), *(f"\n{block(violation)}" for violation in refused)]) + "\n"


def block(violation: Violation, *, serving: bool = True) -> str:
    """Return a violation as rows: at, sent, rule, source, next. serving: the advice may be about a server's options."""
    rows = f"{discreet(violation).render()}\n  {'next':<8}{advice(violation, serving=serving)}"
    return "\n".join(clean(row) for row in rows.splitlines())


def advice(violation: Violation, *, serving: bool = True) -> str:
    """Return what to do about a violation. serving: name the server's options that let it through, or refuse it."""
    if violation.severity == "warning":
        strict = "--contract strict refuses it" if serving else "--strict refuses it"
        return f"nothing, where the provider is known to accept it; {strict}"
    if violation.rule in ANY_MODE:
        return "mend the request; no --contract mode lets it through"
    first = "send something else"
    if violation.rule in NAMES:
        first = "correct its name, or leave it out"
    elif violation.rule in PRESENCE:
        first = "send it"
    elif violation.rule == "unserved-task":
        first = "send one that is served, or add its document with --specs DIR"
    return f"{first}; or start the server with --contract report to let it through" if serving else first


def discreet(violation: Violation) -> Violation:
    """Return a violation without secrets: what was sent where a key belongs is not shown."""
    name = violation.pointer.rpartition("/")[2]
    if name.replace("_", "").replace("-", "").lower() not in SECRET_NAMES:
        sent = elided(violation.sent)
        return violation if sent is violation.sent else replace(violation, sent=sent)
    message = violation.message
    for form in (repr(violation.sent), shown(violation.sent)):
        message = message.replace(form, "<redacted>")
    return replace(violation, message=message, sent="<redacted>")


def counted(number: int, noun: str) -> str:
    """Return a number and its noun: "1 result", "2 results"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def record(exchange: Exchange) -> str:
    """Return an exchange as one line of JSON, without its bodies and headers."""
    shown_violations = [asdict(discreet(violation)) for violation in exchange.violations]
    value = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(exchange.started_at)),
        "request": exchange.id,
        "method": exchange.method,
        "path": exchange.path,
        "status": exchange.status,
        "code": _code(exchange),
        "ms": round(exchange.duration_s * 1000, 1),
        "client": exchange.client,
        "provider": exchange.provider,
        "key": exchange.key,
        "tasks": [task.as_json() for task in exchange.tasks],
        "violations": shown_violations,
        "note": exchange.note,
    }
    return json.dumps(value, default=str)


def _told(exchange: Exchange, task: TaskNote | None, outcome: str, sizes: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what became of a task, or of a request that got as far as no task. sizes: by taskUUID."""
    if task is None:
        return [(f"{outcome} {_code(exchange)}".rstrip(), STYLES[outcome])]
    named = [part for part in (task.task_type or "no taskType", task.model, sizes.get(task.task_uuid)) if part]
    told = [(f"{clean(' '.join(named))}  ", "bold")]
    told.append((f"{outcome} {task.code}" if task.code else outcome, STYLES[outcome]))
    if outcome == "accepted":  # its deliveries are logged by this name
        told.append((f"  {clean(task.task_uuid)}", ""))
    elif outcome != "error":
        told.append((f"  {counted(task.results, 'result')}", ""))
    if task.cost:
        told.append((f"  ${task.cost}", ""))
    return told


@lru_cache(maxsize=16)
def _clock(second: int) -> str:
    """Return a time of day as it is here; to ask for it costs a look at the zone's file."""
    return time.strftime("%H:%M:%S", time.localtime(second))


def _outcome(exchange: Exchange, task: TaskNote | None) -> str:
    if task is not None:
        return task.outcome if task.outcome in STYLES else "error"
    return "error" if exchange.status >= 400 else "ok"


def _errors(exchange: Exchange) -> Sequence[Mapping[str, Any]]:
    """Return the errors of a reply."""
    errors = exchange.reply.get("errors") if isinstance(exchange.reply, dict) else None
    return [error for error in errors or () if isinstance(error, Mapping)]


def _code(exchange: Exchange) -> str:
    """Return the code of a reply's first error, or an empty text."""
    return next((str(error.get("code", "")) for error in _errors(exchange)), "")


def _sizes(exchange: Exchange) -> Mapping[str, str]:
    """Return the size that each task asked for, as "512x512", by its taskUUID."""
    sizes: dict[str, str] = {}
    for item in exchange.body if isinstance(exchange.body, list) else ():
        if isinstance(item, dict) and isinstance(name := item.get("taskUUID"), str):
            width, height = item.get("width"), item.get("height")
            if isinstance(width, int) and isinstance(height, int):
                sizes.setdefault(name, f"{width}x{height}")
    return sizes


def _warning(violation: Violation) -> str:
    return f"warning at {violation.pointer or 'the whole body'}: {violation.message}"


def clean(text: str) -> str:
    """Return a text on one line and without control characters, which a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
