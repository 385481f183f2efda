import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

import genmock
from genmock.mockserver import Runtime, Settings
from genmock.mockserver.providers.runware import greeting

serve = importlib.import_module("genmock.mockserver.cli.serve")
SCRIPT = Path(sys.executable).with_name("genmock")
NEEDED = ("genmock.mockserver.cli.serve", "genmock.mockserver.app", "uvicorn")
NOT_NEEDED = ("typer", "rich", "httpx", "openapi_core", "cel", "hypothesis", "schemathesis", "pytest", "torch")
URL = "http://127.0.0.1:8321"


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GENMOCK_", "FORCE_COLOR"))}
    return kept | {"PATH": f"{SCRIPT.parent}{os.pathsep}{kept['PATH']}"} | more


@contextmanager
def serving(folder: Path, *arguments: str, **environ: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Run ``genmock serve`` on a free port and give its URL, read from the first line that it prints."""
    command = [str(SCRIPT), "serve", "--port", "0", *arguments]
    process = subprocess.Popen(
        command, cwd=folder, env=environment(**environ), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        found = re.search(r"http://[0-9.:]+", process.stdout.readline())
        assert found, process.communicate()
        yield found[0], process
    finally:
        process.kill()
        process.communicate()


def banner(**settings: Any) -> list[str]:
    lines = serve.banner(Runtime(Settings(**settings)), URL)
    return ["".join(text for text, _ in line) for line in lines]


def test_the_banner_says_where_the_server_is_and_how_to_try_it() -> None:
    lines = banner()
    assert lines[:9] == [
        f"genmock {genmock.__version__}  {URL}",
        f"  runware   POST {URL}/v1",
        "  models    runware:111@1 (FLUX.1 [dev] SRPO), runware:108@1 (Qwen-Image)",
        "  trainings runware:qwen-image@style-lora-training (Qwen-Image Style LoRA Training), "
        "exactly:illustrative@training (Exactly Illustrative Training)",
        f"  kiapi     POST /v1/image/qwen/generate, /v1/image/qwen/edit; files, jobs, {URL}/docs",
        "  contract  provider; errors observed; seed 0; keys: any that is not empty; kiapi token: none needed",
        "  state     memory; clock real; faults none",
        f"  control   {URL}/__genmock__/openapi.json",
        "  docs      genmock serve --help, docs/cli.md, docs/settings.md",
    ]
    assert lines[-1] == "  stop with Ctrl+C"


def test_the_banner_of_kiapi_alone_has_its_own_line_to_try() -> None:
    lines = banner(provider=("kiapi",), kiapi_token="secret")
    assert lines[1] == f"  kiapi     POST /v1/image/qwen/generate, /v1/image/qwen/edit; files, jobs, {URL}/docs"
    assert lines[2] == "  contract  provider; errors observed; seed 0; kiapi token: as set"
    assert lines[9].startswith(f"curl -s {URL}/v1/image/qwen/generate -H 'Authorization: Bearer secret' -H ")
    assert lines[10] == "python3 -m webbrowser file:///tmp/genmock.png"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"provider": ("runware",)}, "keys: any that is not empty"),
        ({"provider": ("runware",), "api_key": ("k",)}, "keys: these only"),
        ({"provider": ("kiapi",)}, "kiapi token: none needed"),
        ({"provider": ("kiapi",), "kiapi_token": "t", "kiapi_token_mask": True}, "kiapi token: its mask"),
    ],
)
def test_the_banner_tells_which_credentials_are_taken_by_whom_it_serves(settings: dict[str, Any], told: str) -> None:
    (row,) = [line for line in banner(**settings) if line.startswith("  contract")]
    assert row == f"  contract  provider; errors observed; seed 0; {told}"


def test_the_line_to_paste_has_the_token_that_is_accepted() -> None:
    lines = banner(provider=("kiapi",), kiapi_token="secret", kiapi_token_mask=True)
    assert lines[9].startswith(f"curl -s {URL}/v1/image/qwen/generate -H 'Authorization: Bearer **********' -H ")


def test_the_banner_tells_no_password() -> None:
    lines = banner(store="redis://me:secret@cache.example:6379/0", scenario=("flaky",), clock="virtual")
    assert lines[6] == "  state     redis://cache.example:6379/0; clock virtual; faults flaky"


def test_the_line_to_paste_has_a_key_that_is_accepted() -> None:
    line = banner(api_key=("it's bad", "it's good"), bad_key=("it's bad",))[12]
    assert line.startswith(f"curl -s {URL}/v1 -H 'Authorization: Bearer it'\"'\"'s good' -H ")


@pytest.mark.skipif(not shutil.which("curl") or not shutil.which("bash"), reason="needs bash and curl")
def test_the_line_to_paste_works_twice_and_stopping_is_graceful(tmp_path: Path) -> None:
    with serving(tmp_path) as (url, process):
        assert process.stdout is not None
        rest = [process.stdout.readline() for _ in range(13)]
        (line,) = [line for line in rest if line.startswith("curl ")]
        line = line.replace(greeting.REPLY, str(tmp_path / "reply.json"))
        command = ["bash", "-c", line]
        texts = [subprocess.check_output(command, env=environment(), text=True) for _ in range(2)]
        items = [json.loads(text)["data"][0] for text in texts]
        assert items[0]["imageURL"] != items[1]["imageURL"]
        assert httpx.get(items[0]["imageURL"]).headers["content-type"] == "image/jpeg"
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert [line.split("  ")[2:6] for line in out.splitlines() if "POST" in line] == [
        ["imageInference runware:111@1 768x512", "ok", "1 result", "$0.0018"]
    ] * 2
    assert items[0]["imageURL"].startswith(url)


def test_settings_come_from_every_source(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('log_format = "json"\nseed = 1\ncontract = "report"')
    with serving(tmp_path, "--seed", "3", "--config", "mine.toml", GENMOCK_SEED="2", GENMOCK_CONTRACT="strict") as (
        url,
        process,
    ):
        settings = httpx.get(f"{url}/__genmock__/settings").json()["settings"]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    found = [settings[name]["value"] for name in ("seed", "contract", "log_format")]
    assert found == [3, "strict", "json"]
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        (["--prot", "1"], "genmock: there is no setting --prot"),
        (["--port", "x"], 'genmock: cannot use "x" as port'),
        (["--prices", "none.toml"], "genmock: cannot read {folder}/none.toml: No such file or directory"),
        (["--host", "192.0.2.1"], "genmock: cannot listen on 192.0.2.1 port 8321: Cannot assign requested address"),
        (["--config", "none.toml"], 'genmock: there is no settings file "none.toml"'),
    ],
)
def test_a_mistake_is_one_block_and_status_2(
    genmock: Callable[..., Any], arguments: list[str], first: str, tmp_path: Path
) -> None:
    done = genmock("serve", *arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.splitlines()[0] == first.format(folder=tmp_path)
    assert "Traceback" not in done.err


def announced(capsys: pytest.CaptureFixture[str], **settings: Any) -> str:
    serve.announce(Runtime(Settings(**settings)), URL)
    return capsys.readouterr().out


def test_quiet_announces_the_address_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert announced(capsys, quiet=True) == f"genmock {genmock.__version__}  {URL}\n"


def test_a_json_log_begins_with_the_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(announced(capsys, log_format="json")) == {
        "event": "started",
        "version": genmock.__version__,
        "url": URL,
    }


def test_odd_documents_of_the_user_are_told_of(tmp_path: Path) -> None:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Odd", "version": "1"},
        "paths": {},
        "components": {"schemas": {"Lonely": {"type": "string"}}},
    }
    (tmp_path / "odd.json").write_text(json.dumps(document))
    assert list(serve.findings(Runtime(Settings(specs=(tmp_path,))))) == [
        "warning: odd#/components/schemas/Lonely: unused-schema: no operation uses this schema"
    ]


def test_many_documents_of_the_user_are_not_looked_through_at_the_start(tmp_path: Path) -> None:
    for number in range(21):
        info = {"title": f"Odd {number}", "version": "1"}
        (tmp_path / f"odd-{number}.json").write_text(json.dumps({"openapi": "3.1.0", "info": info, "paths": {}}))
    assert list(serve.findings(Runtime(Settings(specs=(tmp_path,))))) == [
        "note: 21 documents are not looked through at the start; genmock specs lint FILE does"
    ]


def test_shipped_documents_are_not_told_of() -> None:
    assert list(serve.findings(Runtime(Settings()))) == []


def test_serving_loads_nothing_that_it_does_not_need() -> None:
    code = f"import sys, {', '.join(NEEDED)}\nprint([name for name in {NOT_NEEDED} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "first", "expected"),
    [
        (
            ("--store", "foo://x"),
            "genmock: there is no store 'foo://x'",
            "memory, sqlite:///PATH, redis://HOST:PORT/DB",
        ),
        (("--store", "sqlite:///no/such/state.db"), "genmock: cannot use the store: ", "a file of this version"),
        (
            ("--scenario", "flakey"),
            'genmock: there is no scenario "flakey"',
            "the path of a YAML file, or one of flaky",
        ),
        (("--rate-limit", "10"), 'genmock: cannot use "10" as rate_limit', "a number and a time, like 10/s"),
    ],
)
def test_what_a_server_cannot_start_with_is_told_at_the_start(
    genmock: Callable[..., Any], arguments: tuple[str, ...], first: str, expected: str
) -> None:
    done = genmock("serve", "--port", "0", *arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(first)
    assert f"\n  expected  {expected}" in done.err
