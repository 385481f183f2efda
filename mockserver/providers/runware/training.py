"""training: a dataset that is read and judged, a task over time, and the model that it leaves.

Source: docs/providers/runware.md, "Training".
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

from genmock.specs import Training, training_of
from genmock.validators import with_defaults

from ...clock import END
from ...derive import derived_uuid
from ...makers.choice import engine_for
from ...media import content_id
from ...models import TrainedModel
from ...stores import Put
from ...tasks import TaskRecord, account_id
from .acceptance import acknowledgement, admit, record_of
from .errors import TaskRefused, refusal
from .inputs import read_reference
from .media import file_url
from .producing import check_room, is_produced, production_of
from .task import Answer, Task

if TYPE_CHECKING:
    from ...training import Dataset

DATASET = "inputs.dataset"
MAX_READERS = 2  # datasets that are decoded at once; each may hold a large picture
# What a reference that leads nowhere is called for a picture; for a dataset the provider has one code only.
UNREADABLE = ("imageNotFound", "imageDownloadFailed", "invalidImage")
_readers: RunVar[CapacityLimiter] = RunVar("dataset readers")


async def answer(task: Task) -> Answer:
    """Acknowledge a training, once its dataset was found good; a dry run gets the price. Raises TaskRefused."""
    filled = with_defaults(task.document, task.item)
    filled["importModel"] = {**_unnamed(task), **filled.get("importModel", {})}
    air = str(filled["importModel"]["air"])
    await _check_free(task, air)
    training = training_of(task.document)
    data, dataset = await _dataset(task, training, filled)
    await _check_free(task, air)  # again: another account may have taken it while the dataset was read
    settings = task.call.runtime.settings
    makes = engine_for(settings, task.call.preferences.mode, task.item["model"]) is not None and is_produced(task)
    if makes:
        await check_room(task, 1)
    price = task.call.runtime.prices.tasks[task.type]
    await task.charge(price)
    if task.call.dry_run:
        return Answer([{"taskType": task.type, "taskUUID": task.uuid, "air": air, "cost": float(price)}], price)
    file = derived_uuid(task.call.runtime.settings.seed, "trained", task.uuid)
    result: dict[str, Any] = {"taskType": task.type, "taskUUID": task.uuid, "air": air}
    result["outputs"] = {"files": [{"uuid": file, "url": f"{file_url(task.call.base_url, file)}.safetensors"}]}
    if filled.get("includeCost"):
        result["cost"] = float(price)
    model = _model(task, filled, training, file)
    detail = dict(_detail(filled, dataset, training))
    if makes:
        steps = min(
            int(filled.get("trainingSteps", settings.pipeline_training_steps)), settings.pipeline_training_steps
        )
        detail |= {"dataset": content_id(data), "steps": steps, "model": asdict(model)}
    record = record_of(task, [result], detail, produced=makes)
    also = [*await _models(task, record, model), *([production_of(record)] if makes else [])]
    await admit(task, record, media=[file], contents=[data] if makes else [], also=also, cost=price)
    if makes:
        task.call.runtime.produce()
    return Answer([acknowledgement(task)], price, archived=True, accepted=True)


def _detail(filled: Mapping[str, Any], dataset: "Dataset", training: Training) -> Mapping[str, Any]:
    """Return what the file of weights is made from."""
    from ...training import recipe_of  # here: few servers ever train

    return recipe_of(filled, dataset, base=training.base_model).as_detail()


def _unnamed(task: Task) -> Mapping[str, Any]:
    """Return what names a model whose task does not: in report mode members at fault are left out."""
    return {"air": f"genmock:{task.uuid}@1", "name": task.uuid, "private": True}


async def _check_free(task: Task, air: str) -> None:
    """Refuse an AIR that a document or another account's model has."""
    call = task.call
    shipped = {name.lower() for name in call.runtime.catalog.models()}
    known = await call.world.models.known(air)
    if air.lower() in shipped or (known is not None and known.account != account_id(call.key)):
        raise refusal(call.errors, "conflictAIR", value=air)


async def _dataset(task: Task, training: Training, filled: Mapping[str, Any]) -> "tuple[bytes, Dataset]":
    """Return the dataset that a task names, its bytes first. Raises TaskRefused when it cannot be trained on."""
    from ...training import DatasetLimits, DatasetRejected, DatasetRules, read_dataset  # here: few servers ever train

    reference = str(filled.get("inputs", {}).get("dataset", ""))
    try:
        data = await read_reference(task, DATASET, reference)
    except TaskRefused as refused:
        if refused.item.code not in UNREADABLE:
            raise
        raise _rejected(task, f"Dataset must be the UUID or the URL of a ZIP file. {refused.item.message}") from None
    rules = DatasetRules(training.formats, training.max_image_bytes, training.min_images, training.max_images)
    limits = DatasetLimits(pixels=task.call.runtime.settings.max_image_pixels)
    limiter = _readers.get(None) or CapacityLimiter(MAX_READERS)
    _readers.set(limiter)
    try:
        return data, await to_thread.run_sync(partial(read_dataset, data, rules, limits), limiter=limiter)
    except DatasetRejected as rejected:
        raise _rejected(task, rejected.reason) from None


def _rejected(task: Task, reason: str) -> TaskRefused:
    item = refusal(task.call.errors, "invalidDataset", parameter=DATASET).item
    return TaskRefused(replace(item, message=reason))


async def _models(task: Task, record: TaskRecord, model: TrainedModel) -> Sequence[Put]:
    """Return the entry of the model that a training leaves; one that fails or never ends leaves none.

    One of the pipeline is not usable before that has ended, unless there is an earlier one of its AIR.
    """
    models = task.call.world.models
    if record.detail.get("produced"):
        return () if await models.get(model.air, task.call.key) else (await models.put_change(model),)
    if record.failures or record.ends_at == inf:
        return ()
    return (await models.put_change(replace(model, available_at=record.ends_at)),)


def _model(task: Task, filled: Mapping[str, Any], training: Training, file: str) -> TrainedModel:
    """Return the model that a training leaves, which is never usable yet. file: the UUID of its weights."""
    about = filled["importModel"]
    return TrainedModel(
        air=str(about["air"]),
        name=str(about["name"]),
        account=account_id(task.call.key),
        trainer=str(task.item.get("model", "")),
        document=training.base_document,
        usable_as=training.usable_as,
        private=bool(about.get("private")),
        available_at=END,
        description=str(about.get("shortDescription", "")),
        hero_image=str(about.get("heroImageURL", "")),
        version=str(about.get("version", "")),
        file=file,
    )
