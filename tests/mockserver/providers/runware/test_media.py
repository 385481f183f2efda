"""Pictures and uploads as files over HTTP, on a real socket: types, validators, ranges, methods."""

import base64
import importlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from genmock.mockserver import Settings, create_app

A, B, C, D = (f"{n}0000000-0000-4000-8000-000000000000" for n in "abcd")
FOREVER = "public, max-age=31536000, immutable"
TASK = {
    "taskType": "imageInference",
    "taskUUID": A,
    "model": "runware:108@1",
    "positivePrompt": "a fox",
    "width": 128,
    "height": 128,
    "outputFormat": "WEBP",
}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    """Return a client of a server with one picture and one upload."""
    app = create_app(Settings())
    headers = {"authorization": "Bearer k"}
    with (
        importlib.import_module("genmock.mockserver.server").ServerThread(app) as server,
        httpx.Client(base_url=server.url, headers=headers, trust_env=False) as connected,
    ):
        yield connected


@pytest.fixture(scope="module")
def url(client: httpx.Client) -> str:
    """Return the URL of a picture."""
    return str(client.post("/v1", json=[TASK]).json()["data"][0]["imageURL"])


@pytest.fixture(scope="module")
def whole(client: httpx.Client, url: str) -> httpx.Response:
    """Return the picture's file."""
    return client.get(url)


def test_a_url_is_on_this_server_and_serves_the_file(client: httpx.Client, url: str, whole: httpx.Response) -> None:
    assert re.fullmatch(rf"{client.base_url}/image/ws/2/ii/[0-9a-f-]{{36}}\.webp", url)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "image/webp")
    assert (whole.headers["cache-control"], whole.headers["accept-ranges"]) == (FOREVER, "bytes")
    assert whole.headers["content-length"] == str(len(whole.content))


def test_the_file_needs_no_key(url: str) -> None:
    assert httpx.get(url, trust_env=False).status_code == 200


def test_public_url_is_where_clients_are_sent(serve: Callable[..., Any]) -> None:
    (item,) = serve(public_url="https://mock.example.test/base/").data(TASK)
    assert item["imageURL"].startswith("https://mock.example.test/base/image/ws/2/ii/")


@pytest.mark.parametrize("given", ["{etag}", "W/{etag}", '"other", {etag}', "*"])
def test_a_client_that_has_the_file_gets_304(client: httpx.Client, whole: httpx.Response, url: str, given: str) -> None:
    reply = client.get(url, headers={"if-none-match": given.format(etag=whole.headers["etag"])})
    assert (reply.status_code, reply.content) == (304, b"")
    assert reply.headers["etag"] == whole.headers["etag"]


def test_a_client_that_has_another_file_gets_this_one(client: httpx.Client, whole: httpx.Response, url: str) -> None:
    assert client.get(url, headers={"if-none-match": '"other"'}).content == whole.content


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=10-", 10, None), ("bytes=-7", -7, None), ("bytes=5-5", 5, 5)],
)
def test_a_range_gets_206(
    client: httpx.Client, whole: httpx.Response, url: str, asked: str, first: int, last: int | None
) -> None:
    size = len(whole.content)
    start, end = first % size, size - 1 if last is None else last
    reply = client.get(url, headers={"range": asked})
    assert (reply.status_code, reply.content) == (206, whole.content[start : end + 1])
    assert reply.headers["content-range"] == f"bytes {start}-{end}/{size}"


@pytest.mark.parametrize("asked", ["bytes=9999999-", "bytes=-0", "bytes=9-3"])
def test_a_range_outside_gets_416(client: httpx.Client, whole: httpx.Response, url: str, asked: str) -> None:
    reply = client.get(url, headers={"range": asked})
    assert (reply.status_code, reply.content) == (416, b"")
    assert reply.headers["content-range"] == f"bytes */{len(whole.content)}"


@pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "bytes=-", "lines=1-2", "bytes=x-y"])
def test_a_range_that_is_not_understood_gets_the_whole(
    client: httpx.Client, whole: httpx.Response, url: str, asked: str
) -> None:
    reply = client.get(url, headers={"range": asked})
    assert (reply.status_code, reply.content) == (200, whole.content)


def test_if_range_decides_between_the_part_and_the_whole(client: httpx.Client, whole: httpx.Response, url: str) -> None:
    def status(etag: str) -> int:
        return client.get(url, headers={"range": "bytes=0-1", "if-range": etag}).status_code

    assert (status(whole.headers["etag"]), status('"other"')) == (206, 200)


def test_head_gets_the_headers_alone(client: httpx.Client, whole: httpx.Response, url: str) -> None:
    reply = client.head(url, headers={"range": "bytes=0-1"})
    assert (reply.status_code, reply.content) == (200, b"")
    assert {name: reply.headers[name] for name in ("etag", "content-length", "content-type")} == {
        name: whole.headers[name] for name in ("etag", "content-length", "content-type")
    }


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_get_405(client: httpx.Client, url: str, method: str) -> None:
    reply = client.request(method, url)
    assert (reply.status_code, reply.headers["allow"]) == (405, "GET, HEAD")
    assert reply.json()["errors"] == [
        {
            "code": "methodNotAllowed",
            "message": f"The method {method} is not allowed here. Allowed methods are: GET, HEAD.",
        }
    ]


@pytest.mark.parametrize(
    "path", [f"/image/ws/2/ii/{D}.jpg", "/image/ws/2/ii/x", f"/media/ws/2/{D}", "/image/ws/2/ii/%00"]
)
def test_an_unknown_file_gets_404(client: httpx.Client, path: str) -> None:
    reply = client.get(path)
    message = "The media file does not exist, was deleted, or has outlived its ttl."
    assert reply.status_code == 404
    assert reply.json() == {"data": [], "errors": [{"code": "imageNotFound", "message": message}]}


def test_an_upload_is_cached_for_ever_under_its_content(client: httpx.Client) -> None:
    data = base64.b64encode(b"anything").decode()
    tasks = [{"taskType": "mediaStorage", "taskUUID": t, "operation": "upload", "media": data} for t in (B, C)]
    one, two = (client.get(item["mediaURL"]) for item in client.post("/v1", json=tasks).json()["data"])
    assert (one.content, one.headers["cache-control"]) == (b"anything", FOREVER)
    assert one.headers["etag"] == two.headers["etag"]
    assert client.get(one.request.url, headers={"if-none-match": one.headers["etag"]}).status_code == 304


def test_the_oldest_pictures_go_first(serve: Callable[..., Any]) -> None:
    mock = serve(max_pictures=3)
    items = mock.data(TASK | {"numberResults": 5})
    assert [mock.send("GET", item["imageURL"]).status_code for item in items] == [404, 404, 200, 200, 200]


def test_reset_forgets_every_file(mock: Any) -> None:
    (item,) = mock.data(TASK)
    mock.reset()
    assert mock.send("GET", item["imageURL"]).status_code == 404
