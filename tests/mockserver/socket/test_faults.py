"""Faults as a raw client of a socket sees them: those of frames alone, and those that HTTP knows too."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

PING = {"taskType": "ping", "ping": True}
Paint = Callable[..., dict[str, Any]]


def seeds(frames: list[dict[str, Any]]) -> list[int]:
    """Return the seeds of frames with one result each."""
    return [item["seed"] for frame in frames for item in frame["data"]]


def test_frame_duplicate_sends_each_frame_again(mock: Any, paint: Paint) -> None:
    client = mock.client()
    mock.fault("frame_duplicate", copies=2, match={"taskType": "imageInference"})
    client.send(paint(numberResults=2, seed=7))
    assert seeds(client.frames(6)) == [7, 7, 7, 8, 8, 8]


def test_frame_reorder_sends_the_last_first(mock: Any, paint: Paint) -> None:
    client = mock.client()
    mock.fault("frame_reorder")
    client.send(paint(numberResults=3, seed=7))
    assert seeds(client.frames(3)) == [9, 8, 7]


def test_no_pong_leaves_pings_alone_and_nothing_else(mock: Any, paint: Paint) -> None:
    client = mock.client()
    mock.fault("no_pong", times=1)
    client.send(PING, paint())
    assert [frame["data"][0]["taskType"] for frame in client.frames(1)] == ["imageInference"]
    assert client.item(PING)["pong"]


@pytest.mark.parametrize(("at", "sent"), [("headers", 0), ("body", 1), ("after", 3)])
@pytest.mark.parametrize(
    ("kind", "members", "code"),
    [("drop", {}, 1006), ("close", {"closeCode": 4321}, 4321), ("close", {"closeCode": 1012}, 1012)],
)
def test_drop_and_close_end_a_connection_and_the_rest_waits(
    mock: Any, paint: Paint, kind: str, members: dict[str, Any], code: int, at: str, sent: int
) -> None:
    client = mock.connect()
    session = client.authenticate()
    mock.fault(kind, at=at, match={"taskType": "imageInference"}, **members)
    client.send(paint(numberResults=3, seed=7))
    before = client.frames(sent)
    assert (seeds(before), client.ended()) == ([7, 8, 9][:sent], code)
    again = mock.connect()
    assert again.authenticate(session) == session
    assert seeds(again.frames(3 - sent)) == [7, 8, 9][sent:]


def test_close_has_a_code_of_its_own(mock: Any) -> None:
    client = mock.client()
    mock.fault("close")
    client.send(PING)
    assert client.ended() == 1011


def test_resume_refuse_gives_another_session(mock: Any, paint: Paint) -> None:
    client = mock.connect()
    session = client.authenticate()
    mock.fault("drop", times=1)
    client.send(paint())
    assert client.ended() == 1006
    mock.fault("resume_refuse", id="anew", times=1)
    again = mock.connect()
    assert again.authenticate(session) != session
    assert again.is_silent()
    assert mock.exchanges()[0]["note"] == "faults: anew"
    assert mock.connect().authenticate(session) == session


def test_faults_of_frames_strike_and_count_nothing_over_http(mock: Any, paint: Paint) -> None:
    for kind in ("frame_duplicate", "frame_reorder", "no_pong", "close", "resume_refuse"):
        mock.fault(kind)
    assert mock.http.post("/v1", json=[PING, paint()]).status_code == 200
    assert {fault["matched"] for fault in mock.http.get("/__genmock__/faults").json()["faults"]} == {0}


def test_a_frame_that_only_authenticates_is_not_struck(mock: Any) -> None:
    mock.fault("drop")
    mock.fault("error", code="serviceUnavailable", scope="request")
    assert mock.connect().authenticate()


def test_an_error_of_a_request_is_told_to_each_of_its_tasks(mock: Any, paint: Paint) -> None:
    client = mock.client()
    mock.fault("error", code="serviceUnavailable", scope="request", times=1)
    client.send(paint(1), paint(2), paint(3, width=100))
    told = {error["taskUUID"][-1]: error["code"] for frame in client.frames(3) for error in frame["errors"]}
    assert told == {"1": "serviceUnavailable", "2": "serviceUnavailable", "3": "invalidWidth"}
    assert client.item(paint(4))["imageUUID"]


def test_an_error_of_a_task_leaves_the_others(mock: Any, paint: Paint) -> None:
    client = mock.client()
    mock.fault("error", code="timeoutProvider", match={"when": "task.taskUUID.endsWith('1')"})
    client.send(paint(1), paint(2))
    first, second = client.frames(2)
    assert (first["errors"][0]["code"], second["data"][0]["taskUUID"][-1]) == ("timeoutProvider", "2")


def test_an_error_of_a_result_comes_beside_the_others(mock: Any, paint: Paint) -> None:
    client = mock.client()
    mock.fault("error", code="timeoutProvider", scope="result", result=0)
    client.send(paint(numberResults=2, outputType="base64Data"))
    assert [list(frame) for frame in client.frames(2)] == [["data"], ["errors"]]


def test_latency_delays_the_frames_of_one_answer(mock: Any, paint: Paint) -> None:
    client = mock.client()
    mock.fault("latency", seconds=0.4, match={"taskType": "imageInference"})
    started = time.perf_counter()
    client.send(paint())
    assert client.item(PING)["pong"]
    assert client.receive()["data"][0]["imageUUID"]
    assert time.perf_counter() - started > 0.39


def test_stall_holds_back_one_answer_for_a_while(mock: Any, paint: Paint) -> None:
    client = mock.client()
    mock.fault("stall", seconds=0.4, match={"taskType": "imageInference"})
    started = time.perf_counter()
    client.send(paint(numberResults=2))
    assert client.item(PING)["pong"]
    assert [list(client.receive()) for _ in range(2)] == [["data"], ["data"]]
    assert time.perf_counter() - started > 0.39


def test_stall_without_an_end_lasts_until_the_client_comes_back(mock: Any, paint: Paint) -> None:
    client = mock.connect()
    session = client.authenticate()
    mock.fault("stall", match={"taskType": "imageInference"})
    client.send(paint())
    assert client.is_silent()
    client.drop()
    again = mock.client(session)
    assert again.receive()["data"][0]["imageUUID"]


def test_task_stall_of_one_task_leaves_the_others_of_its_frame(mock: Any, paint: Paint) -> None:
    client = mock.client()
    mock.fault("task_stall", times=1)
    client.send(paint(1), paint(2))
    assert client.receive()["data"][0]["taskUUID"][-1] == "2"
    assert client.is_silent()


@pytest.mark.parametrize("kind", ["truncate", "corrupt"])
def test_truncate_and_corrupt_frames_are_no_json(mock: Any, paint: Paint, kind: str) -> None:
    client = mock.client()
    mock.fault(kind, times=1)
    client.send(paint(numberResults=2))
    for _ in range(2):
        with pytest.raises(ValueError):
            json.loads(client.connection.recv(timeout=5))
    assert client.item(PING)["pong"]


def test_schema_breaks_each_frame(mock: Any, paint: Paint) -> None:
    client = mock.client()
    mock.fault("schema", pointer="/data/0/taskUUID")
    client.send(paint(numberResults=2))
    assert [list(frame["data"][0]) for frame in client.frames(2)] == [["taskType", "imageUUID", "imageURL", "seed"]] * 2
