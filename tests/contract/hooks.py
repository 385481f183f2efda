"""Hooks of schemathesis for the contract runs; it loads this file by its path.

A prose rule (``cacheEndStep`` is greater than ``cacheStartStep``) is not in the schema, so that schemathesis generates
requests that break one and expects them to be accepted. Those, and only those, are dropped, and noted for run.py.
"""

import json
import os
from pathlib import Path
from typing import Any

import httpx
import schemathesis

from genmock.specs import load_catalog
from genmock.validators import Violation, check_request, find_rule

# What run.py says of the run.
DOCUMENT = load_catalog().get(os.environ["CONTRACT_DOCUMENT"])
DROPPED = Path(os.environ["CONTRACT_DROPPED"])  # gets one line of JSON for each case that is dropped
TRAFFIC_URL = os.environ.get("CONTRACT_TRAFFIC_URL")  # where to send something before each call; for the journal
KEY = os.environ["CONTRACT_KEY"]

# What holds for the tasks of an array among each other; no overlay can say it of one task's schema.
ARRAY_RULES = frozenset({"authentication-first", "task-uuid-unique"})
TRAFFIC = (
    [{"taskType": "ping", "ping": True}],
    [{"taskType": "imageInference", "taskUUID": "no UUID", "model": "runware:108@1", "steps": "many"}],
)


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: Any) -> bool:
    """Keep a case unless it breaks prose rules and nothing else."""
    broken = broken_rules(case.body)
    if broken:
        published = not errors(check_request(DOCUMENT, case.body, rules=False))
        with DROPPED.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"rules": broken, "published": published}) + "\n")
    return not broken


def broken_rules(body: Any) -> list[str]:
    """Return the prose rules that a body breaks, each once; none when the schema under test refuses it anyway."""
    if not DOCUMENT.entry.task_types or not isinstance(body, list):
        return []
    found = errors(check_request(DOCUMENT, body))
    return sorted({violation.rule for violation in found}) if all(is_prose(each, body) for each in found) else []


def is_prose(violation: Violation, body: list[Any]) -> bool:
    """Return whether the rule of a violation is one that no schema says."""
    index = violation.pointer.split("/")[1:2]
    return violation.rule in ARRAY_RULES or bool(index and find_rule(DOCUMENT, body[int(index[0])], violation.rule))


def errors(violations: tuple[Violation, ...]) -> list[Violation]:
    """Return those that are not only warnings."""
    return [violation for violation in violations if violation.severity == "error"]


if TRAFFIC_URL:
    client = httpx.Client(base_url=TRAFFIC_URL, headers={"authorization": f"Bearer {KEY}"})

    @schemathesis.hook
    def before_call(context: schemathesis.HookContext, case: Any, kwargs: dict[str, Any]) -> None:
        """Give the journal something to tell: a request that is answered, and one that is refused."""
        for body in TRAFFIC:
            client.post("", json=body)
