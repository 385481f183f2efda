"""Having faults strike a request: what every provider does alike, before it tells an error in its own words."""

import asyncio
from collections.abc import Sequence

from .faults import Plan, Subject, plan
from .pipeline import Call


async def strike(call: Call, subjects: Sequence[Subject], *, socket: bool = False) -> Plan:
    """Return what faults do to a request and its tasks; each is counted, journalled, and waited for.

    socket: whether the request is a frame of a socket. What is left to the provider: to refuse the request for the
    ``error`` of the plan's ``request``, and to obey the effects on each task. Raises StoreError.
    """
    struck = await plan(
        call.world.faults, provider=call.exchange.provider, tasks=subjects, codes=call.errors.codes, socket=socket
    )
    if struck.struck:
        call.exchange.note = f"{call.exchange.note} faults: {', '.join(struck.struck)}".strip()
    call.disorder = struck.request.disorder
    if struck.request.latency_s:
        await asyncio.sleep(struck.request.latency_s)
    return struck
