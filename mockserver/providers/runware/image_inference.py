"""imageInference: a task's results, priced and named; the pictures are drawn when they are fetched.

Source: docs/providers/runware.md, "Image results".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from starlette.requests import ClientDisconnect

from genmock.validators import with_defaults

from ...derive import derived_seed, derived_uuid
from ...drawing import MediumGone
from ...recipe import ImageRecipe
from ...tasks import TaskRecord, state_at
from .acceptance import acknowledgement, admit, error_of, is_asynchronous, record_of
from .delivery import upload_at_once
from .errors import TaskRefused, item_of, refusal
from .inputs import InputImage, read_inputs
from .media import EXTENSIONS, image_url
from .producing import check_room, is_produced, produced, production_of
from .recipe import recipe_of
from .results import success_item
from .sampling import sampled
from .task import Answer, Task

DEFAULT_SIZE = (1024, 1024)
MIN_SIDE_PX, MAX_SIDE_PX = 128, 2048  # the documents' own bounds
MAX_DRAWN_PX = 8192  # a side, enlargement included
MAX_TTL_S = 10**10  # 300 years: the documents set no bound, floats do
MAX_SEED = 9_223_372_036_854_776_000  # the documents' own bound
UNSAFE_WORDS = re.compile(r"\b(nsfw|nude|naked|gore)\b", re.I)  # what our safety check finds; no provider's list


async def answer(task: Task) -> Answer:
    """Answer an imageInference task: with its results, or the acknowledgement of them. Raises TaskRefused."""
    filled = _present(with_defaults(task.document, task.item))
    inputs = await read_inputs(task)
    size = _size(task, filled, inputs)
    _check_outpaint(task, filled, inputs, size)
    scale = _scale(filled)
    _check_drawable(task, filled, size, scale)
    sampling = await sampled(task, filled)
    makes = sampling is not None and is_produced(task)
    if makes:
        await check_room(task, int(filled.get("numberResults", 1)))
    price = _price(task, filled, size, scale)
    cost = price * int(filled.get("numberResults", 1))
    await task.charge(cost)
    first_seed = filled.get("seed")
    if first_seed is None:
        first_seed = derived_seed(task.call.runtime.settings.seed, task.uuid)
    recipe = recipe_of(filled, inputs, seed=int(first_seed), size=size, scale=scale)
    recipe = replace(recipe, sampling=sampling.sampling) if sampling is not None else recipe
    results = _results(task, filled, recipe.seed, price)
    record = record_of(task, results, _detail(task, filled, recipe), produced=makes)
    media = [item["imageUUID"] for item in results]
    contents = [*(image.data for image in inputs), *(sampling.files if sampling is not None else ())]
    also = [production_of(record)] if makes else []
    await admit(task, record, media=media, contents=contents, also=also, cost=cost)
    if makes:
        task.call.runtime.produce()
    if is_asynchronous(task):
        return Answer([acknowledgement(task)], cost, archived=True, accepted=True)
    return await _answered(task, record, cost)


def _results(task: Task, filled: Mapping[str, Any], first_seed: int, price: Decimal) -> list[dict[str, Any]]:
    """Return each result's item, its members in the order of the documented replies, less the bytes of the picture."""
    call, results = task.call, []
    for index in range(int(filled.get("numberResults", 1))):
        uuid = derived_uuid(call.runtime.settings.seed, "image", task.uuid, index)
        item: dict[str, Any] = {"taskType": task.type, "taskUUID": task.uuid, "imageUUID": uuid}
        if "URL" in _kinds(filled) and not call.dry_run:
            item["imageURL"] = image_url(call.base_url, uuid, EXTENSIONS[_format(filled)])
        item["seed"] = _seed(task, first_seed, index)
        if _asks_for_safety(filled) and not call.dry_run:
            item["NSFWContent"] = UNSAFE_WORDS.search(str(filled.get("positivePrompt", ""))) is not None
        if filled.get("includeCost") or call.dry_run:
            item["cost"] = float(price)
        results.append(item)
    return results


def _detail(task: Task, filled: Mapping[str, Any], recipe: ImageRecipe) -> dict[str, Any]:
    """Return what the pictures are made from, and how they are given out."""
    ttl = filled.get("ttl")
    expires_at = task.call.world.clock.now() + float(min(ttl, MAX_TTL_S)) if ttl is not None else None
    return {
        "medium": "image",
        "recipe": recipe.as_json(),
        "format": _format(filled),
        "quality": int(filled.get("outputQuality", 95)),
        "inline": [kind for kind in _kinds(filled) if kind != "URL" and not task.call.dry_run],
        "media_expires_at": expires_at,
    }


async def _answered(task: Task, record: TaskRecord, cost: Decimal) -> Answer:
    """Return the results of a task that is answered at once. Raises TaskRefused when it fails as a whole."""
    if task.effects.stalls:
        await task.call.gone()
        raise ClientDisconnect  # nobody is left to read an answer
    if task.effects.fails is not None:
        raise TaskRefused(error_of(task, task.effects.fails.refusal))
    if record.detail.get("produced"):
        record = await produced(task, record)
    if record.uploads and not task.call.dry_run:
        record = await upload_at_once(task, record)
    if not (record.failures or record.detail["inline"] or record.uploads or task.effects.reply or task.emit):
        return Answer([dict(item) for item in record.results], cost, archived=True)  # as it is for nearly all tasks
    result = Answer(cost=cost, archived=True)
    for index, state in enumerate(state_at(record, record.ends_at).results):
        if state.error is not None:
            refused = task.effects.result_errors.get(index)
            status = task.call.errors.get(state.error["code"]).status
            result.errors.append(error_of(task, refused) if refused else item_of(state.error, status))
            continue
        if record.detail["inline"] and await task.call.request.is_disconnected():
            raise ClientDisconnect  # up to twenty pictures are drawn while the client waits: for nobody, if it has left
        try:
            item = await success_item(task.call.world, record, index)
        except MediumGone:
            result.errors.append(refusal(task.call.errors, "mediaExpired").item.with_task(task.type, task.uuid))
            continue
        result.data.append(item)
        if task.emit is not None:
            await task.emit(item)
    return result


def _kinds(filled: Mapping[str, Any]) -> Sequence[str]:
    """Return how results are asked for; the older Python client sends outputType as an array."""
    asked = filled.get("outputType", "URL")
    return asked if isinstance(asked, list) else [asked]


def _format(filled: Mapping[str, Any]) -> str:
    return str(filled.get("outputFormat", "JPG")).upper()


def _present(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a task without the members that are null, where a document allows that: they stand for absent ones."""
    if isinstance(value, dict):
        present = {name: member for name, member in value.items() if member is not None}
        for name, member in present.items():
            if isinstance(member, dict | list):
                present[name] = _present(member)
        return present
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
    raise refusal(task.call.errors, "notYetServed", parameter=name, reason=reason)


def _seed(task: Task, first: int, index: int) -> int:
    """Return the seed of one result; the documents only say that each is another."""
    if index and task.call.runtime.settings.result_seeds == "derived":
        return derived_seed(first, index)
    return (first + index) % (MAX_SEED + 1)


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
    raise refusal(task.call.errors, "missingDimensionParameters")


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
        errors = task.call.errors
        raise refusal(errors, "invalidOutpaint", parameter=["outpaint", name], reason=reason)


def _scale(filled: Mapping[str, Any]) -> int:
    """Return the factor of hiresFix: 4 for every upscaling model that the document lists."""
    hires = filled.get("hiresFix")
    return int(hires.get("upscaleFactor", 4)) if isinstance(hires, Mapping) else 4 if hires else 1


def _price(task: Task, filled: Mapping[str, Any], size: tuple[int, int], scale: int) -> Decimal:
    """Return the price of one result in USD."""
    return task.call.runtime.prices.cost(
        task.document.model or str(filled["model"]),  # a model that was trained here costs what its base does
        width=size[0] * scale,
        height=size[1] * scale,
        steps=filled.get("steps"),
        options=filled,
    )


def _asks_for_safety(filled: Mapping[str, Any]) -> bool:
    safety = filled.get("safety", {})
    return bool(safety.get("checkContent") or safety.get("mode") == "fast" or filled.get("checkNSFW"))
