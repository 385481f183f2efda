"""The control API's view of deliveries: listing, repeating, pausing, and releasing one while all are paused."""

from typing import Any

from starlette.responses import Response

from genmock.validators import shown

from .control_requests import Problem, Values, reply
from .deliveries import Attempt, Found, Wanted, find, is_paused, page, release, replay, set_paused
from .runtime import Runtime

ACCEPTED = 202  # the attempt is made by the courier, soon


async def list_deliveries(runtime: Runtime, values: Values) -> Response:
    """Answer the deliveries that fit the filters, the newest first."""
    store = runtime.world.store
    wanted = Wanted(
        state=values.get("state", ""),
        kind=values.get("kind", ""),
        task_uuid=values.get("taskUUID", ""),
        before=values.get("before"),
    )
    listed = await page(store, wanted, limit=values.get("limit", 100))
    return reply({"paused": await is_paused(store), "deliveries": [_delivery_json(found) for found in listed]})


async def get_delivery(runtime: Runtime, values: Values) -> Response:
    """Answer one delivery. Raises Problem with status 404."""
    return reply(_delivery_json(await _found(runtime, values["id"])))


async def replay_delivery(runtime: Runtime, values: Values) -> Response:
    """Answer a new delivery of the same content, which is attempted soon. Raises Problem with status 404."""
    found = await _found(runtime, values["id"])
    name = await replay(runtime.world.store, found, now=runtime.clock.now())
    again = await _found(runtime, name)
    runtime.courier.nudge()
    return reply(_delivery_json(again), ACCEPTED)


async def release_delivery(runtime: Runtime, values: Values) -> Response:
    """Have a pending delivery attempted soon, paused or not.

    Raises Problem: 404, or 409 when it is not pending, or its task is not done.
    """
    found = await _found(runtime, values["id"])
    if found.delivery.state != "pending":
        raise Problem(409, f"the delivery is {found.delivery.state}, not pending; replay it to send its content again.")
    begun = any(delivery.attempts for delivery in found.job.deliveries)
    if not begun and found.job.due_at > runtime.clock.now():
        raise Problem(409, "the task is not done, so there is nothing to send yet; wait for it, or move the clock.")
    await release(runtime.world.store, found, now=runtime.clock.now())
    runtime.courier.nudge()
    return reply(_delivery_json(found), ACCEPTED)


async def pause_deliveries(runtime: Runtime, _: Values) -> Response:
    """Begin no more attempts, in any process, until deliveries are resumed."""
    await set_paused(runtime.world.store, True)
    return reply({"paused": True})


async def resume_deliveries(runtime: Runtime, _: Values) -> Response:
    """Make what is due, and go on."""
    await set_paused(runtime.world.store, False)
    runtime.courier.nudge()
    return reply({"paused": False})


async def _found(runtime: Runtime, delivery_id: str) -> Found:
    found = await find(runtime.world.store, delivery_id)
    if found is None:
        raise Problem(
            404, f"there is no delivery {shown(delivery_id)}; GET /__genmock__/deliveries lists those there are."
        )
    return found


def _delivery_json(found: Found) -> dict[str, Any]:
    delivery, job = found.delivery, found.job
    due = delivery.state == "pending" and found.index == job.next
    return {
        "id": delivery.id,
        "number": found.number,
        "provider": job.provider,
        "taskUUID": job.task_uuid,
        "kind": delivery.kind,
        "result": delivery.result,
        "url": delivery.url,
        "state": delivery.state,
        "dueAt": job.due_at if due else None,  # infinity is null too: a task that never ends
        "repeats": delivery.repeats or None,
        "attempts": [_attempt_json(attempt) for attempt in delivery.attempts],
    }


def _attempt_json(attempt: Attempt) -> dict[str, Any]:
    return {
        "at": attempt.at,
        "status": attempt.status or None,
        "error": attempt.error,
        "durationSeconds": attempt.duration_s,
    }
