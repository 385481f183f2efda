"""Which document describes a task: by its type and model, shipped, a user's own, or trained here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from genmock.specs import Document
from genmock.validators import Violation

from ...pipeline import Call
from .errors import ErrorItem, TaskRefused, refusal
from .handlers import HANDLERS
from .trained import usable_model

MODEL_TASKS = ("imageInference", "training")  # the task types whose contract depends on the model


@dataclass(frozen=True, slots=True)
class Route:
    """How a task is judged. judged: the task as the document knows it: a trained model goes by that of its base."""

    document: Document
    judged: Mapping[str, Any]


async def route(call: Call, index: int, item: Any) -> Route:  # noqa: ANN401 - any JSON value
    """Return how a task is judged. Raises TaskRefused for a type or model that is not served; it is journalled."""
    try:
        task_type = _task_type(call, item)
        if task_type not in MODEL_TASKS:
            return Route(_document(call, task_type, None), item)
        return await _by_model(call, task_type, item)
    except TaskRefused as refused:
        call.exchange.violations.append(_misrouted(index, item, refused.item))
        raise


def _task_type(call: Call, item: Any) -> str:  # noqa: ANN401
    errors = call.errors
    if not isinstance(item, dict):
        raise refusal(errors, "invalidTask")
    task_type = item.get("taskType")
    if task_type is None:
        raise refusal(errors, "missingTaskType")
    if not isinstance(task_type, str) or task_type not in HANDLERS:
        raise refusal(errors, "unsupportedTaskType", value=task_type, allowed=", ".join(HANDLERS))
    return task_type


async def _by_model(call: Call, task_type: str, item: Mapping[str, Any]) -> Route:
    model = item.get("model")
    if model is None:
        raise refusal(call.errors, "missingModel")
    if not isinstance(model, str) or ":" not in model or "@" not in model:
        raise refusal(call.errors, "invalidModel", value=model)
    trained = await usable_model(call, model, use="model", parameter="model") if task_type == "imageInference" else None
    if trained is None:
        return Route(_document(call, task_type, model), item)
    document = call.runtime.catalog.get(trained.document)
    return Route(document, {**item, "model": document.model})


def _document(call: Call, task_type: str, model: str | None) -> Document:
    catalog = call.runtime.catalog
    document = catalog.find(task_type, model)
    if document is None and call.runtime.settings.contract == "report":
        document = catalog.find(task_type, next(iter(catalog.models(task_type)), None))
    if document is None:
        raise refusal(call.errors, "modelNotFound", value=model, allowed=", ".join(catalog.models(task_type)))
    return document


async def check_adapters(call: Call, item: Mapping[str, Any]) -> None:
    """Refuse a LoRA that was trained here and that this account cannot use (yet). Raises TaskRefused.

    Of other LoRAs nothing is known, and every well-formed one is taken.
    """
    given = item.get("lora")
    for index, adapter in enumerate(given if isinstance(given, list) else ()):
        air = adapter.get("model") if isinstance(adapter, dict) else None
        if isinstance(air, str):
            await usable_model(call, air, use="lora", parameter=f"lora.{index}.model")


def _misrouted(index: int, item: Any, error: ErrorItem) -> Violation:  # noqa: ANN401 - any JSON value
    """Return the violation of a task that no document describes."""
    member = error.members.get("parameter", "")
    missing = error.code.startswith("missing")
    return Violation(
        "required" if missing else "unserved-task" if member else "type",
        f"/{index}/{member}" if member and not missing else f"/{index}",
        error.message,
        expected=member if missing else None,
        sent=item.get(member) if isinstance(item, dict) else item,
        source="the documents that this server has: genmock specs list",
    )
