"""Single requests and short sequences that once broke the server, or would break a weaker one."""

import asyncio
import base64
import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest

from genmock.mockserver.deliveries import Wanted, page
from genmock.mockserver.recipe import ImageRecipe

TASK = {
    "taskType": "imageInference",
    "model": "runware:108@1",
    "positivePrompt": "a fox",
    "width": 128,
    "height": 128,
}
A, B, C = (f"{letter}0000000-0000-4000-8000-000000000000" for letter in "abc")
NO_NAMES = ["http://a..b/", f"http://{'a' * 70}.test/", "http://.../", "http://xn--a/"]


def control(mock: Any, path: str, body: Any) -> Any:
    """Return the reply of a control operation that is posted to."""
    return mock.send("POST", f"/__genmock__{path}", json=body)


@pytest.mark.parametrize("url", NO_NAMES)
def test_an_upload_to_what_is_no_host_name_fails_in_the_provider_s_words(mock: Any, url: str) -> None:
    error = mock.error({**TASK, "taskUUID": A, "uploadEndpoint": url})
    assert (error["code"], mock.exchange.status) == ("uploadFailed", 500)
    assert "is no URL to deliver to: its host is no name that can be looked up" in error["message"]


def test_a_virtual_clock_stops_before_the_year_10000(serve: Callable[..., Any]) -> None:
    mock = serve(clock="virtual")
    statuses = {control(mock, "/clock/advance", {"seconds": 10**9}).status_code for _ in range(260)}
    assert statuses == {200, 409}
    last = control(mock, "/clock/advance", {"seconds": 10**9}).json()["detail"]
    assert last == (
        "the clock would pass the year 9998, near which dates end; start the server anew to begin with 2026 again."
    )
    assert mock.send("GET", "/__genmock__/clock").json()["time"].startswith("99")
    assert mock.data({**TASK, "taskUUID": A, "deliveryMethod": "async"})


def test_a_predicate_that_divides_by_zero_does_not_hold(mock: Any) -> None:
    control(mock, "/faults", {"kind": "error", "code": "timeoutProvider", "match": {"when": "task.width / 0 == 1"}})
    assert mock.data({**TASK, "taskUUID": A})


@pytest.mark.parametrize("macro", ["all", "exists", "exists_one", "map", "filter"])
def test_a_predicate_of_loops_in_loops_in_loops_is_refused(mock: Any, macro: str) -> None:
    listed = f"[{','.join('1' * 20)}]"
    when = f"{listed}.{macro}(a, {listed}.{macro}(b, {listed}.{macro}(c, a + b + c > 0)))"
    reply = control(mock, "/faults", {"kind": "error", "code": "timeoutProvider", "match": {"when": when}})
    assert reply.status_code == 400
    (violation,) = reply.json()["violations"]
    assert violation["message"].endswith("has 3 loops (all, exists, exists_one, map, filter); 2 are the most")


@pytest.fixture
def crowded(serve: Callable[..., Any]) -> Any:
    """Return a server that keeps so few bytes that the second of two pictures drops the first."""
    return serve(max_media=1000, clock="virtual")


@pytest.fixture
def pair(draw_file: Callable[..., bytes]) -> dict[str, str]:
    """Return two input images."""
    files = {name: draw_file("PNG", (128, 128), color=(n, n, n)) for n, name in enumerate(("seedImage", "maskImage"))}
    return {name: base64.b64encode(file + b"\0" * 600).decode() for name, file in files.items()}


def test_a_picture_whose_source_was_dropped_is_no_input_any_more(crowded: Any, pair: dict[str, str]) -> None:
    name = crowded.data({**TASK, "taskUUID": A, "inputs": {"seedImage": pair["seedImage"]}})[0]["imageUUID"]
    crowded.data({"taskType": "imageUpload", "taskUUID": B, "image": pair["maskImage"]})
    for task in ({**TASK, "inputs": {"seedImage": name}}, {"taskType": "imageUpload", "image": name}):
        assert crowded.error({**task, "taskUUID": C})["code"] == "imageNotFound"


def test_a_picture_whose_source_was_dropped_at_once_is_an_error_of_its_result(
    crowded: Any, pair: dict[str, str]
) -> None:
    task = {**TASK, "taskUUID": A, "inputs": pair}
    assert crowded.error({**task, "outputType": "base64Data"})["code"] == "mediaExpired"
    error = crowded.error({**task, "uploadEndpoint": "http://127.0.0.1:9/"})
    assert error["message"] == (
        "The result could not be uploaded: a file that the result is made from was dropped to make room."
    )


@pytest.mark.parametrize("path", ["/__genmock__/reset", "/__genm%6fck__/deliveries/x/replay"])
def test_no_delivery_commands_the_control_api(mock: Any, path: str) -> None:
    error = mock.error({**TASK, "taskUUID": A, "uploadEndpoint": f"http://127.0.0.1:8321{path}"})
    assert "is a control API, which takes no deliveries: name a receiver of your own" in error["message"]


def states(mock: Any) -> list[tuple[int, str, str]]:
    """Return (result, state, last error) of each delivery, once none is due any more."""

    async def work() -> list[tuple[int, str, str]]:
        listed: Sequence[Any] = ()
        for _ in range(50):
            mock.runtime.courier.nudge()
            mock.runtime.clock.advance(100.0)
            await asyncio.sleep(0.02)
            listed = await page(mock.runtime.world.store, Wanted(), limit=100)
            if all(found.delivery.state != "pending" for found in listed):
                break
        await mock.runtime.courier.stop()
        return [(each.delivery.result, each.delivery.state, each.delivery.attempts[-1].error) for each in listed]

    return asyncio.run(work())


def test_deliveries_of_results_that_a_second_use_of_the_taskuuid_took_away_end_at_once(
    serve: Callable[..., Any],
) -> None:
    mock = serve(clock="virtual", webhook_attempts=1)
    later = {**TASK, "taskUUID": A, "webhookURL": "http://127.0.0.1:9/", "uploadEndpoint": "http://127.0.0.1:9/"}
    mock.data({**later, "numberResults": 2})
    mock.data({**TASK, "taskUUID": A})
    gone = "there is nothing to send any more: the results of the task have expired"
    assert [state for state in states(mock) if state[0] == 1] == [(1, "failed", gone), (1, "failed", gone)]


def test_a_picture_that_a_second_use_of_the_taskuuid_took_away_is_gone(mock: Any) -> None:
    last = mock.data({**TASK, "taskUUID": A, "numberResults": 2})[1]
    mock.data({**TASK, "taskUUID": A})
    assert mock.send("GET", last["imageURL"]).status_code == 404
    task = {**TASK, "taskUUID": B, "inputs": {"seedImage": last["imageUUID"]}}
    assert mock.error(task)["code"] == "imageNotFound"


def test_a_file_that_many_ask_for_at_once_is_made_once(mock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[ImageRecipe] = []
    render = ImageRecipe.render

    def counted(recipe: ImageRecipe, *how: Any) -> bytes:
        made.append(recipe)
        file: bytes = render(recipe, *how)
        return file

    monkeypatch.setattr(ImageRecipe, "render", counted)
    url = mock.data({**TASK, "taskUUID": A})[0]["imageURL"]

    async def work() -> set[int]:
        transport = httpx.ASGITransport(mock.app)
        async with httpx.AsyncClient(transport=transport) as client:
            replies = await asyncio.gather(*(client.get(url) for _ in range(20)))
        return {reply.status_code for reply in replies}

    assert (asyncio.run(work()), len(made)) == ({200}, 1)


def test_two_accounts_that_train_one_air_at_once_do_not_overwrite_each_other(
    mock: Any, draw_file: Callable[..., bytes]
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("a.png", draw_file())
    training = {
        "taskType": "training",
        "model": "runware:qwen-image@style-lora-training",
        "inputs": {"dataset": base64.b64encode(buffer.getvalue()).decode()},
        "importModel": {"air": "acme:ink@1", "name": "Ink"},
        "triggerWord": "inkstyle",
    }

    async def work() -> list[Any]:
        transport = httpx.ASGITransport(mock.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mock.test") as client:
            sent = [({**training, "taskUUID": each}, {"authorization": f"Bearer key-{each}"}) for each in (A, B)]
            replies = (client.post("/v1", json=[task], headers=headers) for task, headers in sent)
            return [reply.json() for reply in await asyncio.gather(*replies)]

    replies = asyncio.run(work())
    refused = [error["code"] for reply in replies for error in reply.get("errors", ())]
    assert refused == ["conflictAIR"]
