"""The files endpoints of a running server."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from genmock.mockserver import VirtualClock

UNKNOWN = f"file_{'0' * 32}"
START = VirtualClock().now()
TOKEN = {"authorization": "Bearer secret"}


class Client:
    """A client of the files endpoints. token: what the server asks for."""

    def __init__(self, mock: Any, clock: VirtualClock) -> None:
        self.mock = mock
        self.clock = clock

    def upload(self, data: bytes = b"abc", name: str = "a.png", kind: str | None = "image/png") -> dict[str, Any]:
        part = (name, data, kind) if kind is not None else (name, data)
        reply = self.mock.send("POST", "/v1/files", files={"file": part})
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    def get(self, path: str = "", **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        reply: httpx.Response = self.mock.send("GET", f"/v1/files{path}", headers=sent)
        return reply

    def delete(self, path: str) -> httpx.Response:
        reply: httpx.Response = self.mock.send("DELETE", f"/v1/files{path}")
        return reply

    def generate(self, **members: Any) -> httpx.Response:
        body = {"prompt": "a fox", "width": 64, "height": 64, **members}
        headers = {"accept": "application/json"}
        reply: httpx.Response = self.mock.send("POST", "/v1/image/qwen/generate", json=body, headers=headers)
        return reply

    def broken(self) -> list[Any]:
        """Return how our replies broke the document, by the server's own check."""
        return [v for v in self.mock.exchange.violations if v.pointer.startswith("/reply")]


@pytest.fixture
def client(serve: Callable[..., Any]) -> Client:
    clock = VirtualClock()
    return Client(serve(clock), clock)


def test_an_upload_is_answered_by_its_record(client: Client) -> None:
    told = client.upload(b"abc", "../a b.png", "x/y")
    assert list(told) == ["file_id", "filename", "content_type", "size", "created_at", "meta"]
    assert {**told, "file_id": ""} == {
        "file_id": "",
        "filename": "../a b.png",
        "content_type": "x/y",
        "size": 3,
        "created_at": START,
        "meta": {},
    }
    assert client.broken() == []


def test_the_kind_is_guessed_where_the_part_tells_none(client: Client) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.webp"\r\n\r\nx\r\n--b--\r\n'
    headers = {"content-type": "multipart/form-data; boundary=b"}
    assert client.mock.send("POST", "/v1/files", content=body, headers=headers).json()["content_type"] == "image/webp"


def test_an_upload_can_be_looked_up_listed_and_downloaded(client: Client) -> None:
    first = client.upload(b"1")
    client.clock.advance(1)
    second = client.upload(b"2", "b.txt", "text/plain")
    assert client.get(f"/{first['file_id']}").json() == first
    assert client.get().json() == {"object": "list", "data": [second, first]}
    download = client.get(f"/{second['file_id']}/download")
    assert (download.status_code, download.content) == (200, b"2")
    assert download.headers["content-type"] == "text/plain; charset=utf-8"
    assert download.headers["content-disposition"] == 'attachment; filename="b.txt"'
    assert client.broken() == []


def test_nothing_is_listed_in_the_beginning(client: Client) -> None:
    assert client.get("?limit=1").json() == {"object": "list", "data": []}


def test_a_part_of_a_file_can_be_had(client: Client) -> None:
    path = f"/{client.upload(bytes(range(100)))['file_id']}/download"
    part = client.get(path, range="bytes=10-19")
    assert (part.status_code, part.headers["content-range"]) == (206, "bytes 10-19/100")
    assert part.content == bytes(range(10, 20))
    parts = client.get(path, range="bytes=0-1,50-51")
    assert parts.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert int(parts.headers["content-length"]) == len(parts.content)
    assert client.broken() == []


def test_a_range_outside_a_file_is_told_so(client: Client) -> None:
    reply = client.get(f"/{client.upload()['file_id']}/download", range="bytes=3-")
    assert (reply.status_code, reply.headers["content-range"], reply.content) == (416, "bytes */3", b"")
    assert reply.headers["genmock-reason"] == "the range lies outside the file"


def test_a_malformed_range_is_refused_in_plain_text(client: Client) -> None:
    reply = client.get(f"/{client.upload()['file_id']}/download", range="items=0-1")
    assert (reply.status_code, reply.text) == (400, "Only support bytes range")


def test_who_has_the_file_is_sent_it_again(client: Client) -> None:
    path = f"/{client.upload()['file_id']}/download"
    assert client.get(path, if_none_match=client.get(path).headers["etag"]).status_code == 200


def test_a_deleted_file_is_unknown(client: Client) -> None:
    path = f"/{client.upload()['file_id']}"
    assert client.delete(path).json() == {"deleted": True, "file_id": path[1:]}
    replies = [client.delete(path), client.get(path), client.get(f"{path}/download")]
    assert {(reply.status_code, reply.text) for reply in replies} == {
        (404, f'{{"detail":"unknown file \'{path[1:]}\'"}}')
    }
    assert client.broken() == []


@pytest.mark.parametrize("name", ["x", "file_", "file_ABC", "job_1", "file_1%0A", "file_g", "%20file_1", "FILE_1"])
def test_an_id_of_another_form_is_refused(client: Client, name: str) -> None:
    sent = name.replace("%0A", "\n").replace("%20", " ")
    replies = [client.get(f"/{name}"), client.get(f"/{name}/download"), client.delete(f"/{name}")]
    assert {reply.status_code for reply in replies} == {422}
    wrong = {
        "type": "string_pattern_mismatch",
        "loc": ["path", "file_id"],
        "msg": "String should match pattern '^file_[0-9a-f]+$'",
        "input": sent,
        "ctx": {"pattern": "^file_[0-9a-f]+$"},
    }
    assert [reply.json() for reply in replies] == [{"detail": [wrong]}] * 3
    assert client.broken() == []


def test_an_upload_without_a_file_is_told_what_is_missing(client: Client) -> None:
    reply = client.mock.send("POST", "/v1/files", data={"other": "x"})
    missing = {"type": "missing", "loc": ["body", "file"], "msg": "Field required", "input": None}
    assert (reply.status_code, reply.json()) == (422, {"detail": [missing]})


def test_a_body_that_is_too_large_is_refused(serve: Callable[..., Any]) -> None:
    reply = serve(max_body=1000).send("POST", "/v1/files", files={"file": ("a", b"x" * 1000)})
    assert (reply.status_code, reply.json()) == (413, {"detail": "The request body is larger than 1000 bytes."})
    assert reply.headers["connection"] == "close"


def test_a_broken_form_is_told_before_a_token_is_missed_and_what_it_lacks_after(serve: Callable[..., Any]) -> None:
    mock, kind = serve(kiapi_token="secret"), {"content-type": "multipart/form-data; boundary=b"}
    broken = mock.send("POST", "/v1/files", content=b"xx", headers=kind)
    empty = [mock.send("POST", "/v1/files", content=b"--b--", headers={**kind, **more}) for more in ({}, TOKEN)]
    assert [reply.status_code for reply in (broken, *empty)] == [400, 401, 422]
    assert broken.json() == {"detail": "There was an error parsing the body"}


@pytest.mark.parametrize("path", ["", "/x", f"/{UNKNOWN}/download"])
def test_the_token_comes_before_everything_else(serve: Callable[..., Any], path: str) -> None:
    reply = serve(kiapi_token="secret").send("GET", f"/v1/files{path}")
    assert (reply.status_code, reply.json()) == (401, {"detail": "unauthorized"})


def test_the_journal_shows_an_upload_and_a_download_by_their_size(client: Client) -> None:
    path = f"/{client.upload()['file_id']}/download"
    assert client.mock.exchange.body == {"file": {"filename": "a.png", "content_type": "image/png", "size": 3}}
    client.get(path)
    assert client.mock.exchange.reply == "<image/png, 3 bytes>"


def test_what_a_job_made_is_a_file_with_its_size(client: Client) -> None:
    job = client.generate().json()
    client.clock.advance(100)
    told = client.get(f"/{job['artifacts'][0]}").json()
    download = client.get(f"/{told['file_id']}/download")
    assert download.content[:4] == b"\x89PNG"
    assert (told["size"], told["content_type"]) == (len(download.content), "image/png")
    assert told["size"] == job["result"]["image_bytes"]
    assert [each["file_id"] for each in client.get().json()["data"]] == [told["file_id"]]


def test_what_a_job_will_make_is_unknown_until_its_end(client: Client) -> None:
    client.generate(mode="async")
    assert client.get().json()["data"] == []
    client.clock.advance(1000)
    assert len(client.get().json()["data"]) == 1


def test_inline_inputs_are_files_too(client: Client, draw_file: Callable[..., bytes]) -> None:
    held = client.upload(draw_file())
    picture = {"type": "file_id", "file_id": held["file_id"]}
    assert client.generate(init_image=picture).status_code == 200
    assert len(client.get().json()["data"]) == 2
    assert client.generate(init_image={"type": "data_url", "data_url": "data:,x"}).status_code == 500
    metas = [each["meta"] for each in client.get().json()["data"]]
    assert {"source": "data_url", "kind": "init_image"} in metas


def test_files_of_a_store_survive_a_restart(serve: Callable[..., Any], tmp_path: Any) -> None:
    store = f"sqlite:///{tmp_path / 'state.db'}"
    told = Client(serve(store=store), VirtualClock()).upload()
    assert json.loads(Client(serve(store=store), VirtualClock()).get(f"/{told['file_id']}").text) == told
