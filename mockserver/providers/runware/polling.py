"""getResponse: what became of a task so far. Reading it changes nothing.

Source: docs/providers/runware.md, "Asynchronous tasks".
"""

from collections.abc import Mapping
from math import inf
from typing import Any

from ...drawing import MediumGone
from ...tasks import TaskRecord, TaskState, state_at
from .errors import item_of, refusal
from .producing import pending
from .results import failed_item, processing_item, success_item, with_status
from .task import Answer, Task


async def get_response(task: Task) -> Answer:
    """Return the state of each result of an earlier task: all that there is, at every poll.

    Raises TaskRefused when there is none, or no longer; with the setting unknown_task "empty" there is no data then, as
    was reported.
    """
    call = task.call
    record = await call.world.tasks.get(call.key, task.uuid)
    if record is None:
        if call.runtime.settings.unknown_task == "empty":
            return Answer()
        raise refusal(call.errors, "taskNotFound", parameter="taskUUID", value=task.uuid)
    together = call.runtime.settings.result_progress == "together"
    production = await pending(call.runtime, record)
    if production is None and record.ends_at == inf:  # it may have ended just now
        record = await call.world.tasks.get(call.key, task.uuid) or record
    state = state_at(record, call.world.clock.now(), production, together=together)
    if state.status == "expired":
        raise refusal(call.errors, "taskExpired", parameter="taskUUID", value=task.uuid)
    return await _told(task, record, state)


async def _told(task: Task, record: TaskRecord, state: TaskState) -> Answer:
    answer = Answer()
    for index, result in enumerate(state.told):
        if result.error is not None:
            _fail(task, record, result.error, answer)
        elif result.status == "success":
            try:
                answer.data.append(with_status(await success_item(task.call.world, record, index)))
            except MediumGone:
                gone = refusal(task.call.errors, "mediaExpired").item.with_task(record.type, record.uuid)
                _fail(task, record, gone.as_json(), answer)
        else:
            answer.data.append(processing_item(record, index, state.progress))
    return answer


def _fail(task: Task, record: TaskRecord, error: Mapping[str, Any], answer: Answer) -> None:
    """Put a failed result where the settings want it. The poll itself is a success: status 200."""
    if task.call.runtime.settings.poll_failures == "data":
        answer.data.append(failed_item(record, error))
    else:
        answer.errors.append(item_of({**error, "status": "error"}, 200))
