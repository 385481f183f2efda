"""Input images of a task: by UUID, URL, data URI or base64, read with limits and refused in the provider's words.

Source: docs/providers/runware.md, "Images as inputs".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from anyio import to_thread

from genmock.validators import decode_inline, is_url, is_uuid

from ...drawing import MediumGone
from ...fetch import FetchFailed, HostNotAllowed, fetch
from ...media import content_id
from .errors import refusal
from .media import find_medium, media_name, medium_file
from .task import Task

# The members that hold images, by what the image does. A dotted path; [] stands for each element.
ROLES = {
    "inputs.seedImage": "seed",
    "inputs.maskImage": "mask",
    "controlNet[].guideImage": "guide",
    "ipAdapters[].guideImages[]": "guide",
    "acePlusPlus.images[]": "guide",
    "acePlusPlus.masks[]": "mask",
    "pulid.images[]": "guide",
}
HOLDING = frozenset(path.partition(".")[0].removesuffix("[]") for path in ROLES)  # the members that they are in


@dataclass(frozen=True, slots=True)
class InputImage:
    """An image that a task refers to.

    member: its dotted name. data: the encoded file, whose name in the store is ``content``. size: (width, height) px.
    """

    member: str
    role: str
    data: bytes
    size: tuple[int, int]

    @property
    def content(self) -> str:
        """The name of the file in the store."""
        return content_id(self.data)


async def read_inputs(task: Task) -> list[InputImage]:
    """Return a task's input images in a fixed order. Raises TaskRefused for the first that cannot be used."""
    if HOLDING.isdisjoint(task.item):
        return []
    return [
        await read_image(task, member, role, reference)
        for path, role in ROLES.items()
        for member, reference in _find(task.item, path.replace("[]", ".[]").split("."), "")
        if isinstance(reference, str)
    ]


async def read_image(task: Task, member: str, role: str, reference: str) -> InputImage:
    """Return the image that one reference names. Raises TaskRefused."""
    from ...pictures import ImageRejected, ImageTooLarge, decode  # here: loaded late, for an early first answer

    settings, errors = task.call.runtime.settings, task.call.errors
    data = await read_reference(task, member, reference)
    try:
        reading = partial(decode, data, max_bytes=settings.max_body, max_pixels=settings.max_image_pixels)
        image = await to_thread.run_sync(reading)
    except ImageRejected as error:
        code = "imageTooLarge" if isinstance(error, ImageTooLarge) else "invalidImage"
        raise refusal(errors, code, parameter=member, reason=str(error)) from None
    return InputImage(member, role, data, image.size)


async def read_reference(task: Task, member: str, reference: str) -> bytes:
    """Return the bytes that a UUID, URL, data URI or base64 text stands for. Raises TaskRefused."""
    call, errors = task.call, task.call.errors
    own = media_name(reference, call.base_url)
    if own is not None or is_uuid(reference):
        found = await _held(task, own or reference)
        if found is None:
            raise refusal(errors, "imageNotFound", parameter=member, value=reference)
        return found
    if is_url(reference):
        return await _fetched(task, member, reference)
    inline = decode_inline(reference)
    if inline is None:
        raise refusal(errors, "invalidImage", parameter=member, reason="it is no UUID, URL, data URI or base64")
    return inline


async def _held(task: Task, name: str) -> bytes | None:
    """Return the file of an uploaded or produced image, or None."""
    world = task.call.world
    upload = await world.uploads.get(name)
    if upload is not None:
        return upload.data
    medium = await find_medium(world, name)
    try:
        return await medium_file(world, medium) if medium is not None else None
    except MediumGone:
        return None


async def _fetched(task: Task, member: str, url: str) -> bytes:
    settings, errors = task.call.runtime.settings, task.call.errors
    try:
        return (await fetch(url, hosts=settings.allow_host, max_bytes=settings.max_body)).data
    except HostNotAllowed:
        raise refusal(errors, "inputHostNotAllowed", parameter=member, value=url) from None
    except FetchFailed as error:
        raise refusal(errors, "imageDownloadFailed", parameter=member, value=url, reason=str(error)[:200]) from None


def _find(value: Any, path: list[str], name: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON value
    """Yield (dotted name, value) for each place that a path leads to."""
    if not path:
        yield name, value
    elif path[0] == "[]":
        for index, element in enumerate(value if isinstance(value, list) else ()):
            yield from _find(element, path[1:], f"{name}.{index}")
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _find(value[path[0]], path[1:], f"{name}.{path[0]}".lstrip("."))
