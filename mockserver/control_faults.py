"""The control API's faults and scenarios. What they are is told in docs/faults.md."""

from collections.abc import Iterable
from typing import Any

from starlette.responses import Response

from genmock.validators import Violation, closest, shown

from .control_requests import Problem, Values, reply
from .faults import Fault, FaultsRefused, Scenario, load_scenario, read_faults, shipped_scenarios
from .runtime import Runtime


async def list_faults(runtime: Runtime, _: Values) -> Response:
    """Answer the faults that are set, and how often each matched and struck."""
    return await _listed(runtime, await runtime.world.faults.faults())


async def set_faults(runtime: Runtime, values: Values) -> Response:
    """Set the faults of the body, one or an array, and answer them; a mistake is answered with 400, and none is set."""
    state = runtime.world.faults
    try:
        taken = [fault.id for fault in await state.faults()]
        faults = read_faults(values["body"], codes=runtime.codes, taken=taken)
    except FaultsRefused as refused:
        return _refused(refused)
    await state.put(faults)
    return await _listed(runtime, faults, status=201)


async def clear_faults(runtime: Runtime, _: Values) -> Response:
    """Take every fault back, and answer how many there were."""
    return reply({"cleared": await runtime.world.faults.clear()})


async def remove_fault(runtime: Runtime, values: Values) -> Response:
    """Take one fault back. Raises Problem with status 404."""
    name, state = values["id"], runtime.world.faults
    if not await state.remove(name):
        near = closest(name, [fault.id for fault in await state.faults()])
        hint = f"did you mean {shown(near)}?" if near else "GET /__genmock__/faults lists them."
        raise Problem(404, f"no fault {shown(name)} is set; {hint}")
    return Response(status_code=204)


async def list_scenarios(runtime: Runtime, _: Values) -> Response:
    """Answer the scenarios that genmock ships."""
    scenarios = [load_scenario(name, codes=runtime.codes) for name in shipped_scenarios()]
    return reply({"scenarios": [_scenario_json(scenario) for scenario in scenarios]})


async def start_scenario(runtime: Runtime, values: Values) -> Response:
    """Set the faults of a shipped scenario, and answer them. Raises Problem with status 404.

    Only a shipped one: no client chooses the files that a server reads.
    """
    name = values["name"]
    if name not in shipped_scenarios():
        near = closest(name, shipped_scenarios())
        hint = f"did you mean {shown(near)}?" if near else f"there are {', '.join(shipped_scenarios())}."
        raise Problem(404, f"there is no scenario {shown(name)}; {hint}")
    scenario = load_scenario(name, codes=runtime.codes)
    await runtime.world.faults.put(scenario.faults)
    return await _listed(runtime, scenario.faults, status=201)


async def _listed(runtime: Runtime, faults: Iterable[Fault], *, status: int = 200) -> Response:
    rows = []
    for fault in faults:
        matched, struck = await runtime.world.faults.counts(fault.counter)
        rows.append({"fault": fault.as_json(), "matched": matched, "struck": struck})
    return reply({"faults": rows}, status)


def _scenario_json(scenario: Scenario) -> dict[str, Any]:
    faults = [fault.as_json() for fault in scenario.faults]
    return {"name": scenario.name, "description": scenario.description, "faults": faults}


def _refused(refused: FaultsRefused) -> Response:
    """Return the problem that tells every mistake."""
    count = len(refused.violations)
    body = {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": f"no fault was set, since {'one thing is' if count == 1 else f'{count} things are'} wrong: {refused}",
        "violations": [_violation_json(violation) for violation in refused.violations],
    }
    return reply(body, 400, "application/problem+json")


def _violation_json(violation: Violation) -> dict[str, Any]:
    names = ("rule", "pointer", "message", "severity", "expected", "sent", "source")
    return {name: getattr(violation, name) for name in names}
