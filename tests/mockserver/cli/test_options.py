import importlib
from typing import Any

import pytest
import typer

configuration = importlib.import_module("genmock.mockserver.configuration")
conversion = importlib.import_module("genmock.mockserver.conversion")
options = importlib.import_module("genmock.mockserver.cli.options")
commands = importlib.import_module("genmock.mockserver.cli.commands")
read_options, SettingsError = options.read_options, conversion.SettingsError

ADVICE = "see genmock serve --help, or the table in docs/settings.md"


def refusal(*arguments: str) -> str:
    with pytest.raises(SettingsError) as error:
        read_options(arguments)
    return str(error.value)


def serve_command() -> Any:
    group: Any = typer.main.get_command(commands.app)
    return group.commands["serve"]


def test_nothing_given_is_nothing_read() -> None:
    assert read_options([]) == {}


def test_options_are_read_as_texts_by_setting_name() -> None:
    arguments = ["--port", "9000", "--seed=-7", "--log-format", "json", "--quiet", "--no-check-replies", "--config=x"]
    assert read_options(arguments) == {
        "port": "9000",
        "seed": "-7",
        "log_format": "json",
        "quiet": True,
        "check_replies": False,
        "config": "x",
    }


def test_a_repeated_option_makes_a_list() -> None:
    assert read_options(["--api-key", "a,b", "--api-key=c", "--key-balance", "a=1"]) == {
        "api_key": ["a,b", "c"],
        "key_balance": ["a=1"],
    }


def test_the_last_of_a_single_option_counts() -> None:
    assert read_options(["--port", "1", "--port", "2"]) == {"port": "2"}


def test_an_option_is_not_abbreviated() -> None:
    assert refusal("--max-b", "1").startswith("there is no setting --max-b\n")


def test_an_unknown_option_is_refused_with_the_nearest() -> None:
    assert refusal("--prot=5") == (
        "there is no setting --prot\n\n"
        "  where     the arguments\n"
        "  expected  an option of the settings; did you mean --port?\n"
        f"  next      {ADVICE}"
    )


def test_an_option_without_its_value_is_refused() -> None:
    assert refusal("--port") == (
        "argument --port: expected one argument\n\n"
        "  where     the arguments of genmock serve\n"
        "  expected  options with their values, as in --port 8000\n"
        f"  next      {ADVICE}"
    )


def test_what_is_no_option_is_refused() -> None:
    assert refusal("8000").startswith("genmock serve takes no argument '8000'\n")


def test_the_help_describes_the_very_options_that_are_read() -> None:
    described = {parameter.name: set(parameter.opts) for parameter in serve_command().params}
    names = ["config", *conversion.KINDS]
    assert described == {name: {configuration.option_name(name)} for name in names} | (
        {"help": described["help"]} if "help" in described else {}
    )


@pytest.mark.parametrize("name", conversion.KINDS)
def test_both_readers_agree_on_how_often_an_option_may_stand(name: str) -> None:
    (parameter,) = [parameter for parameter in serve_command().params if parameter.name == name]
    assert parameter.multiple is options.is_repeatable(name)
