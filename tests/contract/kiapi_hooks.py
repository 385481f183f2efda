"""Hooks of schemathesis for the contract runs of kiapi's documents; it loads this file by its path.

A prose rule (``width`` is a multiple of 16) is not in the schema, so that schemathesis generates requests that break
one and expects them to be accepted. Those, and only those, are dropped, and noted for run.py; so are forms whose file
is no text, since a form has nothing else and so cannot tell.

A reference needs a file that is there and a model its name, and no schema says so: each reference that fits the schema
gives way to one of its kind to an uploaded picture, and each text that names a model to a name that the endpoint takes.
In the same way a file that is uploaded has a byte, and ranges of bytes ask for that one.

The real server names the methods of a path's first route alone under ``Allow``, and so does genmock. RFC 9110 wants
all: where an answer has exactly what the real one has, the others are added before it is judged.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import schemathesis

from genmock.specs import load_catalog
from genmock.validators import check_request, is_keyword

# What run.py says of the run.
DOCUMENT = load_catalog().get(os.environ["CONTRACT_DOCUMENT"])
DROPPED = Path(os.environ["CONTRACT_DROPPED"])  # gets one line of JSON for each case that is dropped
REFERENCES = json.loads(os.environ["CONTRACT_REFERENCES"])  # by kind: the text that stands for a picture that is there
JOB = os.environ["CONTRACT_JOB"]  # the id of a job that is there
MODELS = {  # by the last part of the path: names that the endpoint takes
    "generate": ("image", "qwen-image", " QWEN/Qwen-Image "),
    "edit": ("edit-2509", "Qwen-Edit", "qwen-image-edit"),
}
UPLOAD, DOWNLOAD, JOB_PATH = "/v1/files", "/v1/files/{file_id}/download", "/v1/jobs/{job_id}"
RANGE = re.compile(r"bytes=[0-9,-]+")
JOB_ID = re.compile(r"job_[0-9a-f]+")
FIRST_ROUTES = {UPLOAD: ("POST", "GET"), "/v1/files/{file_id}": ("GET", "DELETE"), JOB_PATH: ("GET", "DELETE")}


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: Any) -> bool:
    """Keep a case unless it breaks what no schema says, and nothing else."""
    broken = broken_rules(case)
    if broken:
        with DROPPED.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"rules": broken, "published": True}) + "\n")
    return not broken


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: Any, kwargs: dict[str, Any]) -> None:
    """Fill in what must be there."""
    path, names = case.operation.path, MODELS.get(last_part(case))
    if names and isinstance(case.body, dict):
        case.body = filled(case.body, names)
    if path == UPLOAD and isinstance(case.body, dict) and case.body.get("file") in ("", b""):
        case.body = {**case.body, "file": "a"}
    if path == DOWNLOAD and "Range" in (case.headers or {}):
        is_right = case.meta.generation.mode.is_positive  # then schemathesis may have found none, and sends 0
        if is_right or RANGE.fullmatch(case.headers["Range"]):
            case.headers["Range"] = "bytes=0-0"
    if path == JOB_PATH and case.method == "GET" and case.meta.phase.name.value != "stateful":
        wanted = (case.path_parameters or {}).get("job_id")
        if isinstance(wanted, str) and JOB_ID.fullmatch(wanted):
            case.path_parameters["job_id"] = JOB


@schemathesis.hook
def after_call(context: schemathesis.HookContext, case: Any, response: Any) -> None:
    """Complete what the real server says of the methods of a path."""
    first, *others = FIRST_ROUTES.get(case.operation.path, ("",))
    if response.status_code == 405 and others and response.headers.get("allow") == [first]:
        response.headers["allow"] = [", ".join((first, *others))]


def last_part(case: Any) -> str:
    """Return the last part of a case's path."""
    return str(case.operation.path).rpartition("/")[2]


def broken_rules(case: Any) -> list[str]:
    """Return the prose rules that a case breaks, each once; none when the schema refuses it, which comes first."""
    if not isinstance(case.body, dict):
        return []
    if case.operation.path == UPLOAD:
        return [] if isinstance(case.body.get("file", ""), str | bytes) else ["form-text"]
    if last_part(case) not in MODELS:
        return []
    operation = f"{case.operation.method.upper()} {case.operation.path}"
    found = {violation.rule for violation in check_request(DOCUMENT, case.body, operation=operation)}
    return sorted(rule for rule in found if not is_keyword(rule))


def filled(body: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return a body whose inputs are there and whose model is one, as far as they fit the schema."""
    result = dict(body)
    if isinstance(result.get("model"), str):
        result["model"] = names[len(result["model"]) % len(names)]
    if "init_image" in result:
        result["init_image"] = with_picture(result["init_image"])
    if isinstance(result.get("images"), list):
        result["images"] = [with_picture(each) for each in result["images"]]
    if isinstance(result.get("loras"), list):
        result["loras"] = [with_file(each) for each in result["loras"]]
    return result


def with_file(lora: Any) -> Any:
    """Return a LoRA whose file is there, as far as it fits the schema."""
    return {**lora, "file": with_picture(lora["file"])} if isinstance(lora, dict) and "file" in lora else lora


def with_picture(reference: Any) -> Any:
    """Return a reference to what is there, if it is one of a kind that the schema knows."""
    kind = reference.get("type") if isinstance(reference, dict) else None
    if not isinstance(kind, str) or kind not in REFERENCES:
        return reference
    text = reference.get(kind)
    return {**reference, kind: REFERENCES[kind]} if isinstance(text, str) and text else reference
