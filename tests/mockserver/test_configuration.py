import contextlib
import importlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genmock.mockserver import Settings

configuration = importlib.import_module("genmock.mockserver.configuration")
faults = importlib.import_module("genmock.mockserver.faults")
conversion = importlib.import_module("genmock.mockserver.conversion")
RESERVED, load_settings = configuration.RESERVED, configuration.load_settings
option_name, variable_name = configuration.option_name, configuration.variable_name
BOUNDS, KINDS, SettingsError = conversion.BOUNDS, conversion.KINDS, conversion.SettingsError

ADVICE = "see genmock serve --help, or the table in docs/settings.md"
SAMPLES: Mapping[str, tuple[str, object, str]] = {  # setting -> (as text, its value, as TOML)
    "host": ("0.0.0.0", "0.0.0.0", '"0.0.0.0"'),
    "port": ("9000", 9000, "9000"),
    "public_url": ("https://mock.example", "https://mock.example", '"https://mock.example"'),
    "provider": ("kiapi", ("kiapi",), '["kiapi"]'),
    "seed": ("-7", -7, "-7"),
    "contract": ("strict", "strict", '"strict"'),
    "errors": ("published", "published", '"published"'),
    "missing_dimensions": ("default", "default", '"default"'),
    "result_order": ("shuffled", "shuffled", '"shuffled"'),
    "result_seeds": ("derived", "derived", '"derived"'),
    "mixed_status": ("error", "error", '"error"'),
    "key_from": ("task", "task", '"task"'),
    "authentication_reply": ("always", "always", '"always"'),
    "unknown_task": ("empty", "empty", '"empty"'),
    "reused_task_uuid": ("allow", "allow", '"allow"'),
    "poll_failures": ("data", "data", '"data"'),
    "result_progress": ("one-by-one", "one-by-one", '"one-by-one"'),
    "webhook_body": ("flat", "flat", '"flat"'),
    "retention": ("60.5", 60.5, "60.5"),
    "array_path": ("brackets", "brackets", '"brackets"'),
    "clock": ("virtual", "virtual", '"virtual"'),
    "tick_per_poll": ("0.5", 0.5, "0.5"),
    "duration": ("training=2", {"training": 2.0}, "{training = 2}"),
    "scenario": ("flaky", ("flaky",), '["flaky"]'),
    "rate_limit": ("10/s", "10/s", '"10/s"'),
    "mode": ("pipeline", "pipeline", '"pipeline"'),
    "model_mode": ("a:1@2=pipeline", {"a:1@2": "pipeline"}, '{"a:1@2" = "pipeline"}'),
    "pipeline_engine": ("diffusers", "diffusers", '"diffusers"'),
    "pipeline_model": ("owner/name", "owner/name", '"owner/name"'),
    "pipeline_offload": ("none", "none", '"none"'),
    "pipeline_workers": ("2", 2, "2"),
    "pipeline_queue": ("0", 0, "0"),
    "pipeline_timeout": ("2.5", 2.5, "2.5"),
    "pipeline_steps": ("8", 8, "8"),
    "pipeline_training_steps": ("20", 20, "20"),
    "webhook_timeout": ("2.5", 2.5, "2.5"),
    "webhook_attempts": ("3", 3, "3"),
    "webhook_backoff": ("0.5", 0.5, "0.5"),
    "webhook_backoff_max": ("4", 4.0, "4"),
    "deliveries_at_once": ("2", 2, "2"),
    "store": ("sqlite:///state.db", "sqlite:///state.db", '"sqlite:///state.db"'),
    "workers": ("4", 4, "4"),
    "specs": ("mine", (Path("mine"),), '["mine"]'),
    "prices": ("p.toml", Path("p.toml"), '"p.toml"'),
    "error_catalog": ("e.toml", Path("e.toml"), '"e.toml"'),
    "api_key": ("key-1", ("key-1",), '["key-1"]'),
    "bad_key": ("key-2", ("key-2",), '["key-2"]'),
    "balance": ("12.5", 12.5, "12.5"),
    "key_balance": ("poor=0.01", {"poor": 0.01}, "{poor = 0.01}"),
    "socket_key_error": ("error", "error", '"error"'),
    "socket_bad_key": ("close", "close", '"close"'),
    "socket_idle": ("30", 30.0, "30"),
    "socket_resume": ("30", 30.0, "30"),
    "socket_deflate": ("false", False, "false"),
    "max_frame": ("1000", 1000, "1000"),
    "max_sockets": ("5", 5, "5"),
    "max_in_flight": ("7", 7, "7"),
    "kiapi_token": ("secret", "secret", '"secret"'),
    "kiapi_token_mask": ("true", True, "true"),
    "kiapi_sync_timeout": ("2.5", 2.5, "2.5"),
    "kiapi_jobs": ("keep", "keep", '"keep"'),
    "allow_host": ("images.example", ("images.example",), '["images.example"]'),
    "max_body": ("10", 10, "10"),
    "max_image_pixels": ("11", 11, "11"),
    "max_media": ("12", 12, "12"),
    "max_tasks": ("15", 15, "15"),
    "max_pictures": ("13", 13, "13"),
    "journal_size": ("14", 14, "14"),
    "check_replies": ("true", True, "true"),
    "log_format": ("json", "json", '"json"'),
    "quiet": ("yes", True, "true"),
}


def load(folder: Path, toml: str = "", environ: Mapping[str, str] | None = None, **arguments: Any) -> Settings:
    if toml:
        (folder / "genmock.toml").write_text(toml, "utf-8")
    settings: Settings = load_settings(arguments, environ=environ or {}, folder=folder)
    return settings


def refusal(folder: Path, toml: str = "", environ: Mapping[str, str] | None = None, **arguments: Any) -> str:
    with pytest.raises(SettingsError) as error:
        load(folder, toml, environ, **arguments)
    return str(error.value)


def _arg(name: str, value: object) -> dict[str, Any]:
    return {name: value}


def in_folder(value: object, folder: Path) -> object:
    if isinstance(value, tuple):
        return tuple(in_folder(part, folder) for part in value)
    return folder / value if isinstance(value, Path) else value


def test_every_setting_has_a_sample_here() -> None:
    assert list(SAMPLES) == list(KINDS)


def test_every_number_has_bounds() -> None:
    assert set(BOUNDS) == {n for n, kind in KINDS.items() if kind in (int, float) or kind == Mapping[str, float]}


def test_nothing_given_leaves_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == Settings()


@pytest.mark.parametrize("name", SAMPLES)
def test_every_setting_can_be_an_argument(name: str, tmp_path: Path) -> None:
    text, value, _ = SAMPLES[name]
    assert getattr(load(tmp_path, **_arg(name, text)), name) == in_folder(value, tmp_path)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_setting_can_be_a_variable(name: str, tmp_path: Path) -> None:
    text, value, _ = SAMPLES[name]
    assert getattr(load(tmp_path, environ={variable_name(name): text}), name) == in_folder(value, tmp_path)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_setting_can_be_a_key_of_the_file(name: str, tmp_path: Path) -> None:
    _, value, toml = SAMPLES[name]
    assert getattr(load(tmp_path, f"{name} = {toml}"), name) == in_folder(value, tmp_path)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_setting_can_be_given_as_the_value_itself(name: str, tmp_path: Path) -> None:
    value = in_folder(SAMPLES[name][1], tmp_path)
    assert getattr(load(tmp_path, **_arg(name, value)), name) == value


@given(st.lists(st.sampled_from(["toml", "environ", "argument"]), unique=True), st.permutations(["a", "b", "c"]))
def test_the_strongest_source_that_has_a_setting_wins(sources: list[str], hosts: list[str]) -> None:
    toml, environ, argument = (
        host if name in sources else None for name, host in zip(("toml", "environ", "argument"), hosts, strict=True)
    )
    with tempfile.TemporaryDirectory() as folder:
        settings = load(
            Path(folder),
            f'host = "{toml}"' if toml else "",
            {"GENMOCK_HOST": environ} if environ else {},
            host=argument,
        )
    assert settings.host == (argument or environ or toml or Settings().host)


def test_a_stronger_source_replaces_a_list_as_a_whole(tmp_path: Path) -> None:
    assert load(tmp_path, 'api_key = ["a", "b"]', {"GENMOCK_API_KEY": "c,d"}).api_key == ("c", "d")
    assert load(tmp_path, 'api_key = ["a", "b"]', {"GENMOCK_API_KEY": "c,d"}, api_key=["e"]).api_key == ("e",)


def test_lists_in_variables_are_separated_by_commas(tmp_path: Path) -> None:
    settings = load(tmp_path, environ={"GENMOCK_KEY_BALANCE": "a=1, b=0.5", "GENMOCK_ALLOW_HOST": "x.example,y:8080"})
    assert settings.key_balance == {"a": 1.0, "b": 0.5}
    assert settings.allow_host == ("x.example", "y:8080")


def test_an_argument_is_not_split_at_commas(tmp_path: Path) -> None:
    assert load(tmp_path, api_key=["a,b", "c"]).api_key == ("a,b", "c")


def test_a_key_may_hold_an_equals_sign(tmp_path: Path) -> None:
    assert load(tmp_path, key_balance=["base64==1.5"]).key_balance == {"base64=": 1.5}


def test_paths_in_the_file_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "mine.toml").write_text('prices = "p.toml"\nspecs = ["docs"]')
    settings = load_settings({}, environ={}, file=Path("sub/mine.toml"), folder=tmp_path)
    assert (settings.prices, settings.specs) == (tmp_path / "sub/p.toml", (tmp_path / "sub/docs",))


def test_the_folder_of_a_model_is_relative_to_the_file_and_a_hub_id_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    assert load(tmp_path, 'pipeline_model = "tiny"').pipeline_model == str(tmp_path / "tiny")
    assert load(tmp_path, 'pipeline_model = "owner/tiny"').pipeline_model == "owner/tiny"


def test_the_file_can_be_named_by_a_variable(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("port = 1234")
    assert load(tmp_path, "port = 1", {"GENMOCK_CONFIG": "mine.toml"}).port == 1234


def test_an_empty_variable_counts_as_absent(tmp_path: Path) -> None:
    assert load(tmp_path, environ={"GENMOCK_PORT": "", "GENMOCK_CONFIG": ""}) == Settings()


def test_reserved_and_foreign_variables_are_let_be(tmp_path: Path) -> None:
    (tmp_path / "genmock.toml").write_text("")
    environ = dict.fromkeys(RESERVED, "genmock.toml") | {"PATH": "/bin", "genmock_port": "1"}
    assert load(tmp_path, environ=environ) == Settings()


def test_an_unknown_argument_is_refused_with_the_nearest(tmp_path: Path) -> None:
    assert refusal(tmp_path, prot=1) == (
        "there is no setting --prot\n\n"
        "  where     the arguments\n"
        "  expected  an option of the settings; did you mean --port?\n"
        f"  next      {ADVICE}"
    )


def test_an_unknown_variable_is_refused_with_the_nearest(tmp_path: Path) -> None:
    assert refusal(tmp_path, environ={"GENMOCK_API_KEYS": "x"}) == (
        "there is no setting GENMOCK_API_KEYS\n\n"
        "  where     the environment\n"
        "  expected  a GENMOCK_ variable of the settings; did you mean GENMOCK_API_KEY?\n"
        f"  next      {ADVICE}"
    )


def test_an_unknown_key_is_refused_with_the_nearest(tmp_path: Path) -> None:
    assert refusal(tmp_path, "max-body = 5") == (
        "there is no setting max-body\n\n"
        f"  where     {tmp_path / 'genmock.toml'}\n"
        "  expected  a key of the settings; did you mean max_body?\n"
        f"  next      {ADVICE}"
    )


def test_a_name_that_is_near_to_nothing_gets_no_guess(tmp_path: Path) -> None:
    assert "  expected  a key of the settings\n" in refusal(tmp_path, "elephant = 5")


def test_a_bad_argument_says_what_where_expected_and_next(tmp_path: Path) -> None:
    assert refusal(tmp_path, port="70000") == (
        'cannot use "70000" as port\n\n'
        "  where     --port\n"
        "  expected  an integer from 0 to 65535\n"
        f"  next      {ADVICE}"
    )


def test_a_bad_variable_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path, environ={"GENMOCK_CONTRACT": "lenient"}) == (
        'cannot use "lenient" as contract\n\n'
        "  where     GENMOCK_CONTRACT\n"
        "  expected  one of strict, provider, report\n"
        f"  next      {ADVICE}"
    )


def test_a_bad_key_of_the_file_is_named_with_the_file(tmp_path: Path) -> None:
    assert refusal(tmp_path, 'port = "8321"') == (
        'cannot use "8321" as port\n\n'
        f"  where     port in {tmp_path / 'genmock.toml'}\n"
        "  expected  an integer from 0 to 65535\n"
        f"  next      {ADVICE}"
    )


def test_a_bad_value_is_refused_also_where_a_stronger_source_wins(tmp_path: Path) -> None:
    assert "where     GENMOCK_PORT\n" in refusal(tmp_path, environ={"GENMOCK_PORT": "x"}, port=1)


BAD: tuple[tuple[str, Any, str], ...] = (
    ("port", -1, "an integer from 0 to 65535"),
    ("port", True, "an integer from 0 to 65535"),
    ("port", 1.5, "an integer from 0 to 65535"),
    ("seed", "one", "an integer"),
    ("balance", "nan", "a number of at least 0"),
    ("balance", "-0.01", "a number of at least 0"),
    ("balance", True, "a number of at least 0"),
    ("max_body", 0, "an integer of at least 1"),
    ("journal_size", "0", "an integer of at least 1"),
    ("quiet", "perhaps", "true or false"),
    ("quiet", 1, "true or false"),
    ("host", "", "a host name or address"),
    ("host", "http://x", "a host name or address"),
    ("public_url", "mock.example", "a URL like https://mock.example:8443"),
    ("public_url", "http://[", "a URL like https://mock.example:8443"),
    ("public_url", "http://a:x", "a URL like https://mock.example:8443"),
    ("allow_host", "https://images.example", "a host name like images.example.com, without https://"),
    ("api_key", "", "a text that is not empty"),
    ("api_key", [1], "a text that is not empty"),
    ("prices", "", "the path of a file"),
    ("specs", [""], "the path of a folder"),
    ("key_balance", "poor", "name=amount, the amount at least 0"),
    ("key_balance", "poor=x", "name=amount, the amount at least 0"),
    ("key_balance", "=1", "name=amount, the amount at least 0"),
    ("key_balance", "poor=-1", "name=amount, the amount at least 0"),
    ("errors", [], "one of observed, published"),
    ("store", "disk", "memory, sqlite:///FILE or redis://HOST:PORT/NUMBER"),
    ("store", "", "memory, sqlite:///FILE or redis://HOST:PORT/NUMBER"),
    ("workers", 0, "an integer from 1 to 256"),
    ("mode", "real", "one of fake, pipeline"),
    ("model_mode", "a:1@2", "model=fake or model=pipeline"),
    ("model_mode", "a:1@2=real", "model=fake or model=pipeline"),
    ("pipeline_workers", "65", "an integer from 0 to 64"),
    ("webhook_attempts", "101", "an integer from 1 to 100"),
    ("deliveries_at_once", 0, "an integer from 1 to 1000"),
    ("clock", "fake", "one of real, virtual"),
    ("tick_per_poll", "-1", "a number of at least 0"),
    ("retention", "inf", "a number of at least 0"),
    ("duration", "training", "imageInference=SECONDS or training=SECONDS or job=SECONDS, at least 0"),
    ("duration", "training=-1", "imageInference=SECONDS or training=SECONDS or job=SECONDS, at least 0"),
    ("duration", "imageInferrence=3", "imageInference=SECONDS or training=SECONDS or job=SECONDS, at least 0"),
    ("scenario", "", "a text that is not empty"),
    *(
        ("rate_limit", text, "a number and a time, like 10/s, 600/min or 1000/h")
        for text in ("10", "0/s", "x/s", "1/d")
    ),
)


@pytest.mark.parametrize(("name", "value", "expected"), BAD)
def test_a_value_that_cannot_be_used_is_refused(name: str, value: object, expected: str, tmp_path: Path) -> None:
    assert f"  where     {option_name(name)}\n  expected  {expected}\n" in refusal(tmp_path, **_arg(name, value))


@given(st.from_regex(r"[0-9]{1,10}/(s|min|h)", fullmatch=True))
def test_every_rate_limit_that_is_taken_can_be_kept(text: str) -> None:
    limit = ""
    with contextlib.suppress(SettingsError):
        limit = load_settings({"rate_limit": text}, environ={}, folder=Path()).rate_limit
    assert not limit or faults.parse_rate(limit).count == int(text.partition("/")[0])


def test_durations_are_the_defaults_but_for_those_that_are_given(tmp_path: Path) -> None:
    settings = load(tmp_path, duration=["training=2", "imageInference=0"])
    assert settings.durations == {"imageInference": 0.0, "training": 2.0, "job": 1.5}
    assert Settings().durations == {"imageInference": 1.5, "training": 10.0, "job": 1.5}


BAD_TOML = (
    ("specs", '"folder"', "a list, each element the path of a folder"),
    ("api_key", '"key"', "a list, each element a text that is not empty"),
    ("key_balance", '["a=1"]', "a table of amounts of at least 0, by key"),
    ("quiet", '"true"', "true or false"),
    ("balance", '"1"', "a number of at least 0"),
)


@pytest.mark.parametrize(("name", "toml", "expected"), BAD_TOML)
def test_the_file_holds_values_not_texts(name: str, toml: str, expected: str, tmp_path: Path) -> None:
    assert f"  expected  {expected}\n" in refusal(tmp_path, f"{name} = {toml}")


def test_a_key_is_never_shown(tmp_path: Path) -> None:
    text = refusal(tmp_path, 'api_key = ["a-secret", ""]')
    assert text.startswith("cannot use this value as api_key\n")
    assert "a-secret" not in text


def test_broken_toml_names_line_and_column(tmp_path: Path) -> None:
    assert refusal(tmp_path, "port = 1\nseed 2") == (
        "cannot read the settings file\n\n"
        f"  where     {tmp_path / 'genmock.toml'}\n"
        "  expected  TOML; Expected '=' after a key in a key/value pair (at line 2, column 6)\n"
        f"  next      {ADVICE}"
    )


def test_a_settings_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings({}, environ={}, file=Path("none.toml"), folder=tmp_path)
    assert str(error.value) == (
        'there is no settings file "none.toml"\n\n'
        "  where     --config\n"
        "  expected  the path of a TOML file\n"
        "  next      name one that is there"
    )


def test_a_settings_file_named_by_a_variable_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "  where     GENMOCK_CONFIG\n" in refusal(tmp_path, environ={"GENMOCK_CONFIG": "none.toml"})


def test_this_very_environment_can_be_read() -> None:
    ours = {name: value for name, value in os.environ.items() if name in RESERVED}
    assert load_settings({}, environ=ours, folder=Path("/nowhere")) == Settings()
