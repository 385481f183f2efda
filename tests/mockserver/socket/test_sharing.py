"""Sessions between connections, servers and processes, and servers that stop with sockets open."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from genmock.mockserver import Settings, VirtualClock, create_app
from genmock.mockserver.server import ServerThread

PING = {"taskType": "ping", "ping": True}
Paint = Callable[..., dict[str, Any]]


def test_a_session_can_be_taken_up_at_another_server_of_the_same_store(
    serve: Callable[..., Any], paint: Paint, tmp_path: Path
) -> None:
    store = f"sqlite:///{tmp_path}/shared.db"
    first, second = serve(store=store), serve(store=store)
    client = first.connect()
    session = client.authenticate()
    first.fault("drop", times=1)
    client.send(paint(numberResults=3, seed=7))
    assert client.ended() == 1006
    again = second.connect()
    assert again.authenticate(session) == session
    assert [again.receive()["data"][0]["seed"] for _ in range(3)] == [7, 8, 9]
    assert first.connect().authenticate(session) == session


def test_what_a_task_comes_to_after_its_connection_ended_reaches_the_next(
    serve: Callable[..., Any], paint: Paint, tmp_path: Path
) -> None:
    store = f"sqlite:///{tmp_path}/shared.db"
    first, second = serve(store=store), serve(store=store)
    client = first.connect()
    session = client.authenticate()
    first.fault("latency", seconds=1.0, match={"taskType": "imageInference"})
    client.send(paint())
    client.drop()
    again = second.client(session)
    assert again.item(PING)["pong"]
    assert again.receive()["data"][0]["imageUUID"]


def test_an_acknowledgement_that_was_lost_comes_when_its_session_does(mock: Any, paint: Paint) -> None:
    client, task = mock.connect(), paint(deliveryMethod="async")
    session = client.authenticate()
    mock.fault("drop", at="headers", times=1)
    client.send(task)
    assert client.ended() == 1006
    assert mock.client(session).receive()["data"] == [{"taskType": "imageInference", "taskUUID": task["taskUUID"]}]


def test_an_acknowledgement_does_not_come_when_its_task_was_sent_again(serve: Callable[..., Any], paint: Paint) -> None:
    server = serve(reused_task_uuid="error")
    client, task = server.connect(), paint(deliveryMethod="async")
    session = client.authenticate()
    server.fault("drop", at="headers", times=1)
    client.send(task)
    assert client.ended() == 1006
    again = server.client(session)
    assert again.error(task)["code"] == "conflictTaskUUID"
    assert again.is_silent(1.0)


def test_an_earlier_connection_of_a_session_is_ended(mock: Any) -> None:
    first = mock.connect()
    session = first.authenticate()
    second = mock.client(session)
    assert first.ended() == 1006
    assert second.item(PING)["pong"]


def test_a_session_of_another_key_is_not_taken_up(mock: Any) -> None:
    session = mock.connect().authenticate()
    assert mock.connect().authenticate(session, key="another-key-0123456789abcdef") != session


def test_a_session_that_is_over_is_not_taken_up(serve: Callable[..., Any]) -> None:
    clock = VirtualClock()
    server = serve(clock)
    client = server.connect()
    session = client.authenticate()
    client.drop()
    server.await_end(session)
    clock.advance(121)
    assert server.connect().authenticate(session) != session


def test_a_server_that_stops_closes_its_sockets_and_keeps_what_is_under_way(
    serve: Callable[..., Any], paint: Paint, tmp_path: Path
) -> None:
    store = f"sqlite:///{tmp_path}/shared.db"
    other = serve(store=store)
    other.fault("latency", seconds=1.0, match={"taskType": "imageInference"})
    app = create_app(Settings(store=store))
    with ServerThread(app) as server:
        client = other.connect(url=server.url.replace("http", "ws", 1) + "/v1")
        session = client.authenticate()
        client.send(paint())
        assert client.item(PING)["pong"]
    assert client.ended() == 1012
    assert other.client(session).receive()["data"][0]["imageUUID"]
