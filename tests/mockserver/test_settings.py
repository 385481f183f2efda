"""Settings given in Python are held to what the other sources are held to."""

from pathlib import Path
from typing import Any

import pytest

from genmock.mockserver import Settings, create_app
from genmock.mockserver.conversion import SettingsError
from genmock.mockserver.faults import ScenarioError

WRONG: tuple[tuple[str, Any, str], ...] = (
    ("clock", "virtul", "one of real, virtual"),
    ("duration", {"imageInferenc": 1}, "a table of seconds, by imageInference or training or job"),
    ("duration", "imageInference=3", "a table of seconds, by imageInference or training or job"),
    ("webhook_backoff", "x", "a number of at least 0"),
    ("rate_limit", "10/x", "a number and a time, like 10/s, 600/min or 1000/h"),
    ("scenario", "flaky", "a list, each element a text that is not empty"),
    ("port", 70_000, "an integer from 0 to 65535"),
)


@pytest.mark.parametrize(("name", "value", "expected"), WRONG)
def test_a_value_that_no_source_could_give_is_refused(name: str, value: Any, expected: str) -> None:
    with pytest.raises(SettingsError) as caught:
        create_app(Settings(**{name: value}))
    assert f"  where     Settings({name}=...)\n  expected  {expected}\n" in str(caught.value)


def test_every_value_of_the_right_kind_is_taken(tmp_path: Path) -> None:
    create_app(Settings(duration={"training": 1}, allow_host=("a.example",), key_balance={"k": 1}, rate_limit="5/s"))


def test_a_scenario_that_is_not_there_is_told_at_once() -> None:
    with pytest.raises(ScenarioError, match="did you mean flaky"):
        create_app(Settings(scenario=("flakey",)))
