"""The hot path: pictures that are asked for by words alone, and answered at once.

Nearly all tasks of a test suite are such. They go without the steps that only others need: input files, faults,
deliveries, the pipeline, trained models. What is kept of one is the task as it was sent and where its pictures are; its
record follows from that, and is made when somebody asks for it, which for most is never. Whatever is not plain, or not
right, is left to the way that all tasks can go. Both leave the same behind: see tests/laws/test_at_once.py.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from genmock.specs import Document
from genmock.validators import is_plainly_valid, with_defaults

from ...exchange import TaskNote
from ...makers.choice import uses_pipeline
from ...models import TABLE as MODELS
from ...pipeline import NO_PREFERENCE, Call
from ...runtime import Runtime
from ...task_table import Archived, medium_entry
from ...tasks import TaskRecord, account_id, task_id
from .image_inference import detail_of, filled_in, output_kinds, price_of, result_items, seed_of, undrawable
from .inputs import HOLDING
from .media import MEDIA_S
from .recipe import recipe_of
from .task import NAME

TASK_TYPE = "imageInference"
# Members of a task that is not plain: they are read from elsewhere, go elsewhere, or take more than a look.
INVOLVED = HOLDING | {"webhookURL", "uploadEndpoint", "hiresFix", "safety", "ttl"}


class Order(NamedTuple):
    """A plain task that is ready to be answered. filled: with its defaults. price: of one result, in USD."""

    item: Mapping[str, Any]
    document: Document
    filled: Mapping[str, Any]
    price: Decimal
    cost: Decimal


async def answer_at_once(call: Call) -> Sequence[dict[str, Any]] | None:
    """Return the results of a request all of whose tasks are plain, noted in its exchange; None, and no change, else.

    Raises StoreError.
    """
    orders = await _orders(call)
    if orders is None:
        return None
    if not await call.world.accounts.charge(call.key, sum((order.cost for order in orders), Decimal(0))):
        return None  # some of them may be paid for: the way of all tells which
    results: list[dict[str, Any]] = []
    for order in orders:
        items = await _accepted(call, order)
        results += items
        call.exchange.tasks.append(_note(order, len(items)))
        call.judged += [(order.document, item) for item in items]
    return results


async def _orders(call: Call) -> list[Order] | None:
    """Return the tasks of a request as orders, or None when one of them is not plain, or something is in its way.

    Only of the store in memory it is sure that a taskUUID that is free now still is when the task is written.
    """
    settings, world = call.runtime.settings, call.world
    odd = call.dry_run or call.preferences is not NO_PREFERENCE or settings.store != "memory" or uses_pipeline(settings)
    if odd or await world.faults.faults() or await world.store.size(MODELS):
        return None
    orders, uuids = list[Order](), set[str]()
    for item in call.body:
        order = _order(call.runtime, item)
        if order is None or await world.tasks.is_used(call.key, item["taskUUID"]):
            return None
        orders.append(order)
        uuids.add(item["taskUUID"].lower())
    return orders if len(uuids) == len(orders) else None


def _order(runtime: Runtime, item: Any) -> Order | None:  # noqa: ANN401 - any JSON value
    """Return a task as an order, or None when it is not plain or breaks its contract."""
    if type(item) is not dict or item.get("taskType") != TASK_TYPE or not INVOLVED.isdisjoint(item):
        return None
    model = item.get("model")
    document = runtime.catalog.find(TASK_TYPE, model) if type(model) is str else None
    if document is None or not is_plainly_valid(document, item):
        return None
    filled = with_defaults(document, item, deep=False)
    if None in filled.values() or "width" not in filled or "height" not in filled:
        return None
    size = int(filled["width"]), int(filled["height"])
    if filled.get("deliveryMethod") == "async" or output_kinds(filled) != ["URL"] or undrawable(filled, size, 1):
        return None
    price = price_of(runtime.prices, document, filled, size, 1)
    return Order(item, document, filled, price, price * int(filled.get("numberResults", 1)))


async def _accepted(call: Call, order: Order) -> list[dict[str, Any]]:
    """Write what a task leaves behind, and return its results."""
    settings, filled, now = call.runtime.settings, order.filled, call.world.clock.now()
    seed = seed_of(settings, filled)
    items = result_items(settings, call.base_url, filled, first_seed=seed, price=order.price)
    plain = {"provider": NAME, "document": order.document.id, "at": now, "base_url": call.base_url}
    until = now + max(settings.retention, MEDIA_S)
    name = task_id(account_id(call.key), filled["taskUUID"])
    media = [medium_entry(name, item["imageUUID"], index, until) for index, item in enumerate(items)]
    await call.world.tasks.archive(call.key, filled["taskUUID"], Archived(order.item, plain=plain), until, *media)
    return items


def expand(runtime: Runtime, account: str, archived: Archived) -> TaskRecord:
    """Return the record of a plain task: what the way of all tasks writes when it accepts one."""
    assert archived.plain is not None, "only plain tasks are expanded"
    settings, at, base_url = runtime.settings, archived.plain["at"], archived.plain["base_url"]
    document = runtime.catalog.get(archived.plain["document"])
    filled = filled_in(document, archived.item)
    size, seed = (int(filled["width"]), int(filled["height"])), seed_of(settings, filled)
    price = price_of(runtime.prices, document, filled, size, 1)
    return TaskRecord(
        provider=NAME,
        account=account,
        uuid=filled["taskUUID"],
        type=TASK_TYPE,
        model=filled["model"],
        accepted_at=at,
        duration_s=0.0,
        expires_at=at + settings.retention,
        results=result_items(settings, base_url, filled, first_seed=seed, price=price),
        detail=detail_of(filled, recipe_of(filled, (), seed=seed, size=size, scale=1), at),
    )


def _note(order: Order, results: int) -> TaskNote:
    item, cost = order.item, order.cost
    names = item["taskUUID"][:100], item["model"][:100]
    return TaskNote(TASK_TYPE, *names, "ok", results=results, cost=str(cost) if cost else "")
