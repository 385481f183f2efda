"""Who makes a picture: what a request prefers, else what the settings say of its model, else their mode."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ..conversion import SettingsError
from ..faults import PreferenceError
from ..stores import without_password
from .opening import install, missing

if TYPE_CHECKING:
    from ..settings import Settings


def engine_for(settings: "Settings", asked: str, model: str) -> str | None:
    """Return the engine that makes a picture, or None where it is drawn. asked: "fake", "pipeline" or ""."""
    mode = asked or settings.model_mode.get(model, settings.mode)
    return settings.pipeline_engine if mode == "pipeline" else None


def uses_pipeline(settings: "Settings") -> bool:
    """Return whether a server may need the pipeline without a request's asking for it."""
    return settings.mode == "pipeline" or "pipeline" in settings.model_mode.values()


def check_server(settings: "Settings") -> None:
    """Raise SettingsError when a server cannot have the pictures made that its settings ask for."""
    if settings.pipeline_workers:
        check_engine(settings)
    else:
        check_queue(settings)


def check_queue(settings: "Settings") -> None:
    """Raise SettingsError when the orders of a server cannot reach workers elsewhere, or a worker its orders."""
    if not settings.store.startswith(("redis://", "rediss://")):
        raise SettingsError(
            f"the store {without_password(settings.store)} is one machine's own",
            where="--store",
            expected="redis://HOST:PORT/NUMBER, the one that all servers and workers share",
            advice="see docs/pipeline.md",
        )
    if find_spec("saq") is None:
        raise SettingsError(
            "the queue between servers and workers needs saq, not installed here",
            where="--pipeline-workers 0, or genmock worker",
            expected="the extra that brings it",
            advice="pip install 'genmock[queue]'",
        )


def check_engine(settings: "Settings") -> None:
    """Raise SettingsError when the pipeline that the settings ask for cannot be opened here."""
    engine = settings.pipeline_engine
    why = unusable(settings)
    if why:
        raise SettingsError(why, where=_asking(settings), expected="what it needs", advice=install(engine))
    model = settings.pipeline_model
    if model and engine == "onnx" and not Path(model).is_dir():
        raise SettingsError(
            f"there is no folder {model}",
            where="--pipeline-model",
            expected="the folder of a model that genmock exported",
            advice="leave it out for the shipped model, or add --pipeline-engine diffusers for a hub id",
        )


def unusable(settings: "Settings") -> str:
    """Return why the engine of the settings cannot be used here, or ""."""
    lacking = missing(settings.pipeline_engine)
    return f"the engine {settings.pipeline_engine} needs {', '.join(lacking)}, not installed here" if lacking else ""


def check_preference(settings: "Settings", asked: str) -> None:
    """Raise PreferenceError when a request cannot have the mode that it prefers."""
    why = unusable(settings) if asked == "pipeline" else ""
    if why:
        raise PreferenceError(f"Prefer: mode=pipeline cannot be had: {why}; {install(settings.pipeline_engine)}.")


def _asking(settings: "Settings") -> str:
    options: Mapping[str, bool] = {
        "--mode": settings.mode == "pipeline",
        "--model-mode": "pipeline" in settings.model_mode.values(),
    }
    return " and ".join(name for name, asks in options.items() if asks)
