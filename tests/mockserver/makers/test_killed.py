"""A server that is killed amid its work: nothing of it goes on, and the next server makes what it promised."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

SERVER = """
import sys
import time
from genmock.mockserver import ServerThread, Settings, create_app
from genmock.mockserver.makers import opening

opening.ENGINES["onnx"] = opening.Engine("gated_maker:GatedMaker", (), "pipeline")
opening.plan_of = lambda settings: opening.Plan("gated_maker:GatedMaker", {"gate": sys.argv[1]})
with ServerThread(create_app(Settings(mode="pipeline", store=sys.argv[2]))) as server:
    print(server.url, flush=True)
    time.sleep(600)
"""
KEY = {"authorization": "Bearer key-of-the-tests-0123456789abcdef"}


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
def test_what_a_killed_server_acknowledged_is_made_by_the_next(
    serve_pipeline: Callable[..., Any], gate: Any, tmp_path: Any
) -> None:
    store, name = f"sqlite:///{tmp_path}/state.db", str(uuid4())
    task: dict[str, Any] = {
        "taskType": "imageInference",
        "taskUUID": name,
        "model": "runware:108@1",
        "positivePrompt": "a fox",
    }
    task |= {"width": 128, "height": 128, "steps": 3, "deliveryMethod": "async", "numberResults": 2}
    command = [sys.executable, "-c", SERVER, str(gate.folder), store]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        assert httpx.post(f"{url}/v1", json=[task], headers=KEY, timeout=60).status_code == 200
        (process,) = gate.wait(lambda: gate.said("began"))
        server.send_signal(signal.SIGKILL)
    gate.wait(lambda: not _is_alive(process))
    gate.open()
    after = serve_pipeline(store=store)
    gate.wait(lambda: after.states(name) == [("success", None)] * 2)  # once the lease of the dead has run out
    assert len(after.made) == 2
