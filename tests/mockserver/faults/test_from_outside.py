"""Every kind of fault as a real client sees it: httpx, a socket, and a receiver of webhooks.

Those of WebSockets are in tests/mockserver/socket/test_faults.py.
"""

import base64
import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from genmock.mockserver import Settings, VirtualClock, create_app
from genmock.mockserver.faults import KINDS
from genmock.mockserver.server import ServerThread
from genmock.validators import check_response

PING = {"taskType": "ping", "taskUUID": "a0000000-0000-4000-8000-000000000000", "ping": True}
UUID = "b0000000-0000-4000-8000-00000000000"
PATIENCE_S = 5.0  # for a webhook, or for the end of a connection


class Outside:
    """A server with a virtual clock, a client of it, and the webhooks that came in.

    Tasks take 10 s of the server's time.
    """

    def __init__(self, client: httpx.Client, clock: VirtualClock, hook: str, told: list[dict[str, Any]]) -> None:
        self.client = client
        self.clock = clock
        self.hook = hook
        self.told = told

    def set(self, kind: str, **members: Any) -> None:
        """Set a fault."""
        reply = self.client.post("/__genmock__/faults", json={"kind": kind, **members})
        assert reply.status_code == 201, reply.text

    def ping(self) -> httpx.Response:
        """Send the smallest task."""
        return self.client.post("/v1", json=[PING])

    def paint(self, number: int = 1, **members: Any) -> httpx.Response:
        """Send a task for a picture. number: the last digit of its taskUUID."""
        task = {
            "taskType": "imageInference",
            "taskUUID": f"{UUID}{number}",
            "model": "runware:111@1",
            "positivePrompt": "a lighthouse",
            "width": 128,
            "height": 128,
            **members,
        }
        return self.client.post("/v1", json=[task])

    def ordered(self, number: int = 1, **members: Any) -> None:
        """Send a task for a picture that is accepted and takes its time."""
        reply = self.paint(number, deliveryMethod="async", **members)
        assert (reply.status_code, list(reply.json())) == (200, ["data"]), reply.text

    def poll(self, number: int = 1) -> httpx.Response:
        """Ask for the results of a task."""
        asking = {"taskType": "getResponse", "taskUUID": f"{UUID}{number}"}
        return self.client.post("/v1", json=[asking])

    def status(self, number: int = 1) -> str:
        """Return the status of a task's first result."""
        return str(self.poll(number).json()["data"][0]["status"])

    def hooks(self, count: int) -> list[dict[str, Any]]:
        """Return the items that webhooks told, once there are so many."""
        until = time.monotonic() + PATIENCE_S
        while len(self.told) < count and time.monotonic() < until:
            self.client.get("/__genmock__/health")
        return [item for body in self.told for item in body["data"]]


@pytest.fixture(scope="module")
def receiver() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Return the URL of a server that takes webhooks, and the list of what they told."""
    told: list[dict[str, Any]] = []

    async def take(request: Request) -> Response:
        told.append(await request.json())
        return Response(status_code=204)

    with ServerThread(Starlette(routes=[Route("/hook", take, methods=["POST"])])) as server:
        yield f"{server.url}/hook", told


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, VirtualClock]]:
    """Return the URL of a mock server, and its clock."""
    clock = VirtualClock()
    with ServerThread(create_app(Settings(duration={"imageInference": 10}), clock=clock)) as thread:
        yield thread.url, clock


@pytest.fixture
def outside(server: tuple[str, VirtualClock], receiver: tuple[str, list[dict[str, Any]]]) -> Iterator[Outside]:
    """Return a client of a server on which nothing has happened."""
    url, clock = server
    receiver[1].clear()
    with httpx.Client(
        base_url=url, headers={"authorization": "Bearer key-of-the-tests"}, timeout=10, verify=False
    ) as client:
        client.post("/__genmock__/reset").raise_for_status()
        yield Outside(client, clock, *receiver)


def test_every_kind_has_a_test_here() -> None:
    sockets = Path(__file__).parents[1] / "socket" / "test_faults.py"
    tested = " ".join([*(name for name in globals() if name.startswith("test_")), sockets.read_text("utf-8")])
    assert [kind for kind in KINDS if f"test_{kind}" not in tested and f"_{kind}_" not in tested] == []


def test_error_refuses_a_request(outside: Outside) -> None:
    outside.set("error", code="serviceUnavailable", scope="request", times=1)
    refused = outside.ping()
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (503, "serviceUnavailable")
    assert check_response("runware-utilities", refused.json(), status=503) == ()
    assert outside.ping().status_code == 200


def test_error_says_when_to_try_again(outside: Outside) -> None:
    outside.set("error", code="rateLimitExceeded", retryAfter=1.2, message="Slow down.", times=1)
    refused = outside.paint()
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
    assert refused.json()["errors"][0]["message"] == "Slow down."
    assert refused.json()["errors"][0]["taskUUID"] == f"{UUID}1"


def test_error_refuses_one_task_of_several(outside: Outside) -> None:
    outside.set("error", code="timeoutProvider", match={"when": "task.taskUUID.endsWith('2')"})
    tasks = [{**PING, "taskUUID": f"{UUID}{number}"} for number in (1, 2, 3)]
    body = outside.client.post("/v1", json=tasks).json()
    assert [item["taskUUID"][-1] for item in body["data"]] == ["1", "3"]
    assert [(error["code"], error["taskUUID"][-1]) for error in body["errors"]] == [("timeoutProvider", "2")]


@pytest.mark.parametrize("how", ["sync", "async"])
def test_error_fails_one_result_of_three(outside: Outside, how: str) -> None:
    outside.set("error", code="invalidProviderContent", scope="result", result=1)
    reply = outside.paint(numberResults=3, deliveryMethod=how)
    if how == "async":
        outside.clock.advance(10)
        reply = outside.poll()
    assert reply.status_code == 200
    assert len(reply.json()["data"]) == 2
    assert [error["code"] for error in reply.json()["errors"]] == ["invalidProviderContent"]


def test_latency_makes_a_client_wait_for_real(outside: Outside) -> None:
    outside.set("latency", seconds=0.3)
    with pytest.raises(httpx.ReadTimeout):
        outside.client.post("/v1", json=[PING], timeout=0.1)
    started = time.perf_counter()
    assert outside.ping().status_code == 200
    assert time.perf_counter() - started > 0.29


@pytest.mark.parametrize(
    ("at", "message"),
    [("headers", "without sending a response"), ("body", "without sending complete message body")],
)
def test_drop_ends_the_connection_without_a_whole_reply(outside: Outside, at: str, message: str) -> None:
    outside.set("drop", at=at, times=1)
    with pytest.raises(httpx.RemoteProtocolError, match=message):
        outside.ping()
    assert outside.ping().status_code == 200


def test_drop_after_a_reply_makes_the_connection_useless(outside: Outside) -> None:
    outside.set("drop", at="after", times=1)
    reply = outside.ping()
    assert reply.json()["data"][0]["pong"]
    assert "connection" not in reply.headers
    until = time.monotonic() + PATIENCE_S
    while not reply.extensions["network_stream"].get_extra_info("is_readable"):  # the end of it, which is on its way
        assert time.monotonic() < until


def test_stall_leaves_a_client_with_half_of_the_body(outside: Outside) -> None:
    outside.set("stall", times=1)
    with pytest.raises(httpx.ReadTimeout), outside.client.stream("POST", "/v1", json=[PING], timeout=0.2) as reply:
        assert reply.status_code == 200
        reply.read()
    assert outside.ping().status_code == 200


def test_stall_goes_on_after_its_pause(outside: Outside) -> None:
    outside.set("stall", seconds=0.2)
    started = time.perf_counter()
    assert outside.ping().json()["data"][0]["pong"]
    assert time.perf_counter() - started > 0.19


@pytest.mark.parametrize("kind", ["truncate", "corrupt"])
def test_truncate_and_corrupt_json_arrives_as_if_it_were_whole(outside: Outside, kind: str) -> None:
    outside.set(kind)
    reply = outside.ping()
    assert (reply.status_code, len(reply.content)) == (200, int(reply.headers["content-length"]))
    with pytest.raises(ValueError):
        reply.json()


@pytest.mark.parametrize("kind", ["truncate", "corrupt"])
@pytest.mark.parametrize(("form", "member"), [("base64Data", "imageBase64Data"), ("dataURI", "imageDataURI")])
def test_truncate_and_corrupt_base64_does_not_decode(outside: Outside, kind: str, form: str, member: str) -> None:
    outside.set(kind, part="base64")
    text = outside.paint(outputType=form).json()["data"][0][member]
    with pytest.raises(ValueError):
        base64.b64decode(text.rpartition(",")[2], validate=True)


@pytest.mark.parametrize("kind", ["truncate", "corrupt"])
@pytest.mark.parametrize("form", ["URL", "base64Data"])
def test_truncate_and_corrupt_images_cannot_be_drawn(outside: Outside, kind: str, form: str) -> None:
    outside.set(kind, part="image")
    item = outside.paint(outputType=form, outputFormat="PNG").json()["data"][0]
    if form == "URL":
        data = outside.client.get(item["imageURL"]).raise_for_status().content
    else:
        data = base64.b64decode(item["imageBase64Data"], validate=True)
    with pytest.raises((OSError, SyntaxError)):
        Image.open(io.BytesIO(data)).load()


@pytest.mark.parametrize(("change", "rule"), [("missing", "required"), ("type", "type")])
def test_schema_of_a_reply_is_broken(outside: Outside, change: str, rule: str) -> None:
    outside.set("schema", change=change, pointer="/data/0/taskUUID")
    reply = outside.paint()
    broken = check_response("flux-1-dev-srpo", reply.json(), status=reply.status_code)
    assert [violation.rule for violation in broken] == [rule]


def test_task_stall_is_processing_for_ever(outside: Outside) -> None:
    outside.set("task_stall")
    outside.ordered()
    outside.clock.advance(3600)
    assert outside.status() == "processing"


def test_task_fail_shows_midway(outside: Outside) -> None:
    outside.set("task_fail", code="timeoutProvider", at=50)
    outside.ordered()
    outside.clock.advance(4)
    assert outside.status() == "processing"
    outside.clock.advance(2)
    assert [error["code"] for error in outside.poll().json()["errors"]] == ["timeoutProvider"]


def test_task_expire_leaves_nothing_to_ask_for(outside: Outside) -> None:
    outside.set("task_expire")
    outside.ordered()
    outside.clock.advance(9)
    assert outside.status() == "processing"
    outside.clock.advance(2)
    gone = outside.poll()
    assert [error["code"] for error in gone.json()["errors"]] == ["taskExpired"]


def test_duration_is_how_long_a_task_takes(outside: Outside) -> None:
    outside.set("duration", seconds=100)
    outside.ordered()
    outside.clock.advance(99)
    assert outside.status() == "processing"
    outside.clock.advance(1)
    assert outside.status() == "success"


def test_webhook_duplicate_tells_a_result_again(outside: Outside) -> None:
    outside.set("webhook_duplicate", copies=2)
    outside.ordered(webhookURL=outside.hook)
    outside.clock.advance(10)
    items = outside.hooks(3)
    assert len(items) == 3
    assert items[0] == items[1] == items[2]


def test_reply_is_told_by_webhooks_and_served_at_its_url(outside: Outside) -> None:
    outside.set("reply", result={"seed": 42}, image=base64.b64encode(b"no picture").decode())
    outside.ordered(webhookURL=outside.hook)
    outside.clock.advance(10)
    (item,) = outside.hooks(1)
    assert (item["seed"], outside.client.get(item["imageURL"]).content) == (42, b"no picture")


def test_webhook_reorder_tells_the_last_result_first(outside: Outside) -> None:
    outside.set("webhook_reorder")
    outside.ordered(webhookURL=outside.hook, numberResults=3)
    outside.clock.advance(10)
    told = [item["imageUUID"] for item in outside.hooks(3)]
    polled = [item["imageUUID"] for item in outside.poll().json()["data"]]
    assert sorted(told) == sorted(polled)
    assert told != polled


def test_webhook_lose_tells_nothing_but_a_poll_does(outside: Outside) -> None:
    outside.set("webhook_lose", times=1)
    outside.ordered(1, webhookURL=outside.hook)
    outside.ordered(2, webhookURL=outside.hook)
    outside.clock.advance(10)
    assert [item["taskUUID"] for item in outside.hooks(1)] == [f"{UUID}2"]
    assert outside.status(1) == "success"


def test_the_journal_names_the_faults_that_struck(outside: Outside) -> None:
    outside.set("drop", id="gone", at="after")
    outside.ping()
    url = outside.client.base_url.join("/__genmock__/journal?limit=1")  # on a connection that was not dropped
    newest = httpx.get(url).json()["exchanges"][0]
    assert "gone" in newest["note"]


def prefer(outside: Outside, text: str, **members: Any) -> httpx.Response:
    """Send a task for a picture that prefers something."""
    outside.client.headers["prefer"] = text
    reply = outside.paint(**members)
    del outside.client.headers["prefer"]
    return reply


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("code=429", 429, "rateLimitExceeded"),
        ('Code="402", dynamic=true', 402, "insufficientCredits"),
        ("code=timeoutProvider", 504, "timeoutProvider"),
    ],
)
def test_prefer_asks_for_an_error(outside: Outside, text: str, status: int, code: str) -> None:
    refused = prefer(outside, text)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (status, code)


@pytest.mark.parametrize("text", ["code=200", "dynamic=true", "example=cat, respond-async"])
def test_prefer_leaves_the_rest_as_it_is(outside: Outside, text: str) -> None:
    assert prefer(outside, text).status_code == 200


def test_the_journal_tells_what_of_prefer_means_nothing(outside: Outside) -> None:
    prefer(outside, "cod=429, dynamic=true")
    note = outside.client.get("/__genmock__/journal").json()["exchanges"][0]["note"]
    assert note == "Prefer: cod=429, dynamic=true (cod, dynamic mean nothing here)"


def test_prefer_asks_for_a_duration(outside: Outside) -> None:
    prefer(outside, "duration=2.5", deliveryMethod="async")
    outside.clock.advance(2)
    assert outside.status() == "processing"
    outside.clock.advance(0.5)
    assert outside.status() == "success"


def test_prefer_with_an_unknown_code_is_told(outside: Outside) -> None:
    refused = prefer(outside, "code=418")
    assert refused.status_code == 400
    assert (
        "Prefer: code=418 is a status of no error; there are 200, 400, 401," in refused.json()["errors"][0]["message"]
    )


@pytest.fixture
def limited() -> Iterator[Callable[[str], httpx.Response]]:
    """Return a function that pings a server with a rate limit by a key."""
    app = create_app(Settings(rate_limit="2/s"), clock=VirtualClock())
    with ServerThread(app) as server, httpx.Client(base_url=server.url) as client:
        yield lambda key: client.post("/v1", json=[PING], headers={"authorization": f"Bearer {key}"})


def test_a_rate_limit_holds_for_each_key(limited: Callable[[str], httpx.Response]) -> None:
    assert [limited("a").status_code for _ in range(3)] == [200, 200, 429]
    refused = limited("a")
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["errors"][0]["code"] == "rateLimitExceeded"
    assert limited("b").status_code == 200
