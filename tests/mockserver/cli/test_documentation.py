import importlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer

from genmock.mockserver import Settings

configuration = importlib.import_module("genmock.mockserver.configuration")
options = importlib.import_module("genmock.mockserver.cli.options")
commands = importlib.import_module("genmock.mockserver.cli.commands")

DOCS = Path(__file__).parents[3] / "docs"
SETTINGS = (DOCS / "settings.md").read_text("utf-8")
CLI = (DOCS / "cli.md").read_text("utf-8")
EVERYWHERE = {"--help", "-h"}


def row(field: Any) -> str:
    default = options.default_text(field)
    meaning = field.metadata["help"].replace("|", "\\|")
    if example := field.metadata["example"]:
        meaning += f", for example `{example}`"
    names = (configuration.option_name(field.name), configuration.variable_name(field.name), field.name)
    cells = [*(f"`{name}`" for name in names), f"`{default}`" if default else "-", meaning]
    return f"| {' | '.join(cells)} |"


def leaves(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name, inner in command.commands.items():
        yield from leaves(inner, f"{path} {name}")


COMMANDS: Mapping[str, Any] = dict(leaves(typer.main.get_command(commands.app), "genmock"))


def section(command: str) -> str:
    _, _, rest = CLI.partition(f"\n## {command}\n")
    return rest.partition("\n## ")[0]


def options_of(command: Any) -> set[str]:
    return {name for p in command.params for name in (*p.opts, *p.secondary_opts) if name.startswith("-")} - EVERYWHERE


@pytest.mark.parametrize("field", fields(Settings), ids=lambda field: field.name)
def test_every_setting_has_its_row(field: Any) -> None:
    assert row(field) in SETTINGS.splitlines()


def test_no_setting_is_documented_that_is_not_there() -> None:
    documented = re.findall(r"^\| `(--[a-z-]+)` \| `GENMOCK_", SETTINGS, re.MULTILINE)
    assert documented == [configuration.option_name(field.name) for field in fields(Settings)]


def test_the_second_table_lists_what_is_inferred() -> None:
    _, _, table = SETTINGS.partition("\n## What is inferred about the provider\n")
    documented = re.findall(r"^\| `(--[a-z-]+)` \| (.*) \|$", table, re.MULTILINE)
    inferred = [field for field in fields(Settings) if field.metadata["inferred"]]
    assert documented == [(configuration.option_name(field.name), field.metadata["help"]) for field in inferred]


def test_every_reserved_variable_is_documented() -> None:
    assert all(f"| `{name}` |" in SETTINGS for name in configuration.RESERVED)


def test_the_example_of_a_settings_file_can_be_used(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", SETTINGS, re.DOTALL)
    (tmp_path / "genmock.toml").write_text(example)
    settings = configuration.load_settings({}, environ={}, folder=tmp_path)
    assert set(tomllib.loads(example)) == {name for name in vars(settings) if getattr(settings, name) != getattr(
        Settings(), name)}  # fmt: skip


def test_the_example_of_an_error_is_what_is_printed(tmp_path: Path) -> None:
    with pytest.raises(configuration.SettingsError) as error:
        configuration.load_settings({}, environ={"GENMOCK_PORT": "70000"}, folder=tmp_path)
    assert f"```\n{error.value}\n```" in SETTINGS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_section_and_its_row(command: str) -> None:
    anchor = command.replace(" ", "-")
    assert section(command)
    assert f"| [`{command}`](#{anchor}) |" in CLI


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "genmock serve"])
def test_every_option_of_a_command_has_its_row(command: str) -> None:
    documented = set(re.findall(r"^\| `(--[a-z-]+)` \|", section(command), re.MULTILINE))
    assert documented == options_of(COMMANDS[command])


def test_the_section_of_serve_documents_the_option_that_is_no_setting() -> None:
    assert re.findall(r"^\| `(--[a-z-]+)` \|", section("genmock serve"), re.MULTILINE) == ["--config"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_has_an_example(command: str) -> None:
    assert f"  {command}" in COMMANDS[command].epilog
