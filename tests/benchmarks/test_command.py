"""`python -m benchmarks`, as it is typed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import documents, peers, startup
from genmock.specs import read_document

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110)


def test_the_list_names_loads_figures_and_commands() -> None:
    listed = run("--list").stdout
    assert all(name in listed for name in ("one item", "picture, cold WEBP 1024", "stored tasks", "fuzz_server"))


def test_a_name_that_is_not_known_is_refused_with_those_that_are() -> None:
    done = run("--only", "two items")
    assert done.returncode == 2 and "invalid choice: 'two items' (choose from" in done.stderr


def test_a_command_of_the_suite_takes_its_own_options() -> None:
    assert "--minutes MINUTES" in run("soak", "--help").stdout


def test_made_documents_are_models_of_their_own(tmp_path: Path) -> None:
    documents.write(tmp_path, 2)
    models = {read_document(path).entry.model for path in tmp_path.iterdir()}
    assert models == {"benchmark:0@1", "benchmark:1@1"}


def test_options_reach_the_program_that_is_started() -> None:
    assert "\"plain\", *('--seed', '7')]" in startup.genmock_with("--seed", "7")


def test_without_npm_there_are_no_other_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setenv("PATH", str(tmp_path))
    assert peers.programs(tmp_path, said.append) == []
    assert said == ["no npm: the peers are left out"]


@pytest.mark.slow
def test_a_smoke_run_measures_one_load_beside_the_anchors(tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    done = run("--quick", "--only", "one item", "--json", str(file))
    assert done.returncode == 0, done.stderr
    found = json.loads(file.read_text("utf-8"))
    rates = {row["server"]: row["rate"] for row in found["loads"]}
    assert rates["genmock"] > 0 and rates["uvicorn + Starlette (= 1)"] > 0
    assert found["machine"]["cores"]
