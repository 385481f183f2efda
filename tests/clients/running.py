"""One cell of the matrix: a driver run in its client's environment against the server of a flow, and judged."""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from .environments import Environment, environment
from .expectations import judge
from .flows import FLOWS, Flow
from .registry import Column
from .seen import Seen, Unmet
from .servers import Served, served

TIMEOUT_S = 60
Outcome = Literal["ok", "-", "failed"]
SHOWN = ("PATH", "HOME", "SYSTEMROOT", "TMPDIR", "LANG")  # variables that a driver sees; no key, no proxy, no address


def run_cell(column: Column, flow: Flow) -> Seen:
    """Take a client through a flow and judge it. Raises Unmet when a caller of the client sees something else.

    Raises Unavailable when the client cannot be installed here.
    """
    place = environment(column.client, column.version)
    with tempfile.TemporaryDirectory() as folder, served(flow, column.transport, Path(folder)) as server:
        inputs = {
            "transport": column.transport,
            "version": column.version,
            "task": flow.task,
            "second": flow.second,
            **server.files,
        }
        seen = Seen(flow, column, drive(place, flow, server, inputs), server)
        judge(seen)
    return seen


def drive(place: Environment, flow: Flow, server: Served, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Run a driver and return the JSON that it prints. Raises Unmet when it prints none, or takes too long."""
    command = [*place.command, flow.name, server.url, flow.key, json.dumps(inputs)]
    variables = {name: os.environ[name] for name in SHOWN if name in os.environ} | dict(place.variables)
    try:
        done = subprocess.run(
            command, cwd=place.folder, env=variables, capture_output=True, text=True, timeout=TIMEOUT_S
        )
    except subprocess.TimeoutExpired as error:
        raise Unmet(f"the driver took more than {TIMEOUT_S} s: its caller would wait; {_history(server)}") from error
    try:
        printed = json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError) as error:
        told = f"{done.stdout[-300:]}\n{done.stderr[-1500:]}".strip()
        raise Unmet(f"the driver ended with {done.returncode} and printed no JSON: {told}") from error
    return dict(printed)


def outcome_of(column: Column, flow_name: str) -> tuple[Outcome, str]:
    """Return the cell of a client and a flow, and why it failed or is not offered ("" when it is ok).

    Raises Unavailable when the client cannot be installed here.
    """
    source = column.client.lacks(flow_name, column.version, column.transport)
    if source:
        return "-", source
    try:
        run_cell(column, FLOWS[flow_name])
    except Unmet as error:
        return "failed", str(error)
    return "ok", ""


def _history(server: Served) -> str:
    told = [(exchange.status, [note.as_json() for note in exchange.tasks]) for exchange in server.exchanges]
    return f"the server answered {told[-5:]}"
