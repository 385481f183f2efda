"""What the README and the worked examples of the documentation show is what happens."""

import importlib
import json
import re
import shlex
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer

from genmock.mockserver import ServerThread, create_app
from genmock.specs import load_catalog

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
SPECS = (ROOT / "docs" / "specs.md").read_text("utf-8")
TESTING = (ROOT / "docs" / "testing.md").read_text("utf-8")
CI = (ROOT / ".ci" / "run").read_text("utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
commands = importlib.import_module("genmock.mockserver.cli.commands")
options = importlib.import_module("genmock.mockserver.cli.options")


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def _ran(test: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on one file, without two of the plugins around that take seconds to load and are not needed."""
    left_out = [part for name in ("cacheprovider", "schemathesis", "hypothesispytest") for part in ("-p", f"no:{name}")]
    command = [sys.executable, "-m", "pytest", *left_out, *arguments]
    return subprocess.run(command, cwd=test.parent, capture_output=True, text=True, timeout=100)


def test_the_first_test_fails_as_shown(tmp_path: Path) -> None:
    (tmp_path / "test_poster.py").write_text(_blocks(README, "python")[0], "utf-8")
    run = _ran(tmp_path / "test_poster.py", "-p", "no:randomly", "--color=no")
    shown = next(block for block in _blocks(README, "text") if "broke its contract" in block)
    assert [line for line in shown.splitlines() if line not in run.stdout.splitlines()] == []


def test_the_first_test_passes_without_its_mistake(tmp_path: Path) -> None:
    (tmp_path / "test_poster.py").write_text(_blocks(README, "python")[0].replace("postive", "positive"), "utf-8")
    run = _ran(tmp_path / "test_poster.py", "-p", "no:asyncio", "-W", "error", "-q")
    assert run.returncode == 0, run.stdout


def test_the_test_of_an_app_passes(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text(_blocks(TESTING, "python")[0], "utf-8")
    run = _ran(tmp_path / "test_app.py", "-p", "no:asyncio", "-W", "error", "-q")
    assert run.returncode == 0, run.stdout


def test_every_fault_to_test_an_app_with_can_be_set() -> None:
    faults = [json.loads(text) for text in re.findall(r"^\| .* \| `(\{.*\})` \|$", TESTING, re.MULTILINE)]
    with ServerThread(create_app()) as server:
        reply = httpx.post(f"{server.url}/__genmock__/faults", json=faults)
    assert reply.status_code == 201, reply.text
    assert len(faults) == 6


def test_the_check_without_a_server_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(_blocks(README, "python")[1], {})
    assert "/0 'positivePrompt' is missing\n" in capsys.readouterr().out


def test_the_worked_example_of_further_documents_prints_what_is_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    exec(_blocks(SPECS, "python")[0], {})
    assert capsys.readouterr().out == _blocks(SPECS, "text")[0]


def test_the_line_to_paste_for_kiapi_gets_a_picture() -> None:
    (line,) = (block for block in _blocks(README, "sh") if block.startswith("curl -o "))
    body = line.partition(" -d '")[2].rstrip("'\n")
    with ServerThread(create_app()) as server:
        url = f"{server.url}/{line.split()[3].partition('/')[2]}"
        reply = httpx.post(url, content=body, headers={"content-type": "application/json"}, timeout=30)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "image/png")


def test_the_line_to_paste_gets_the_reply_that_is_shown() -> None:
    (line,) = (block for block in _blocks(README, "sh") if block.startswith("curl -s "))
    body = re.sub(r"'\$\(.*?\)\)'\)'", str(uuid.uuid4()), line.partition(" -d '")[2].rstrip("'\n"))
    headers = dict(header.split(": ") for header in re.findall(r"-H '(.*?)'", line))
    with ServerThread(create_app()) as server:
        (item,) = httpx.post(f"{server.url}/v1", content=body, headers=headers).json()["data"]
    shown = next(block for block in _blocks(README, "text") if block.startswith("{"))
    assert list(item) == re.findall(r'"(\w+)":', shown.partition("[")[2])
    assert f'"cost":{json.dumps(item["cost"])}}}' in shown


@pytest.mark.parametrize("document", load_catalog().documents, ids=lambda document: document.id)
def test_the_table_of_providers_names_every_document_in_its_version(document: Any) -> None:
    how = ", as published" if document.entry.written == "published" else ""
    (row,) = (line for line in README.splitlines() if f"| `{document.id}`" in line)
    assert f"| `{document.id}`{how}" in row
    assert f"| {document.published['info']['version']} |" in row


def test_there_is_one_command_to_serve_and_one_to_test() -> None:
    commands = [line for block in _blocks(README, "sh") for line in block.splitlines() if "-m venv" in line]
    assert [line.rpartition(" && ")[2] for line in commands] == [
        ".venv/bin/genmock serve",
        '.venv/bin/pytest -n auto -m "not slow"',
    ]


def test_continuous_integration_runs_the_readmes_own_test_command() -> None:
    (pattern,) = re.findall(r"grep -m 1 -E '(.*)' README.md", CI)
    found = [line for line in README.splitlines() if re.search(pattern, line)]
    assert [line.rpartition(" && ")[2] for line in found] == ['.venv/bin/pytest -n auto -m "not slow"']


def _one_liners() -> list[str]:
    """Return every command line of the documentation that runs genmock, less redirections and "&"."""
    fence = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    blocks = (found for page in PAGES for found in fence.findall(page.read_text("utf-8")))
    texts = [text for language, text in blocks if language in ("", "sh", "console")]
    lines = [line for text in texts for line in re.findall(r"^(?:\$ )?(genmock [a-z].*)", text, re.MULTILINE)]
    return sorted({re.split(r" [|<>&](?: |$)", line)[0] for line in lines})


@pytest.mark.parametrize("line", _one_liners())
def test_every_command_line_of_the_documentation_is_understood(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command: Any = typer.main.get_command(commands.app)
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    if command.name == "serve":  # which is read without typer
        options.read_options(words)
    command.make_context("genmock", list(words))


def test_the_documentation_has_command_lines_of_every_command() -> None:
    found = {" ".join(line.split()[1:2]) for line in _one_liners()}
    assert found == {"check", "diff", "fuzz", "serve", "specs", "try", "worker"}
