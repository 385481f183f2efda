"""Hooks of schemathesis, which loads this module by its name: its requests as they can be answered.

What no schema says is filled in as for our own messages: references to what is there, fresh taskUUIDs. What the schema
allows and a prose rule refuses is dropped, since schemathesis would expect it to be accepted; so is an array with whole
and broken tasks, of which the whole ones may be answered: the part "arrays" judges those.
"""

import json
import os
from typing import Any

import schemathesis

from genmock.specs import load_catalog
from genmock.validators import check_request, is_keyword

from .laws import json_operations
from .plain import Plain
from .runware import fresh
from .speech import speech_of
from .target import Target

VARIABLE = "FUZZ_SERVER_RUN"  # the variable that says what is fuzzed, as JSON


def _speech() -> Plain:
    told = json.loads(os.environ[VARIABLE])
    document = load_catalog().get(told["document"])
    target = Target(told["url"], told["key"])
    return speech_of(document)(target, document, published=told["published"], receiver=told["receiver"])


SPEECH = _speech()
SPEECH.prepare()


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: Any) -> bool:  # noqa: ANN401 - a case
    """Fill a body in, and keep the case unless nothing can be said of what its answer must be."""
    operation = f"{case.method.upper()} {case.operation.path}"
    if SPEECH.has_arrays:
        return _keep_tasks(case)
    if operation in json_operations(SPEECH.document) and isinstance(case.body, dict):
        case.body = SPEECH.filled(operation, case.body)
        return not _breaks_prose_alone(check_request(SPEECH.document, case.body, operation=operation))
    return True


def _keep_tasks(case: Any) -> bool:  # noqa: ANN401
    """Fill an array of tasks in, and return whether the case is kept."""
    if not isinstance(case.body, list):
        return True
    types = [task.get("taskType") if isinstance(task, dict) else None for task in case.body]
    known = [name if name in SPEECH.operations else "" for name in map(str, types)]
    case.body = [fresh(SPEECH.filled(name, task)) for name, task in zip(known, case.body, strict=True)]
    if _breaks_prose_alone(check_request(SPEECH.document, case.body)):
        return False
    good = [SPEECH.is_valid(name, task) for name, task in zip(known, case.body, strict=True)]
    return len(good) < 2 or len(set(good)) == 1


def _breaks_prose_alone(violations: Any) -> bool:  # noqa: ANN401
    wrong = [each for each in violations if each.severity == "error"]
    return bool(wrong) and not any(is_keyword(each.rule) for each in wrong)
