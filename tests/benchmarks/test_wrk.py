import json
from typing import Any

import pytest

from benchmarks import wrk
from benchmarks.bodies import TASK, body
from benchmarks.loads import Driven, LoadError

OUTPUT = """Running 2s test @ http://127.0.0.1:8000
  1 threads and 8 connections
  8642 requests in 2.00s, 2.10MB read
figures requests=8642 us=2001000 p50=812 p99=4305 refused=3 broken=1
"""
needs_wrk = pytest.mark.skipif(not wrk.installed(), reason="no wrk was found; install it: apt-get install wrk")


def test_the_figures_are_read_from_what_wrk_writes() -> None:
    assert wrk.figures_of(OUTPUT) == Driven(8642, 2.001, 0.812, 4.305, refused=3, broken=1)


def test_a_rate_is_requests_by_seconds() -> None:
    assert Driven(3000, 1.5, 1, 1).rate == 2000


def test_output_without_figures_is_shown() -> None:
    with pytest.raises(LoadError, match=r"wrk gave no figures. It wrote:\nunable to connect"):
        wrk.figures_of("unable to connect")


@needs_wrk
def test_every_body_that_wrk_posts_has_uuids_of_its_own(server: Any) -> None:
    found = wrk.drive(server.server_port, wrk.post_script("/v1", body(TASK, TASK), 5), 1, connections=2)
    uuids = [task["taskUUID"] for sent in server.bodies for task in json.loads(sent)]
    assert found.requests <= len(server.bodies) <= found.requests + 2
    assert len(set(uuids)) == len(uuids) == 2 * len(server.bodies)
    assert all(uuid.startswith("00000005-0000-4000-8000-") for uuid in uuids)


@needs_wrk
def test_polls_ask_for_tasks_that_were_sent_before(server: Any) -> None:
    wrk.drive(server.server_port, wrk.post_script("/v1", body(TASK), 5, polled=True), 1, connections=2)
    asked = set()
    for (task,) in map(json.loads, server.bodies):
        assert task["taskType"] == "imageInference" or task["taskUUID"] in asked
        asked.add(task["taskUUID"])


@needs_wrk
def test_refusals_are_counted(server: Any) -> None:
    server.status = 400
    found = wrk.drive(server.server_port, wrk.get_script(["/a", "/b"]), 1, connections=1)
    assert found.refused == found.requests > 0
    assert server.paths[1:4] == ["/a", "/b", "/a"] or server.paths[:3] == ["/b", "/a", "/b"]
