"""What goes over a socket: results, polls, pongs and errors as frames, each an object with ``data`` or ``errors``.

Source of which frame holds what: docs/providers/runware.md, "WebSocket".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ...settings import Settings
from .errors import ErrorItem
from .task import Answer, Task

Frame = Mapping[str, Any]
CLIENT_LIMIT = 1024 * 1024  # bytes of a frame that clients' libraries take unless told; Python's websockets has it


def frames_of(task: Task, answer: Answer, settings: Settings) -> Sequence[Frame]:
    """Return a task's frames: a poll in one, every other item alone, then each error alone.

    Some clients read only the first item, or the first error, of a frame; others drop ``data`` beside ``errors``.
    """
    errors = [error_frame(error, settings) for error in answer.errors]
    if task.type != "getResponse":
        return [*({"data": [item]} for item in answer.data), *errors]
    return [{"data": answer.data}, *errors] if answer.data or not errors else errors


def error_frame(error: ErrorItem, settings: Settings) -> Frame:
    """Return the frame of one error. That of a key is in the shape that the settings say."""
    told = error.told(settings)
    if told.get("taskType") == "authentication" and settings.socket_key_error == "error":
        return {"error": told}
    return {"errors": [told]}
