"""The journal: every exchange, however it ended, with secrets redacted and media elided. In memory, bounded."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from genmock.validators import Violation

SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})
SECRET_MEMBERS = frozenset({"apiKey"})
MAX_TEXT = 512  # characters of a text that the journal keeps whole; a prompt fits, a picture does not
MAX_VALUES = 2_000  # values of a body that it keeps, counted at every depth
MAX_SENT = 100  # values of what a violation was sent that it keeps
MAX_ENTRIES = 1_000  # tasks, and violations, of one exchange that it keeps


@dataclass(frozen=True, slots=True)
class TaskNote:
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


@dataclass(slots=True)
class Exchange:
    """One request and its reply. Mutable while it is open; closed by the pipeline.

    id: 1, 2, ... since the start or the last reset. started_at: Unix seconds. client: the software that asked.
    provider: whose contract the request is held to, or "" where it is nobody's.
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


@dataclass(frozen=True, slots=True)
class Filter:
    """Which exchanges are wanted; None: whatever it is. The filters of tasks are met by one task together."""

    task_uuid: str | None = None
    task_type: str | None = None
    status: int | None = None

    def fits(self, exchange: Mapping[str, Any]) -> bool:
        """Return whether an exchange, as JSON, is wanted."""
        if self.status is not None and exchange["reply"]["status"] != self.status:
            return False
        if self.task_uuid is None and self.task_type is None:
            return True
        return any(
            (self.task_uuid is None or task["taskUUID"].lower() == self.task_uuid.lower())
            and (self.task_type is None or task["taskType"] == self.task_type)
            for task in exchange["tasks"]
        )


class Journal:
    """The newest exchanges, oldest first. limit: how many are kept."""

    def __init__(self, limit: int) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=limit)
        self._opened = 0

    def open(
        self,
        *,
        method: str,
        path: str,
        headers: Mapping[str, str],
        started_at: float,
        client: str = "",
        provider: str = "",
    ) -> Exchange:
        """Return a new exchange, not yet in the journal: it is added when it is closed."""
        self._opened += 1
        return Exchange(self._opened, started_at, method, path, headers, client, provider)

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange that has ended."""
        self._exchanges.append(cut_down(exchange))

    def __len__(self) -> int:
        return len(self._exchanges)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(tuple(self._exchanges))

    def get(self, number: int) -> Exchange | None:
        """Return the exchange with that id, or None when it is gone or never was."""
        return next((exchange for exchange in self._exchanges if exchange.id == number), None)

    def find(
        self, *, task_uuid: str | None = None, task_type: str | None = None, status: int | None = None
    ) -> Iterable[Exchange]:
        """Yield the exchanges that match every filter given."""
        for exchange in self:
            tasks = [
                task
                for task in exchange.tasks
                if (task_uuid is None or task.task_uuid.lower() == task_uuid.lower())
                and (task_type is None or task.task_type == task_type)
            ]
            if (status is None or exchange.status == status) and (tasks or (task_uuid is None and task_type is None)):
                yield exchange

    def clear(self) -> int:
        """Forget every exchange and return how many there were; numbering goes on."""
        count = len(self._exchanges)
        self._exchanges.clear()
        return count

    async def record(self, exchange: Exchange) -> None:
        """Keep an exchange that has ended."""
        self.add(exchange)

    async def page(self, wanted: Filter, *, before: int | None, limit: int) -> tuple[int, list[dict[str, Any]]]:
        """Return how many exchanges fit a filter and have an id below ``before``, and the newest of them as JSON."""
        found = self.find(task_uuid=wanted.task_uuid, task_type=wanted.task_type, status=wanted.status)
        fitting = [exchange for exchange in found if before is None or exchange.id < before]
        fitting.sort(key=lambda exchange: exchange.id, reverse=True)  # the journal has them in the order of their ends
        return len(fitting), [exchange.as_json() for exchange in fitting[:limit]]

    async def told(self, number: int) -> dict[str, Any] | None:
        """Return the exchange with that id as JSON, or None when it is gone or never was."""
        exchange = self.get(number)
        return exchange.as_json() if exchange is not None else None

    async def extent(self) -> tuple[int, int, int]:
        """Return how many exchanges are kept, the lowest id and the highest."""
        ids = [exchange.id for exchange in self] or [0]
        return len(self), min(ids), max(ids)

    async def forget(self) -> int:
        """Forget every exchange and return how many there were; numbering goes on."""
        return self.clear()


def cut_down(exchange: Exchange) -> Exchange:
    """Return an exchange cut down to what the journal shows, so that no entry can be large."""
    exchange.body, exchange.reply = elided(exchange.body), elided(exchange.reply)
    exchange.path, exchange.client = elided(exchange.path), elided(exchange.client)
    exchange.headers = {elided(name): elided(value) for name, value in redacted_headers(exchange.headers).items()}
    del exchange.tasks[MAX_ENTRIES:], exchange.violations[MAX_ENTRIES:]
    exchange.violations = [_cut(violation) for violation in exchange.violations]
    return exchange


def redacted_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers with secrets replaced."""
    return {name: "<redacted>" if name.lower() in SECRET_HEADERS else value for name, value in headers.items()}


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


def _cut(violation: Violation) -> Violation:
    texts = {name: elided(getattr(violation, name)) for name in ("pointer", "message", "source")}
    values = {name: elided(getattr(violation, name), MAX_SENT) for name in ("expected", "sent")}
    return replace(violation, **values, **texts)


def _members(violation: Violation) -> dict[str, Any]:
    return {name: getattr(violation, name) for name in violation.__slots__}
