import itertools
import json
from typing import Any

import pytest

from benchmarks import client
from benchmarks.bodies import TASK, body
from benchmarks.loads import LoadError
from benchmarks.processes import free_port


def test_every_connection_asks_until_the_time_is_over(server: Any) -> None:
    found = client.drive(server.server_port, client.posts("/v1", body(TASK), 9), 0.3, connections=2)
    uuids = [task["taskUUID"] for sent in server.bodies for task in json.loads(sent)]
    assert found.requests == len(set(uuids)) == len(uuids) > 2
    assert (found.refused, found.broken) == (0, 0)
    assert 0 < found.p50_ms <= found.p99_ms


def test_refusals_are_counted(server: Any) -> None:
    server.status = 503
    found = client.drive(server.server_port, client.gets(["/a", "/b"]), 0.2, connections=1)
    assert found.refused == found.requests > 0
    assert server.paths[:3] == ["/a", "/b", "/a"]


def test_polls_ask_for_tasks_that_were_sent_before() -> None:
    asked, polls = set(), 0
    for request in itertools.islice(client.posts("/v1", body(TASK), 9, polled=True), 400):
        (task,) = json.loads(request.partition(b"\r\n\r\n")[2])
        polls += task["taskType"] == "getResponse"
        assert task["taskType"] == "imageInference" or task["taskUUID"] in asked
        asked.add(task["taskUUID"])
    assert polls == 136  # every second one, but the first 64 pairs


def test_no_server_is_said() -> None:
    port = free_port()
    with pytest.raises(LoadError, match=f"no connection to port {port}: "):
        client.drive(port, client.gets(["/"]), 0.1)


def test_the_length_of_an_answer_is_known_once_its_header_is_whole() -> None:
    assert client.answer_length(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n") == 0
    assert client.answer_length(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{") == 40


def test_an_answer_must_say_its_length() -> None:
    with pytest.raises(LoadError, match="an answer without a content-length"):
        client.answer_length(b"HTTP/1.1 200 OK\r\n\r\n")
