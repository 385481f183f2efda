"""What the banner says of Runware, and the line that orders a first picture."""

import json
import shlex
from collections.abc import Sequence

from ...runtime import Runtime

TASK = {  # of the line to paste; its taskUUID is made by the shell, so that it works any number of times
    "taskType": "imageInference",
    "taskUUID": "UUID",
    "model": "",
    "positivePrompt": 'A lighthouse at sunset, a sign says "HELLO"',
    "width": 768,
    "height": 512,
    "includeCost": True,
}
NEW_UUID = """'$(python3 -c 'import uuid; print(uuid.uuid4())')'"""
REPLY = "/tmp/genmock.json"  # of the machine where the line is pasted
OPEN = f"""python3 -m webbrowser "$(grep -o 'http[^"]*' {REPLY})\""""


def about(runtime: Runtime, url: str) -> Sequence[tuple[str, str]]:
    """Return the rows of the banner."""
    trainings = _models(runtime, "training")
    return [("runware", f"POST {url}/v1"), ("models", _models(runtime, "imageInference")), ("trainings", trainings)]


def example(runtime: Runtime, url: str) -> Sequence[str]:
    """Return lines for a POSIX shell that order a picture, with a UUID of its own each time, and open it."""
    settings = runtime.settings
    keys = [key for key in settings.api_key if key not in settings.bad_key]
    header = shlex.quote(f"Authorization: Bearer {keys[0] if keys else 'any-key'}")
    task = json.dumps([{**TASK, "model": runtime.catalog.models("imageInference")[0]}], separators=(",", ":"))
    body = shlex.quote(task).replace('"UUID"', f'"{NEW_UUID}"')
    return [f"curl -s {url}/v1 -H {header} -H 'Content-Type: application/json' -d {body} | tee {REPLY}", OPEN]


def _models(runtime: Runtime, task_type: str) -> str:
    served = (document for document in runtime.catalog.documents if task_type in document.entry.task_types)
    return ", ".join(f"{document.model} ({document.entry.title})" for document in served)
