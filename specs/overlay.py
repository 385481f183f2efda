"""Applying OpenAPI Overlay 1.0 files: published document + overlays = effective document."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import OverlayError
from .files import parse, read_bytes


def read_overlay(path: Path) -> Mapping[str, Any]:
    """Return an overlay file's content.

    Raises OverlayError when it is not an Overlay 1.0 file with a list of actions.
    """
    overlay = parse(read_bytes(path), path)
    if not str(overlay.get("overlay", "")).startswith("1."):
        raise OverlayError(f"{path} is no OpenAPI Overlay 1.x file: it lacks `overlay: 1.0.0` at the top")
    actions = overlay.get("actions")
    if not isinstance(actions, list) or not all(isinstance(a, dict) and "target" in a for a in actions):
        raise OverlayError(f"{path}: `actions` must be a list of mappings, each with a `target`")
    return overlay


def apply(
    document: Mapping[str, Any], overlay: Mapping[str, Any], *, name: str, lenient: bool = False
) -> dict[str, Any]:
    """Return a copy of a document with an overlay's actions applied in order.

    lenient: skip an action whose target matches nothing, instead of raising OverlayError.
    """
    # here: oas-patch loads for half a second, and the effective form of the shipped documents is shipped too
    from jsonpath_ng.exceptions import JSONPathError
    from jsonpath_ng.ext.parser import parse as parse_path
    from oas_patch.overlay import apply_overlay

    result = copy.deepcopy(dict(document))
    for number, action in enumerate(overlay["actions"]):
        try:
            found = parse_path(action["target"]).find(result)
        except JSONPathError as error:
            raise OverlayError(f"{name}, action {number}: {action['target']!r} is no JSONPath: {error}") from error
        if found:
            result = apply_overlay(result, {"actions": [copy.deepcopy(action)]})
        elif not lenient:
            raise OverlayError(_no_match(name, number, action))
    return result


def _no_match(name: str, number: int, action: Mapping[str, Any]) -> str:
    return (
        f"overlay {name}, action {number}: target {action['target']!r} matches nothing\n\n"
        "  why     an action that changes nothing is a rule that silently does not hold\n"
        "  next    correct the JSONPath, or drop the action"
    )
