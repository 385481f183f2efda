"""Who makes a picture: what a request prefers, else what the settings say of its model, else their mode."""

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Lack:
    """What keeps pictures of the pipeline from being made. The rows are those of a SettingsError."""

    what: str
    where: str
    expected: str
    advice: str

    @property
    def error(self) -> SettingsError:
        """What is raised of it at the start."""
        return SettingsError(self.what, where=self.where, expected=self.expected, advice=self.advice)


def check_server(settings: "Settings") -> None:
    """Raise SettingsError when a server cannot have the pictures made that its settings ask for."""
    lack = _of_server(settings)
    if lack is not None:
        raise lack.error


def check_worker(settings: "Settings") -> None:
    """Raise SettingsError when `genmock worker` cannot get orders, or cannot fulfil them."""
    lack = _of_queue(settings) or _of_engine(settings)
    if lack is not None:
        raise lack.error


def check_preference(settings: "Settings", asked: str) -> None:
    """Raise PreferenceError when a request cannot have the mode that it prefers."""
    lack = _of_server(settings) if asked == "pipeline" else None
    if lack is not None:
        raise PreferenceError(f"Prefer: mode=pipeline cannot be had: {lack.what}; {lack.advice}.")


def _of_server(settings: "Settings") -> Lack | None:
    """Return what a server lacks: an engine, or the way to workers that have one."""
    return _of_engine(settings) if settings.pipeline_workers else _of_queue(settings)


def _of_queue(settings: "Settings") -> Lack | None:
    """Return why the orders of a server cannot reach workers elsewhere, or a worker its orders."""
    if not settings.store.startswith(("redis://", "rediss://")):
        return Lack(
            f"the store {without_password(settings.store)} is one machine's own",
            where="--store",
            expected="redis://HOST:PORT/NUMBER, the one that all servers and workers share",
            advice="see docs/pipeline.md",
        )
    if find_spec("saq") is None:
        return Lack(
            "the queue between servers and workers needs saq, not installed here",
            where="--pipeline-workers 0, or genmock worker",
            expected="the extra that brings it",
            advice="pip install 'genmock[queue]'",
        )
    return None


def _of_engine(settings: "Settings") -> Lack | None:
    """Return why the engine of the settings cannot be opened here."""
    engine, model = settings.pipeline_engine, settings.pipeline_model
    lacking = missing(engine)
    if lacking:
        what = f"the engine {engine} needs {', '.join(lacking)}, not installed here"
        return Lack(what, where=_asking(settings), expected="what it needs", advice=install(engine))
    if model and engine == "onnx" and not Path(model).is_dir():
        return Lack(
            f"there is no folder {model}",
            where="--pipeline-model",
            expected="the folder of a model that genmock exported",
            advice="leave it out for the shipped model, or add --pipeline-engine diffusers for a hub id",
        )
    return None


def _asking(settings: "Settings") -> str:
    options: Mapping[str, bool] = {
        "--mode": settings.mode == "pipeline",
        "--model-mode": "pipeline" in settings.model_mode.values(),
    }
    return " and ".join(name for name, asks in options.items() if asks)
