"""The command line in this process: the fixture `genmock` runs it in an empty folder and an empty environment."""

import importlib
import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

main = importlib.import_module("genmock.mockserver.cli").main


@dataclass(frozen=True)
class Outcome:
    """What a run of the command left."""

    status: int
    out: str
    err: str


@pytest.fixture
def genmock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Return a function that runs the command: genmock("check", "-", stdin=b"[]")."""
    monkeypatch.chdir(tmp_path)
    for name in [*filter(lambda name: name.startswith("GENMOCK_"), os.environ), "NO_COLOR", "FORCE_COLOR"]:
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: Any, stdin: bytes = b"") -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended:
            main(list(map(str, arguments)))
        output = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), output.out, output.err)

    return run
