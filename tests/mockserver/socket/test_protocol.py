"""The rules of Runware's sockets, each as a raw client sees it. Source: docs/providers/runware.md, "WebSocket"."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from genmock.mockserver import VirtualClock

PING = {"taskType": "ping", "ping": True}
AUTHENTICATION = {"taskType": "authentication", "apiKey": "key-of-the-tests-0123456789abcdef"}
Paint = Callable[..., dict[str, Any]]


def poll(task: dict[str, Any]) -> dict[str, Any]:
    """Return the task that asks for the results of another."""
    return {"taskType": "getResponse", "taskUUID": task["taskUUID"]}


# Connecting and authenticating


@pytest.mark.parametrize("path", ["", "/", "?sdk=js&version=1.3.2", "/?x=1&x=2"])
def test_every_spelling_of_the_endpoint_is_a_socket(mock: Any, path: str) -> None:
    assert mock.connect(path).item(AUTHENTICATION)["taskType"] == "authentication"


def test_authentication_is_answered_alone_with_a_session(mock: Any, paint: Paint) -> None:
    client = mock.connect()
    assert list(client.ask(AUTHENTICATION, paint())["data"][0]) == ["taskType", "connectionSessionUUID"]
    assert "imageUUID" in client.receive()["data"][0]


def test_no_other_item_has_the_name_of_the_session(mock: Any, paint: Paint) -> None:
    client = mock.client()
    assert "connectionSessionUUID" not in client.item(PING)
    assert "connectionSessionUUID" not in client.item(paint())


def test_a_ping_may_follow_before_the_answer(mock: Any) -> None:
    client = mock.connect()
    client.send(AUTHENTICATION)
    client.send(PING)
    assert [list(client.receive()["data"][0]) for _ in range(2)] == [
        ["taskType", "connectionSessionUUID"],
        ["taskType", "pong"],
    ]


def test_two_connections_have_two_sessions(mock: Any) -> None:
    assert mock.connect().authenticate() != mock.connect().authenticate()


def test_authenticating_again_keeps_the_session(mock: Any) -> None:
    client = mock.connect()
    assert client.authenticate() == client.authenticate()


def test_another_key_begins_another_session(mock: Any) -> None:
    client = mock.connect()
    assert client.authenticate() != client.authenticate(key="another-key-0123456789abcdef")


def test_authentication_is_held_to_its_document(mock: Any) -> None:
    error = mock.connect().error(AUTHENTICATION | {"apikey": "x"})
    assert (error["parameter"], error["taskType"]) == ("apikey", "authentication")
    assert "taskUUID" not in error


# A bad key, and none


def test_a_bad_key_gets_the_documented_frame_and_the_socket_stays_open(serve: Callable[..., Any]) -> None:
    client = serve(bad_key=("bad",)).connect()
    assert client.ask(AUTHENTICATION | {"apiKey": "bad"}) == {
        "errors": [
            {
                "code": "invalidApiKey",
                "message": "Invalid API key. Get one at https://my.runware.ai/signup",
                "parameter": "apiKey",
                "type": "string",
                "taskType": "authentication",
            }
        ]
    }
    assert client.authenticate()


def test_the_frame_for_a_bad_key_can_be_singular(serve: Callable[..., Any]) -> None:
    client = serve(bad_key=("bad",), socket_key_error="error").connect()
    assert client.ask(AUTHENTICATION | {"apiKey": "bad"})["error"]["code"] == "invalidApiKey"


def test_a_socket_with_a_bad_key_can_be_closed(serve: Callable[..., Any]) -> None:
    client = serve(bad_key=("bad",), socket_bad_key="close").connect()
    assert client.error(AUTHENTICATION | {"apiKey": "bad"})["code"] == "invalidApiKey"
    assert client.ended() == 1008


@pytest.mark.parametrize("key", ["", None, 5])
def test_a_key_that_is_none_is_missing(mock: Any, key: object) -> None:
    assert mock.connect().error(AUTHENTICATION | {"apiKey": key})["code"] == "missingApiKey"


def test_a_ping_before_a_key_gets_its_pong(mock: Any) -> None:
    client = mock.connect()
    assert client.error(AUTHENTICATION | {"apiKey": ""})["code"] == "missingApiKey"
    assert client.item(PING) == {"taskType": "ping", "pong": True}


def test_a_task_before_authentication_misses_its_key(mock: Any, paint: Paint) -> None:
    client = mock.connect()
    error = client.error(paint())
    assert (error["code"], error["taskType"], "taskUUID" in error) == ("missingApiKey", "authentication", False)
    assert client.authenticate()


# Keeping alive


def test_a_pong_is_alone_and_has_no_uuid(mock: Any) -> None:
    assert mock.client().ask(PING) == {"data": [{"taskType": "ping", "pong": True}]}


def test_a_pong_echoes_a_uuid_and_needs_no_ping_member(mock: Any, paint: Paint) -> None:
    uuid = paint()["taskUUID"]
    assert mock.client().item({"taskType": "ping", "taskUUID": uuid})["taskUUID"] == uuid


def test_a_pong_stands_alone_beside_results(mock: Any, paint: Paint) -> None:
    client = mock.client()
    client.send(paint(), PING)
    assert sorted(len(client.receive()["data"]) for _ in range(2)) == [1, 1]


def test_a_socket_that_says_nothing_is_closed(serve: Callable[..., Any]) -> None:
    clock = VirtualClock()
    client = serve(clock).client()
    clock.advance(119)
    assert client.item(PING)["pong"]
    clock.advance(119)
    assert client.item(PING)["pong"]
    clock.advance(121)
    assert client.ended() == 1000


@pytest.mark.parametrize("deflate", [True, False])
@pytest.mark.parametrize("compression", ["deflate", None])
def test_frames_come_with_and_without_compression(
    serve: Callable[..., Any], paint: Paint, deflate: bool, compression: str | None
) -> None:
    client = serve(socket_deflate=deflate).client(compression=compression)
    assert bool(client.connection.protocol.extensions) == bool(deflate and compression)
    assert client.item(paint())["imageUUID"]


# Results


def test_results_come_one_in_a_frame(mock: Any, paint: Paint) -> None:
    client = mock.client()
    client.send(paint(numberResults=4))
    frames = [client.receive() for _ in range(4)]
    assert [list(frame) for frame in frames] == [["data"]] * 4
    assert len({item["imageUUID"] for frame in frames for item in frame["data"]}) == 4
    assert not any("status" in item for frame in frames for item in frame["data"])
    assert client.is_silent()


def test_results_with_their_bytes_come_one_in_a_frame_too(mock: Any, paint: Paint) -> None:
    client = mock.client()
    client.send(paint(numberResults=2, outputType="base64Data"))
    assert all(client.receive()["data"][0]["imageBase64Data"] for _ in range(2))


def test_an_acknowledgement_is_one_frame_whatever_the_number(mock: Any, paint: Paint) -> None:
    client, task = mock.client(), paint(numberResults=4, deliveryMethod="async")
    assert client.ask(task) == {"data": [{"taskType": "imageInference", "taskUUID": task["taskUUID"]}]}
    assert client.is_silent()


def test_a_poll_is_one_frame_while_it_runs_and_when_it_is_done(serve: Callable[..., Any], paint: Paint) -> None:
    clock = VirtualClock()
    client, task = serve(clock).client(), paint(numberResults=3, deliveryMethod="async")
    client.ask(task)
    assert [item["status"] for item in client.ask(poll(task))["data"]] == ["processing"] * 3
    clock.advance(60)
    done = client.ask(poll(task))["data"]
    assert [(item["taskType"], item["status"]) for item in done] == [("imageInference", "success")] * 3
    assert len({item["imageUUID"] for item in done}) == 3


def test_a_failed_result_of_a_poll_is_a_frame_of_its_own(serve: Callable[..., Any], paint: Paint) -> None:
    clock = VirtualClock()
    server = serve(clock)
    client, task = server.client(), paint(numberResults=2, deliveryMethod="async")
    server.fault("error", code="timeoutProvider", scope="result", result=1)
    client.ask(task)
    clock.advance(60)
    client.send(poll(task))
    assert [list(client.receive()) for _ in range(2)] == [["data"], ["errors"]]


def test_an_error_stands_alone_with_its_task(mock: Any, paint: Paint) -> None:
    client = mock.client()
    client.send(paint(1, width=100), paint(2, height=100), paint(3))
    frames = [client.receive() for _ in range(3)]
    errors = [frame["errors"] for frame in frames if "errors" in frame]
    assert [len(found) for found in errors] == [1, 1]
    assert {found[0]["taskUUID"][-1] for found in errors} == {"1", "2"}
    assert [list(frame) for frame in frames].count(["data"]) == 1


def test_a_poll_for_nothing_is_an_error_with_its_uuid(mock: Any, paint: Paint) -> None:
    error = mock.client().error(poll(paint()))
    assert (error["code"], error["taskUUID"]) == ("taskNotFound", paint()["taskUUID"])


def test_a_uuid_that_was_used_is_a_conflict_and_can_be_polled(mock: Any, paint: Paint) -> None:
    client = mock.client()
    made = client.item(paint())
    assert client.error(paint())["code"] == "conflictTaskUUID"
    (polled,) = client.ask(poll(paint()))["data"]
    assert {name: value for name, value in polled.items() if name != "status"} == made


def test_the_same_tasks_come_over_both_transports(mock: Any, paint: Paint) -> None:
    over_socket = mock.client().item(paint())
    mock.http.post("/__genmock__/reset").raise_for_status()
    assert mock.http.post("/v1", json=[paint()]).json()["data"] == [over_socket]


def test_a_dry_run_costs_and_makes_nothing(mock: Any, paint: Paint) -> None:
    client = mock.connect("?dryRun=1")
    client.authenticate()
    item = client.item(paint())
    assert ("imageURL" in item, "cost" in item) == (False, True)
    assert client.item(paint())["cost"] == item["cost"]


# Frames that are no tasks


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "invalidJSON"),
        ("[", "invalidJSON"),
        ("[]", "emptyRequest"),
        ('{"taskType":"ping"}', "invalidRequestBody"),
        ("7", "invalidRequestBody"),
        ("[7]", "invalidTask"),
        ("[[]]", "invalidTask"),
        ('[{"taskType":7}]', "unsupportedTaskType"),
    ],
)
def test_what_is_no_task_is_told_and_the_socket_stays_open(mock: Any, text: str, code: str) -> None:
    client = mock.client()
    client.connection.send(text)
    assert client.receive()["errors"][0]["code"] == code
    assert client.item(PING)["pong"]


def test_a_binary_frame_is_taken_for_its_text(mock: Any) -> None:
    client = mock.client()
    client.connection.send(json.dumps([PING]).encode())
    assert client.receive()["data"][0]["pong"]


def test_a_task_outside_an_array_hears_of_it_by_its_uuid(mock: Any, paint: Paint) -> None:
    client = mock.client()
    client.connection.send(json.dumps(paint()))
    assert client.receive()["errors"][0]["taskUUID"] == paint()["taskUUID"]


# Limits


def test_each_task_of_a_frame_hears_of_the_rate_limit(serve: Callable[..., Any], paint: Paint) -> None:
    client = serve(VirtualClock(), rate_limit="1/s").client()
    assert client.item(PING)["pong"]
    client.send(paint(1), paint(2))
    errors = [client.receive()["errors"][0] for _ in range(2)]
    assert [(error["code"], error["taskUUID"][-1]) for error in errors] == [
        ("rateLimitExceeded", "1"),
        ("rateLimitExceeded", "2"),
    ]


def test_tasks_beyond_the_limit_of_a_connection_are_refused(serve: Callable[..., Any], paint: Paint) -> None:
    client = serve(max_in_flight=1).client()
    assert client.item(paint(1))["imageUUID"]
    client.send(paint(2), paint(3))
    errors = [client.receive()["errors"][0] for _ in range(2)]
    assert {error["message"] for error in errors} == {"A connection takes 1 tasks at once; wait for results."}
    assert [error["taskUUID"][-1] for error in errors] == ["2", "3"]


def test_connections_beyond_the_limit_are_turned_away(serve: Callable[..., Any]) -> None:
    server = serve(max_sockets=1)
    first, second = server.client(), server.connect()
    assert second.receive()["errors"][0] == {
        "code": "serviceUnavailable",
        "message": "This server takes 1 connections, and has as many.",
        "taskType": "authentication",
    }
    assert second.ended() == 1013
    assert first.item(PING)["pong"]


def test_a_frame_beyond_the_limit_closes_the_connection(serve: Callable[..., Any]) -> None:
    server = serve(max_frame=1000)
    client = server.client()
    client.connection.send(" " * 1001)
    assert client.ended() == 1009
    assert server.client().item(PING)["pong"]


def test_a_frame_that_clients_would_not_take_is_noted(mock: Any, paint: Paint) -> None:
    client = mock.client()
    task = paint(width=1024, height=1024, outputType="base64Data", outputFormat="PNG", outputQuality=99)
    client.send(task)
    size = len(client.connection.recv())
    note = mock.exchanges()[0]["note"]
    assert (size > 1024 * 1024) == note.endswith("clients' libraries take 1,048,576 unless told")


# Stopping


def test_the_journal_has_a_frame_as_an_exchange(mock: Any, paint: Paint) -> None:
    mock.client().item(paint())
    painted, authenticated = mock.exchanges()
    assert painted["request"]["method"] == "WEBSOCKET"
    assert painted["tasks"][0]["taskUUID"] == paint()["taskUUID"]
    assert authenticated["request"]["body"][0]["apiKey"] == "<redacted>"
    assert list(authenticated["reply"]["body"]["data"][0]) == ["taskType", "connectionSessionUUID"]
