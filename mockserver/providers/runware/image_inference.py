"""imageInference: a task's results, priced and named; the pictures are drawn when they are fetched.

Source: docs/providers/runware.md, "Image results".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from starlette.requests import ClientDisconnect

from genmock.specs import Document, PriceTable
from genmock.validators import with_defaults

from ...derive import derived_seed, uuids_below
from ...drawing import MediumGone
from ...recipe import ImageRecipe
from ...settings import Settings
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
NESTED = (dict, list)
SAFETY = frozenset({"safety", "checkNSFW"})  # members that may ask for a look at what a picture shows
UNSAFE_WORDS = re.compile(r"\b(nsfw|nude|naked|gore)\b", re.I)  # what our safety check finds; no provider's list


async def answer(task: Task) -> Answer:
    """Answer an imageInference task: with its results, or the acknowledgement of them. Raises TaskRefused."""
    call, settings = task.call, task.call.runtime.settings
    filled = filled_in(task.document, task.item)
    inputs = await read_inputs(task)
    size = _size(task, filled, inputs)
    _check_outpaint(task, filled, inputs, size)
    scale = scale_of(filled)
    unmade = undrawable(filled, size, scale)
    if unmade:
        raise refusal(call.errors, "notYetServed", parameter=unmade[0], reason=unmade[1])
    sampling = await sampled(task, filled)
    makes = sampling is not None and is_produced(task)
    if makes:
        await check_room(task, int(filled.get("numberResults", 1)))
    price = price_of(call.runtime.prices, task.document, filled, size, scale)
    cost = price * int(filled.get("numberResults", 1))
    await task.charge(cost)
    recipe = recipe_of(filled, inputs, seed=seed_of(settings, filled), size=size, scale=scale)
    recipe = replace(recipe, sampling=sampling.sampling) if sampling is not None else recipe
    dry_run = call.dry_run
    results = result_items(settings, call.base_url, filled, first_seed=recipe.seed, price=price, dry_run=dry_run)
    detail = detail_of(filled, recipe, call.world.clock.now(), dry_run=dry_run)
    record = record_of(task, results, detail, produced=makes)
    media = [item["imageUUID"] for item in results]
    contents = [*(image.data for image in inputs), *(sampling.files if sampling is not None else ())]
    also = [production_of(record)] if makes else []
    await admit(task, record, media=media, contents=contents, also=also, cost=cost)
    if makes:
        call.runtime.produce()
    if is_asynchronous(task):
        return Answer([acknowledgement(task)], cost, archived=True, accepted=True)
    return await _answered(task, record, cost)


def result_items(
    settings: Settings,
    base_url: str,
    filled: Mapping[str, Any],
    *,
    first_seed: int,
    price: Decimal,
    dry_run: bool = False,
) -> list[dict[str, Any]]:
    """Return each result's item, its members in the order of the documented replies, less the bytes of the picture."""
    task_type, task_uuid, results = filled["taskType"], str(filled["taskUUID"]), []
    extension = EXTENSIONS[_format(filled)] if "URL" in output_kinds(filled) and not dry_run else ""
    asks = not (dry_run or SAFETY.isdisjoint(filled)) and _asks_for_safety(filled)
    costs, uuid_of = filled.get("includeCost") or dry_run, uuids_below(settings.seed, "image")
    for index in range(int(filled.get("numberResults", 1))):
        uuid = uuid_of(task_uuid, index)
        item: dict[str, Any] = {"taskType": task_type, "taskUUID": task_uuid, "imageUUID": uuid}
        if extension:
            item["imageURL"] = image_url(base_url, uuid, extension)
        item["seed"] = _seed(settings, first_seed, index)
        if asks:
            item["NSFWContent"] = UNSAFE_WORDS.search(str(filled.get("positivePrompt", ""))) is not None
        if costs:
            item["cost"] = float(price)
        results.append(item)
    return results


def detail_of(filled: Mapping[str, Any], recipe: ImageRecipe, now: float, *, dry_run: bool = False) -> dict[str, Any]:
    """Return what the pictures are made from, and how they are given out. now: when the task was accepted."""
    ttl = filled.get("ttl")
    return {
        "medium": "image",
        "recipe": recipe.as_json(),
        "format": _format(filled),
        "quality": int(filled.get("outputQuality", 95)),
        "inline": [kind for kind in output_kinds(filled) if kind != "URL" and not dry_run],
        "media_expires_at": now + float(min(ttl, MAX_TTL_S)) if ttl is not None else None,
    }


def seed_of(settings: Settings, filled: Mapping[str, Any]) -> int:
    """Return the seed of a task's first result: its own, or one that its UUID gives."""
    seed = filled.get("seed")
    return derived_seed(settings.seed, filled["taskUUID"]) if seed is None else int(seed)


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


def output_kinds(filled: Mapping[str, Any]) -> Sequence[str]:
    """Return how results are asked for; the older Python client sends outputType as an array."""
    asked = filled.get("outputType", "URL")
    return asked if isinstance(asked, list) else [asked]


def _format(filled: Mapping[str, Any]) -> str:
    return str(filled.get("outputFormat", "JPG")).upper()


def filled_in(document: Document, item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a task with its document's defaults, and without the members that are null, where that is allowed."""
    filled: dict[str, Any] = _present(with_defaults(document, item))
    return filled


def _present(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value without members that are null, which stand for absent ones; itself, where there are none."""
    if isinstance(value, dict):
        kept = (
            {name: member for name, member in value.items() if member is not None} if None in value.values() else value
        )
        inner = {name: _present(member) for name, member in kept.items() if isinstance(member, NESTED)}
        return {**kept, **inner} if inner else kept
    return [_present(member) for member in value] if isinstance(value, list) else value


def undrawable(filled: Mapping[str, Any], size: tuple[int, int], scale: int) -> tuple[str, str] | None:
    """Return which member a user's own document allows and our pictures cannot be, and why; None for none."""
    made = str(filled.get("outputFormat", "JPG"))
    if made.upper() not in EXTENSIONS:
        return "outputFormat", f"pictures are made as {', '.join(EXTENSIONS)}, not as {made[:40]}."
    if max(size) * scale > MAX_DRAWN_PX or min(size) < 1:
        return "width", f"pictures have 1 to {MAX_DRAWN_PX} pixels a side."
    return None


def _seed(settings: Settings, first: int, index: int) -> int:
    """Return the seed of one result; the documents only say that each is another."""
    if index and settings.result_seeds == "derived":
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


def scale_of(filled: Mapping[str, Any]) -> int:
    """Return the factor of hiresFix: 4 for every upscaling model that the document lists."""
    hires = filled.get("hiresFix")
    return int(hires.get("upscaleFactor", 4)) if isinstance(hires, Mapping) else 4 if hires else 1


def price_of(
    prices: PriceTable, document: Document, filled: Mapping[str, Any], size: tuple[int, int], scale: int
) -> Decimal:
    """Return the price of one result in USD."""
    return prices.cost(
        document.model or str(filled["model"]),  # a model that was trained here costs what its base does
        width=size[0] * scale,
        height=size[1] * scale,
        steps=filled.get("steps"),
        options=filled,
    )


def _asks_for_safety(filled: Mapping[str, Any]) -> bool:
    safety = filled.get("safety", {})
    return bool(safety.get("checkContent") or safety.get("mode") == "fast" or filled.get("checkNSFW"))
