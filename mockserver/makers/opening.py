"""Which maker an engine's name stands for, what it needs to be installed, and how it is opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

from .base import PictureMaker

if TYPE_CHECKING:
    from ..settings import Settings

DIFFUSION = f"{__name__.rpartition('.makers.')[0]}.diffusion"


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine. target: module:class of its maker. needs: modules without which it cannot be opened.

    extra: of the package, which brings those.
    """

    target: str
    needs: Sequence[str]
    extra: str


@dataclass(frozen=True, slots=True)
class Plan:
    """How a maker is opened, in whichever process. target: module:class. arguments: of the class."""

    target: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


ENGINES: dict[str, Engine] = {
    "onnx": Engine(f"{DIFFUSION}.onnx_maker:OnnxMaker", ("onnxruntime", "numpy", "safetensors"), "pipeline"),
    "diffusers": Engine(
        f"{DIFFUSION}.diffusers_maker:DiffusersMaker", ("torch", "diffusers", "transformers"), "pipeline-torch"
    ),
}


def missing(engine: str) -> Sequence[str]:
    """Return the modules that an engine needs and that are not installed; nothing is loaded for it."""
    return [name for name in ENGINES[engine].needs if find_spec(name) is None]


def install(engine: str) -> str:
    """Return the command that installs what an engine needs."""
    return f"pip install 'genmock[{ENGINES[engine].extra}]'"


TRAINER = f"{DIFFUSION}.lora_training:LoraTrainer"  # of the shipped model, and of those of its form, on ONNX Runtime


def plan_of(settings: "Settings") -> Plan:
    """Return how the maker of the settings' engine is opened."""
    model = {"model": settings.pipeline_model} if settings.pipeline_model else {}
    offload = {"offload": settings.pipeline_offload} if settings.pipeline_engine == "diffusers" else {}
    return Plan(ENGINES[settings.pipeline_engine].target, {**model, **offload})


def trainer_of(settings: "Settings") -> Plan:
    """Return how the trainer of LoRAs is opened; the model of another engine is not for it to train."""
    own = settings.pipeline_model if settings.pipeline_engine == "onnx" else ""
    return Plan(TRAINER, {"model": own} if own else {})


def opened(plan: Plan) -> PictureMaker:
    """Return a new maker. Raises whatever its class raises, with a text for users where the cause is theirs."""
    return cast(PictureMaker, made_from(plan))


def made_from(plan: Plan) -> object:
    """Return what a plan opens."""
    module, _, name = plan.target.partition(":")
    return getattr(import_module(module), name)(**plan.arguments)
