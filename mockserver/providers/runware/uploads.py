"""imageUpload and mediaStorage: what clients store for later tasks.

Source: docs/providers/runware.md, "Utility tasks".
"""

from collections.abc import Mapping
from typing import Literal

from anyio import to_thread

from ...derive import derived_uuid
from ...media import Upload
from ...recipe import opened
from .errors import refusal
from .inputs import InputImage, read_image, read_reference
from .media import file_url, image_url
from .task import Answer, Task

# How a file's first bytes tell its media type and the ending of its URL.
SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"GIF8", "image/gif", "gif"),
    (b"BM", "image/bmp", "bmp"),
    (b"PK\x03\x04", "application/zip", "zip"),
)
MAX_SIDE_PX = 2048  # docs/providers/runware.md, "Utility tasks"
FORMATS: Mapping[str, Literal["JPG", "WEBP"]] = {"image/jpeg": "JPG", "image/webp": "WEBP"}
OTHER = ("application/octet-stream", "bin")


async def upload_image(task: Task) -> Answer:
    """Store an image that decodes. Raises TaskRefused for anything else."""
    image = await read_image(task, "image", "upload", str(task.item.get("image", "")))
    data = image.data if max(image.size) <= MAX_SIDE_PX else await to_thread.run_sync(reduced, image)
    uuid, media_type, extension = await _store(task, data)
    url = image_url(task.call.base_url, uuid, extension) if media_type.startswith("image/") else ""
    return Answer([{"taskType": task.type, "taskUUID": task.uuid, "imageUUID": uuid, "imageURL": url}])


def reduced(image: InputImage) -> bytes:
    """Return an image file with at most 2048 px a side, in the format that it came in, PNG for GIF and BMP."""
    from ...pictures import encode  # here: pictures load late, so that the first answer comes early

    picture = opened(image.data, image.size)
    picture.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX))
    return encode(picture, format=FORMATS.get(media_type_of(image.data)[0], "PNG"))


async def store_media(task: Task) -> Answer:
    """Store a file of any kind, or delete one. Raises TaskRefused."""
    operation = str(task.item.get("operation", "upload"))
    reference = str(task.item.get("media", ""))
    reply = {"taskType": task.type, "taskUUID": task.uuid, "operation": operation}
    if operation == "delete":
        if await task.call.world.uploads.get(reference) is None:
            raise refusal(task.call.errors, "mediaNotFound", parameter="media", value=reference)
        if not task.call.dry_run:
            await task.call.world.uploads.delete(reference)
        return Answer([{**reply, "mediaUUID": reference}])
    uuid, _, _ = await _store(task, await read_reference(task, "media", reference))
    return Answer([{**reply, "mediaUUID": uuid, "mediaURL": file_url(task.call.base_url, uuid)}])


async def _store(task: Task, data: bytes) -> tuple[str, str, str]:
    """Keep a file and return its UUID, media type and ending; a dry run keeps nothing."""
    uuid = derived_uuid(task.call.runtime.settings.seed, "upload", task.uuid)
    media_type, extension = media_type_of(data)
    if not task.call.dry_run:
        await task.call.world.uploads.put(uuid, Upload(data, media_type))
    return uuid, media_type, extension


def media_type_of(data: bytes) -> tuple[str, str]:
    """Return the media type and usual ending of a file, by its first bytes."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp", "webp"
    return next(((kind, ending) for head, kind, ending in SIGNATURES if data.startswith(head)), OTHER)
