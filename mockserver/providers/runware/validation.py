"""Holding one task to its contract: schema, prose rules, and the taskUUID that must be its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from genmock.validators import ASKING, Violation, check_task, repeated_task_uuid, shown

from ...derive import derived_uuid
from ...pipeline import Call
from .errors import TaskRefused, rank, refused_by
from .routing import Route
from .task import Task

PLAIN = ("authentication", "ping", *ASKING)  # tasks that are not kept, and whose taskUUID is not used up
V4_RULE = "task-uuid-v4"


async def validated(call: Call, index: int, item: Mapping[str, Any], route: Route, seen: dict[str, int]) -> Task:
    """Return the checked task. Raises TaskRefused for its first error, in the provider's order.

    seen: the tasks of the same request so far, by their taskUUIDs; this one is added.
    """
    mode = call.runtime.settings.contract
    found = check_task(route.document, route.judged, strict=mode == "strict")
    found = (*found, *_unnamed(item, route, found), *_repeated(index, item, route, seen))
    used = await _used(call, item, route)
    if not (found or used):
        return Task(call, index, _named(route.judged, item), route.document)
    violations = sorted((*found, *used), key=rank)
    call.exchange.violations += [violation.moved(f"/{index}") for violation in violations]
    wrong = [violation for violation in violations if violation.severity == "error"]
    if wrong and mode != "report":
        raise TaskRefused(refused_by(call.errors, wrong[0], route.document, route.judged))
    mended, wrong = route.judged, [violation for violation in wrong if violation not in used]  # what was used stays
    while wrong:  # once, unless there is more to say of a task than one check says
        broken, mended = mended, _mended(mended, wrong, derived_uuid(call.runtime.settings.seed, "task", index))
        wrong = [v for v in check_task(route.document, mended) if v.severity == "error"] if mended != broken else []
    return Task(call, index, _named(mended, item), route.document, violations)


def _named(judged: Mapping[str, Any], item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a task with the model that was sent, where it was judged by that of its base."""
    sent = item.get("model")
    return (
        judged if "model" not in judged or "model" not in item or judged["model"] == sent else {**judged, "model": sent}
    )


def _unnamed(item: Mapping[str, Any], route: Route, found: Sequence[Violation]) -> list[Violation]:
    """Return the violation of a task without a taskUUID that is a text, where a user's own document asks for none.

    Results, polls and media are found by it. Source: docs/providers/runware.md, "Tasks".
    """
    if isinstance(item.get("taskUUID"), str) or item.get("taskType") in PLAIN or _is_told(found):
        return []
    uuid, source = item.get("taskUUID"), "docs/providers/runware.md: every task has one"
    if uuid is not None:
        text = f"'taskUUID' must be a string, not {shown(uuid)}"
        return [Violation("type", "/taskUUID", text, expected="string", sent=uuid, source=source)]
    return [Violation("required", "", "'taskUUID' is missing", expected="taskUUID", sent=item, source=source)]


def _is_told(found: Sequence[Violation]) -> bool:
    """Return whether something is said of a task's taskUUID already."""
    return any(violation.pointer == "/taskUUID" or violation.expected == "taskUUID" for violation in found)


def _repeated(index: int, item: Mapping[str, Any], route: Route, seen: dict[str, int]) -> list[Violation]:
    """Return the violation of a taskUUID that an earlier task of the same request has."""
    uuid = item.get("taskUUID")
    if not isinstance(uuid, str) or item["taskType"] in ASKING:
        return []
    first = seen.setdefault(uuid.lower(), index)
    return [repeated_task_uuid(route.document, uuid, f"item {first}")] if first != index else []


async def _used(call: Call, item: Mapping[str, Any], route: Route) -> list[Violation]:
    """Return the violation of a taskUUID that this key used in an earlier request."""
    uuid = item.get("taskUUID")
    if not isinstance(uuid, str) or item["taskType"] in PLAIN or call.runtime.settings.reused_task_uuid == "allow":
        return []
    used = await call.world.tasks.is_used(call.key, uuid)
    return [repeated_task_uuid(route.document, uuid, "an earlier request")] if used else []


def _mended(item: Mapping[str, Any], wrong: list[Violation], task_uuid: str) -> dict[str, Any]:
    """Return a task that can be answered in report mode: members at fault left out, missing ones stood in for.

    A taskUUID that is a UUID, only not of version 4, stays: the client waits for it. task_uuid: for one that cannot.
    """
    blamed = {violation.pointer.split("/")[1] for violation in wrong if violation.pointer and violation.rule != V4_RULE}
    mended = {name: value for name, value in item.items() if name not in blamed or name in ("taskType", "model")}
    return mended if isinstance(mended.get("taskUUID"), str) else {**mended, "taskUUID": task_uuid}
