"""Hooks of schemathesis, which loads this module by its name: its requests as they can be answered.

What no schema says is filled in as for our own messages: references to what is there, fresh taskUUIDs. What the schema
allows and a prose rule refuses is dropped, since schemathesis would expect it to be accepted; so is an array with whole
and broken tasks, of which the whole ones may be answered: the part "arrays" judges those.
"""

import json
import os
from collections.abc import Sequence
from typing import Any

import schemathesis

from genmock.specs import load_catalog
from genmock.validators import Violation, check_request, is_keyword

from .laws import json_operations
from .plain import Plain
from .runware_tasks import fresh
from .speech import speech_of
from .target import Target

VARIABLE = "FUZZ_SERVER_RUN"  # the variable that says what is fuzzed, as JSON
UNTOUCHED = object()


def _speech() -> Plain:
    told = json.loads(os.environ[VARIABLE])
    document = load_catalog().get(told["document"])
    target = Target(told["url"], told["key"])
    return speech_of(document)(target, document, published=told["published"], receiver=told["receiver"])


SPEECH = _speech()
SPEECH.prepare()


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: Any) -> bool:  # noqa: ANN401 - a case
    """Keep a case unless nothing can be said of what its answer must be."""
    body = _filled(case)
    if body is UNTOUCHED:
        return True
    found = [each for each in _violations(case, body) if each.severity == "error"]
    if found and not any(is_keyword(each.rule) for each in found):
        return False  # the schema allows it, and a prose rule does not
    good = [SPEECH.is_valid("", task) for task in body] if SPEECH.has_arrays else []
    return len(good) < 2 or len(set(good)) == 1


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: Any, kwargs: dict[str, Any]) -> None:  # noqa: ANN401
    """Fill a body in."""
    body = _filled(case)
    if body is not UNTOUCHED:
        case.body = body


def _filled(case: Any) -> Any:  # noqa: ANN401
    """Return the body of a case with what must be there, or UNTOUCHED."""
    if SPEECH.has_arrays:
        return (
            [fresh(SPEECH.filled(_type(task), task)) for task in case.body]
            if isinstance(case.body, list)
            else UNTOUCHED
        )
    operation = f"{case.method.upper()} {case.operation.path}"
    if operation in json_operations(SPEECH.document) and isinstance(case.body, dict):
        return SPEECH.filled(operation, case.body)
    return UNTOUCHED


def _type(task: Any) -> str:  # noqa: ANN401
    name = task.get("taskType") if isinstance(task, dict) else None
    return name if isinstance(name, str) else ""


def _violations(case: Any, body: Any) -> Sequence[Violation]:  # noqa: ANN401
    operation = None if SPEECH.has_arrays else f"{case.method.upper()} {case.operation.path}"
    return check_request(SPEECH.document, body, operation=operation)
