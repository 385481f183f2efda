"""The hot path: pictures that are asked for by words alone, and answered at once.

Nearly all tasks of a test suite are such. What they need is known before anything is written, so that they go without
the steps that only others take: input files, faults, deliveries, the pipeline, trained models, other stores' waits.
Whatever is not plain, or not right, is left to the way that all tasks can go, and both leave the same behind: see
tests/laws/test_at_once.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from genmock.specs import Document
from genmock.validators import check_task

from ...exchange import TaskNote
from ...makers.choice import uses_pipeline
from ...models import TABLE as MODELS
from ...pipeline import NO_PREFERENCE, Call
from ...recipe import ImageRecipe
from ...task_table import Archived, medium_entry, record_entry
from ...tasks import TaskRecord, account_id
from .image_inference import detail_of, filled_in, output_kinds, price_of, result_items, scale_of, seed_of, undrawable
from .inputs import HOLDING
from .media import kept
from .recipe import recipe_of
from .task import NAME

INVOLVED = HOLDING | {"webhookURL", "uploadEndpoint"}  # members of a task that is not plain


@dataclass(frozen=True, slots=True)
class Order:
    """A plain task that is ready to be answered. filled: with its document's defaults. price: of one result, in USD."""

    item: Mapping[str, Any]
    document: Document
    filled: Mapping[str, Any]
    recipe: ImageRecipe
    price: Decimal

    @property
    def cost(self) -> Decimal:
        """The price of all results, in USD."""
        return self.price * int(self.filled.get("numberResults", 1))


async def answer_at_once(call: Call) -> Sequence[dict[str, Any]] | None:
    """Return the results of a request all of whose tasks are plain, noted in its exchange; None, and no change, else.

    Raises StoreError.
    """
    orders = await _orders(call)
    if orders is None or not await call.world.accounts.charge(
        call.key, sum((each.cost for each in orders), Decimal(0))
    ):
        return None
    results: list[dict[str, Any]] = []
    for order in orders:
        items = await _accepted(call, order)
        results += items
        call.exchange.tasks.append(_note(order, len(items)))
        call.judged += [(order.document, item) for item in items]
    return results


async def _orders(call: Call) -> list[Order] | None:
    """Return the tasks of a request as orders, or None when one of them is not plain, or something is in its way."""
    settings, world = call.runtime.settings, call.world
    odd = call.dry_run or call.preferences is not NO_PREFERENCE or settings.store != "memory" or uses_pipeline(settings)
    if odd or await world.faults.faults() or await world.store.size(MODELS):
        return None
    orders, seen = list[Order](), set[str]()
    for item in call.body:
        order = _order(call, item)
        if order is None or await world.tasks.is_used(call.key, item["taskUUID"]):
            return None
        orders.append(order)
        seen.add(item["taskUUID"].lower())
    return orders if len(seen) == len(orders) else None


def _order(call: Call, item: Any) -> Order | None:  # noqa: ANN401 - any JSON value
    """Return a task as an order, or None when it is not plain or breaks its contract."""
    if type(item) is not dict or item.get("taskType") != "imageInference" or not INVOLVED.isdisjoint(item):
        return None
    runtime, model = call.runtime, item.get("model")
    document = runtime.catalog.find("imageInference", model) if type(model) is str else None
    strict = runtime.settings.contract == "strict"
    if document is None or item.get("deliveryMethod") == "async" or check_task(document, item, strict=strict):
        return None
    filled = filled_in(document, item)
    if "width" not in filled or "height" not in filled or output_kinds(filled) != ["URL"]:
        return None
    size, scale = (int(filled["width"]), int(filled["height"])), scale_of(filled)
    if undrawable(filled, size, scale) or filled.get("deliveryMethod") == "async":
        return None
    recipe = recipe_of(filled, (), seed=seed_of(runtime.settings, filled), size=size, scale=scale)
    return Order(item, document, filled, recipe, price_of(runtime.prices, document, filled, size, scale))


async def _accepted(call: Call, order: Order) -> list[dict[str, Any]]:
    """Write what a task leaves behind, and return its results."""
    settings, filled, now = call.runtime.settings, order.filled, call.world.clock.now()
    uuid = str(filled["taskUUID"])
    seed, price = order.recipe.seed, order.price
    items = result_items(settings, call.base_url, filled, first_seed=seed, price=price)
    record = TaskRecord(
        provider=NAME,
        account=account_id(call.key),
        uuid=uuid,
        type="imageInference",
        model=filled["model"],
        accepted_at=now,
        duration_s=0.0,
        expires_at=now + settings.retention,
        results=items,
        detail=detail_of(filled, order.recipe, now),
    )
    until = kept(record)
    media = [medium_entry(record, item["imageUUID"], index, until) for index, item in enumerate(items)]
    await call.world.tasks.archive(call.key, uuid, Archived(order.item), until, record_entry(record, until), *media)
    return items


def _note(order: Order, results: int) -> TaskNote:
    item = order.item
    cost = str(order.cost) if order.cost else ""
    return TaskNote("imageInference", item["taskUUID"][:100], item["model"][:100], "ok", results=results, cost=cost)
