import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

cli = importlib.import_module("genmock.mockserver.cli")
SERVER = ["fuzz", "server", "--document", "flux-1-dev-srpo"]


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main([*SERVER, *arguments])
    return int(ended.value.code or 0)


def test_another_machine_is_not_fuzzed_without_leave(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--url", "https://api.runware.ai/v1") == 2
    told = capsys.readouterr().err
    assert told.startswith(
        "genmock: api.runware.ai is another machine, where requests may cost money: nothing was sent\n"
    )


def test_a_server_that_is_not_there_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--url", "http://127.0.0.1:9/v1") == 2
    assert capsys.readouterr().err.startswith("genmock: cannot reach http://127.0.0.1:9/v1: ")


def test_a_part_that_there_is_not_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--url", "http://127.0.0.1:9/v1", "--part", "wrong") == 2
    told = capsys.readouterr().err
    assert told == (
        "genmock: there is no part 'wrong'\n\n"
        "  where     --part\n"
        "  expected  invalid, edges, valid, arrays, same, schemathesis\n"
        "  next      see genmock fuzz server --help\n"
    )


def test_a_url_without_the_api_is_a_mistake(serving: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--url", serving, "--part", "same") == 2
    assert "for Runware it ends like https://api.runware.ai/v1, for kiapi it has no path" in capsys.readouterr().err


def test_a_clean_server_is_status_0_and_every_report_is_written(
    serving: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    files = [f"--{name}={tmp_path / name}" for name in ("junit", "html", "json")]
    assert run("--url", f"{serving}/v1", "--part", "same", "--max-examples", "10", *files) == 0
    assert "flux-1-dev-srpo, seed 0: nothing is wrong" in capsys.readouterr().out
    assert all((tmp_path / name).stat().st_size > 100 for name in ("junit", "html", "json"))


@pytest.fixture
def serving() -> Iterator[str]:
    from genmock.mockserver import ServerThread, Settings, create_app

    with ServerThread(create_app(Settings(duration={"imageInference": 0.0}))) as server:
        yield server.url
