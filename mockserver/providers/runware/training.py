"""training: a dataset that is read and judged, a task over time, and the model that it leaves.

Source: docs/providers/runware.md, "Training".
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

from genmock.specs import Training, training_of
from genmock.validators import with_defaults

from ...derive import derived_uuid
from ...models import TrainedModel
from ...stores import Put
from ...tasks import TaskRecord, account_id
from .acceptance import acknowledgement, admit, record_of
from .errors import TaskRefused, refusal
from .inputs import read_reference
from .media import file_url
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
    dataset = await _dataset(task, training, filled)
    await _check_free(task, air)  # again: another account may have taken it while the dataset was read
    price = task.call.runtime.prices.tasks[task.type]
    await task.charge(price)
    if task.call.dry_run:
        return Answer([{"taskType": task.type, "taskUUID": task.uuid, "air": air, "cost": float(price)}], price)
    file = derived_uuid(task.call.runtime.settings.seed, "trained", task.uuid)
    result: dict[str, Any] = {"taskType": task.type, "taskUUID": task.uuid, "air": air}
    result["outputs"] = {"files": [{"uuid": file, "url": f"{file_url(task.call.base_url, file)}.safetensors"}]}
    if filled.get("includeCost"):
        result["cost"] = float(price)
    record = record_of(task, [result], _detail(filled, dataset, training))
    await admit(task, record, media=[file], also=await _models(task, record, filled, training), cost=price)
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


async def _dataset(task: Task, training: Training, filled: Mapping[str, Any]) -> "Dataset":
    """Return the dataset that a task names. Raises TaskRefused when it cannot be read or trained on."""
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
        return await to_thread.run_sync(partial(read_dataset, data, rules, limits), limiter=limiter)
    except DatasetRejected as rejected:
        raise _rejected(task, rejected.reason) from None


def _rejected(task: Task, reason: str) -> TaskRefused:
    item = refusal(task.call.errors, "invalidDataset", parameter=DATASET).item
    return TaskRefused(replace(item, message=reason))


async def _models(task: Task, record: TaskRecord, filled: Mapping[str, Any], training: Training) -> Sequence[Put]:
    """Return the entry of the model that a training leaves; one that fails or never ends leaves none."""
    if record.failures or record.ends_at == inf:
        return ()
    about = filled["importModel"]
    model = TrainedModel(
        air=str(about["air"]),
        name=str(about["name"]),
        account=record.account,
        trainer=record.model,
        document=training.base_document,
        usable_as=training.usable_as,
        private=bool(about.get("private")),
        available_at=record.ends_at,
        description=str(about.get("shortDescription", "")),
        hero_image=str(about.get("heroImageURL", "")),
        version=str(about.get("version", "")),
    )
    return (await task.call.world.models.put_change(model),)
