"""The control API's view of the journal: listing, filtering, paging, clearing."""

from starlette.responses import Response

from .control_requests import Problem, Values, reply
from .journal import Filter, Journal
from .runtime import Runtime
from .shared_journal import SharedJournal

DEFAULT_LIMIT = 100  # exchanges of one page, unless the request says


async def list_exchanges(runtime: Runtime, values: Values) -> Response:
    """Answer the exchanges that fit the filters, the newest first, and how many there are in all."""
    wanted = Filter(values.get("taskUUID"), values.get("taskType"), values.get("status"))
    limit = values.get("limit", DEFAULT_LIMIT)
    total, page = await runtime.world.journal.page(wanted, before=values.get("before"), limit=limit)
    return reply({"total": total, "exchanges": page})


async def get_exchange(runtime: Runtime, values: Values) -> Response:
    """Answer one exchange. Raises Problem with status 404."""
    journal = runtime.world.journal
    exchange = await journal.told(values["id"])
    if exchange is None:
        raise Problem(404, f"the journal has no exchange {values['id']}; {await _extent(journal)}")
    return reply(exchange)


async def clear_journal(runtime: Runtime, _: Values) -> Response:
    """Forget every exchange and answer how many there were."""
    return reply({"cleared": await runtime.world.journal.forget()})


async def _extent(journal: Journal | SharedJournal) -> str:
    """Return what a journal holds, in words."""
    count, lowest, highest = await journal.extent()
    if not count:
        return "it is empty."
    return f"it holds {lowest} alone." if count == 1 else f"it holds {count}, from {lowest} to {highest}."
