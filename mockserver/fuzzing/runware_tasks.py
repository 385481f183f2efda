"""Tasks of Runware and their results: what makes one of its own, and what a result must have.

Source: docs/providers/runware.md, "Tasks" and "Errors".
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from genmock.validators import is_uuid

from .findings import Broken

OUTPUTS = {"URL": "imageURL", "base64Data": "imageBase64Data", "dataURI": "imageDataURI"}
ASKING = ("getResponse", "getTaskDetails")
RESIZING = ("outpaint", "hiresFix", "ultralytics")  # the picture may have another size than was ordered
SIDES = {"left": 0, "right": 0, "top": 1, "bottom": 1}  # of outpaint: what each adds to
SIDE_PX = 256  # where the document leaves both sides out
INLINE_PX = 2**20  # pixels of all pictures that are made before a reply


def fresh(task: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a task under a taskUUID that nobody used; one that is none of version 4 stays, and one that asks."""
    told = task.get("taskUUID") if isinstance(task, dict) else None
    is_own = isinstance(told, str) and is_uuid(told) and uuid.UUID(told).version == 4
    return {**task, "taskUUID": str(uuid.uuid4())} if is_own and task.get("taskType") not in ASKING else task


def parameters(error: Mapping[str, Any]) -> list[str]:
    """Return the members that an error names, dotted: several stand in an array, or with slashes between them."""
    told = error.get("parameter")
    names = told.split("/") if isinstance(told, str) else told if isinstance(told, list) else []
    return [str(name) for name in names]


def pointer_of(tasks: Any, name: str) -> str:  # noqa: ANN401 - any JSON value
    """Return the pointer within a task of a dotted name; "" for a member that no task has."""
    path = name.replace("[", ".").replace("]", "").split(".")
    has = any(isinstance(task, dict) and path[0] in task for task in tasks)
    return "".join(f"/{part}" for part in path) if has else ""


def size_of(task: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the size that a picture must have, in px; None where the task does not say."""
    width, height = task.get("width"), task.get("height")
    if (
        not isinstance(width, int)
        or not isinstance(height, int)
        or any(task.get(name) is not None for name in RESIZING)
    ):
        return None
    return width, height


def limit(task: dict[str, Any]) -> None:
    """Order fewer pictures where many large ones would be made at once, which takes its time."""
    at_once = "uploadEndpoint" in task or task.get("outputType", "URL") not in ("URL", ["URL"])
    sides = [task.get("width", SIDE_PX), task.get("height", SIDE_PX)]
    outpaint, count = task.get("outpaint"), task.get("numberResults")
    extensions = outpaint if isinstance(outpaint, dict) else {}
    for name, axis in SIDES.items():
        sides[axis] = number(sides[axis]) + number(extensions.get(name))
    if at_once and isinstance(count, int) and count > 1:
        pixels = max(1, number(sides[0]) * number(sides[1]))
        task["numberResults"] = min(count, max(1, INLINE_PX // pixels))


def number(value: object) -> int:
    """Return a whole number; 0 for anything else."""
    return value if isinstance(value, int) else 0


def belongs(item: Mapping[str, Any], task: Mapping[str, Any]) -> bool:
    """Return whether a result is one of a task's."""
    same = "taskUUID" not in task or item.get("taskUUID") == task["taskUUID"]
    return same and (task.get("taskType") in ASKING or item.get("taskType") == task.get("taskType"))


def of_result(task: Mapping[str, Any], item: Mapping[str, Any]) -> Iterator[Broken]:
    """Yield what a result lacks that its task ordered."""
    ordered = task.get("outputType", "URL")
    for output in [ordered] if isinstance(ordered, str) else ordered:
        if OUTPUTS.get(output, "") not in ("", *item):
            yield Broken("output", str(output), "/data/0", f"the result has no {OUTPUTS[output]}")
    cost = item.get("cost")
    if task.get("includeCost") is True and (isinstance(cost, bool) or not isinstance(cost, int | float) or cost < 0):
        yield Broken("cost", "includeCost", "/data/0/cost", f"the cost is {json.dumps(cost)}")
    if "seed" in task and item.get("seed") not in (None, task["seed"]):
        yield Broken("echo", "seed", "/data/0/seed", f"the seed is {item.get('seed')}, not {task['seed']}")
