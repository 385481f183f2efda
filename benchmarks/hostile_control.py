"""Hostile requests to the control API, made from a seed: bodies and queries of every operation, mutated."""

import copy
import json
from typing import Any
from urllib.parse import quote

from hostile_requests import Mutator

PREFIX = "/__genmock__"
MATCH = {"provider": "runware", "taskType": "image*", "model": "runware:*", "when": "task.width > 100"}
SCHEDULE = {"times": 2, "after": 0, "every": 1, "probability": 0.9}
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "error", "code": "timeoutProvider", "message": "x", "status": 503, "retryAfter": 2, "scope": "request"},
    {"kind": "error", "code": "providerTimeout", "scope": "result", "result": 1},
    {"kind": "latency", "seconds": 0.01, "distribution": "lognormal", "spread": 0.5},
    {"kind": "drop", "at": "body"},
    {"kind": "stall", "seconds": 0.01},
    {"kind": "truncate", "part": "base64"},
    {"kind": "corrupt", "part": "image"},
    {"kind": "schema", "change": "type", "pointer": "/data/0/taskUUID"},
    {"kind": "task_stall"},
    {"kind": "task_fail", "code": "timeoutProvider", "at": 50},
    {"kind": "task_expire"},
    {"kind": "duration", "seconds": 30},
    {"kind": "webhook_duplicate", "copies": 2},
    {"kind": "webhook_reorder"},
    {"kind": "webhook_lose"},
)
PREDICATES = (
    *("task.steps > 30", "has(task.webhookURL)", "task.steps / 0 == 1", "task.lora.exists(l, l.weight > 1)", "a.b"),
    *("task[0]", "task", "true", "1", "null", "'a'", "task.seed * task.seed > 0", "size(task.positivePrompt) > 9"),
    *("task.positivePrompt.matches('(a*)*b')", "task.positivePrompt.matches('(')", "(" * 200, "is_image_reference(1)"),
    *("int(task.positivePrompt) == 1", "timestamp(task.width) > timestamp(0)", "[1].all(a, [1].all(b, [1].all(c, 1)))"),
)
SCENARIOS = "flaky out-of-credits slow-provider webhook-chaos rate-limited flakey ../flaky %2e%2e%2fx".split()
QUERIES = (
    *("limit=1", "limit=0", "limit=1e3", "before=1", "before=-1", "state=pending", "state=x", "kind=upload"),
    *("taskUUID=a", "taskType=training", "status=200", "status=1", "form=published", "limit=%31", "a=b"),
)
MOVES = (0, 1, 0.5, 10, 3600, 10**9, 10**9 + 1, -1, 1e-300, "1", True, None)


class ControlMutator:
    """Makes hostile requests to the control API, from the choices and values of a Mutator.

    deliveries: ids that were listed.
    """

    def __init__(self, mutator: Mutator) -> None:
        self._mutator = mutator
        self._some = mutator.random
        self.deliveries: list[str] = []

    def request(self) -> tuple[str, str, list[tuple[bytes, bytes]], bytes]:
        """Return (method, path with query, headers, body)."""
        some = self._some
        method, path, body = some.choice(
            (self._faults, self._faults, self._faults, self._clock, self._scenario, self._delivery, self._looking)
        )()
        kind = b"application/json" if some.random() < 0.97 else some.choice((b"", b"text/plain", b"\xff"))
        method = method if some.random() < 0.98 else some.choice(("PUT", "HEAD", "PATCH", "X"))
        data = b"" if body is None else json.dumps(body).encode()
        if body is not None and some.random() < 0.05:
            data = self._mutator.damaged(data)
        return method, PREFIX + path, [(b"host", b"mock.test"), (b"content-type", kind)], data

    def _faults(self) -> tuple[str, str, Any]:
        some, faults = self._some, []
        for _ in range(some.choice((1, 1, 1, 2, 5))):
            fault = copy.deepcopy(some.choice(FAULTS))
            fault |= {name: SCHEDULE[name] for name in some.sample(list(SCHEDULE), some.randrange(3))}
            if some.random() < 0.5:
                fault["match"] = {name: MATCH[name] for name in some.sample(list(MATCH), some.randrange(1, 4))}
            if some.random() < 0.3:
                fault["match"] = {"when": some.choice(PREDICATES)}
            if some.random() < 0.2:
                fault["id"] = some.choice(("a", "a", "b/c", "\U0001f600", "x" * 300, "error-1"))
            faults.append(self._mutator.mutated(fault) if some.random() < 0.4 else fault)
        return "POST", "/faults", faults[0] if len(faults) == 1 else faults

    def _clock(self) -> tuple[str, str, Any]:
        body: Any = {"seconds": self._some.choice(MOVES)}
        return "POST", "/clock/advance", body if self._some.random() < 0.7 else self._mutator.mutated(body)

    def _scenario(self) -> tuple[str, str, Any]:
        return "POST", f"/scenarios/{self._some.choice(SCENARIOS)}", None

    def _delivery(self) -> tuple[str, str, Any]:
        some = self._some
        if some.random() < 0.2:
            return "POST", some.choice(("/deliveries/pause", "/deliveries/resume")), None
        name = some.choice(self.deliveries) if self.deliveries and some.random() < 0.8 else self._text()
        what = some.choice(("", "/replay", "/release"))
        return "POST" if what else "GET", f"/deliveries/{name}{what}", None

    def _looking(self) -> tuple[str, str, Any]:
        some = self._some
        query = "&".join(some.sample(QUERIES, some.randrange(3))) or f"taskUUID={self._text()}"
        path = some.choice(("/deliveries", "/journal", "/faults", "/scenarios", "/clock", "/settings", "/specs", "/x"))
        if some.random() < 0.1:
            return "DELETE", some.choice(("/journal", f"/faults/{self._text()}", "/faults/a")), None
        return "GET", f"{path}?{query}" if some.random() < 0.6 else path, None

    def _text(self) -> str:
        value = self._mutator.value()
        text = value if isinstance(value, str) else repr(value)
        return quote(text[:300].encode("utf-8", "replace"), safe="") or "-"
