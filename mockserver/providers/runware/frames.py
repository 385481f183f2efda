"""What goes over a socket: results, polls, pongs and errors as frames, each an object with ``data`` or ``errors``.

Source of which frame holds what: docs/providers/runware.md, "WebSocket".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from genmock.specs import Document
from genmock.validators import ASKING

from ...json_codec import loads
from ...settings import Settings
from .errors import ErrorItem
from .task import Answer, Task

CLIENT_LIMIT = 1024 * 1024  # bytes of a frame that clients' libraries take unless told; Python's websockets has it


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. status: what HTTP would have said. document: what its items fit; None: the utilities' document."""

    body: Mapping[str, Any]
    status: int = 200
    document: Document | None = None


def frames_of(task: Task, answer: Answer, settings: Settings) -> Sequence[Frame]:
    """Return a task's frames: a poll in one, every other item alone, then each error alone.

    Some clients read only the first item, or the first error, of a frame; others drop ``data`` beside ``errors``.
    """
    errors = [error_frame(error, settings) for error in answer.errors]
    if task.type != "getResponse":
        return [*(item_frame(task, item) for item in answer.data), *errors]
    polled = Frame({"data": answer.data}, document=task.document)
    return [polled, *errors] if answer.data or not errors else errors


def item_frame(task: Task, item: Mapping[str, Any]) -> Frame:
    """Return the frame of one item of a task."""
    return Frame({"data": [item]}, document=task.document)


def error_frame(error: ErrorItem, settings: Settings) -> Frame:
    """Return the frame of one error. That of a key is in the shape that the settings say."""
    told = error.told(settings)
    if told.get("parameter") == "apiKey":  # the page that documents this frame has it so
        told = {
            "code": told.pop("code"),
            "message": told.pop("message"),
            "parameter": "apiKey",
            "type": "string",
        } | told
    if told.get("taskType") == "authentication" and settings.socket_key_error == "error":
        return Frame({"error": told}, error.status)
    return Frame({"errors": [told]}, error.status)


def acknowledged(frame: bytes) -> str:
    """Return the taskUUID, in lower case, of a frame that only acknowledges a task; "" for any other."""
    try:
        body = loads(frame)
    except ValueError:  # a fault spoiled it
        return ""
    items = body.get("data") if isinstance(body, dict) else None
    one = items[0] if isinstance(items, list) and len(items) == 1 else None
    return str(one["taskUUID"]).lower() if isinstance(one, dict) and set(one) == {"taskType", "taskUUID"} else ""


def task_uuids(body: Any) -> Sequence[str]:  # noqa: ANN401 - any JSON value
    """Return the taskUUIDs, in lower case, of the tasks of a frame that are to be done; polls name those of others."""
    tasks = [item for item in body if isinstance(item, dict) and item.get("taskType") not in ASKING]
    return [str(task["taskUUID"]).lower() for task in tasks if "taskUUID" in task]


def addressed(error: ErrorItem, body: Any) -> Sequence[ErrorItem]:  # noqa: ANN401 - any JSON value
    """Return the error of a whole frame once for each of its tasks, named; once where it has none that could be.

    An error without a taskUUID fails every task that is under way with new Python, new TypeScript and the CLI: only
    those of authentication, which name that task, go without.
    """
    tasks = [item for item in (body if isinstance(body, list) else [body]) if isinstance(item, dict)]
    named = [item for item in tasks if item.get("taskType") != "authentication"]
    if error.members.get("taskType") == "authentication" or not named:
        return [error]
    return [error.with_task(item.get("taskType"), item.get("taskUUID")) for item in named]
