"""Models that were trained here, where tasks name them: as ``model``, as ``lora[].model``, and in searches.

Source: docs/providers/runware.md, "Training".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from genmock.specs import Document

from ...models import Models, TrainedModel
from ...pipeline import Call
from ...tasks import account_id
from .errors import refusal
from .task import Task


async def document_of_trained(call: Call, air: str) -> Document | None:
    """Return the document that judges the image tasks of a trained model, or None when there is no such model.

    Raises TaskRefused for a model that the key cannot use, or not yet.
    """
    model = await _usable(call, air, "model", "model")
    return call.runtime.catalog.get(model.document) if model is not None else None


def as_judged(document: Document, item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a task as its document judges it: with the document's own model in place of one that was trained on it."""
    if document.model is None or item.get("taskType") != "imageInference" or item.get("model") == document.model:
        return item
    return {**item, "model": document.model}


async def check_loras(task: Task) -> None:
    """Refuse a LoRA that was trained here and that the key cannot use, or not yet; others are taken as they come."""
    loras = task.item.get("lora")
    for index, lora in enumerate(loras if isinstance(loras, list) else ()):
        await _usable(task.call, str(lora["model"]), "lora", f"lora.{index}.model")


async def found_models(call: Call, *, visibility: str) -> Sequence[Mapping[str, Any]]:
    """Return the trained models that a key can use, as a search tells of them.

    visibility: "all", "public", "private", "owned"; "favorite" finds none, since none can be marked.
    """
    own = account_id(call.key)
    models = await Models(call.world.store, call.world.clock).list(call.key)
    return [_found(model) for model in models if _shows(visibility, model, own)]


def _shows(visibility: str, model: TrainedModel, own: str) -> bool:
    if visibility == "owned":
        return model.account == own
    return visibility == "all" or visibility == ("private" if model.private else "public")


def _found(model: TrainedModel) -> Mapping[str, Any]:
    members = {
        "air": model.air,
        "name": model.name,
        "version": model.version,
        "category": "lora" if "lora" in model.usable_as else "checkpoint",
        "heroImage": model.hero_image,
        "shortDescription": model.description,
        "source": "genmock",
    }
    return {name: value for name, value in members.items() if value} | {"private": model.private}


async def _usable(call: Call, air: str, use: str, parameter: str) -> TrainedModel | None:
    """Return a trained model, or None when there is none of that AIR. Raises TaskRefused for one that cannot be used.

    use: of "model" and "lora". parameter: the member that names it.
    """
    model = await Models(call.world.store, call.world.clock).known(air)
    if model is None:
        return None
    hidden = model.private and model.account != account_id(call.key)
    if hidden or use not in model.usable_as:
        raise refusal(call.runtime.errors, "modelNotFound", parameter=parameter, value=air)
    if model.available_at > call.world.clock.now():
        raise refusal(call.runtime.errors, "modelNotReady", parameter=parameter, value=air)
    return model
