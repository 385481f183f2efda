"""The control API's clock: what time it is, and moving a virtual one."""

from datetime import UTC, datetime

from starlette.responses import Response

from .clock import VirtualClock
from .control_requests import Problem, Values, reply
from .runtime import Runtime

MAX_ADVANCE_S = 10**9  # some thirty years
PAST_END = "the clock would pass the year 9998, near which dates end; start the server anew to begin with 2026 again."


async def get_clock(runtime: Runtime, _: Values) -> Response:
    """Answer the server's time."""
    return reply(_time(runtime))


async def advance_clock(runtime: Runtime, values: Values) -> Response:
    """Move a virtual clock forward and answer the new time.

    Raises Problem: 400 for a bad body, 409 if the clock is real or would pass the last year that it has.
    """
    body = values["body"]
    seconds = body.get("seconds") if isinstance(body, dict) and set(body) == {"seconds"} else None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= MAX_ADVANCE_S:
        raise Problem(400, 'the body must be {"seconds": N}, N a number from 0 to 1000000000.')
    if not isinstance(runtime.clock, VirtualClock):
        raise Problem(409, "the clock is real, and nobody can move it; start the server with --clock virtual.")
    try:
        runtime.clock.advance(seconds)
    except OverflowError:
        raise Problem(409, PAST_END) from None
    return reply(_time(runtime))


def _time(runtime: Runtime) -> dict[str, object]:
    now = runtime.clock.now()
    kind = "virtual" if isinstance(runtime.clock, VirtualClock) else "real"
    return {"kind": kind, "now": now, "time": datetime.fromtimestamp(now, UTC).isoformat()}
