import asyncio
import importlib
import signal
import socket
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from genmock.mockserver import create_app

server = importlib.import_module("genmock.mockserver.server")
bind, serve, url_of, ServerThread = server.bind, server.serve, server.url_of, server.ServerThread
SettingsError, StartError = server.SettingsError, server.StartError


def application(endpoint: Callable[[Request], Any], **options: Any) -> Starlette:
    return Starlette(routes=[Route("/", endpoint)], **options)


class BrokenStart:
    def __init__(self, app: Starlette) -> None:
        self.app = app

    async def __aenter__(self) -> None:
        raise RuntimeError("no database")

    async def __aexit__(self, *error: object) -> None: ...


async def hello(request: Request) -> Response:
    return PlainTextResponse("hello")


def test_a_thread_serves_the_mock() -> None:
    with ServerThread(create_app()) as running:
        reply = httpx.post(f"{running.url}/v1", json=[{"taskType": "ping", "ping": True}])
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (401, "missingApiKey")


def test_two_threads_have_two_ports() -> None:
    with ServerThread(application(hello)) as one, ServerThread(application(hello)) as two:
        assert one.url != two.url
        assert [httpx.get(running.url).text for running in (one, two)] == ["hello", "hello"]


def test_replies_do_not_say_which_software_serves() -> None:
    with ServerThread(application(hello)) as running:
        assert "server" not in httpx.get(running.url).headers


def test_a_stopped_server_has_let_go_of_its_port() -> None:
    with ServerThread(application(hello)) as running:
        port = int(running.url.rpartition(":")[2])
    bind("127.0.0.1", port).close()


def test_a_request_in_flight_is_answered_before_the_server_stops() -> None:
    arrived, answered = threading.Event(), list[str]()

    async def slow(request: Request) -> Response:
        arrived.set()
        while not running._server.should_exit:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0)
        return PlainTextResponse("late")

    with ServerThread(application(slow)) as running:
        client = threading.Thread(target=lambda: answered.append(httpx.get(running.url).text))
        client.start()
        arrived.wait(5)
    client.join(5)
    assert answered == ["late"]


def test_an_application_that_fails_to_start_is_a_start_error() -> None:
    with (
        pytest.raises(StartError, match=r"^the server did not start: its start-up failed, as the log says$"),
        ServerThread(application(hello, lifespan=BrokenStart)),
    ):
        pass


def test_what_ends_the_thread_is_the_cause_of_the_start_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise OSError("no loop")

    monkeypatch.setattr(server._Server, "run", broken)
    with pytest.raises(StartError, match=r"^the server did not start: no loop$") as error, ServerThread(object()):
        pass
    assert isinstance(error.value.__cause__, OSError)


def test_a_taken_port_is_a_clear_error() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError) as error:
            bind("127.0.0.1", port)
    assert str(error.value) == (
        f"cannot listen on 127.0.0.1 port {port}: another program listens there\n\n"
        "  where     --host and --port\n"
        "  expected  an address of this machine and a free port\n"
        "  next      use --port 0 for a free port, or another number"
    )


def test_an_address_of_another_machine_is_a_clear_error() -> None:
    with pytest.raises(SettingsError, match=r"^cannot listen on 192\.0\.2\.1 port 0: "):
        bind("192.0.2.1", 0)


def test_the_socket_says_tcp_so_that_small_replies_are_not_held_back() -> None:
    with bind("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP


def test_a_url_for_this_machine_stands_for_all_its_addresses() -> None:
    with bind("0.0.0.0", 0) as listening:
        assert url_of(listening) == f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_an_ipv6_address_stands_in_brackets() -> None:
    with bind("::1", 0) as listening:
        assert url_of(listening) == f"http://[::1]:{listening.getsockname()[1]}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serving_ends_at_a_signal_and_leaves_the_handlers_as_they_were(number: signal.Signals) -> None:
    before = signal.getsignal(number)

    async def stop(request: Request) -> Response:
        signal.raise_signal(number)
        return PlainTextResponse("stopping")

    with bind("127.0.0.1", 0) as listening:
        replies = list[str]()
        url = url_of(listening)
        client = threading.Thread(target=lambda: replies.append(httpx.get(url).text))
        client.start()  # the socket listens already: the request waits for the server
        serve(application(stop), listening)
    client.join(5)
    assert replies == ["stopping"]
    assert signal.getsignal(number) is before


def test_an_offer_to_upgrade_to_http_2_is_ignored_and_the_body_read() -> None:
    body = b'[{"taskType":"ping"}]'
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
    head = b"POST /v1 HTTP/1.1\r\nHost: mock\r\nAuthorization: Bearer k\r\nContent-Type: application/json\r\n"
    request = head + offer + b"Content-Length: %d\r\n\r\n" % len(body) + body
    with ServerThread(create_app()) as running:
        host, port = running.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(request)
            first = connection.recv(4096)
            connection.sendall(request)
            second = connection.recv(4096)
    for reply in (first, second):
        assert reply.startswith(b"HTTP/1.1 200 ")
        assert reply.endswith(b'{"data":[{"taskType":"ping","pong":true}]}')


def test_forwarding_headers_of_a_client_do_not_change_the_urls_of_images() -> None:
    task: dict[str, object] = {"taskType": "imageInference", "model": "runware:108@1"}
    task |= {"taskUUID": "a0000000-0000-4000-8000-000000000000", "positivePrompt": "a fox", "width": 128, "height": 128}
    headers = {"authorization": "Bearer k", "x-forwarded-proto": "https"}
    with ServerThread(create_app()) as running:
        reply = httpx.post(f"{running.url}/v1", json=[task], headers=headers)
        assert reply.json()["data"][0]["imageURL"].startswith(f"{running.url}/image/")


def test_nothing_more_is_drawn_for_a_client_that_has_left() -> None:
    task = {"taskType": "imageInference", "taskUUID": "a0000000-0000-4000-8000-000000000000", "model": "runware:108@1"}
    task |= {"positivePrompt": "a fox", "outputType": "base64Data", "outputFormat": "PNG"}
    sized: dict[str, object] = {**task, "width": 2048, "height": 2048, "numberResults": 20}
    ended = threading.Event()
    app = create_app(on_exchange=lambda exchange: ended.set())
    with ServerThread(app) as running:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{running.url}/v1", json=[sized], headers={"authorization": "Bearer k"}, timeout=0.5)
        assert ended.wait(30)
    (exchange,) = app.state.runtime.world.journal
    assert (exchange.status, exchange.note) == (499, "the client left before the answer was ready")
