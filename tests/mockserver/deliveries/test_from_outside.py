"""Deliveries as a client, its receiver and the control API see them."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from genmock.mockserver import Settings, VirtualClock, create_app
from genmock.mockserver.server import ServerThread

UUID = "b0000000-0000-4000-8000-000000000001"
UPLOAD_FAILED = "uploadFailed"
AT_ONCE = {"imageInference": 0}
PATIENCE_S = 10.0


class Outside:
    """A server with a virtual clock, a client of it, and a receiver. A picture takes 10 s of the server's time."""

    def __init__(self, client: httpx.Client, clock: VirtualClock, receiver: Any) -> None:
        self.client, self.clock, self.receiver = client, clock, receiver

    def paint(self, **members: Any) -> httpx.Response:
        """Send a task for a picture of 128 pixels."""
        task = {
            "taskType": "imageInference",
            "taskUUID": UUID,
            "model": "runware:111@1",
            "positivePrompt": "a lighthouse",
            "width": 128,
            "height": 128,
            **members,
        }
        return self.client.post("/v1", json=[task])

    def poll(self) -> Any:
        """Return the body of a poll."""
        return self.client.post("/v1", json=[{"taskType": "getResponse", "taskUUID": UUID}]).json()

    def control(self, method: str, path: str) -> Any:
        """Return what the control API answers."""
        reply = self.client.request(method, f"/__genmock__/deliveries{path}")
        assert reply.status_code < 300, reply.text
        return reply.json()

    def deliveries(self, *states: str) -> list[dict[str, Any]]:
        """Return all deliveries, the first one first, once they are in those states."""
        until = time.monotonic() + PATIENCE_S
        while True:
            listed: list[dict[str, Any]] = self.control("GET", "")["deliveries"][::-1]
            if tuple(each["state"] for each in listed) == states:
                return listed
            assert time.monotonic() < until, listed

    @property
    def told(self) -> list[Any]:
        """What webhooks told, as JSON."""
        return [json.loads(request.body) for request in self.receiver.requests if request.method == "POST"]


@pytest.fixture
def outside(receiver: Any) -> Iterator[Callable[..., Outside]]:
    """Return a function that starts a server: outside(webhook_body="flat")."""
    with ExitStack() as stack:

        def started(**settings: Any) -> Outside:
            clock = VirtualClock()
            app = create_app(Settings(**{"duration": {"imageInference": 10}, **settings}), clock=clock)
            thread = stack.enter_context(ServerThread(app))
            headers = {"authorization": "Bearer key-of-the-tests"}
            client = stack.enter_context(httpx.Client(base_url=thread.url, headers=headers, timeout=10, verify=False))
            return Outside(client, clock, receiver)

        yield started


def test_a_webhook_tells_each_result_as_a_poll_does_when_the_task_is_done(outside: Any, receiver: Any) -> None:
    server = outside()
    acknowledged = server.paint(webhookURL=receiver.url, numberResults=2).json()
    assert acknowledged == {"data": [{"taskType": "imageInference", "taskUUID": UUID}]}
    server.deliveries("pending", "pending")
    assert receiver.requests == []
    server.clock.advance(10.0)
    server.deliveries("delivered", "delivered")
    polled = server.poll()["data"]
    told = [item for body in server.told for item in body["data"]]
    assert [item["imageUUID"] for item in told] == [item["imageUUID"] for item in polled]
    assert receiver.requests[0].headers["content-type"] == "application/json"


def test_flat_bodies_are_the_item_itself(outside: Any, receiver: Any) -> None:
    server = outside(webhook_body="flat", duration=AT_ONCE)
    server.paint(webhookURL=receiver.url)
    server.deliveries("delivered")
    assert server.told[0]["taskUUID"] == UUID


def test_an_upload_is_put_before_the_webhook_tells_of_it(outside: Any, receiver: Any) -> None:
    server = outside(duration=AT_ONCE)
    server.paint(webhookURL=receiver.url, uploadEndpoint=receiver.url, outputFormat="PNG")
    server.deliveries("delivered", "delivered")
    put, post = receiver.requests
    assert (put.method, put.headers["content-type"], put.body[:4]) == ("PUT", "image/png", b"\x89PNG")
    assert post.method == "POST"
    assert server.poll()["data"][0]["status"] == "success"


def test_an_upload_that_fails_for_good_is_an_error_of_the_task(outside: Any, receiver: Any) -> None:
    receiver.answer = lambda request: 507 if request.method == "PUT" else 200
    server = outside(duration=AT_ONCE, webhook_attempts=2, webhook_backoff=0.0)
    server.paint(webhookURL=receiver.url, uploadEndpoint=receiver.url)
    server.deliveries("failed", "delivered")
    assert server.told[0]["errors"][0]["code"] == UPLOAD_FAILED
    assert server.poll()["errors"][0]["code"] == UPLOAD_FAILED


def test_each_upload_that_fails_has_its_own_reason(outside: Any, receiver: Any) -> None:
    receiver.answers.extend([507, 403])
    server = outside(duration=AT_ONCE, webhook_attempts=1)
    server.paint(uploadEndpoint=receiver.url, numberResults=2, deliveryMethod="async")
    server.deliveries("failed", "failed")
    assert ["507" in error["message"] for error in server.poll()["errors"]] == [True, False]


def test_the_uploads_of_a_synchronous_task_are_tried_once_each(outside: Any, receiver: Any) -> None:
    receiver.answers.extend([200, 507])
    reply = outside().paint(uploadEndpoint=receiver.url, numberResults=2).json()
    assert (len(reply["data"]), [error["code"] for error in reply["errors"]]) == (1, [UPLOAD_FAILED])
    assert [request.method for request in receiver.requests] == ["PUT", "PUT"]


def test_a_failed_upload_of_a_synchronous_task_has_its_attempt_in_the_list(outside: Any, receiver: Any) -> None:
    receiver.answers.append(507)
    server = outside()
    server.paint(uploadEndpoint=receiver.url)
    (listed,) = server.deliveries("failed")
    assert [attempt["status"] for attempt in listed["attempts"]] == [507]


def test_every_attempt_is_seen_over_the_control_api(outside: Any, receiver: Any) -> None:
    receiver.answers.extend([500, "drop"])
    server = outside(webhook_backoff=1.0)
    server.paint(webhookURL=receiver.url)
    while server.control("GET", "?state=pending")["deliveries"]:
        server.clock.advance(1.0)
    (delivery,) = server.deliveries("delivered")
    assert [attempt["status"] for attempt in delivery["attempts"]] == [500, None, 200]
    assert server.control("GET", f"/{delivery['id']}") == delivery
    assert (delivery["kind"], delivery["url"], delivery["taskUUID"]) == ("webhook", receiver.url, UUID)


def test_a_pause_holds_deliveries_back_and_a_release_lets_one_go(outside: Any, receiver: Any) -> None:
    server = outside(duration=AT_ONCE)
    server.control("POST", "/pause")
    server.paint(webhookURL=receiver.url, numberResults=2)
    _, second = server.deliveries("pending", "pending")
    assert server.poll()["data"][0]["status"] == "success"
    server.control("POST", f"/{second['id']}/release")
    server.deliveries("pending", "delivered")
    server.control("POST", "/resume")
    server.deliveries("delivered", "delivered")


def test_a_replay_sends_the_same_bytes(outside: Any, receiver: Any) -> None:
    server = outside(duration=AT_ONCE)
    server.paint(webhookURL=receiver.url)
    (first,) = server.deliveries("delivered")
    again = server.control("POST", f"/{first['id']}/replay")
    server.deliveries("delivered", "delivered")
    assert again["repeats"] == first["id"]
    assert receiver.requests[0].body == receiver.requests[1].body


def test_a_receiver_that_hangs_slows_no_request(outside: Any, receiver: Any) -> None:
    receiver.answer = lambda _: "hang"
    server = outside(duration=AT_ONCE, webhook_timeout=20.0)
    started = time.monotonic()
    server.paint(webhookURL=receiver.url)
    assert server.poll()["data"][0]["status"] == "success"
    assert time.monotonic() - started < 10


def test_a_public_receiver_is_blocked_until_its_host_is_allowed(outside: Any) -> None:
    server = outside(duration=AT_ONCE)
    server.paint(webhookURL="http://93.184.215.14/hook")
    (delivery,) = server.deliveries("blocked")
    assert delivery["attempts"][0]["error"] == (
        "93.184.215.14 is a public address that nobody allowed: "
        "start the server with --allow-host 93.184.215.14 to deliver there"
    )
