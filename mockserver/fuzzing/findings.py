"""What a fuzzed server did wrong: a law that it broke, where, and the request that shows it."""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SHOWN = 600  # characters of a reply that are kept
_INDEX = re.compile(r"/\d+(?=/|\Z)")

# Each law by its name. A finding says by which rule, and where, it was broken.
LAWS = {
    "answer": "every request is answered in time, and not with a server's error",
    "refused": "a request that breaks its contract is refused",
    "accepted": "a request that keeps its contract is accepted",
    "status": "the status is one that the document declares",
    "error": "an error has the documented shape",
    "place": "an error names the member at fault",
    "scope": "an error names the task at fault, and the other tasks are answered",
    "reply": "a reply fits the document",
    "echo": "a result carries the taskType and the taskUUID of its task",
    "count": "there are as many results as were ordered",
    "cost": "a cost is told where it was asked for",
    "output": "a result has what its output type says",
    "task": "a task that was accepted comes to its end",
    "picture": "a picture can be decoded, in the format and the size that were ordered",
    "same": "the same request with the same seed gives the same picture",
    "schemathesis": "schemathesis has nothing to object",
}
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Broken:
    """One law that a reply broke.

    rule: what of the law, or the rule of the contract. pointer: where, as a JSON pointer into the request or the reply;
    for schemathesis the operation.
    """

    law: str
    rule: str
    pointer: str
    message: str

    @property
    def key(self) -> Key:
        """What makes it the same finding as another: array indexes do not count."""
        return self.law, self.rule, _INDEX.sub("/*", self.pointer)


@dataclass(frozen=True)
class Sent:
    """A request and its reply, as far as they are shown. body: JSON. status: 0 where nothing came.

    line: for a shell, where another tool has written it.
    """

    method: str
    url: str
    body: Any
    status: int
    reply: str
    line: str = ""

    def curl(self) -> str:
        """Return the request as a line for a shell; the key is to be in the variable FUZZ_KEY."""
        if self.line:
            return self.line
        parts = [f"curl -X {self.method} {shlex.quote(self.url)}", '-H "Authorization: Bearer $FUZZ_KEY"']
        if self.body is not None:
            data = json.dumps(self.body, ensure_ascii=False)
            parts += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(data)}"]
        return " ".join(parts)


@dataclass(frozen=True)
class Case:
    """A message to try again. kind: the part of the run. operation: as the strategies take it, None for the only one.

    item: the message. rule, pointer, member, name: how it breaks its contract, for one that does.
    """

    kind: str
    operation: str | None
    item: Any
    rule: str = ""
    pointer: str = ""
    member: str = ""
    name: str = ""


@dataclass(frozen=True)
class Finding:
    """A law that was broken, with the smallest request that was found to show it."""

    broken: Broken
    sent: Sent
    case: Case | None = None

    @property
    def title(self) -> str:
        """The finding as one line."""
        where = f" at {self.broken.key[2]}" if self.broken.pointer else ""
        return f"{self.broken.law}: {self.broken.rule}{where}: {self.broken.message}"

    @property
    def as_json(self) -> dict[str, Any]:
        """The finding as plain JSON values."""
        broken, sent = self.broken, self.sent
        request = {"method": sent.method, "url": sent.url, "body": sent.body}
        return {
            "law": broken.law,
            "rule": broken.rule,
            "pointer": broken.pointer,
            "message": broken.message,
            "mutation": self.case.name if self.case else "",
            "request": request,
            "reply": {"status": sent.status, "body": sent.reply},
            "curl": sent.curl(),
        }


@dataclass(frozen=True)
class Report:
    """What a run came to. sent: how many requests of each part. findings: each once. spent_s: seconds.

    stopped: why it ended before it was done; "" when it was done.
    """

    url: str
    document: str
    seed: int
    sent: Mapping[str, int]
    findings: Sequence[Finding]
    spent_s: float
    stopped: str = ""
    notes: Sequence[str] = field(default=())

    @property
    def as_json(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return {
            "url": self.url,
            "document": self.document,
            "seed": self.seed,
            "seconds": round(self.spent_s, 3),
            "stopped": self.stopped,
            "sent": dict(self.sent),
            "notes": list(self.notes),
            "findings": [finding.as_json for finding in self.findings],
        }
