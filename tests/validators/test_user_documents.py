from pathlib import Path
from typing import Any

import pytest

from genmock.specs import load_catalog
from genmock.validators import check_request, lint, with_defaults

# Two documents that the project does not ship, in the published style: other models, bounds and constraints.
CATALOG = load_catalog().with_folder(Path(__file__).parents[1] / "data" / "specs")
BASE: dict[str, Any] = {
    "taskType": "imageInference",
    "taskUUID": "50836053-a0ee-4cf5-b9d6-ae7c5d140ada",
    "positivePrompt": "a heron",
}
SKETCH: dict[str, Any] = {**BASE, "model": "acme:1@1", "width": 512, "height": 64, "medium": "pencil"}
STUDIO: dict[str, Any] = {**BASE, "model": "acme:2@1"}
IMAGE = "iVBORw0KGgo="

FITS: list[dict[str, Any]] = [
    SKETCH,
    {**SKETCH, "medium": "ink", "nib": "broad", "wash": 0.07, "CFGScale": 1.15, "steps": 8},
    {**SKETCH, "medium": "charcoal", "hatching": [0, 45, 175], "numberResults": 2},
    STUDIO,
    {**STUDIO, "negativePrompt": None, "steps": None, "mood": "calm-bright"},
    {**STUDIO, "width": 1536, "height": 256, "palette": ["#00ff7f"], "paletteStrength": 0.5, "steps": 60},
    {**STUDIO, "inputs": {"seedImage": IMAGE}, "strength": 0, "seed": 9007199254740991},
]
BREAKS: list[tuple[dict[str, Any], str, str]] = [
    ({**SKETCH, "medium": "ink"}, "/0", "'nib' is missing"),
    ({**SKETCH, "nib": "fine"}, "/0/nib", "'nib' is not allowed here"),
    ({**SKETCH, "medium": "ink", "nib": "wide"}, "/0/nib", '\'nib\' must be one of "fine", "broad"'),
    ({**SKETCH, "wash": 0}, "/0/wash", "'wash' must be above 0, not 0"),
    ({**SKETCH, "wash": 0.5, "hatching": [5]}, "/0", "'wash' and 'hatching' exclude each other"),
    ({**SKETCH, "hatching": [5, 5]}, "/0/hatching", "'hatching' must not hold an item twice"),
    ({**SKETCH, "width": 528}, "/0/width", "'width' must be a multiple of 64, not 528"),
    ({**SKETCH, "steps": 9}, "/0/steps", "'steps' must be at most 8, not 9"),
    ({**SKETCH, "stepps": 4}, "/0/stepps", "'stepps' is not a known member; did you mean 'steps'?"),
    ({**STUDIO, "width": 512}, "/0", "'height' is missing: 'width' requires it"),
    ({**STUDIO, "palette": ["#00ff7f"]}, "/0", "'paletteStrength' is missing: 'palette' requires it"),
    ({**STUDIO, "steps": "10"}, "/0/steps", "'steps' must be an integer or null, not a string"),
    ({**STUDIO, "mood": "A"}, "/0/mood", "'mood' must match ^[a-z]+(-[a-z]+)*$, not \"A\""),
    (
        {**STUDIO, "taskUUID": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
        "/0/taskUUID",
        "taskUUID must be a version 4 UUID",
    ),
    (
        {**STUDIO, "inputs": {"seedImage": "word"}},
        "/0/inputs/seedImage",
        "seedImage must be a UUID, a URL, or a data URI or base64 that holds an image",
    ),
]


@pytest.mark.parametrize("task", FITS)
def test_a_task_is_judged_by_the_users_document_of_its_model(task: dict[str, Any]) -> None:
    assert check_request("flux-1-dev-srpo", [task], catalog=CATALOG) == ()


@pytest.mark.parametrize(("task", "pointer", "message"), BREAKS)
def test_every_constraint_of_a_users_document_holds(task: dict[str, Any], pointer: str, message: str) -> None:
    (violation,) = check_request("flux-1-dev-srpo", [task], catalog=CATALOG)
    assert (violation.pointer, violation.message) == (pointer, message)


def test_tasks_of_several_models_share_a_request() -> None:
    uuids = [f"50836053-a0ee-4cf5-b9d6-ae7c5d140ad{digit}" for digit in range(2)]
    body = [{**task, "taskUUID": uuid} for task, uuid in zip((SKETCH, STUDIO), uuids, strict=True)]
    assert check_request("flux-1-dev-srpo", body, catalog=CATALOG) == ()


def test_client_fields_are_tolerated_for_a_users_model_too() -> None:
    (violation,) = check_request("acme-sketch", [{**SKETCH, "checkNSFW": True}], catalog=CATALOG)
    assert (violation.severity, violation.pointer) == ("warning", "/0/checkNSFW")


def test_defaults_come_from_the_users_document() -> None:
    filled = with_defaults(CATALOG.get("acme:1@1"), SKETCH)
    assert (filled["steps"], filled["outputFormat"], filled["CFGScale"]) == (4, "PNG", 1)


@pytest.mark.parametrize(
    ("name", "rules"), [("acme-sketch", ["unused-schema"]), ("acme-studio", ["unused-schema", "moot-format"])]
)
def test_a_users_document_is_linted(name: str, rules: list[str]) -> None:
    assert [finding.rule for finding in lint(CATALOG.get(name))] == rules
