"""What a fault is: a way to misbehave on purpose, whom it strikes, and when. The kinds are told in docs/faults.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from .predicate import predicate

Target = Literal["request", "task", "producer", "ping", "session"]


@dataclass(frozen=True, slots=True)
class Subject:
    """A task as faults see it, whichever provider it is for.

    operation: what the provider calls the kind of task. model: its model, or "". item: its members, for predicates.
    produces: whether it makes results; a poll or a ping does not. is_ping: whether it is a ping.
    """

    operation: str
    model: str
    item: Mapping[str, Any]
    produces: bool = True
    is_ping: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """Whom a fault strikes; what is "" holds for all. ``*`` stands for any text in all but ``when``.

    when: a CEL expression over ``task``.
    """

    provider: str = ""
    task_type: str = ""
    model: str = ""
    when: str = ""

    def allows(self, provider: str) -> bool:
        """Return whether tasks of a provider are meant."""
        return not self.provider or fnmatchcase(provider, self.provider)

    def fits(self, task: Subject) -> bool:
        """Return whether a task is meant; one that lacks what ``when`` reads is not."""
        if self.task_type and not fnmatchcase(task.operation, self.task_type):
            return False
        if self.model and not fnmatchcase(task.model, self.model):
            return False
        return not self.when or predicate(self.when).holds(task.item)

    @property
    def is_open(self) -> bool:
        """Whether every task is meant."""
        return not (self.task_type or self.model or self.when)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Which of its matches a fault strikes: not the first ``after``, then every ``every``-th, each with a probability.

    times: at most so many strikes; None: any number.
    """

    times: int | None = None
    after: int = 0
    every: int = 1
    probability: float = 1.0

    def strikes(self, number: int, draw: float) -> bool:
        """Return whether a match strikes, were there strikes left. number: 1 for the first. draw: 0 to 1, seeded."""
        late = number - self.after - 1
        return late >= 0 and late % self.every == 0 and draw < self.probability


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault.

    target: what it strikes: a request, a task, a task that produces results, a ping, or a session that is taken up.
    effect: what of it is changed; the first fault that strikes decides that. socket: it strikes frames alone, and no
    requests over HTTP.
    """

    target: Target
    effect: str
    socket: bool = False


KINDS: Mapping[str, Kind] = {  # the table of docs/faults.md
    "error": Kind("task", "error"),  # of a request or a result too: Fault.target, Fault.effect
    "reply": Kind("task", "reply"),  # of what makes something, with an image: Fault.target
    "latency": Kind("request", "latency_s"),
    "drop": Kind("request", "disorder"),
    "stall": Kind("request", "disorder"),
    "truncate": Kind("request", "disorder"),  # of base64 and images: Fault.target, Fault.effect
    "corrupt": Kind("request", "disorder"),
    "schema": Kind("request", "disorder"),
    "task_stall": Kind("producer", "stalls"),
    "task_fail": Kind("producer", "fails"),
    "task_expire": Kind("producer", "expires"),
    "duration": Kind("producer", "duration_s"),
    "webhook_duplicate": Kind("producer", "webhook_duplicates"),
    "webhook_reorder": Kind("producer", "webhook_reorder"),
    "webhook_lose": Kind("producer", "webhook_lose"),
    "frame_duplicate": Kind("request", "disorder", socket=True),
    "frame_reorder": Kind("request", "disorder", socket=True),
    "no_pong": Kind("ping", "silent", socket=True),
    "close": Kind("request", "disorder", socket=True),
    "resume_refuse": Kind("session", "refused", socket=True),
}
SCHEDULE = ("times", "after", "every", "probability")
COMMON = ("id", "kind", "match", *SCHEDULE)
_MATCH = {"provider": "provider", "taskType": "task_type", "model": "model", "when": "when"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. kind: a name of KINDS. parameters: the kind's own members, as specs/genmock/control.json has them."""

    id: str
    kind: str
    match: Match = field(default_factory=Match)
    schedule: Schedule = field(default_factory=Schedule)
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        """What it strikes."""
        scope = self.parameters.get("scope", "task") if self.kind == "error" else ""
        if scope == "request":
            return "request"
        canned = self.kind == "reply" and "image" in self.parameters
        if scope == "result" or canned or self._part in ("base64", "image"):
            return "producer"
        return KINDS[self.kind].target

    @property
    def effect(self) -> str:
        """The name of what it changes, in Strikes when a request is struck and in Effects when a task is."""
        if self.kind == "error" and self.parameters.get("scope") == "result":
            return "result_errors"
        return f"spoil_{self._part}" if self._part in ("base64", "image") else KINDS[self.kind].effect

    @property
    def counter(self) -> str:
        """The id under which its matches and strikes are counted."""
        return str(self.parameters.get("countWith", self.id))

    @property
    def _part(self) -> str:
        return str(self.parameters.get("part", "")) if self.kind in ("truncate", "corrupt") else ""

    def as_json(self) -> dict[str, Any]:
        """Return the fault as the control API and scenario files write it; what has its default is left out."""
        match = {name: value for name, field_ in _MATCH.items() if (value := getattr(self.match, field_))}
        usual = Schedule()
        schedule = {name: getattr(self.schedule, name) for name in SCHEDULE}
        unusual = {name: value for name, value in schedule.items() if value != getattr(usual, name)}
        return {"id": self.id, "kind": self.kind, **({"match": match} if match else {}), **unusual, **self.parameters}

    @classmethod
    def of_json(cls, value: Mapping[str, Any], fault_id: str = "") -> "Fault":
        """Return the fault that a checked JSON object says. fault_id: for one without an ``id``."""
        match = {_MATCH[name]: text for name, text in value.get("match", {}).items()}
        schedule = {name: value[name] for name in SCHEDULE if name in value}
        whole = {name: int(number) for name, number in schedule.items() if name != "probability"}  # 2.0 is an integer
        return cls(
            id=value.get("id", fault_id),
            kind=value["kind"],
            match=Match(**match),
            schedule=Schedule(**{**schedule, **whole}),
            parameters={name: member for name, member in value.items() if name not in COMMON},
        )


def named(values: Sequence[Mapping[str, Any]], taken: Sequence[str], prefix: str = "") -> list[Fault]:
    """Return the faults of checked JSON objects; one without an id gets the next free ``kind-number``.

    taken: ids that are set already. prefix: what such an id begins with.
    """
    ids = {*taken, *(value["id"] for value in values if "id" in value)}
    faults = []
    for value in values:
        number, name = 1, f"{prefix}{value['kind']}"
        while "id" not in value and f"{name}-{number}" in ids:
            number += 1
        faults.append(Fault.of_json(value, f"{name}-{number}"))
        ids.add(faults[-1].id)
    return faults
