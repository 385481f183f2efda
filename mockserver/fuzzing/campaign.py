"""A run against a server, from its beginning to its report."""

import time
from contextlib import ExitStack

from ..conversion import SettingsError
from .cases import keep
from .findings import Report
from .inputs import receiver
from .plain import Plain
from .plan import Plan, Progress
from .speech import speech_of
from .target import Target, is_loopback


def _quiet(part: str, count: int) -> None:
    """Show no progress."""


def fuzz_server(plan: Plan, on_progress: Progress = _quiet) -> Report:
    """Fuzz a server and return what was found. Raises SettingsError when there is no such server."""
    from .parts import Run  # here: Hypothesis takes its time to load, and options may be wrong
    from .search import Search

    started = time.monotonic()
    with ExitStack() as stack:
        target = stack.enter_context(Target(plan.url, plan.key))
        taker = stack.enter_context(receiver()) if is_loopback(plan.url) else ""
        speech = speech_of(plan.document)(target, plan.document, published=plan.published, receiver=taker)
        _reach(target, speech)
        run = Run(plan, speech, Search(plan.seed, started + plan.max_time_s), on_progress)
        run.everything()
    over = "the time was up" if run.search.is_over else ""
    found = tuple(run.search.findings.values())
    if plan.folder is not None:
        keep(plan.folder, plan.document.id, plan.url, found)
    return Report(plan.url, plan.document.id, plan.seed, run.sent, found, time.monotonic() - started, over, run.notes)


def _reach(target: Target, speech: Plain) -> None:
    """See whether the API is there. Raises SettingsError when it is not."""
    method, path = ("POST", "/") if speech.has_arrays else _first(speech)
    reply = target.send(method, path, {"GET": None}.get(method, [] if speech.has_arrays else {}))
    if reply.status == 0:
        what = f"cannot reach {target.url}: {reply.data.decode()}"
        raise SettingsError(what, where="--url", expected="a server that answers", advice="start it, or name another")
    if reply.status in (404, 405):
        raise SettingsError(
            f"{target.url} has no {method} {path}: status {reply.status}",
            where="--url",
            expected="the URL that stands for the server of the document",
            advice="for Runware it ends like https://api.runware.ai/v1, for kiapi it has no path",
        )
    if reply.status in (401, 403):
        what = f"{target.url} refuses the key: status {reply.status}"
        raise SettingsError(what, where="--key", expected="a key that it takes", advice="give one with --key")
    speech.prepare()


def _first(speech: Plain) -> tuple[str, str]:
    """Return the method and path of the first operation that takes JSON, else of one that takes nothing."""
    if speech.operations:
        method, _, path = speech.operations[0].partition(" ")
        return method, path
    return next((("GET", path) for path in speech.document.effective["paths"] if "{" not in path), ("GET", "/"))
