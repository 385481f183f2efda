"""What a job makes, drawn when somebody asks for it: a recipe of the one renderer, as plain JSON values."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from anyio import to_thread

from ...canned import canned_maker, noted, picture_of
from ...derive import canonical, digest
from ...drawing import MediumGone, made, picture_maker
from ...faults import Canned
from ...faults.plan import Spoil
from ...faults.spoil import spoiled_bytes
from ...media import content_id
from ...recipe import ImageRecipe, Sampling, Source
from ...world import World

Gone = MediumGone  # a picture that can no longer be drawn, since a file that it is made from was dropped

FORMATS = {"png": "PNG", "jpeg": "JPG", "webp": "WEBP"}
EXTENSIONS = {"png": "png", "jpeg": "jpg", "webp": "webp"}
STRENGTH = 0.5  # of an input image when the request gives none; ours, the engine's default is not documented
EDIT_STRENGTH = 0.6  # how far an edit leaves its first image behind; ours
MAX_SIDE_PX = 2048
# What does not change a picture, or has a place of its own in the recipe.
PLACED = frozenset(
    "prompt negative_prompt model mode width height seed format quality image_strength init_image image images".split()
)


@dataclass(frozen=True, slots=True)
class Input:
    """An input image. data: the encoded file. size: (width, height) px."""

    data: bytes
    size: tuple[int, int]


class Unreadable(Exception):
    """A file is no picture that can be used. The text says why."""


async def read_picture(data: bytes, *, max_bytes: int, max_pixels: int) -> Input:
    """Return an input image. Raises Unreadable."""
    from ...pictures import ImageRejected, decode  # here: pictures load late, so that the first answer comes early

    try:
        image = await to_thread.run_sync(partial(decode, data, max_bytes=max_bytes, max_pixels=max_pixels))
    except ImageRejected as error:
        raise Unreadable(str(error)) from None
    return Input(data, image.size)


def drawing_of(
    params: Mapping[str, Any],
    images: Sequence[Input],
    loras: Sequence[bytes],
    *,
    edits: bool,
    spoil: Spoil | None,
    reply: Canned | None = None,
    sampling: Sampling | None = None,
) -> dict[str, Any]:
    """Return what a job's picture is drawn from.

    params: those of the result, with every default filled in. images: the first is what is changed, further ones show
    beside it. loras: the files of adapters, which change the picture. edits: by an instruction, not by a strength.
    spoil, reply: what faults do to the picture. sampling: how the pipeline makes it, where it does.
    """
    guides = images[1:]
    seen = {name: value for name, value in params.items() if name not in PLACED}
    sources = [
        Source("guide" if index else "seed", content_id(each.data), each.size) for index, each in enumerate(images)
    ]
    strength = EDIT_STRENGTH if edits else params.get("image_strength")
    recipe = ImageRecipe(
        prompt=str(params.get("prompt") or ""),
        negative_prompt=str(params.get("negative_prompt") or ""),
        model=str(params["model"]),
        seed=int(params.get("seed") or 0),
        size=(_side(params.get("width")), _side(params.get("height"))),
        scale=1,
        salt=digest(canonical(_without_files(seen)), *loras, *(each.data for each in guides)).hex(),
        strength=_part(strength),
        mask_margin=None,
        outpaint=None,
        transparent=False,
        sources=tuple(sources),
        sampling=sampling,
    )
    format = params.get("format", "png")
    quality = int(params.get("quality") or 90)
    drawing = {"recipe": recipe.as_json(), "format": format, "quality": quality, "spoil": spoil}
    return {**drawing, **noted(reply)}


async def drawn(world: World, drawing: Mapping[str, Any]) -> bytes:
    """Return the file of a drawing, made off the event loop unless it was made lately. Raises Gone."""
    recipe = ImageRecipe.of_json(drawing["recipe"], drawing["recipe"]["seed"])
    format, quality, spoil = FORMATS.get(drawing["format"], "PNG"), drawing["quality"], drawing["spoil"]
    canned = picture_of(drawing)
    if canned is not None:
        identity = digest(canonical(canned), format, quality)
        data = await made(world, identity, partial(canned_maker, world, canned, format, quality))
    else:
        identity = digest(recipe.identity, format, quality)
        data = await made(world, identity, partial(picture_maker, world, recipe, format, quality))
    return spoiled_bytes(data, spoil) if spoil else data


def _side(asked: Any) -> int:  # noqa: ANN401 - any JSON value: contract mode "report" lets everything through
    """Return a side in px that can be drawn."""
    return min(max(int(asked), 1), MAX_SIDE_PX) if isinstance(asked, int) else 1024


def _part(strength: float | None) -> float:
    """Return a strength from 0 to 1; contract mode "report" lets others through, and NaN, which is none at all."""
    return STRENGTH if strength is None or math.isnan(strength) else float(min(max(strength, 0.0), 1.0))


def _without_files(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value without references to files, whose content shows and whose name does not."""
    if isinstance(value, Mapping):
        return {name: _without_files(member) for name, member in value.items() if name != "file"}
    return [_without_files(member) for member in value] if isinstance(value, list) else value
