"""Planted changes of the FLUX document, each named, and the two training documents as a real pair."""

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from genmock.specs import Document, load_catalog
from genmock.validators import Difference, check_request, compare_documents

Edit = Callable[[Any], object]
Task = Any
CATALOG = load_catalog()
FLUX = CATALOG.get("flux-1-dev-srpo")
TASK = "#/components/schemas/RequestBody/items"


def edited(*edits: Edit, document: Document = FLUX) -> Document:
    """Return a copy of a document whose published form was edited; its overlays stay."""
    content = copy.deepcopy(dict(document.published))
    for edit in edits:
        edit(content)
    return Document(replace(document.entry, sha256=""), json.dumps(content).encode())


def of_task(edit: Callable[[Task], object]) -> Edit:
    return lambda content: edit(content["components"]["schemas"]["RequestBody"]["items"])


def of_member(name: str, edit: Callable[[Task], object]) -> Edit:
    return of_task(lambda task: edit(task["properties"][name]))


RULE = {
    "id": "few-steps-with-cfg",
    "needs": ["steps", "CFGScale"],
    "expr": "CFGScale < 5.0 || steps >= 10",
    "message": "a",
}
EXCLUDED = {"not": {"required": ["fbCache", "dbCacheThreshold"]}}
# Each change by name: the edit, the verdict, the line, and the pointer in the new document below the task.
PLANTED: Mapping[str, tuple[Edit, str, str, str]] = {
    "a maximum is lowered": (
        of_member("width", lambda width: width.update(maximum=1024)),
        "breaking", "width: maximum 2048 -> 1024", "/properties/width/maximum",
    ),
    "a maximum is raised": (
        of_member("steps", lambda steps: steps.update(maximum=60)),
        "compatible", "steps: maximum 50 -> 60", "/properties/steps/maximum",
    ),
    "an enum loses a value": (
        of_member("scheduler", lambda scheduler: scheduler["enum"].remove("LMS")),
        "breaking", 'scheduler: enum loses "LMS"', "/properties/scheduler/enum",
    ),
    "a member becomes required": (
        of_task(lambda task: task["required"].append("steps")),
        "breaking", "steps: must be sent now", "/required",
    ),
    "a member comes": (
        of_task(lambda task: task["properties"].update(sharpness={"type": "number"})),
        "compatible", "sharpness: is taken now", "/properties/sharpness",
    ),
    "a member goes": (
        of_task(lambda task: task["properties"].pop("maskMargin")),
        "breaking", "maskMargin: no longer taken", "/additionalProperties",
    ),
    "a step grows": (
        of_member("CFGScale", lambda scale: scale.update(multipleOf=0.1)),
        "breaking", "CFGScale: multipleOf 0.01 -> 0.1", "/properties/CFGScale/multipleOf",
    ),
    "two members exclude each other": (
        of_member("acceleratorOptions", lambda options: options["allOf"].append(EXCLUDED)),
        "breaking", "acceleratorOptions: fbCache with dbCacheThreshold is refused now",
        "/properties/acceleratorOptions/allOf/2/not",
    ),
    "a text must fit a pattern": (
        of_member("negativePrompt", lambda prompt: prompt.update(pattern="^[^<>]*$")),
        "breaking", 'negativePrompt: pattern none -> "^[^<>]*$"', "/properties/negativePrompt/pattern",
    ),
    "a prose rule comes": (
        of_task(lambda task: task.update({"x-genmock-rules": [RULE]})),
        "breaking", "few-steps-with-cfg: rule added: a", "/x-genmock-rules/0",
    ),
    "a default is another": (
        of_member("strength", lambda strength: strength.update(default=0.5)),
        "unclear", "strength: default 0.8 -> 0.5", "/properties/strength/default",
    ),
    "a member no longer needs another": (
        of_task(lambda task: task["allOf"][0]["dependentRequired"].pop("width")),
        "compatible", "width: no longer needs 'height'", "",
    ),
}  # fmt: skip


def pointers(differences: Sequence[Difference]) -> list[tuple[str, str, str]]:
    return sorted((each.verdict, each.line, f"#{each.new}") for each in differences)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_change_is_the_only_difference_and_classified(name: str) -> None:
    edit, verdict, line, place = PLANTED[name]
    assert pointers(compare_documents(FLUX, edited(edit))) == [(verdict, line, TASK + place)]


def test_all_planted_changes_together_are_classified_and_every_break_proved() -> None:
    changed = edited(*(row[0] for row in PLANTED.values()))
    found = compare_documents(FLUX, changed)
    assert pointers(found) == sorted((row[1], row[2], TASK + row[3]) for row in PLANTED.values())
    assert [each.line for each in found if each.verdict == "breaking" and not each.is_proved] == []


@pytest.mark.parametrize("name", [name for name, row in PLANTED.items() if row[1] == "breaking"])
def test_the_example_of_a_break_is_taken_by_the_old_document_and_refused_by_the_new(name: str) -> None:
    changed = edited(PLANTED[name][0])
    (difference,) = compare_documents(FLUX, changed)
    assert difference.example is not None
    assert [v for v in check_request(FLUX, difference.example.message) if v.severity == "error"] == []
    assert difference.example.violation in check_request(changed, difference.example.message)


@pytest.mark.parametrize("name", [name for name, row in PLANTED.items() if row[1] == "breaking"])
def test_undoing_a_break_is_compatible(name: str) -> None:
    (difference,) = compare_documents(edited(PLANTED[name][0]), FLUX)
    assert (difference.verdict, difference.example and difference.example.taken_by) == ("compatible", "new")


@pytest.mark.parametrize("document", CATALOG.documents, ids=lambda document: document.id)
def test_a_document_does_not_differ_from_itself(document: Document) -> None:
    assert compare_documents(document, document) == ()


def test_the_training_documents_differ_as_read_by_hand() -> None:
    pair = CATALOG.get("exactly-illustrative-training"), CATALOG.get("runware-qwen-image-style-lora-training")
    told = [(each.verdict, each.is_proved, each.line) for each in compare_documents(*pair)]
    assert told == [
        ("breaking", True, 'x-air-id "exactly:illustrative@training" -> "runware:qwen-image@style-lora-training"'),
        ("breaking", True, 'model: const "exactly:illustrative@training" -> "runware:qwen-image@style-lora-training"'),
        ("breaking", False, "importModel.air: minLength none -> 1"),  # the rule import-model-air refuses "" already
        ("breaking", True, "importModel.name: minLength none -> 2"),
        ("breaking", True, "importModel.name: maxLength 400 -> 255"),
        ("breaking", True, "importModel.uniqueIdentifier: minLength none -> 1"),
        ("breaking", True, "importModel.version: minLength none -> 1"),
        ("unclear", False, "importModel.private: default false -> true"),
        ("compatible", False, "learningRate: is taken now"),
        ("compatible", False, "trainingSteps: is taken now"),
        ("compatible", False, "triggerWord: is taken now"),
    ]
