import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from genmock.specs import load_catalog

Run = Callable[..., Any]


def test_the_list_has_a_line_for_each_document(genmock: Run) -> None:
    done = genmock("specs", "list")
    head, *rows = done.out.splitlines()
    assert head.split("  ")[0] == "id"
    assert [row.split()[0] for row in rows] == [entry.id for entry in load_catalog().entries]
    assert rows[0].split("  ")[-1] == "https://runware.ai/docs/models/flux-1-dev-srpo/schema.json"


def test_the_list_as_json_has_every_fact(genmock: Run) -> None:
    assert json.loads(genmock("specs", "list", "--json").out)[0] == {
        "id": "flux-1-dev-srpo",
        "provider": "runware",
        "model": "runware:111@1",
        "title": "FLUX.1 [dev] SRPO",
        "status": "live",
        "taskTypes": ["imageInference"],
        "source": "https://runware.ai/docs/models/flux-1-dev-srpo/schema.json",
    }


def test_a_document_is_shown_in_either_form(genmock: Run) -> None:
    document = load_catalog().get("qwen-image")
    assert json.loads(genmock("specs", "show", "runware:108@1").out) == document.effective
    assert json.loads(genmock("specs", "show", "qwen-image", "--form", "published").out) == document.published


def test_an_unknown_form_is_refused(genmock: Run) -> None:
    done = genmock("specs", "show", "qwen-image", "--form", "draft")
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        "genmock: cannot use 'draft' as form\n"
        "\n"
        "  where     --form\n"
        "  expected  one of published, effective\n"
        "  next      see genmock specs show --help\n"
    )


def test_an_unknown_document_is_refused(genmock: Run) -> None:
    done = genmock("specs", "show", "qwen-imag")
    assert (done.status, done.err.splitlines()[0]) == (
        2,
        "genmock: there is no document 'qwen-imag'; did you mean 'qwen-image'?",
    )


def test_the_summary_is_a_table_of_parameters(genmock: Run) -> None:
    rows = [" ".join(row.split()) for row in genmock("specs", "show", "qwen-image", "--summary").out.splitlines()]
    assert rows[0] == "operation parameter type needed allowed default"
    assert "POST / imageInference width integer yes 128 to 2048, multiple of 16" in rows
    assert "POST / imageInference lora[].weight number -4 to 4, multiple of 0.01 1" in rows


def test_the_summary_as_json_has_the_same_rows(genmock: Run) -> None:
    rows = json.loads(genmock("specs", "show", "qwen-image", "--summary", "--json").out)
    assert {
        "operation": "POST / imageInference",
        "name": "width",
        "type": "integer",
        "required": True,
        "allowed": "128 to 2048, multiple of 16",
        "default": "",
    } in rows


def test_findings_are_listed_and_counted(genmock: Run) -> None:
    done = genmock("specs", "lint", "exactly-illustrative-training", "qwen-image")
    assert (done.status, done.err) == (0, "")
    assert "exactly-illustrative-training#/" in done.out
    assert done.out.splitlines()[-1].endswith("findings in 2 documents")


def test_findings_can_fail_the_command(genmock: Run) -> None:
    assert genmock("specs", "lint", "qwen-image", "--fail").status == 1


def test_findings_as_json_name_document_rule_and_place(genmock: Run) -> None:
    rows = json.loads(genmock("specs", "lint", "qwen-image", "--json").out)
    assert {tuple(row) for row in rows} == {("document", "rule", "pointer", "message", "severity")}


def test_a_folder_that_is_not_there_is_refused(genmock: Run, tmp_path: Path) -> None:
    done = genmock("specs", "list", "--specs", "none")
    assert (done.status, done.out) == (2, "")
    assert done.err == f"genmock: cannot read specs from {tmp_path / 'none'}: it is not a folder\n"
