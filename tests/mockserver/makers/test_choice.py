"""Who makes a picture, and what is said where the pipeline cannot."""

from pathlib import Path
from typing import Any

import pytest

from genmock.mockserver import Settings, create_app
from genmock.mockserver.conversion import SettingsError
from genmock.mockserver.faults import PreferenceError
from genmock.mockserver.makers import opening
from genmock.mockserver.makers.choice import check_preference, engine_for

MODEL = "runware:108@1"


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the engine onnx need what is not installed."""
    monkeypatch.setitem(opening.ENGINES, "onnx", opening.Engine("a:B", ("no_such_runtime",), "pipeline"))


@pytest.mark.parametrize(
    ("settings", "asked", "expected"),
    [
        ({}, "", None),
        ({}, "pipeline", "onnx"),
        ({"mode": "pipeline"}, "", "onnx"),
        ({"mode": "pipeline"}, "fake", None),
        ({"mode": "pipeline", "pipeline_engine": "diffusers"}, "", "diffusers"),
        ({"model_mode": {MODEL: "pipeline"}}, "", "onnx"),
        ({"model_mode": {MODEL: "pipeline"}}, "fake", None),
        ({"model_mode": {"another:1@1": "pipeline"}}, "", None),
        ({"mode": "pipeline", "model_mode": {MODEL: "fake"}}, "", None),
        ({"mode": "pipeline", "model_mode": {MODEL: "fake"}}, "pipeline", "onnx"),
    ],
)
def test_the_request_counts_before_the_model_and_that_before_the_server(
    settings: dict[str, Any], asked: str, expected: str | None
) -> None:
    assert engine_for(Settings(**settings), asked, MODEL) == expected


@pytest.mark.usefixtures("lacking")
@pytest.mark.parametrize(
    ("settings", "where"),
    [({"mode": "pipeline"}, "--mode"), ({"model_mode": {MODEL: "pipeline"}}, "--model-mode")],
)
def test_an_engine_that_is_not_installed_is_told_at_the_start(settings: dict[str, Any], where: str) -> None:
    with pytest.raises(SettingsError) as caught:
        create_app(Settings(**settings))
    assert str(caught.value) == (
        "the engine onnx needs no_such_runtime, not installed here\n\n"
        f"  where     {where}\n"
        "  expected  what it needs\n"
        "  next      pip install 'genmock[pipeline]'"
    )


@pytest.mark.usefixtures("lacking")
def test_a_request_that_prefers_what_is_not_installed_is_told_so() -> None:
    with pytest.raises(PreferenceError) as caught:
        check_preference(Settings(), "pipeline")
    assert str(caught.value) == (
        "Prefer: mode=pipeline cannot be had: the engine onnx needs no_such_runtime, not installed here; "
        "pip install 'genmock[pipeline]'."
    )
    check_preference(Settings(), "fake")


@pytest.mark.usefixtures("lacking")
def test_a_server_whose_workers_are_elsewhere_needs_no_engine() -> None:
    check_preference(Settings(pipeline_workers=0, store="redis://queue.test:6379/0"), "pipeline")
    with pytest.raises(PreferenceError) as caught:
        check_preference(Settings(pipeline_workers=0), "pipeline")
    assert str(caught.value) == (
        "Prefer: mode=pipeline cannot be had: the store memory is one machine's own; see docs/pipeline.md."
    )


def test_a_model_that_is_not_there_is_told_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(opening.ENGINES, "onnx", opening.Engine("a:B", (), "pipeline"))
    with pytest.raises(SettingsError, match=f"there is no folder {tmp_path}/none\n"):
        create_app(Settings(mode="pipeline", pipeline_model=f"{tmp_path}/none"))


def test_the_plan_of_an_engine_has_what_the_settings_say() -> None:
    onnx = Settings(pipeline_model="tiny")
    assert opening.plan_of(onnx).arguments == {"model": "tiny"}
    diffusers = Settings(pipeline_engine="diffusers", pipeline_offload="none")
    assert opening.plan_of(diffusers).arguments == {"offload": "none"}


def test_another_engines_model_is_not_trained() -> None:
    assert opening.trainer_of(Settings(pipeline_model="tiny")).arguments == {"model": "tiny"}
    assert opening.trainer_of(Settings(pipeline_model="tiny", pipeline_engine="diffusers")).arguments == {}
