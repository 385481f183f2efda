"""Media that were fetched before, and are therefore known: whatever may change the answer still does."""

import asyncio
import io
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from PIL import Image

from genmock.mockserver import VirtualClock
from genmock.mockserver.tasks import account_id

KEY = "key-of-the-tests-0123456789abcdef"  # that of `serve`
A, B = (f"{n}0000000-0000-4000-8000-000000000000" for n in "ab")
TASK = {
    "taskType": "imageInference",
    "taskUUID": A,
    "model": "runware:108@1",
    "positivePrompt": "a fox",
    "width": 128,
    "height": 128,
}


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def server(serve: Callable[..., Any], clock: VirtualClock) -> Any:
    return serve(clock)


def fetched(server: Any, url: str, **headers: str) -> httpx.Response:
    """Return a medium as whoever fetches it a second time gets it."""
    server.send("GET", url)
    reply: httpx.Response = server.send("GET", url, headers={name.replace("_", "-"): v for name, v in headers.items()})
    return reply


def known(server: Any, **members: Any) -> str:
    """Return the URL of a picture that was fetched."""
    (item,) = server.data(TASK | members)
    assert fetched(server, item["imageURL"]).status_code == 200
    return str(item["imageURL"])


def test_the_second_fetch_is_answered_as_the_first(server: Any) -> None:
    (item,) = server.data(TASK)
    first, second = (server.send("GET", item["imageURL"]) for _ in range(2))
    assert (first.headers, first.content) == (second.headers, second.content)


def test_a_known_medium_is_gone_with_its_ttl(server: Any, clock: VirtualClock) -> None:
    url = known(server, ttl=60)
    clock.advance(59)
    assert server.send("GET", url).headers["cache-control"] == "public, max-age=1"
    clock.advance(1)
    assert server.send("GET", url, headers={"if-none-match": "*"}).status_code == 404


def test_a_known_medium_is_gone_with_its_record(server: Any, clock: VirtualClock) -> None:
    url = known(server)
    clock.advance(31 * 24 * 3600)
    assert server.send("GET", url).status_code == 404


def test_a_known_medium_is_gone_after_a_reset(server: Any) -> None:
    url = known(server)
    server.reset()
    assert server.send("GET", url).status_code == 404


def test_the_same_name_after_a_reset_is_another_file(server: Any) -> None:
    url = known(server, seed=1)
    before = server.send("GET", url)
    server.reset()
    assert known(server, seed=2) == url
    after = server.send("GET", url)
    assert before.content != after.content
    assert server.send("GET", url, headers={"if-none-match": before.headers["etag"]}).content == after.content


def test_a_task_uuid_that_is_used_again_has_its_new_file(server: Any) -> None:
    before = server.send("GET", known(server, seed=1)).content
    assert server.send("GET", known(server, seed=2)).content != before


def test_a_result_that_failed_is_not_served_beside_one_that_is_known(server: Any, clock: VirtualClock) -> None:
    fault = {"kind": "error", "code": "invalidProviderContent", "scope": "result", "result": 1}
    assert server.send("POST", "/__genmock__/faults", json=fault).status_code == 201
    server.post(TASK | {"deliveryMethod": "async", "numberResults": 2})
    clock.advance(60)
    record = asyncio.run(server.runtime.world.tasks.by_id(f"{account_id(KEY)}/{A}"))
    urls = [f"/image/ws/2/ii/{result['imageUUID']}.jpg" for result in record.results]
    assert [fetched(server, url).status_code for url in urls] == [200, 404]


@pytest.mark.parametrize("kind", ["truncate", "corrupt"])
def test_a_spoiled_file_stays_spoiled_and_the_same_one_whole(server: Any, kind: str) -> None:
    url = known(server, seed=1)
    whole = server.send("GET", url).content
    assert server.send("POST", "/__genmock__/faults", json={"kind": kind, "part": "image"}).status_code == 201
    (item,) = server.data(TASK | {"taskUUID": B, "seed": 1})
    with pytest.raises((OSError, SyntaxError)):
        Image.open(io.BytesIO(fetched(server, item["imageURL"]).content)).load()
    assert server.send("GET", url).content == whole


def test_a_known_medium_has_ranges_and_validators(server: Any) -> None:
    url = known(server)
    whole = server.send("GET", url)
    part = fetched(server, url, range="bytes=2-5")
    assert (part.status_code, part.content) == (206, whole.content[2:6])
    assert fetched(server, url, if_none_match=whole.headers["etag"]).status_code == 304
    assert fetched(server, url, range="bytes=2-5", if_range='"other"').content == whole.content


def test_head_of_a_known_medium_has_its_headers(server: Any) -> None:
    url = known(server)
    head, whole = server.send("HEAD", url, headers={"range": "bytes=0-1"}), server.send("GET", url)
    assert (head.status_code, head.headers) == (200, whole.headers)
