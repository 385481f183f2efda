"""imageInference: a task's results, priced and named; the pictures are drawn when they are fetched.

Source: docs/providers/runware.md, "Result items".
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from starlette.requests import ClientDisconnect

from genmock.validators import with_defaults

from ...derive import derived_seed, derived_uuid
from ...media import Picture
from .errors import refusal
from .inputs import InputImage, read_inputs
from .media import EXTENSIONS, MEDIA_TYPES, image_url, picture_file
from .recipe import recipe_of
from .task import Answer, Task

DEFAULT_SIZE = (1024, 1024)
MIN_SIDE_PX, MAX_SIDE_PX = 128, 2048  # the documents' own bounds
MAX_DRAWN_PX = 8192  # a side, enlargement included
MAX_TTL_S = 10**10  # 300 years: the documents set no bound, floats do
MAX_SEED = 9_223_372_036_854_776_000  # the documents' own bound
UNSAFE_WORDS = re.compile(r"\b(nsfw|nude|naked|gore)\b", re.I)  # what our safety check finds; no provider's list


async def answer(task: Task) -> Answer:
    """Return the results of an imageInference task. Raises TaskRefused."""
    filled = _present(with_defaults(task.document, task.item))
    inputs = await read_inputs(task)
    size = _size(task, filled, inputs)
    _check_outpaint(task, filled, inputs, size)
    scale = _scale(filled)
    _check_drawable(task, filled, size, scale)
    price = _price(task, filled, size, scale)
    count = int(filled.get("numberResults", 1))
    task.charge(price * count)
    first_seed = filled.get("seed")
    if first_seed is None:
        first_seed = derived_seed(task.call.runtime.settings.seed, task.uuid)
    result = Answer(cost=price * count)
    recipe = recipe_of(filled, inputs, seed=int(first_seed), size=size, scale=scale, shared_by=count)
    for index in range(count):
        seed = _seed(task, int(first_seed), index)
        picture = Picture(
            replace(recipe, seed=seed),
            str(filled.get("outputFormat", "JPG")).upper(),
            int(filled.get("outputQuality", 95)),
            _expiry(task, filled),
        )
        result.data.append(await _item(task, filled, index, seed, picture, price))
    return result


def _present(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a task without the members that are null, where a document allows that: they stand for absent ones."""
    if isinstance(value, Mapping):
        return {name: _present(member) for name, member in value.items() if member is not None}
    return [_present(member) for member in value] if isinstance(value, list) else value


def _check_drawable(task: Task, filled: Mapping[str, Any], size: tuple[int, int], scale: int) -> None:
    """Refuse what a user's own document allows and our pictures cannot be."""
    made = str(filled.get("outputFormat", "JPG"))
    if made.upper() not in EXTENSIONS:
        name, reason = "outputFormat", f"pictures are made as {', '.join(EXTENSIONS)}, not as {made[:40]}."
    elif max(size) * scale > MAX_DRAWN_PX or min(size) < 1:
        name, reason = "width", f"pictures have 1 to {MAX_DRAWN_PX} pixels a side."
    else:
        return
    raise refusal(task.call.runtime.errors, "notYetServed", parameter=name, reason=reason)


def _seed(task: Task, first: int, index: int) -> int:
    """Return the seed of one result; the documents only say that each is another."""
    if index and task.call.runtime.settings.result_seeds == "derived":
        return derived_seed(first, index)
    return (first + index) % (MAX_SEED + 1)


async def _item(
    task: Task, filled: Mapping[str, Any], index: int, seed: int, picture: Picture, price: Decimal
) -> dict[str, Any]:
    """Return one result item, its members in the order of the documented replies."""
    uuid = derived_uuid(task.call.runtime.settings.seed, "image", task.uuid, index)
    item: dict[str, Any] = {"taskType": task.type, "taskUUID": task.uuid, "imageUUID": uuid}
    if not task.call.dry_run:
        task.call.world.pictures.put(uuid, picture)
        item |= await _media(task, filled, uuid, picture)
    item["seed"] = seed
    if _asks_for_safety(filled) and not task.call.dry_run:
        item["NSFWContent"] = UNSAFE_WORDS.search(str(filled.get("positivePrompt", ""))) is not None
    if filled.get("includeCost") or task.call.dry_run:
        item["cost"] = float(price)
    return item


async def _media(task: Task, filled: Mapping[str, Any], uuid: str, picture: Picture) -> dict[str, str]:
    """Return the members that hold or point to the image. The older Python client sends outputType as an array."""
    asked = filled.get("outputType", "URL")
    kinds = asked if isinstance(asked, list) else [asked]
    members = {}
    if "URL" in kinds:
        members["imageURL"] = image_url(task.call.base_url, uuid, EXTENSIONS[picture.format])
    if "base64Data" in kinds or "dataURI" in kinds:
        if await task.call.request.is_disconnected():
            raise ClientDisconnect  # up to twenty pictures are drawn while the client waits: for nobody, if it has left
        text = base64.b64encode(await picture_file(task.call.world, picture)).decode()
        if "base64Data" in kinds:
            members["imageBase64Data"] = text
        if "dataURI" in kinds:
            members["imageDataURI"] = f"data:{MEDIA_TYPES[picture.format]};base64,{text}"
    return members


def _size(task: Task, filled: Mapping[str, Any], inputs: Sequence[InputImage]) -> tuple[int, int]:
    """Return the size asked for, else that of the seed image. Raises TaskRefused when there is neither."""
    if "width" in filled and "height" in filled:
        return int(filled["width"]), int(filled["height"])
    seed_image = next((image for image in inputs if image.role == "seed"), None)
    if seed_image is not None:
        width, height = seed_image.size
        margins = filled.get("outpaint", {})
        width += int(margins.get("left", 0)) + int(margins.get("right", 0))
        height += int(margins.get("top", 0)) + int(margins.get("bottom", 0))
        return _lawful(width), _lawful(height)
    settings = task.call.runtime.settings
    if settings.missing_dimensions == "default" or settings.contract == "report":
        return DEFAULT_SIZE
    raise refusal(task.call.runtime.errors, "missingDimensionParameters")


def _lawful(side: int) -> int:
    """Return the nearest side that the documents allow: 128 to 2048 px, a multiple of 16."""
    return max(round(min(side, MAX_SIDE_PX) / 16) * 16, MIN_SIDE_PX)


def _check_outpaint(task: Task, filled: Mapping[str, Any], inputs: Sequence[InputImage], size: tuple[int, int]) -> None:
    """Refuse margins that do not add up: "Final width/height must account for original image plus extensions".

    Without a seed image there is nothing to extend.
    """
    margins = filled.get("outpaint")
    seed_image = next((image for image in inputs if image.role == "seed"), None)
    if not margins or seed_image is None:
        return
    for axis, (name, sides) in enumerate((("width", ("left", "right")), ("height", ("top", "bottom")))):
        added = sum(int(margins.get(side, 0)) for side in sides)
        if added >= size[axis]:
            reason = f"{sides[0]} and {sides[1]} together are {added}, which leaves nothing of the {name} {size[axis]}"
        elif name in filled and seed_image.size[axis] + added != size[axis]:
            reason = f"the seed image's {name} of {seed_image.size[axis]} plus {added} is not {size[axis]}"
        else:
            continue
        errors = task.call.runtime.errors
        raise refusal(errors, "invalidOutpaint", parameter=["outpaint", name], reason=reason)


def _scale(filled: Mapping[str, Any]) -> int:
    """Return the factor of hiresFix: 4 for every upscaling model that the document lists."""
    hires = filled.get("hiresFix")
    return int(hires.get("upscaleFactor", 4)) if isinstance(hires, Mapping) else 4 if hires else 1


def _price(task: Task, filled: Mapping[str, Any], size: tuple[int, int], scale: int) -> Decimal:
    """Return the price of one result in USD."""
    return task.call.runtime.prices.cost(
        str(filled["model"]),
        width=size[0] * scale,
        height=size[1] * scale,
        steps=filled.get("steps"),
        options=filled,
    )


def _expiry(task: Task, filled: Mapping[str, Any]) -> float | None:
    ttl = filled.get("ttl")
    return task.call.world.clock.now() + float(min(ttl, MAX_TTL_S)) if ttl is not None else None


def _asks_for_safety(filled: Mapping[str, Any]) -> bool:
    safety = filled.get("safety", {})
    return bool(safety.get("checkContent") or safety.get("mode") == "fast" or filled.get("checkNSFW"))
