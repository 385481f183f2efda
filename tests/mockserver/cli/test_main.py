import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import genmock

cli = importlib.import_module("genmock.mockserver.cli")
SCRIPT = Path(sys.executable).with_name("genmock")
Run = Callable[..., Any]
COMMANDS = ("serve", "check", "try", "specs")


def test_the_version_is_printed(genmock: Run) -> None:
    assert genmock("--version").out == f"genmock {VERSION}\n"


VERSION = genmock.__version__


def test_the_help_names_every_command(genmock: Run) -> None:
    done = genmock("--help")
    assert done.status == 0
    assert all(f"  {name} " in done.out for name in COMMANDS)


@pytest.mark.parametrize("arguments", [*((name,) for name in COMMANDS), ("specs", "list"), ("specs", "show")])
def test_every_help_is_plain_where_there_is_no_terminal(genmock: Run, arguments: tuple[str, ...]) -> None:
    done = genmock(*arguments, "--help")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"Usage: genmock {' '.join(arguments)} ")
    assert done.out.isascii()


def test_an_unknown_command_is_one_block_and_status_2(genmock: Run) -> None:
    done = genmock("srve")
    assert (done.status, done.out) == (2, "")
    assert "No such command 'srve'" in done.err


def test_an_unknown_option_of_a_command_is_one_block_and_status_2(genmock: Run) -> None:
    done = genmock("check", "--documnt", "x", "-")
    assert (done.status, done.out) == (2, "")
    assert "No such option: --documnt" in done.err


def test_a_bad_variable_is_a_mistake_for_every_command_that_reads_settings(
    genmock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENMOCK_PRT", "1")
    done = genmock("specs", "list")
    assert (done.status, done.err.splitlines()[0]) == (2, "genmock: there is no setting GENMOCK_PRT")


def test_our_own_defects_keep_their_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(arguments: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("genmock.mockserver.cli.serve.run", broken)
    with pytest.raises(RuntimeError, match="a defect"):
        cli.main(["serve"])


def test_an_interrupted_command_ends_with_130(genmock: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("genmock.mockserver.cli.serve.run", interrupted)
    assert genmock("serve").status == 130


def test_the_script_and_the_module_are_the_same_command() -> None:
    by_module = [sys.executable, "-m", "genmock.mockserver.cli", "--version"]
    for command in ([str(SCRIPT), "--version"], by_module):
        assert subprocess.check_output(command, text=True) == f"genmock {VERSION}\n"


def test_a_reader_that_goes_away_makes_no_traceback() -> None:
    command = f"'{SCRIPT}' specs show flux-1-dev-srpo | head -1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("{\n", "")
