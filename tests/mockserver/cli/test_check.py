import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

UUID = "ddf77178-639c-48d8-9827-501a20948cf7"
OTHER = "f2d9982e-e237-494a-8a90-418a3b1cc702"
TASK = {
    "taskType": "imageInference",
    "taskUUID": UUID,
    "model": "runware:111@1",
    "positivePrompt": "a lighthouse",
    "width": 512,
    "height": 512,
}
Run = Callable[..., Any]


def body(*tasks: Any) -> bytes:
    return json.dumps(tasks).encode()


def test_a_valid_request_is_said_to_keep_its_contract(genmock: Run) -> None:
    done = genmock("check", "-", stdin=body(TASK))
    assert (done.status, done.out, done.err) == (0, "standard input keeps its contract (1 task)\n", "")


def test_a_violation_is_a_block_that_says_what_to_do(genmock: Run, tmp_path: Path) -> None:
    (tmp_path / "request.json").write_bytes(body({**TASK, "width": 1000}))
    done = genmock("check", "request.json")
    assert (done.status, done.err) == (1, "")
    assert done.out == (
        "request.json breaks its contract (1 violation)\n"
        "\n"
        "  at      /0/width\n"
        "  sent    1000\n"
        "  rule    multipleOf: 'width' must be a multiple of 16, not 1000\n"
        "  source  flux-1-dev-srpo#/components/schemas/RequestBody/items/properties/width/multipleOf\n"
        "  next    send something else\n"
    )


def test_what_is_only_tolerated_is_a_warning(genmock: Run) -> None:
    done = genmock("check", "-", stdin=body({**TASK, "checkNSFW": True}))
    assert done.status == 0
    assert done.out.startswith("standard input keeps its contract (1 task, 1 warning)\n\n  at      /0/checkNSFW\n")
    assert done.out.endswith("  next    nothing, where the provider is known to accept it; --strict refuses it\n")


@pytest.mark.parametrize("option", ["--strict", "--published"])
def test_what_is_only_tolerated_can_be_refused(genmock: Run, option: str) -> None:
    done = genmock("check", "-", option, stdin=body({**TASK, "checkNSFW": True}))
    assert (done.status, done.out.splitlines()[0]) == (1, "standard input breaks its contract (1 violation)")


def test_strict_and_published_exclude_each_other(genmock: Run) -> None:
    done = genmock("check", "-", "--strict", "--published")
    assert done.status == 2
    assert done.err == (
        "genmock: --strict and --published exclude each other\n"
        "\n"
        "  where     the arguments\n"
        "  expected  one of them\n"
        "  next      see genmock check --help\n"
    )


def test_the_json_form_is_stable(genmock: Run) -> None:
    done = genmock("check", "-", "--json", stdin=body({**TASK, "width": 1000}))
    assert done.status == 1
    assert json.loads(done.out) == {
        "file": "-",
        "valid": False,
        "errors": 1,
        "warnings": 0,
        "violations": [
            {
                "rule": "multipleOf",
                "pointer": "/0/width",
                "message": "'width' must be a multiple of 16, not 1000",
                "severity": "error",
                "expected": 16,
                "sent": 1000,
                "source": "flux-1-dev-srpo#/components/schemas/RequestBody/items/properties/width/multipleOf",
            }
        ],
    }


def test_a_model_that_no_document_describes_is_named(genmock: Run) -> None:
    done = genmock(
        "check", "-", stdin=body({**TASK, "model": "runware:112@1", "width": 1}, {**TASK, "taskUUID": OTHER})
    )
    assert done.status == 1
    assert done.out == (
        "standard input breaks its contract (1 violation)\n"
        "\n"
        "  at      /0/model\n"
        '  sent    "runware:112@1"\n'
        "  rule    unserved-task: no document describes the model 'runware:112@1'; did you mean 'runware:111@1'?\n"
        "  source  genmock specs list\n"
        "  next    send one that is served, or add its document with --specs DIR\n"
    )


def test_a_task_type_that_no_document_describes_is_named(genmock: Run) -> None:
    done = genmock("check", "-", "--json", stdin=body({**TASK, "taskType": "imageInferrence"}))
    (violation,) = json.loads(done.out)["violations"]
    assert violation["pointer"] == "/0/taskType"
    assert violation["message"] == (
        "no document describes the task type 'imageInferrence'; did you mean 'imageInference'?"
    )


def test_each_task_is_judged_by_its_own_document(genmock: Run) -> None:
    qwen = {**TASK, "model": "runware:108@1", "taskUUID": OTHER, "trueCFGScale": 2}
    done = genmock("check", "-", "--json", stdin=body({**TASK, "trueCFGScale": 2}, qwen))
    assert [violation["pointer"] for violation in json.loads(done.out)["violations"]] == ["/1/trueCFGScale"]


def test_an_object_instead_of_an_array_is_a_violation(genmock: Run) -> None:
    done = genmock("check", "-", "--json", stdin=json.dumps(TASK).encode())
    (violation,) = json.loads(done.out)["violations"]
    assert (done.status, violation["rule"], violation["pointer"]) == (1, "type", "")


def test_a_document_can_be_named(genmock: Run) -> None:
    arguments = ("--document", "kiapi-qwen", "--operation", "POST /v1/image/qwen/generate")
    assert genmock("check", "-", *arguments, stdin=b'{"prompt": "a lighthouse"}').status == 0
    assert genmock("check", "-", *arguments, stdin=b'{"prompt": 1}').status == 1


def test_a_document_with_several_operations_wants_one_named(genmock: Run) -> None:
    done = genmock("check", "-", "--document", "kiapi-qwen", stdin=b"{}")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("genmock: kiapi-qwen has several operations")


def test_an_unknown_document_is_unusable(genmock: Run) -> None:
    done = genmock("check", "-", "--document", "qwen-imag", stdin=body(TASK))
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("genmock: there is no document 'qwen-imag'; did you mean 'qwen-image'?\n")


def test_broken_json_is_unusable_and_says_where(genmock: Run) -> None:
    done = genmock("check", "-", stdin=b"[{\n  'taskType'")
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        "genmock: cannot read standard input: Expecting property name enclosed in double quotes at line 2 column 3\n"
        "\n"
        "  where     standard input\n"
        "  expected  a file, or - for standard input, with a request body as JSON in UTF-8\n"
        "  next      see genmock check --help\n"
    )


def test_a_file_that_is_not_there_is_unusable(genmock: Run) -> None:
    done = genmock("check", "none.json")
    assert (done.status, done.err.splitlines()[0]) == (
        2,
        "genmock: cannot read none.json: No such file or directory",
    )


def test_a_member_that_stands_twice_is_a_warning(genmock: Run) -> None:
    doubled = body(TASK).replace(b'"width": 512', b'"width": 1, "width": 512')
    (warning,) = json.loads(genmock("check", "-", "--json", stdin=doubled).out)["violations"]
    assert (warning["rule"], warning["pointer"], warning["severity"]) == ("duplicate-member", "/0/width", "warning")


def test_a_key_in_the_body_is_not_shown(genmock: Run) -> None:
    authentication = {"taskType": "authentication", "apiKey": ["s3cret"]}
    for arguments in ((), ("--json",)):
        assert "s3cret" not in genmock("check", "-", *arguments, stdin=body(authentication, TASK)).out


def test_folders_of_further_documents_are_searched(genmock: Run, tmp_path: Path) -> None:
    further(tmp_path / "models")
    task = {**TASK, "model": "acme:1@1"}
    assert genmock("check", "-", stdin=body(task)).status == 1
    assert genmock("check", "-", "--specs", "models", stdin=body(task)).status == 0


def test_the_settings_name_folders_too(genmock: Run, tmp_path: Path) -> None:
    further(tmp_path / "models")
    (tmp_path / "genmock.toml").write_text('specs = ["models"]')
    assert genmock("check", "-", stdin=body({**TASK, "model": "acme:1@1"})).status == 0


def further(folder: Path) -> None:
    """Write a document of another model, in the published style."""
    from genmock.specs import load_catalog

    text = load_catalog().get("flux-1-dev-srpo").data.decode()
    folder.mkdir()
    text = text.replace("runware:111@1", "acme:1@1").replace('"flux-1-dev-srpo"', '"acme-one"')
    (folder / "acme.json").write_text(text)
