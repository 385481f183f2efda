"""kiapi's overlays and errors: they say what the server does, in its order, and the documentation has them."""

import json
from pathlib import Path
from typing import Any

import pytest

from genmock.specs import load_catalog, load_errors, read_document

QWEN = load_catalog().get("kiapi-qwen")
PAGE = (Path(__file__).parents[2] / "docs" / "kiapi.md").read_text("utf-8")
SCHEMAS = QWEN.effective["components"]["schemas"]
CAPABILITY = QWEN.effective["x-genmock-capability"]
REQUESTS = {"generate": SCHEMAS["GenerateRequest"], "edit": SCHEMAS["EditRequest"]}
COMMON = (
    "width-positive height-positive width-multiple-of-16 height-multiple-of-16 width-cap height-cap steps-cap "
    "quantize-bits loras-cap"
).split()
SISTER = {
    "openapi": "3.1.0",
    "info": {"title": "kiapi Ink API", "version": "1"},
    "x-kiapi-capability": "ink",
    "paths": {"/v1/image/ink/draw": {"post": {"responses": {"200": {"description": "A picture."}}}}},
    "components": {"schemas": {"FileURLRef": {"required": ["url"]}}},
}


@pytest.fixture
def sister(tmp_path: Path) -> Any:
    path = tmp_path / "ink.json"
    path.write_text(json.dumps(SISTER))
    return read_document(path)


@pytest.mark.parametrize(("name", "rules"), [("generate", [*COMMON, "image-strength-range"]), ("edit", COMMON)])
def test_rules_stand_in_the_order_in_which_the_server_looks(name: str, rules: list[str]) -> None:
    assert [rule["id"] for rule in REQUESTS[name]["x-genmock-rules"]] == rules


@pytest.mark.parametrize("kind", ["FileIDRef", "FileURLRef", "FileDataURLRef"])
def test_a_reference_needs_its_type(kind: str) -> None:
    assert "type" in SCHEMAS[kind]["required"]


def test_every_operation_asks_for_the_token_where_there_is_one() -> None:
    operations = [operation for path in QWEN.effective["paths"].values() for operation in path.values()]
    assert all("401" in operation["responses"] for operation in operations)
    assert QWEN.effective["security"] == [{}, {"bearerAuth": []}]


@pytest.mark.parametrize("name", ["generate", "edit"])
def test_every_error_has_a_schema(name: str) -> None:
    replies = QWEN.effective["paths"][f"/v1/image/qwen/{name}"]["post"]["responses"]
    assert sorted(status for status in replies if status >= "4") == "400 401 413 422 500 503 504".split()
    assert all("application/json" in reply["content"] for reply in replies.values())


@pytest.mark.parametrize("name", ["generate", "edit"])
def test_the_params_of_a_job_are_the_members_of_its_request(name: str) -> None:
    assert set(CAPABILITY["operations"][name]["params"]) == set(REQUESTS[name]["properties"])


@pytest.mark.parametrize("name", ["generate", "edit"])
def test_defaults_and_inputs_are_members_of_the_request(name: str) -> None:
    told, properties = CAPABILITY["operations"][name], REQUESTS[name]["properties"]
    inputs = {row["member"].partition("[")[0] for row in told["inputs"]}
    assert set(told["defaults"]) | inputs <= set(properties)
    assert set(told["fixed"]) <= set(told["result_params"])
    assert told["model"] in {model["name"] for model in CAPABILITY["models"]}


def test_a_users_document_gets_what_all_capabilities_share(sister: Any) -> None:
    replies = sister.effective["paths"]["/v1/image/ink/draw"]["post"]["responses"]
    assert sorted(replies) == "200 400 401 413 422 500 503 504".split()
    assert sister.effective["components"]["schemas"]["FileURLRef"]["required"] == ["url", "type"]
    assert "x-genmock-capability" not in sister.effective


@pytest.mark.parametrize("entry", load_errors("kiapi").codes.values(), ids=lambda entry: entry.code)
def test_every_error_has_its_row_and_its_source(entry: Any) -> None:
    row = f"| `{entry.code}` | {entry.status} | {entry.message} | {entry.evidence} |"
    assert row in PAGE.splitlines()
    assert entry.source and entry.evidence in ("seen live", "documented", "inferred")


def test_no_error_is_documented_that_there_is_not() -> None:
    table = PAGE.partition("\n## Errors\n")[2].partition("\n## ")[0]
    rows = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
    assert rows == list(load_errors("kiapi").codes)
