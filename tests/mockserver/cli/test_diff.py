import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genmock.specs import load_catalog

Run = Callable[..., Any]
FLUX = load_catalog().get("flux-1-dev-srpo")
TASK = {
    "taskType": "imageInference",
    "taskUUID": "7c9a3b52-5f0e-4d1b-9c2a-1f6d3e8b4a70",
    "model": "runware:111@1",
    "positivePrompt": "a red fox",
    "width": 2048,
    "height": 512,
}


@pytest.fixture
def flux(tmp_path: Path) -> Callable[[Callable[[Any], object]], Path]:
    """Return a function that writes an edited copy of the FLUX document; the edit gets the task's properties."""

    def write(edit: Callable[[Any], object]) -> Path:
        content: Any = copy.deepcopy(FLUX.published)
        edit(content["components"]["schemas"]["RequestBody"]["items"]["properties"])
        file = tmp_path / "flux-next.json"
        file.write_text(json.dumps(content))
        return file

    return write


Flux = Callable[[Callable[[Any], object]], Path]


def lower_and_raise(properties: Any) -> None:
    properties["width"]["maximum"] = 1024
    properties["steps"]["maximum"] = 60


def test_a_break_is_told_with_its_proof(genmock: Run, flux: Flux) -> None:
    flux(lower_and_raise)
    done = genmock("diff", "flux-1-dev-srpo", "./flux-next.json")
    example = Path(__file__).parents[3] / "docs" / "diff.md"
    shown = example.read_text("utf-8").partition("$ genmock diff flux-1-dev-srpo ./flux-next.json\n")[2]
    assert (done.status, done.out) == (1, shown.partition("```")[0])


def test_documents_without_difference_are_alike(genmock: Run, flux: Flux) -> None:
    done = genmock("diff", "runware:111@1", flux(lambda properties: None))
    assert (done.status, done.out) == (0, f"runware:111@1 -> {flux(lambda properties: None)}: no difference\n")


def test_what_is_unclear_fails_when_strict(genmock: Run, flux: Flux) -> None:
    file = flux(lambda properties: properties["strength"].update(default=0.5))
    assert genmock("diff", "flux-1-dev-srpo", file).status == 0
    assert genmock("diff", "flux-1-dev-srpo", file, "--strict").status == 1


def test_the_differences_as_json_have_everything(genmock: Run, flux: Flux) -> None:
    told = json.loads(genmock("diff", "flux-1-dev-srpo", flux(lower_and_raise), "--json").out)
    assert {name: told[name] for name in ("breaking", "unproved", "unclear", "compatible", "journal")} == {
        "breaking": 1, "unproved": 0, "unclear": 0, "compatible": 1, "journal": []
    }  # fmt: skip
    first = told["differences"][0]
    place = "/components/schemas/RequestBody/items/properties/width/maximum"
    assert (first["line"], first["proved"], first["old"]) == ("width: maximum 2048 -> 1024", True, place)
    assert first["example"]["message"][0]["width"] == 2048
    assert first["example"]["violation"]["pointer"] == "/0/width"


def test_recorded_requests_that_would_break_are_named(genmock: Run, flux: Flux, tmp_path: Path) -> None:
    narrow = {**TASK, "width": 512}
    exchanges = [
        {"id": n, "request": {"method": "POST", "path": "/v1", "body": [t]}} for n, t in ((1, narrow), (2, TASK))
    ]
    journal = tmp_path / "journal.json"
    for content in (exchanges, {"total": 2, "exchanges": exchanges}):
        journal.write_text(json.dumps(content))
        done = genmock("diff", "flux-1-dev-srpo", flux(lower_and_raise), "--journal", journal)
        assert done.out.splitlines()[-2:] == [
            "1 of 2 recorded requests would break",
            "  #2 imageInference  /0/width  maximum: 'width' must be at most 1024, not 2048",
        ]


def test_a_file_that_is_no_journal_is_refused(genmock: Run, tmp_path: Path) -> None:
    (tmp_path / "body.json").write_text("[{}]")
    done = genmock("diff", "qwen-image", "qwen-image", "--journal", "body.json")
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        "genmock: cannot use body.json as a journal\n"
        "\n"
        "  where     --journal\n"
        '  expected  the JSON of GET /__genmock__/journal ("exchanges"), or the journal.json of a failed test\n'
        "  next      see docs/diff.md\n"
    )


def test_an_unknown_document_is_refused(genmock: Run) -> None:
    done = genmock("diff", "qwen-imag", "qwen-image")
    assert (done.status, done.err.splitlines()[0]) == (
        2,
        "genmock: there is no document 'qwen-imag'; did you mean 'qwen-image'?",
    )


def test_an_edited_copy_keeps_the_rules_of_the_shipped_document(genmock: Run, flux: Flux) -> None:
    told = json.loads(genmock("diff", "flux-1-dev-srpo", flux(lambda properties: None), "--json").out)
    assert told["differences"] == []
