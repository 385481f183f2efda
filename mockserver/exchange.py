"""An exchange: a request and its reply, and what of them the journal shows: no secrets, and nothing large."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.datastructures import Headers
from starlette.types import Scope

from genmock.validators import Violation

from .decode import decode_json
from .json_codec import loads

SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})
SECRET_MEMBERS = frozenset({"apiKey"})
MAX_TEXT = 512  # characters of a text that the journal keeps whole; a prompt fits, a picture does not
MAX_VALUES = 2_000  # values of a body that it keeps, counted at every depth
MAX_SENT = 100  # values of what a violation was sent that it keeps
MAX_TASKS = 1_000  # of one exchange that it keeps
MAX_VIOLATIONS = 200  # of one exchange that it keeps: each may hold a hundred values that were sent
MAX_FOLDED = 64 * 1024  # bytes of a body that is kept as it was sent; a longer one is mostly media, and cut at once


class TaskNote(NamedTuple):
    """What became of one task of a request.

    outcome: "ok", "warning" (answered, though not without violations), "accepted" (results are to come) or
    "error"; code: the provider's error code. cost: USD, as a decimal text.
    """

    task_type: str
    task_uuid: str
    model: str
    outcome: str
    code: str = ""
    results: int = 0
    cost: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the note as plain JSON values."""
        return {
            "taskType": self.task_type,
            "taskUUID": self.task_uuid,
            "model": self.model,
            "outcome": self.outcome,
            "code": self.code,
            "results": self.results,
            "cost": self.cost,
        }


class Wire(NamedTuple):
    """An exchange as it went over the wire: its headers, its body (None: it was not read), its reply; both JSON."""

    headers: Sequence[tuple[bytes, bytes]]
    body: bytes | None
    reply: bytes


def wire_of(headers: Sequence[tuple[bytes, bytes]], body: bytes | None, reply: bytes) -> Wire | None:
    """Return what is kept of an exchange whose bodies are JSON in place of them; None where anything is long."""
    longest = max(len(body or b""), len(reply), sum([len(value) for _, value in headers]))
    return Wire(headers, body, reply) if longest <= MAX_FOLDED else None


@dataclass(slots=True)
class Exchange:
    """One request and its reply. Mutable while it is open; closed by the pipeline.

    id: 1, 2, ... since the start or the last reset. started_at: Unix seconds. client: the software that asked.
    provider: whose contract the request is held to, or "" where it is nobody's. wire: what ``fold`` leaves of it.
    """

    id: int
    started_at: float
    method: str
    path: str
    headers: Mapping[str, str]
    client: str = ""
    provider: str = ""
    key: str = ""
    body: Any = None
    status: int = 0
    reply: Any = None
    tasks: list[TaskNote] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    duration_s: float = 0.0
    note: str = ""
    wire: Wire | None = field(default=None, repr=False, compare=False)

    def fold(self) -> None:
        """Keep of headers, body and reply only their bytes: most exchanges are never looked at."""
        if self.wire is not None:
            del self.headers, self.body, self.reply

    if not TYPE_CHECKING:  # a checker would take any name then

        def __getattr__(self, name: str) -> object:
            """Unfold: Python asks here for what ``fold`` took away, when somebody looks at it."""
            wire = self.wire
            if wire is None or name not in ("headers", "body", "reply"):
                return object.__getattribute__(self, name)  # another thread has unfolded it; or there is none
            body = decode_json(wire.body).value if wire.body is not None else None
            self.headers, self.body, self.reply = _cut(Headers(raw=list(wire.headers)), body, loads(wire.reply))
            self.wire = None  # the last: until now others unfold it too
            return object.__getattribute__(self, name)

    def as_json(self) -> dict[str, Any]:
        """Return the exchange as plain JSON values."""
        return {
            "id": self.id,
            "startedAt": self.started_at,
            "durationSeconds": round(self.duration_s, 6),
            "client": self.client,
            "provider": self.provider,
            "key": self.key,
            "request": {
                "method": self.method,
                "path": self.path,
                "headers": redacted_headers(self.headers),
                "body": elided(self.body, 2 * MAX_VALUES),  # what was cut once has room for the marks of it
            },
            "reply": {"status": self.status, "body": elided(self.reply, 2 * MAX_VALUES)},
            "tasks": [task.as_json() for task in self.tasks],
            "violations": [_members(violation) for violation in self.violations],
            "note": self.note,
        }


def cut_down(exchange: Exchange) -> Exchange:
    """Return an exchange cut down to what the journal shows, so that no entry can be large."""
    if exchange.wire is None:  # else they are cut down when they are unfolded
        exchange.headers, exchange.body, exchange.reply = _cut(exchange.headers, exchange.body, exchange.reply)
    if len(exchange.path) > MAX_TEXT or len(exchange.client) > MAX_TEXT:
        exchange.path, exchange.client = elided(exchange.path), elided(exchange.client)
    del exchange.tasks[MAX_TASKS:]
    if exchange.violations:
        exchange.violations = [_cut_violation(violation) for violation in exchange.violations[:MAX_VIOLATIONS]]
    return exchange


def _cut(headers: Mapping[str, str], body: Any, reply: Any) -> tuple[dict[str, str], Any, Any]:  # noqa: ANN401
    kept = {elided(name): elided(value) for name, value in redacted_headers(headers).items()}
    return kept, elided(body), elided(reply)


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """Return the headers of a request by lower-case name; of one that came twice the first."""
    return dict(reversed(scope["headers"]))


def redacted_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers with secrets replaced; of one that came twice the first counts."""
    return {name: "<redacted>" if name.lower() in SECRET_HEADERS else headers[name] for name in headers}


def redacted_key(key: str) -> str:
    """Return a key as the journal shows it: its last four characters."""
    return f"...{key[-4:]}" if len(key) > 8 else "..." if key else ""


def elided(value: Any, limit: int = MAX_VALUES) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value with long texts (media, mostly) cut and secrets redacted, with at most ``limit`` values."""
    return _elided(value, [limit])


def _elided(value: Any, left: list[int]) -> Any:  # noqa: ANN401
    """Return a value cut down. left: how many more values the whole may hold, counted down."""
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT else f"{value[:64]}... ({len(value):,} characters)"
    if not isinstance(value, dict | list | tuple):
        return value
    shown: list[Any] = []
    for member in value.items() if isinstance(value, dict) else value:
        left[0] -= 1
        if left[0] < 0:
            break
        shown.append(_member(member[0], member[1], left) if isinstance(value, dict) else _elided(member, left))
    more = f"... ({len(value):,} in all)"
    if isinstance(value, dict):
        return dict(shown) | ({more: None} if len(shown) < len(value) else {})
    return shown + [more] * (len(shown) < len(value))


def _member(name: Any, value: Any, left: list[int]) -> tuple[Any, Any]:  # noqa: ANN401
    secret = name in SECRET_MEMBERS and value
    return _elided(name, left), "<redacted>" if secret else _elided(value, left)


def _cut_violation(violation: Violation) -> Violation:
    was = violation.pointer, violation.message, violation.source, violation.expected, violation.sent
    cut = (*map(elided, was[:3]), elided(was[3], MAX_SENT), elided(was[4], MAX_SENT))
    if cut == was:
        return violation
    pointer, message, source, expected, sent = cut
    return replace(violation, pointer=pointer, message=message, source=source, expected=expected, sent=sent)


def _members(violation: Violation) -> dict[str, Any]:
    return {name: getattr(violation, name) for name in violation.__slots__}
