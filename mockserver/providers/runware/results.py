"""A task's results as clients see them, by a poll, a webhook or the answer itself.

Source: docs/providers/runware.md, "Image results" and "Asynchronous tasks".
"""

import base64
from collections.abc import Mapping
from typing import Any

from ...canned import told
from ...faults.spoil import spoiled_base64
from ...tasks import TaskRecord
from ...world import World
from .media import MEDIA_TYPES, Medium, medium_file

HEAD = ("taskType", "taskUUID", "status", "imageUUID", "imageURL")  # what stands before the bytes of a medium


async def success_item(world: World, record: TaskRecord, index: int) -> dict[str, Any]:
    """Return the item of a result that came to be, its bytes in it where they were asked for. Raises MediumGone."""
    item = dict(record.results[index])
    kinds = record.detail.get("inline", ())
    if not kinds:
        return told(item, record.detail)
    text = base64.b64encode(await medium_file(world, Medium(record, index))).decode()
    members = {}
    if "base64Data" in kinds:
        members["imageBase64Data"] = text
    if "dataURI" in kinds:
        members["imageDataURI"] = f"data:{MEDIA_TYPES[record.detail['format']]};base64,{text}"
    how = record.detail.get("spoil_base64")
    if how:
        members = {name: spoiled_base64(value, how) for name, value in members.items()}
    head = {name: item.pop(name) for name in HEAD if name in item}
    return told({**head, **members, **item}, record.detail)


def processing_item(record: TaskRecord, index: int, progress: int) -> dict[str, Any]:
    """Return the item of a result that is not finished; the older Python client needs its imageUUID."""
    image = told(record.results[index], record.detail).get("imageUUID")
    named = {"imageUUID": image} if image else {}
    return {"taskType": record.type, "taskUUID": record.uuid, **named, "status": "processing", "progress": progress}


def failed_item(record: TaskRecord, error: Mapping[str, Any]) -> dict[str, Any]:
    """Return the item of a result that failed, in the form that stands in ``data``."""
    told = {"code": error["code"], "message": error["message"]}
    return {"taskType": record.type, "taskUUID": record.uuid, "status": "error", "error": told}


def with_status(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result as a poll shows it: with ``status`` after the identity."""
    head = {name: item[name] for name in ("taskType", "taskUUID") if name in item}
    return {**head, "status": "success", **{name: value for name, value in item.items() if name not in head}}
