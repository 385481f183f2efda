"""Hooks of schemathesis for the contract runs; it loads this file by its path.

A prose rule (``cacheEndStep`` is greater than ``cacheStartStep``) is not in the schema, so that schemathesis generates
requests that break one and expects them to be accepted. Those, and only those, are dropped, and noted for run.py.

A training needs a dataset that is there and an AIR of the documented form, and no schema says so: every text that a
generated training names its dataset by gives way to that of an uploaded one, and every text that is no AIR to one. In
the same way a result can only be delivered where somebody takes it: the URLs in requests that keep the contract become
that of a receiver.
"""

import json
import os
import re
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
DATASET = os.environ.get("CONTRACT_DATASET")  # the UUID of an uploaded ZIP file of pictures; for trainings
KEY = os.environ["CONTRACT_KEY"]
RECEIVER = os.environ["CONTRACT_RECEIVER"]  # the URL of one that takes every result
DELIVERIES = ("webhookURL", "uploadEndpoint")
AIR = re.compile(r"[^:@ ]+:[^@ ]+@[^@ ]+")
MIN_AIR = 1 if DOCUMENT.id == "runware-qwen-image-style-lora-training" else 0  # characters, by the published schema

# What holds for the tasks of an array among each other; no overlay can say it of one task's schema.
ARRAY_RULES = frozenset({"authentication-first", "task-uuid-unique"})
TRAFFIC = (
    [{"taskType": "ping", "ping": True}],
    [{"taskType": "imageInference", "taskUUID": "no UUID", "model": "runware:108@1", "steps": "many"}],
)


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: Any) -> bool:
    """Keep a case unless it breaks prose rules and nothing else."""
    if DATASET:
        case.body = trainable(case.body)
    if TRAFFIC_URL:
        case.body = settable(case.body)
    broken = broken_rules(case.body)
    if broken:
        published = not errors(check_request(DOCUMENT, case.body, rules=False))
        with DROPPED.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"rules": broken, "published": published}) + "\n")
    elif DOCUMENT.entry.task_types and isinstance(case.body, list) and not errors(check_request(DOCUMENT, case.body)):
        case.body = [delivered(task) for task in case.body]
    return not broken


def trainable(body: Any) -> Any:
    """Return a body whose trainings can be done, as far as they fit the schema."""
    return [with_air(with_dataset(task)) for task in body] if isinstance(body, list) else body


def delivered(task: Any) -> Any:
    """Return a task whose results go to the receiver, where they went anywhere."""
    return {name: RECEIVER if name in DELIVERIES else member for name, member in task.items()}


def with_dataset(task: Any) -> Any:
    """Return a task with a dataset that is there, if it names one by any text: the schemas ask for no more."""
    inputs = task.get("inputs") if isinstance(task, dict) else None
    if not isinstance(inputs, dict) or not isinstance(inputs.get("dataset"), str):
        return task
    return {**task, "inputs": {**inputs, "dataset": DATASET}}


def with_air(task: Any) -> Any:
    """Return a task with an AIR, if it has a text that its schema takes for one."""
    about = task.get("importModel") if isinstance(task, dict) else None
    air = about.get("air") if isinstance(about, dict) else None
    if not isinstance(about, dict) or not isinstance(air, str) or AIR.fullmatch(air) or len(air) < MIN_AIR:
        return task
    return {**task, "importModel": {**about, "air": "contract:run@1"}}


def settable(body: Any) -> Any:
    """Return faults that can be set, as far as they fit the schema: their code is one, and their predicate CEL.

    They strike no provider that there is, so that the traffic goes on.
    """
    if isinstance(body, list):
        return [settable(fault) for fault in body]
    if not isinstance(body, dict):
        return body
    match = body.get("match", {})
    if isinstance(match, dict):
        when = {"when": "task.steps > 1"} if match.get("when") and isinstance(match["when"], str) else {}
        spared = {"provider": "nobody"} if isinstance(match.get("provider", ""), str) else {}
        body = {**body, "match": {**match, **when, **spared}}
    code = {"code": "modelNotFound"} if body.get("code") and isinstance(body["code"], str) else {}
    return {**body, **code}


def broken_rules(body: Any) -> list[str]:
    """Return the prose rules that a body breaks, each once; none when the schema under test refuses it anyway."""
    if TRAFFIC_URL and isinstance(body, list):
        ids = [fault["id"] for fault in body if isinstance(fault, dict) and isinstance(fault.get("id"), str)]
        return ["fault-id"] if len(ids) != len(set(ids)) else []
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
        if not case.path.startswith("/journal"):
            return
        httpx.delete(client.base_url.join("/__genmock__/faults"))  # a scenario's would slow the traffic down
        for body in TRAFFIC:
            client.post("", json=body)
