"""A run of schemathesis by the same document, in a process of its own, and what it objects to as findings."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .findings import SHOWN, Broken, Finding, Sent

HOOKS = f"{__package__}.schemathesis_hooks"
VARIABLE = "FUZZ_SERVER_RUN"
PHASES = "examples,coverage,fuzzing,stateful"
_OBJECTION = re.compile(r"^- (?P<code>ST\d+) (?P<title>.+)$", re.MULTILINE)
_OPERATION = re.compile(r"^_+ (?P<name>[A-Z]+ /\S*|Stateful tests?) _+$", re.MULTILINE)
_CASE = re.compile(r"^\d+\. Test Case ID: \S+$", re.MULTILINE)
_CURL = re.compile(r"^    (curl .+)$", re.MULTILINE)
_REPLY = re.compile(r"^\[(\d+)\][^\n]*:\n\n    `(.*?)`$", re.MULTILINE | re.DOTALL)


class OutOfTime(Exception):
    """The run was stopped before it was done."""


def objections(
    told: Mapping[str, Any],
    content: Mapping[str, Any],
    *,
    examples: int,
    seed: int,
    seconds: float,
    on_count: Callable[[int], None],
) -> Iterator[Finding]:
    """Run schemathesis against a server, and yield each kind of objection once for each operation.

    told: what its hooks are told, with "url" and "key". content: the OpenAPI document. seconds: when it is stopped.
    Raises OutOfTime then.
    """
    with tempfile.TemporaryDirectory() as folder:
        document, report = Path(folder, "document.json"), Path(folder, "report.json")
        document.write_text(json.dumps(content), encoding="utf-8")
        env = {name: value for name, value in os.environ.items() if not name.startswith("SCHEMATHESIS_")}
        env |= {"SCHEMATHESIS_HOOKS": HOOKS, VARIABLE: json.dumps(told), "NO_COLOR": "1", "COLUMNS": "120"}
        command = [*_program(), "run", str(document), "--url", str(told["url"]), "--phases", PHASES, "--checks", "all"]
        command += ["--continue-on-failure", "--max-examples", str(examples), "--seed", str(seed)]
        command += ["--generation-database", "none", "--report-json-path", str(report)]
        command += ["--header", f"Authorization: Bearer {told['key']}"] if told["key"] else []
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=env,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise OutOfTime(
                f"schemathesis was not done after {seconds:.0f} s; what it found until then is lost"
            ) from None
        if report.exists():
            on_count(int(json.loads(report.read_text(encoding="utf-8"))["test_cases"]["generated"]))
        found = list(read(done.stdout, str(told["url"]), str(told["key"])))
        if done.returncode and not found:
            yield _trouble(
                str(told["url"]), f"it ended with status {done.returncode}: {(done.stderr or done.stdout)[-300:]}"
            )
        yield from found


def _program() -> list[str]:
    return [sys.executable, "-m", "schemathesis.cli", "--no-color"]


def _trouble(url: str, message: str) -> Finding:
    return Finding(Broken("schemathesis", "run", "", message), Sent("GET", url, None, 0, ""))


def read(output: str, url: str, key: str) -> Iterator[Finding]:
    """Yield the objections that the output of schemathesis tells, each with the request that shows it."""
    operation = ""
    seen = set()
    marks = sorted([*_OPERATION.finditer(output), *_CASE.finditer(output)], key=lambda mark: mark.start())
    ends = [mark.start() for mark in marks[1:]] + [len(output)]
    for mark, end in zip(marks, ends, strict=False):  # without marks there is one end
        if mark.re is _OPERATION:
            operation = mark["name"]
            continue
        block = output[mark.end() : end]
        for objection in _OBJECTION.finditer(block):
            if (objection["code"], operation) not in seen:
                seen.add((objection["code"], operation))
                yield _finding(objection, block, operation, url, key)


def _finding(objection: re.Match[str], block: str, operation: str, url: str, key: str) -> Finding:
    curl, reply = _CURL.search(block), _REPLY.search(block)
    line = curl[1].replace(f"Bearer {key}", "Bearer $FUZZ_KEY") if curl and key else curl[1] if curl else ""
    status, body = (int(reply[1]), reply[2]) if reply else (0, "")
    broken = Broken("schemathesis", f"{objection['code']} {objection['title']}", operation, _why(objection, block))
    return Finding(broken, Sent(operation.partition(" ")[0], url, None, status, body[:SHOWN], line))


def _why(objection: re.Match[str], block: str) -> str:
    """Return the sentence below an objection's title."""
    rest = block[objection.end() :].strip().splitlines()
    return rest[0].strip() if rest else ""
