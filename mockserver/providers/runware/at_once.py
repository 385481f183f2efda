"""The hot path: pictures that are asked for by words alone, and answered at once.

Nearly all tasks of a test suite are such. They go without the steps that only others need: input files, faults,
deliveries, the pipeline, trained models. What is kept of one is the task as it was sent and where its pictures are; its
record follows from that, and is made when somebody asks for it, which for most is never. Whatever is not plain, or not
right, is left to the way that all tasks can go. Both leave the same behind: see tests/laws/test_at_once.py.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from genmock.specs import Catalog, Document
from genmock.validators import plain_verdict, task_defaults

from ...exchange import TaskNote
from ...models import TABLE as MODELS
from ...pipeline import NO_PREFERENCE, Call
from ...runtime import Runtime
from ...stores import Put
from ...task_table import Archived, archive_entry, medium_entry
from ...tasks import TaskRecord, account_id, task_id
from .image_inference import detail_of, filled_in, price_of, result_items, seed_of, undrawable
from .inputs import HOLDING
from .media import MEDIA_S
from .recipe import recipe_of
from .task import NAME

TASK_TYPE = "imageInference"
# Members of a task that is not plain: they are read from elsewhere, go elsewhere, or take more than a look.
INVOLVED = HOLDING | {"webhookURL", "uploadEndpoint", "hiresFix", "safety", "ttl"}


class Order(NamedTuple):
    """A plain task that is ready to be answered. name: of ``task_id``. filled: with its defaults.

    price: of one result, in USD; cost: of all of them.
    """

    item: Mapping[str, Any]
    name: str
    document: Document
    filled: Mapping[str, Any]
    price: Decimal
    cost: Decimal


async def answer_at_once(call: Call) -> list[dict[str, Any]] | None:
    """Return the results of a request all of whose tasks are plain, noted in its exchange; None, and no change, else.

    Raises StoreError.
    """
    orders = await _orders(call)
    if orders is None:
        return None
    cost = orders[0].cost
    for order in orders[1:]:
        cost += order.cost
    if not await call.world.accounts.charge(call.key, cost):
        return None  # some of them may be paid for: the way of all tells which
    results: list[dict[str, Any]] = []
    changes: list[Put] = []
    for order in orders:
        items = _accepted(call, order, changes)
        results += items
        call.exchange.tasks.append(_note(order, len(items)))
        for item in items:
            call.judged.append((order.document, item))
    await call.world.store.write(*changes)
    return results


async def _orders(call: Call) -> list[Order] | None:
    """Return the tasks of a request as orders, or None when one of them is not plain, or something is in its way.

    Only of the store in memory it is sure that a taskUUID that is free now still is when the task is written.
    """
    world = call.world
    if call.dry_run or call.preferences is not NO_PREFERENCE or not call.runtime.is_simple:
        return None
    if await world.faults.faults() or await world.store.size(MODELS):
        return None
    account, orders = account_id(call.key), dict[str, Order]()
    for item in call.body:
        order = _order(call.runtime, account, item)
        if order is None or await world.tasks.is_taken(order.name):
            return None
        orders[order.name] = order
    return [*orders.values()] if len(orders) == len(call.body) else None


def _order(runtime: Runtime, account: str, item: Any) -> Order | None:  # noqa: ANN401 - any JSON value
    """Return a task as an order, or None when it is not plain or breaks its contract."""
    if type(item) is not dict or item.get("taskType") != TASK_TYPE or not INVOLVED.isdisjoint(item):
        return None
    model, uuid = item.get("model"), item.get("taskUUID")
    if type(model) is not str or type(uuid) is not str:
        return None
    plain = _plain(runtime.catalog, model)
    if plain is None or not plain.verdict(item):
        return None
    filled = {**plain.defaults, **item}
    if None in filled.values() or "width" not in filled or "height" not in filled:
        return None
    size = int(filled["width"]), int(filled["height"])
    elsewhere = filled.get("deliveryMethod") == "async" or filled.get("outputType", "URL") not in ("URL", ["URL"])
    if elsewhere or undrawable(filled, size, 1):
        return None
    price = price_of(runtime.prices, plain.document, filled, size, 1)
    cost = price * int(filled.get("numberResults", 1))
    return Order(item, task_id(account, uuid), plain.document, filled, price, cost)


class _Plain(NamedTuple):
    """What is known of the plain tasks of a model."""

    document: Document
    verdict: Callable[[object], bool]
    defaults: Mapping[str, Any]


@lru_cache(maxsize=4096)
def _plain(catalog: Catalog, model: str) -> _Plain | None:
    document = catalog.find(TASK_TYPE, model)
    if document is None:
        return None
    return _Plain(document, plain_verdict(document, TASK_TYPE), task_defaults(document, TASK_TYPE))


def _accepted(call: Call, order: Order, changes: list[Put]) -> list[dict[str, Any]]:
    """Return a task's results. changes: gets what it leaves behind."""
    settings, filled, now = call.runtime.settings, order.filled, call.world.clock.now()
    seed = seed_of(settings, filled)
    items = result_items(settings, call.base_url, filled, first_seed=seed, price=order.price)
    plain = {"provider": NAME, "document": order.document.id, "at": now, "base_url": call.base_url}
    until = now + max(settings.retention, MEDIA_S)
    changes.append(archive_entry(order.name, Archived(order.item, plain=plain), until))
    for index, item in enumerate(items):
        changes.append(medium_entry(order.name, item["imageUUID"], index, until))
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
