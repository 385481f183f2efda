"""Several processes, one world: whoever is asked knows what the others did."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

GENMOCK = str(Path(sys.executable).parent / "genmock")
KEY = "key-of-the-tests"
UUID = "c0000000-0000-4000-8000-000000000000"
TASK: dict[str, Any] = {
    "taskType": "imageInference",
    "taskUUID": UUID,
    "model": "runware:108@1",
    "positivePrompt": "a fox",
    "width": 128,
    "height": 128,
    "deliveryMethod": "async",
}
PATIENCE_S = 60.0
pytestmark = pytest.mark.slow


class Workers:
    """A running ``genmock serve`` with several workers."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self.process, self.url = process, url
        self._stack = ExitStack()

    def clients(self, count: int) -> dict[int, httpx.Client]:
        """Return a client for each of so many workers, by their process ids."""
        found: dict[int, httpx.Client] = {}
        deadline = time.monotonic() + PATIENCE_S
        while len(found) < count:
            assert time.monotonic() < deadline, f"only {len(found)} workers answered"
            headers = {"authorization": f"Bearer {KEY}"}
            client = self._stack.enter_context(httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE_S))
            found.setdefault(client.get("/__genmock__/version").json()["process"], client)
        return found

    def close(self) -> None:
        """Close every client."""
        self._stack.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Workers]]:
    """Return a function that starts ``genmock serve`` with options on a free port."""
    with ExitStack() as stack:

        def started(*options: str) -> Workers:
            command = [GENMOCK, "serve", "--port", "0", "--log-format", "plain", *options]
            out = subprocess.PIPE
            process = stack.enter_context(subprocess.Popen(command, stdout=out, stderr=out, text=True, cwd=tmp_path))
            stack.callback(process.terminate)
            assert process.stdout is not None
            workers = Workers(process, process.stdout.readline().split()[-1])
            stack.callback(workers.close)
            return workers

        yield started


def test_acknowledged_by_one_polled_at_another_drawn_by_a_third(serve: Callable[..., Workers]) -> None:
    clients = list(
        serve("--workers", "3", "--store", "sqlite:///w.db", "--duration", "imageInference=0").clients(3).values()
    )
    assert clients[0].post("/v1", json=[TASK]).json() == {"data": [{"taskType": "imageInference", "taskUUID": UUID}]}
    (item,) = clients[1].post("/v1", json=[{"taskType": "getResponse", "taskUUID": UUID}]).json()["data"]
    assert clients[2].get(item["imageURL"]).headers["content-type"] == "image/jpeg"
    told = [client.get("/__genmock__/journal").json()["total"] for client in clients]
    assert told == [2, 2, 2]
    assert clients[2].post("/v1", json=[TASK]).json()["errors"][0]["code"] == "conflictTaskUUID"


def test_faults_and_balances_are_everybodys(serve: Callable[..., Workers]) -> None:
    first, second = serve("--workers", "2", "--store", "sqlite:///w.db", "--balance", "0.0001").clients(2).values()
    sync = TASK | {"deliveryMethod": "sync"}
    first.post("/__genmock__/faults", json={"kind": "error", "code": "rateLimitExceeded", "times": 1})
    assert second.post("/v1", json=[sync]).status_code == 429
    assert first.post("/v1", json=[sync]).status_code == 200
    assert second.post("/v1", json=[sync | {"taskUUID": UUID.replace("c", "d")}]).status_code == 402


def test_a_worker_that_is_killed_is_replaced(serve: Callable[..., Workers]) -> None:
    workers = serve("--workers", "2", "--store", "sqlite:///w.db")
    killed = next(iter(workers.clients(2)))
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            after = set(workers.clients(2))
        except httpx.TransportError:  # the connection was the dead worker's to take
            after = {killed}
        if killed not in after:
            break
        assert time.monotonic() < deadline
    assert len(after) == 2


def test_the_workers_end_with_their_parent(serve: Callable[..., Workers]) -> None:
    workers = serve("--workers", "2", "--store", "sqlite:///w.db")
    processes = set(workers.clients(2))
    workers.process.terminate()
    assert workers.process.wait(30) == 0
    assert [pid for pid in processes if Path(f"/proc/{pid}").exists()] == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "genmock: 2 workers cannot share what one process has in memory"),
        (("--store", "sqlite:///w.db", "--clock", "virtual"), "genmock: a virtual clock is one process's own"),
    ],
)
def test_what_does_not_go_together_is_told_at_the_start(tmp_path: Path, options: Any, message: str) -> None:
    command = [GENMOCK, "serve", "--port", "0", "--workers", "2", *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, message)


def test_workers_share_kiapis_one_queue_its_jobs_and_its_files(serve: Callable[..., Workers]) -> None:
    first, second = serve("--workers", "2", "--store", "sqlite:///w.db", "--duration", "job=0.2").clients(2).values()
    asked = {"prompt": "a fox", "width": 64, "height": 64, "mode": "async"}
    ids = [to.post("/v1/image/qwen/generate", json=asked).json()["job_id"] for to in (first, second) * 3]
    waited = {**asked, "mode": "sync"}
    last = second.post("/v1/image/qwen/generate", json=waited, headers={"accept": "application/json"}).json()
    jobs = first.get("/v1/jobs").json()["data"]
    assert [job["id"] for job in reversed(jobs)] == [*ids, last["id"]]
    assert {job["status"] for job in jobs} == {"succeeded"}
    times = [(job["started_at"], job["finished_at"]) for job in reversed(jobs)]
    assert all(end <= start for (_, end), (start, _) in pairwise(times))
    file_id = last["artifacts"][0]
    told = [to.get(f"/v1/files/{file_id}/download").content for to in (first, second)]
    assert told[0] == told[1] != b""


def test_a_restart_of_the_workers_forgets_kiapis_jobs_and_keeps_its_files(serve: Callable[..., Workers]) -> None:
    options = ("--workers", "2", "--store", "sqlite:///w.db")
    before = serve(*options)
    job = {"prompt": "a fox", "width": 64, "height": 64}
    (client, *_) = before.clients(2).values()
    file_id = client.post("/v1/image/qwen/generate", json=job).headers["x-kiapi-file-id"]
    before.process.terminate()
    assert before.process.wait(30) == 0
    for to in serve(*options).clients(2).values():
        assert to.get("/v1/jobs").json()["data"] == []
        assert to.get(f"/v1/files/{file_id}").json()["file_id"] == file_id
