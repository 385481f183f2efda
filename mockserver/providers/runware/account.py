"""The platform's own tasks: keep-alive, account details, past tasks, polling, model search.

Source: docs/providers/runware.md, "Utility tasks".
"""

from collections.abc import Mapping
from typing import Any

from genmock.validators import misplaced_authentication

from ...derive import derived_uuid
from ...world import TaskRecord
from .errors import refusal
from .task import Answer, Task

ORGANISATION = "genmock"


async def ping(task: Task) -> Answer:
    """Answer a ping; a taskUUID is echoed when there is one."""
    echoed = {"taskUUID": task.uuid} if task.uuid else {}
    return Answer([{"taskType": "ping", "pong": True, **echoed}])


async def repeated_authentication(task: Task) -> Answer:
    """Refuse an authentication task that is not the first of its request."""
    task.call.exchange.violations.append(misplaced_authentication(task.document, task.index))
    raise refusal(task.call.runtime.errors, "misplacedAuthentication", parameter="taskType")


async def account_details(task: Task) -> Answer:
    """Return the account behind the key: its balance and what it spent."""
    call = task.call
    seed = call.runtime.settings.seed
    spent = float(call.world.accounts.spent(call.key))
    period = {"credits": spent, "requests": call.world.accounts.requests(call.key)}
    return Answer(
        [
            {
                "taskType": task.type,
                "taskUUID": task.uuid,
                "operation": "getDetails",
                "organizationUUID": derived_uuid(seed, "organization", call.key),
                "organizationName": ORGANISATION,
                "balance": {
                    "amount": float(call.world.accounts.balance(call.key)),
                    "freeBalance": 0,
                    "currency": "USD",
                },
                "team": [],
                "apiKeys": [],
                "usage": {"total": period, "today": period, "last7Days": period, "last30Days": period},
            }
        ]
    )


async def task_details(task: Task) -> Answer:
    """Return an earlier task of the same key with its reply. Raises TaskRefused when there is none."""
    record = _record(task)
    response = {"data": list(record.data)} if record.data else {"errors": list(record.errors)}
    return Answer(
        [{"taskType": task.type, "taskUUID": task.uuid, "request": [dict(record.item)], "response": response}]
    )


async def get_response(task: Task) -> Answer:
    """Return the results of an earlier task, each marked as a success.

    Raises TaskRefused when there is none; with the setting unknown_task "empty" there is no data then, as was reported.
    """
    known = task.call.world.tasks.get(task.call.key, task.uuid) is not None
    if not known and task.call.runtime.settings.unknown_task == "empty":
        return Answer()
    record = _record(task)
    if record.item.get("taskType") != "imageInference":
        raise _not_found(task)
    return Answer([_polled(item) for item in record.data])


async def search_models(task: Task) -> Answer:
    """Return the models that this server has documents for and whose name or AIR holds the search text."""
    text = str(task.item.get("search", "")).lower()
    entries = [entry for entry in task.call.runtime.catalog.entries if entry.model]
    found = [entry for entry in entries if text in f"{entry.model} {entry.title}".lower()]
    offset, limit = int(task.item.get("offset", 0)), int(task.item.get("limit", 20))
    models = [
        {"air": entry.model, "name": entry.title, "category": "checkpoint", "private": False, "source": ORGANISATION}
        for entry in found[offset : offset + limit]
    ]
    return Answer([{"taskType": task.type, "taskUUID": task.uuid, "totalResults": len(found), "results": models}])


def _record(task: Task) -> TaskRecord:
    record = task.call.world.tasks.get(task.call.key, task.uuid)
    if record is None:
        raise _not_found(task)
    return record


def _not_found(task: Task) -> Exception:
    return refusal(task.call.runtime.errors, "taskNotFound", parameter="taskUUID", value=task.uuid)


def _polled(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result as a poll shows it: with ``status`` after the identity."""
    head = {name: item[name] for name in ("taskType", "taskUUID") if name in item}
    return {**head, "status": "success", **{name: value for name, value in item.items() if name not in head}}
