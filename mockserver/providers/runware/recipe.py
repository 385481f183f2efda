"""How a produced image is drawn: what of a task shows in the picture, and nothing of what does not."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ...recipe import ImageRecipe, Source
from .inputs import InputImage

# What does not change a picture: identity, delivery, cost and encoding (design: same task, same picture).
UNSEEN = frozenset(
    "taskType taskUUID deliveryMethod webhookURL uploadEndpoint includeCost ttl numberResults outputType outputFormat "
    "outputQuality safety checkNSFW".split()
)
# What has a place of its own in the specification of a picture, and so is left out of the salt, as is what is unseen.
PLACED = UNSEEN | frozenset(
    "model positivePrompt negativePrompt seed width height strength inputs outpaint layerDiffuse".split()
)
NESTED = (dict, list)
UNPLACED_MARGINS = PLACED - {"outpaint"}
UNREAD = ("guideImage", "guideImages", "images", "masks")  # references to images, which are read


def recipe_of(
    task: Mapping[str, Any],
    inputs: Sequence[InputImage],
    *,
    seed: int,
    size: tuple[int, int],
    scale: int,
) -> ImageRecipe:
    """Return the recipe of one result of a task whose defaults are filled in."""
    given = task.get("inputs", {})
    margins = task.get("outpaint") if any(image.role == "seed" for image in inputs) else None
    sides = ("left", "top", "right", "bottom")
    return ImageRecipe(
        prompt=str(task.get("positivePrompt", "")),
        negative_prompt=str(task.get("negativePrompt", "")),
        model=str(task["model"]),
        seed=seed,
        size=size,
        scale=scale,
        seen=_seen(task, placed=PLACED if margins else UNPLACED_MARGINS),
        strength=float(given.get("strength", task.get("strength", 0.8))),
        mask_margin=task.get("maskMargin"),
        outpaint=tuple(int(margins.get(side, 0)) for side in sides) if margins else None,
        transparent=bool(task.get("layerDiffuse")),
        sources=tuple(Source(image.role, image.content, image.size) for image in inputs),
    )


def _seen(task: Mapping[str, Any], placed: Collection[str]) -> dict[str, Any]:
    """Return what of a task shows in its picture and has no place of its own, image references left out."""
    seen = {name: value for name, value in task.items() if name not in placed}
    for name, value in seen.items():
        if isinstance(value, NESTED):
            seen[name] = _without(value)
    return seen


def _without(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, Mapping):
        return {name: _without(member) for name, member in value.items() if name not in UNREAD}
    return [_without(member) for member in value] if isinstance(value, list) else value
