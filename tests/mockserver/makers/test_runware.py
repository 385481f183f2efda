"""Runware in pipeline mode: the same API, whose tasks are finished when their pictures are."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import httpx

from genmock.mockserver import VirtualClock

Servers = Callable[..., Any]
KEY = {"authorization": "Bearer key-of-the-tests-0123456789abcdef"}


def sync(**members: Any) -> dict[str, Any]:
    return {"taskUUID": str(uuid4()), "steps": 3, **members}


def attempts(server: Any) -> list[Any]:
    return [each["attempts"] for each in server.send("GET", "/__genmock__/deliveries").json()["deliveries"]]


def test_a_synchronous_request_waits_for_its_pictures(serve_pipeline: Servers, gate: Any) -> None:
    gate.open()
    server = serve_pipeline()
    items = server.post(sync(numberResults=2))["data"]
    assert [item["taskType"] for item in items] == ["imageInference"] * 2
    pictures = [httpx.get(item["imageURL"], verify=False).content for item in items]
    assert len(set(pictures)) == 2
    assert [made.what for made in server.made] == ["picture 128x128"] * 2  # and fetching them makes nothing again


def test_polls_tell_the_steps_that_are_done(serve_pipeline: Servers, gate: Any) -> None:
    server = serve_pipeline()
    name = server.order(numberResults=2)
    gate.wait(lambda: gate.said("began"))
    assert server.states(name) == [("processing", 0)] * 2
    gate.pass_step(1)
    gate.wait(lambda: server.states(name) == [("processing", 16)] * 2)  # 1 of 6
    gate.open()
    gate.wait(lambda: server.states(name) == [("success", None)] * 2)


def test_results_can_finish_one_by_one(serve_pipeline: Servers, gate: Any) -> None:
    server = serve_pipeline(result_progress="one-by-one")
    name = server.order(numberResults=2, steps=1)
    gate.pass_step(1)
    gate.wait(lambda: ("success", None) in server.states(name))
    gate.wait(lambda: server.states(name) == [("success", None)] * 2)


def test_inline_results_hold_the_picture_that_the_url_serves(serve_pipeline: Servers, gate: Any) -> None:
    gate.open()
    server = serve_pipeline()
    (item,) = server.post(sync(outputType="base64Data", outputFormat="PNG"))["data"]
    assert item["imageBase64Data"].startswith("iVBOR")


def test_a_webhook_comes_when_the_pictures_are_made_and_not_before(serve_pipeline: Servers, gate: Any) -> None:
    server = serve_pipeline()
    server.order(webhookURL="http://127.0.0.1:1/hook")
    gate.wait(lambda: gate.said("began"))
    assert attempts(server) == [[]]
    gate.open()
    gate.wait(lambda: attempts(server) != [[]])


def test_a_task_whose_picture_cannot_be_made_fails_with_the_providers_own_error(serve_pipeline: Servers) -> None:
    server = serve_pipeline()
    (error,) = server.post(sync(positivePrompt="fail"))["errors"]
    assert (error["code"], error["message"]) == ("internalServerError", "Something went wrong on the server's side.")
    assert server.made[-1].failed == "ValueError: no such colour"


def test_a_failed_asynchronous_task_is_told_by_polls(serve_pipeline: Servers, gate: Any) -> None:
    server = serve_pipeline()
    name = server.order(positivePrompt="fail", numberResults=2)
    (error,) = gate.wait(lambda: server.poll(name).get("errors"))
    assert (error["code"], error["taskUUID"]) == ("internalServerError", name)


def test_a_full_queue_is_told_before_anything_is_charged(serve_pipeline: Servers, gate: Any) -> None:
    server = serve_pipeline(pipeline_queue=1)
    names = [server.order() for _ in range(2)]
    sent = {"taskType": "imageInference", "model": "runware:108@1", "positivePrompt": "a fox", **sync()}
    reply = server.send("POST", "/v1", json=[sent | {"width": 128, "height": 128}], headers=KEY)
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "2")
    assert reply.json()["errors"][0]["code"] == "noAvailableServer"
    gate.open()
    gate.wait(lambda: all(server.states(name) == [("success", None)] for name in names))
    assert "data" in server.post(sync(taskUUID=sent["taskUUID"]))  # its UUID was not used


def test_an_empty_queue_takes_a_task_of_any_size(serve_pipeline: Servers, gate: Any) -> None:
    gate.open()
    assert len(serve_pipeline(pipeline_queue=0).post(sync(numberResults=3))["data"]) == 3


def test_the_work_for_a_client_that_leaves_ends_with_the_next_step(serve_pipeline: Servers, gate: Any) -> None:
    server = serve_pipeline()
    task = {"taskType": "imageInference", "model": "runware:108@1", "positivePrompt": "endless", **sync()}
    with httpx.Client(timeout=0.5) as client, suppress(httpx.ReadTimeout):
        client.post(f"{server.url}/v1", json=[task | {"width": 128, "height": 128}], headers=KEY)
    gate.wait(lambda: [made.failed for made in server.made] == ["cancelled"])
    (error,) = server.poll(task["taskUUID"])["errors"]
    assert error["message"] == "The client left before the result was ready, so that it was not made."


def test_a_reset_ends_what_is_under_way(serve_pipeline: Servers, gate: Any) -> None:
    server = serve_pipeline()
    server.order(positivePrompt="endless")
    gate.wait(lambda: gate.said("began"))
    server.send("POST", "/__genmock__/reset")
    gate.wait(lambda: [made.failed for made in server.made] == ["cancelled"])


def test_a_request_can_ask_for_the_other_mode(serve_pipeline: Servers, gate: Any) -> None:
    gate.open()
    server = serve_pipeline(mode="fake")
    server.post(sync(), prefer="mode=fake")
    assert server.made == []
    server.post(sync(), prefer="mode=pipeline")
    assert len(server.made) == 1


def test_a_model_can_have_a_mode_of_its_own(serve_pipeline: Servers, gate: Any) -> None:
    gate.open()
    server = serve_pipeline(model_mode={"runware:108@1": "fake"})
    server.post(sync())
    assert server.made == []


def test_the_same_request_gives_the_same_picture_and_makes_it_once(serve_pipeline: Servers, gate: Any) -> None:
    gate.open()
    server = serve_pipeline()
    items = [server.post(sync(seed=5))["data"][0] for _ in range(2)]
    assert len({httpx.get(item["imageURL"], verify=False).content for item in items}) == 1
    assert len(server.made) == 1


def test_a_dry_run_makes_nothing(serve_pipeline: Servers) -> None:
    server = serve_pipeline()
    reply = server.post(sync(), **{"x-runware-dry-run": "1"})
    assert ("data" in reply, server.made) == (True, [])


def test_faults_decide_before_the_pipeline_does(serve_pipeline: Servers, gate: Any) -> None:
    server = serve_pipeline(duration={"imageInference": 0.0})
    fault = {"kind": "task_fail", "code": "timeoutProvider", "at": 0}
    assert server.send("POST", "/__genmock__/faults", json=fault).status_code == 201
    assert server.poll(server.order())["errors"][0]["code"] == "timeoutProvider"
    assert gate.said("began") == []


def test_a_virtual_clock_moves_nothing_and_holds_nothing_up(serve_pipeline: Servers, gate: Any) -> None:
    clock = VirtualClock()
    server = serve_pipeline(clock)
    name = server.order()
    clock.advance(3600)
    assert server.states(name) == [("processing", 0)]
    gate.open()
    gate.wait(lambda: server.states(name) == [("success", None)])


def test_more_steps_than_the_setting_allows_are_not_made(serve_pipeline: Servers, gate: Any) -> None:
    gate.open()
    server = serve_pipeline(pipeline_steps=2)
    server.post(sync(steps=40))
    assert server.made[0].steps == 2
    assert list(server.runtime.world.journal)[-1].note == "steps 40 are 2 here (--pipeline-steps)"


def test_a_stopped_server_leaves_no_process(serve_pipeline: Servers, gate: Any) -> None:
    server = serve_pipeline()
    server.order()
    gate.wait(lambda: gate.said("began"))
    server.stop()
    assert [thread.name for thread in threading.enumerate() if thread.name == "genmock-pipeline"] == []


def test_a_restart_goes_on_with_what_was_not_made(serve_pipeline: Servers, gate: Any, tmp_path: Any) -> None:
    store = f"sqlite:///{tmp_path}/state.db"
    before = serve_pipeline(store=store)
    name = before.order()
    gate.wait(lambda: gate.said("began"))
    before.stop()
    gate.open()
    after = serve_pipeline(store=store)
    gate.wait(lambda: after.states(name) == [("success", None)])
    assert len(after.made) == 1


def test_pictures_outlive_the_server_that_made_them(serve_pipeline: Servers, gate: Any, tmp_path: Any) -> None:
    gate.open()
    store = f"sqlite:///{tmp_path}/state.db"
    before = serve_pipeline(store=store)
    (item,) = before.post(sync())["data"]
    before.stop()
    after = serve_pipeline(store=store)
    path = item["imageURL"].removeprefix(before.url)
    assert after.send("GET", path).status_code == 200
    assert after.made == []
