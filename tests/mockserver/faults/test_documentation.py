"""docs/faults.md tells what there is, and all of it."""

import json
import re
from pathlib import Path

import pytest
import yaml

from genmock.mockserver.faults import KINDS, load_scenario, read_faults, shipped_scenarios
from genmock.mockserver.faults.model import COMMON
from genmock.specs import catalogued, load_catalog, load_errors

PAGE = (Path(__file__).parents[3] / "docs" / "faults.md").read_text("utf-8")
CODES = [code for provider in catalogued() for code in load_errors(provider).codes]
SCHEMAS = load_catalog().get("genmock-control").published["components"]["schemas"]
MAPPING = SCHEMAS["Fault"]["discriminator"]["mapping"]
FORMS = {kind: SCHEMAS[reference.rpartition("/")[2]] for kind, reference in MAPPING.items()}


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the first table under a heading, less its head."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_the_table_of_kinds_has_the_kinds_of_the_code_in_their_order() -> None:
    assert [row[0].strip("`") for row in rows("Kinds")] == list(KINDS)


@pytest.mark.parametrize("row", rows("Kinds"), ids=lambda row: row[0])
def test_a_row_has_the_parameters_of_the_schema(row: list[str]) -> None:
    properties = FORMS[row[0].strip("`")]["properties"]
    assert re.findall(r"`(\w+)`", row[2]) == [name for name in properties if name not in COMMON]


@pytest.mark.parametrize("row", rows("Kinds"), ids=lambda row: row[0])
def test_the_example_of_a_row_is_a_fault_of_its_kind(row: list[str]) -> None:
    (fault,) = read_faults(json.loads(row[4].strip("`")), codes=CODES)
    assert fault.kind == row[0].strip("`")


def test_the_table_of_members_has_what_every_fault_may_have() -> None:
    told = " ".join(row[0] for row in rows("Whom and when"))
    matches = [f"match.{name}" for name in SCHEMAS["FaultMatch"]["properties"]]
    assert sorted(re.findall(r"`([\w.]+)`", told)) == sorted({*COMMON, *matches} - {"kind", "match"})


def test_the_table_of_scenarios_says_what_their_files_say() -> None:
    told = [(name, load_scenario(name, codes=CODES).description) for name in shipped_scenarios()]
    assert [(row[0].strip("`"), row[1]) for row in rows("Scenarios")] == told


def test_the_scenario_on_the_page_can_be_used() -> None:
    text = PAGE.partition("```yaml\n")[2].partition("```")[0]
    assert len(read_faults(yaml.safe_load(text)["faults"], codes=CODES)) == 1
