"""The control API's view of the journal: listing, filtering, paging, clearing."""

from starlette.responses import Response

from .control_requests import Problem, Values, reply
from .journal import Journal
from .runtime import Runtime

DEFAULT_LIMIT = 100  # exchanges of one page, unless the request says


def list_exchanges(runtime: Runtime, values: Values) -> Response:
    """Answer the exchanges that fit the filters, the newest first, and how many there are in all."""
    found = runtime.world.journal.find(
        task_uuid=values.get("taskUUID"), task_type=values.get("taskType"), status=values.get("status")
    )
    before = values.get("before")
    fitting = [exchange for exchange in found if before is None or exchange.id < before]
    fitting.sort(key=lambda exchange: exchange.id, reverse=True)  # the journal has them in the order of their ends
    page = fitting[: values.get("limit", DEFAULT_LIMIT)]
    return reply({"total": len(fitting), "exchanges": [exchange.as_json() for exchange in page]})


def get_exchange(runtime: Runtime, values: Values) -> Response:
    """Answer one exchange. Raises Problem with status 404."""
    exchange = runtime.world.journal.get(values["id"])
    if exchange is None:
        raise Problem(404, f"the journal has no exchange {values['id']}; {_extent(runtime.world.journal)}")
    return reply(exchange.as_json())


def clear_journal(runtime: Runtime, _: Values) -> Response:
    """Forget every exchange and answer how many there were."""
    return reply({"cleared": runtime.world.journal.clear()})


def _extent(journal: Journal) -> str:
    """Return what a journal holds, in words."""
    ids = [exchange.id for exchange in journal]
    if not ids:
        return "it is empty."
    return f"it holds {ids[0]} alone." if len(ids) == 1 else f"it holds {len(ids)}, from {min(ids)} to {max(ids)}."
