"""The platform's own tasks: keep-alive, account details, past tasks, model search.

Source: docs/providers/runware.md, "Utility tasks".
"""

from typing import Any

from genmock.specs import Catalog
from genmock.validators import misplaced_authentication

from ...canned import told
from ...derive import derived_uuid
from ...tasks import state_at
from .errors import refusal
from .task import Answer, Task
from .trained import found_models

ORGANISATION = "genmock"


async def ping(task: Task) -> Answer:
    """Answer a ping; a taskUUID is echoed when there is one."""
    echoed = {"taskUUID": task.uuid} if task.uuid else {}
    return Answer([{"taskType": "ping", "pong": True, **echoed}])


async def repeated_authentication(task: Task) -> Answer:
    """Refuse an authentication task that is not the first of its request."""
    task.call.exchange.violations.append(misplaced_authentication(task.document, task.index))
    raise refusal(task.call.errors, "misplacedAuthentication", parameter="taskType")


async def account_details(task: Task) -> Answer:
    """Return the account behind the key: its balance and what it spent."""
    call = task.call
    seed = call.runtime.settings.seed
    accounts = call.world.accounts
    spent = float(await accounts.spent(call.key))
    period = {"credits": spent, "requests": await accounts.requests(call.key)}
    return Answer(
        [
            {
                "taskType": task.type,
                "taskUUID": task.uuid,
                "operation": "getDetails",
                "organizationUUID": derived_uuid(seed, "organization", call.key),
                "organizationName": ORGANISATION,
                "balance": {
                    "amount": float(await accounts.balance(call.key)),
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
    """Return an earlier task of the same key with what it came to so far. Raises TaskRefused when there is none."""
    call = task.call
    archived = await call.world.tasks.archived(call.key, task.uuid)
    if archived is None:
        raise refusal(call.errors, "taskNotFound", parameter="taskUUID", value=task.uuid)
    data, errors = list(archived.data), list(archived.errors)
    record = await call.world.tasks.get(call.key, task.uuid)
    if record is not None and not errors:
        together = call.runtime.settings.result_progress == "together"
        state = state_at(record.lasting, call.world.clock.now(), together=together)
        finished = (item for item, each in zip(record.results, state.results, strict=True) if each.status == "success")
        data = [told(item, record.detail) for item in finished]
        errors = [each.error for each in state.told if each.error is not None]
    response = {"data": data} if data or not errors else {}
    response |= {"errors": errors} if errors else {}
    return Answer(
        [{"taskType": task.type, "taskUUID": task.uuid, "request": [dict(archived.item)], "response": response}]
    )


async def search_models(task: Task) -> Answer:
    """Return the models whose name or AIR holds the search text: those of our documents, and those trained here."""
    call, text = task.call, str(task.item.get("search", "")).lower()
    visibility = str(task.item.get("visibility", "all"))
    known = [*_shipped(call.runtime.catalog, visibility), *await found_models(call, visibility=visibility)]
    found = [model for model in known if text in f"{model['air']} {model['name']}".lower()]
    offset, limit = int(task.item.get("offset", 0)), int(task.item.get("limit", 20))
    page = [dict(model) for model in found[offset : offset + limit]]
    return Answer([{"taskType": task.type, "taskUUID": task.uuid, "totalResults": len(found), "results": page}])


def _shipped(catalog: Catalog, visibility: str) -> list[dict[str, Any]]:
    """Return the models that this server has documents for; all of them are public, and nobody's here."""
    if visibility not in ("all", "public"):
        return []
    rest = {"category": "checkpoint", "private": False, "source": ORGANISATION}
    return [{"air": entry.model, "name": entry.title, **rest} for entry in catalog.entries if entry.model]
