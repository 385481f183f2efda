"""What `check_request` costs for one task, beside jsonschema-rs and jsonschema alone on the same task and schema.

    python benchmarks/check_request.py

All are compiled before the clock starts, and take turns, so that a busy machine slows all of them. The ratios are to
jsonschema-rs, which only says yes or no; `check_request` also routes the task to its document, runs the prose rules
and, where the answer is no, says why. jsonschema alone compares floats, and wrongly refuses the CFGScale of 4.35.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import jsonschema
import jsonschema_rs

from genmock import check_request
from genmock.specs import load_catalog

ROUNDS = 15
ROUND_S = 0.05  # how long each contender runs in a round
TASK = {
    "taskType": "imageInference",
    "taskUUID": "a770f077-f413-47de-9dac-be0b26a35da6",
    "positivePrompt": "a lighthouse at sunset",
    "width": 1024,
    "height": 768,
    "steps": 28,
    "CFGScale": 4.35,
    "numberResults": 2,
    "outputFormat": "PNG",
    "includeCost": True,
}
RULED = {"acceleratorOptions": {"teaCache": True, "cacheStartStep": 2, "cacheEndStep": 20}}
FLUX, QWEN = {"model": "runware:111@1"}, {"model": "runware:108@1"}
CASES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "FLUX, valid": ("flux-1-dev-srpo", {**TASK, **FLUX}),
    "Qwen-Image, valid": ("qwen-image", {**TASK, **QWEN}),
    "FLUX, valid, two prose rules": ("flux-1-dev-srpo", {**TASK, **FLUX, **RULED}),
    "FLUX, invalid: width off its step": ("flux-1-dev-srpo", {**TASK, **FLUX, "width": 1000}),
    "Qwen-Image, invalid: three members": ("qwen-image", {**TASK, **QWEN, "steps": 0, "widht": 1, "outputFormat": "X"}),
}


def contenders(document_id: str, task: dict[str, Any]) -> Mapping[str, Callable[[], object]]:
    """Return what is timed for a task, by name. jsonschema finds every error, as check_request does."""
    content = load_catalog().get(document_id).effective
    schema = {**content, "$ref": "#/components/schemas/RequestBody/items"}
    fast = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    slow = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    return {
        "check_request": lambda: check_request(document_id, [task]),
        "jsonschema-rs": lambda: fast.is_valid(task),
        "jsonschema": lambda: list(slow.iter_errors(task)),
    }


def measure(calls: Mapping[str, Callable[[], object]]) -> Mapping[str, float]:
    """Return the median seconds of each call, over rounds in which they take turns."""
    counts = {name: max(1, round(ROUND_S / _once(call))) for name, call in calls.items()}
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            began = time.perf_counter()
            for _ in range(counts[name]):
                call()
            found[name].append((time.perf_counter() - began) / counts[name])
    return {name: statistics.median(times) for name, times in found.items()}


def main() -> None:
    """Measure every case and print microseconds and ratios."""
    print(f"{'µs per task':<38}{'check_request':>15}{'jsonschema-rs':>15}{'jsonschema':>12}{'ratios':>20}")
    for name, (document_id, task) in CASES.items():
        ours, fast, slow = measure(contenders(document_id, task)).values()
        ratios = f"{ours / fast:.1f} : 1 : {slow / fast:.0f}"
        print(f"{name:<38}{ours * 1e6:>15.1f}{fast * 1e6:>15.1f}{slow * 1e6:>12.0f}{ratios:>20}")


def _once(call: Callable[[], object]) -> float:
    call()  # compiles, and loads what is loaded late
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
