"""Which faults strike a request and its tasks. What a strike does is left to whoever answers: only values are made."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp
from typing import Any, Literal

from .canned import Canned
from .disorder import Disorder
from .model import KINDS, Fault, Subject
from .state import FaultState, drawn

Spoil = Literal["truncate", "corrupt"]
MAX_LATENCY_S = 600.0
MAX_EXPONENT = 100.0  # beyond it the bound on latencies decides anyway


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error to answer with. code: of the catalogue. message, status: None for the catalogue's own.

    retry_after_s: for the header Retry-After; None: no header.
    """

    code: str
    message: str | None = None
    status: int | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Failing:
    """How a task fails while it runs. at: the part of its duration, 0 to 1, after which that shows."""

    at: float
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Strikes:
    """What strikes a whole request.

    error: it is refused. latency_s: real seconds before the answer. disorder: what becomes of the reply on its way.
    """

    error: Refusal | None = None
    latency_s: float = 0.0
    disorder: Disorder | None = None


@dataclass(frozen=True, slots=True)
class Effects:
    """What strikes one task.

    error: it is refused. reply: what its results say. result_errors: results of it that fail, by index. duration_s: how
    long it takes, by the server's clock. stalls: it never ends. fails: it fails while it runs. expires: its results are
    gone when they are ready. spoil_base64, spoil_image: what becomes of its results' base64 text, and of their bytes
    (``spoil``). webhook_duplicates: further copies of each webhook. webhook_reorder: webhooks go out last first.
    webhook_lose: none does. silent: its answer is not sent.
    """

    error: Refusal | None = None
    reply: Canned | None = None
    result_errors: Mapping[int, Refusal] = field(default_factory=dict)
    duration_s: float | None = None
    stalls: bool = False
    fails: Failing | None = None
    expires: bool = False
    spoil_base64: Spoil | None = None
    spoil_image: Spoil | None = None
    webhook_duplicates: int = 0
    webhook_reorder: bool = False
    webhook_lose: bool = False
    silent: bool = False


HARMLESS = Strikes()
UNTOUCHED = Effects()


@dataclass(frozen=True, slots=True)
class Plan:
    """What strikes a request. tasks: what strikes each task, by index; one that nothing strikes is absent.

    struck: the ids of the faults that strike, each once, in their order.
    """

    request: Strikes = HARMLESS
    tasks: Mapping[int, Effects] = field(default_factory=dict)
    struck: tuple[str, ...] = ()

    def of(self, index: int) -> Effects:
        """Return what strikes the task with that index in the sequence that ``plan`` was given."""
        return self.tasks.get(index, UNTOUCHED)


UNHARMED = Plan()


async def plan(
    state: FaultState, *, provider: str, tasks: Sequence[Subject], codes: Container[str], socket: bool = False
) -> Plan:
    """Return what strikes a request, and count it; a plan is made once for each request.

    codes: the provider's error codes; a fault with another one is meant for another provider. socket: whether the
    request came as a frame of a socket, which some kinds strike alone.
    Faults are looked at in their order, errors first: a task that is refused makes nothing that others could strike,
    and they wait for the next one. Each counts the requests or tasks that it matches; where two would change the same
    thing, the first strikes and the other does not. Raises StoreError.
    """
    faults = await state.faults()
    if not faults:
        return UNHARMED
    request, effects, struck = HARMLESS, dict[int, Effects](), dict[str, None]()
    for fault in sorted(faults, key=_is_no_error):  # sorting keeps the order within both
        code = fault.parameters.get("code")
        if (KINDS[fault.kind].socket and not socket) or (code is not None and code not in codes):
            continue
        for index in _targets(fault, provider, tasks):
            now = request if index is None else effects.get(index, UNTOUCHED)
            if _is_no_error(fault) and index is not None and (request.error or effects.get(index, UNTOUCHED).error):
                continue
            number = await state.count(fault, may_strike=not _is_taken(fault, now))
            if number is None:
                continue
            struck[fault.id] = None
            if isinstance(now, Strikes):
                request = replace(now, **_strike(fault, number, state.seed))
            elif index is not None:
                effects[index] = replace(now, **_effect(fault, now))
    return Plan(request, effects, tuple(struck))


def _is_no_error(fault: Fault) -> bool:
    return fault.effect != "error"


async def refuses_session(state: FaultState, *, provider: str, task: Subject) -> str:
    """Return the id of the fault that keeps a session from being taken up, which is counted; "" when none does.

    task: the one that asks for the session. Raises StoreError.
    """
    for fault in await state.faults():
        meant = fault.target == "session" and fault.match.allows(provider) and fault.match.fits(task)
        if meant and await state.count(fault) is not None:
            return fault.id
    return ""


def _targets(fault: Fault, provider: str, tasks: Sequence[Subject]) -> Iterator[int | None]:
    """Yield the index of each task that a fault matches, or None once for a request that it matches."""
    match = fault.match
    if not match.allows(provider):
        return
    if fault.target == "request":
        if match.is_open or any(match.fits(task) for task in tasks):
            yield None
        return
    for index, task in enumerate(tasks):
        if _is_for(fault, task) and match.fits(task):
            yield index


def _is_for(fault: Fault, task: Subject) -> bool:
    """Return whether a fault strikes tasks of this sort."""
    if fault.target == "ping":
        return task.is_ping
    return fault.target == "task" or (fault.target == "producer" and task.produces)


def _is_taken(fault: Fault, now: Strikes | Effects) -> bool:
    """Return whether an earlier fault has decided what this one would change."""
    usual = HARMLESS if isinstance(now, Strikes) else UNTOUCHED
    if fault.effect == "result_errors" and isinstance(now, Effects):
        return int(fault.parameters.get("result", 0)) in now.result_errors
    return bool(getattr(now, fault.effect) != getattr(usual, fault.effect))


def _strike(fault: Fault, number: int, seed: int) -> dict[str, Any]:
    """Return what a fault changes of Strikes. number: which match of the fault this is."""
    if fault.kind == "error":
        return {"error": _refusal(fault)}
    if fault.kind == "latency":
        return {"latency_s": latency_of(fault, drawn(seed, fault.id, number, "latency"))}
    return {"disorder": Disorder.of(fault.kind, fault.parameters)}


def _effect(fault: Fault, now: Effects) -> dict[str, Any]:
    """Return what a fault changes of Effects."""
    told = fault.parameters
    match fault.effect:
        case "error":
            value: object = _refusal(fault)
        case "reply":
            value = Canned.of(told)
        case "result_errors":
            value = {**now.result_errors, int(told.get("result", 0)): _refusal(fault)}
        case "fails":
            value = Failing(told.get("at", 50) / 100, _refusal(fault))
        case "duration_s":
            value = float(told["seconds"])
        case "webhook_duplicates":
            value = int(told.get("copies", 1))
        case "spoil_base64" | "spoil_image":
            value = fault.kind
        case _:
            value = True
    return {fault.effect: value}


def _refusal(fault: Fault) -> Refusal:
    told = fault.parameters
    return Refusal(
        told["code"], told.get("message"), int(told["status"]) if "status" in told else None, told.get("retryAfter")
    )


def latency_of(fault: Fault, draw: float) -> float:
    """Return the seconds of a latency, from 0 to 600. draw: 0 to 1, where in the distribution they are."""
    from statistics import NormalDist  # here: few servers have latencies

    middle, spread = float(fault.parameters["seconds"]), float(fault.parameters.get("spread", 0))
    normal = NormalDist().inv_cdf(min(max(draw, 1e-9), 1 - 1e-9))
    match fault.parameters.get("distribution"):
        case "uniform":
            seconds = middle + (2 * draw - 1) * spread
        case "normal":
            seconds = middle + normal * spread
        case "lognormal":
            seconds = middle * exp(min(normal * spread, MAX_EXPONENT))
        case _:
            seconds = middle
    return min(max(seconds, 0.0), MAX_LATENCY_S)
