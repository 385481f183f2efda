"""The recorded frames of clients that are on no registry: scripts that hang together, each with its source."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .registry import Column, columns

FILES = sorted(Path(__file__).with_name("frames").glob("*.jsonl"))
VERBS = ("send", "need", "poll", "lost")
Script = dict[str, Any]


def _lines(path: Path) -> list[Script]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _scripts_of(column: Column) -> dict[str, Script]:
    (scripts,) = (lines for header, *lines in map(_lines, FILES) if header["version"] == column.version)
    return {script["script"]: script for script in scripts}


def _played() -> Iterator[object]:
    for column in columns():
        if column.client.kind == "frames":
            yield pytest.param(column, id=column.title.replace(" ", "-"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_begins_with_its_client_and_where_its_source_is(path: Path) -> None:
    header = _lines(path)[0]
    assert header["repository"].startswith("https://github.com/Runware/")
    assert {"client", "version", "commit", "headers", "retry", "codes"} <= set(header)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_script_names_the_place_in_the_client_that_it_follows(path: Path) -> None:
    for script in _lines(path)[1:]:
        assert "/" in script["source"], script["script"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_step_is_one_that_the_player_knows(path: Path) -> None:
    scripts = {script["script"]: script for script in _lines(path)[1:]}
    for step in (step for script in scripts.values() for step in script["steps"]):
        assert step in scripts if isinstance(step, str) else any(verb in step for verb in VERBS), step


@pytest.mark.parametrize("column", list(_played()))
def test_every_flow_that_a_played_client_offers_has_a_script(column: Column) -> None:
    scripts = _scripts_of(column)
    offered = {flow for flow in column.client.flows if not column.client.lacks(flow, column.version, column.transport)}
    assert {flow for flow in offered if flow not in scripts and f"{flow} {column.transport}" not in scripts} == set()
