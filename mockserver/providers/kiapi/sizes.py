"""What a result tells of its picture, and how large that is, where a capability's requests do not say it.

Source of what ``resolution`` means: the member's description in the document of kiapi's seedvr2.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from .capability import Operation
from .drawing import MAX_SIDE_PX, Input

MAX_FACTOR = 4.0


def sized(operation: Operation, params: Mapping[str, Any], images: Sequence[Input]) -> Mapping[str, Any]:
    """Return the parameters of a picture with its width and height in px.

    Where a request has no members for them, they are those of its first image, made larger as its member ``resolution``
    says: the least side in px, or a factor like "2x". Without a prompt nothing asks for a change of that image.
    """
    has = operation.schema.get("properties", {})
    if "width" in has or not images:
        return params
    factor = _factor(params.get("resolution"), min(images[0].size))
    width, height = (min(max(round(side * factor), 1), MAX_SIDE_PX) for side in images[0].size)
    kept = {} if "prompt" in has else {"image_strength": 0.0}
    return {**params, "width": width, "height": height, **kept}


def told_of_picture(
    operation: Operation, params: Mapping[str, Any], images: Sequence[Input], *, width: object, height: object
) -> Mapping[str, Any]:
    """Return the members of a result: the usual ones, and those that its document asks for besides."""
    prompt = {"prompt": params.get("prompt")} if "prompt" in operation.schema.get("properties", {}) else {}
    usual = {"model": params.get("model"), **prompt, "params": params, "width": width, "height": height}
    told = {**usual, **operation.result}
    if images:
        of_input = zip(("input_width", "input_height"), images[0].size, strict=True)
        told |= {name: side for name, side in of_input if name in operation.result}
    return told


def _factor(resolution: object, least: int) -> float:
    """Return by how much a picture is larger than its image, whose least side is given in px; 1.0 for nonsense."""
    text = str(resolution)
    try:
        factor = float(text.removesuffix("x")) / (1 if text.endswith("x") else least)
    except ValueError:
        return 1.0
    return factor if 0 < factor <= (MAX_FACTOR if text.endswith("x") else MAX_SIDE_PX) else 1.0
