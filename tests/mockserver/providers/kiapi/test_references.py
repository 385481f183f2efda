"""File references: what they mean, what is stored of them, and kiapi's words for those that cannot be used."""

import asyncio
import base64
import importlib
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any

import pytest

from genmock.mockserver import Settings, VirtualClock, World
from genmock.specs import load_errors

references = importlib.import_module("genmock.mockserver.providers.kiapi.references")
files = importlib.import_module("genmock.mockserver.providers.kiapi.files")
stores = importlib.import_module("genmock.mockserver.stores")
world_of = importlib.import_module("genmock.mockserver.world")
HELD = "file_" + "a" * 32
NOT_ALLOWED = "genmock fetches only from hosts that are allowed: start it with --allow-host "


class Elsewhere(BaseHTTPRequestHandler):
    """Another host: paths are answered by a status and a Content-Type."""

    ANSWERS: Mapping[str, tuple[int, str]] = {
        "/a%20b.PNG": (200, "Image/PNG; q=1"),
        "/": (200, "image/webp"),
        "/bare": (200, ""),
        "/odd": (200, "nonsense"),
        "/moved": (302, ""),
        "/empty": (204, ""),
    }

    def do_GET(self) -> None:
        status, kind = self.ANSWERS.get(self.path, (404, ""))
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        if status == 302:
            self.send_header("Location", "/")
        self.end_headers()
        if status == 200:
            self.wfile.write(b"bytes")

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def world() -> World:
    settings, clock = Settings(), VirtualClock()
    return World.of(settings, clock, stores.MemoryStore(clock, world_of.bounds(settings)))


def resolve(world: World, *given: tuple[str, Mapping[str, Any]], at: float | None = None, **settings: Any) -> Any:
    return asyncio.run(references.resolve(world, Settings(**settings), load_errors("kiapi"), given, at=at))


def failure(world: World, reference: Mapping[str, Any], kind: str = "image", **settings: Any) -> str:
    with pytest.raises(references.ReferenceFailed) as failed:
        resolve(world, (kind, reference), **settings)
    assert failed.value.refused.status == 400
    return str(failed.value.refused.detail)


def of_url(url: str) -> dict[str, str]:
    return {"type": "url", "url": url}


def inline(data_url: str) -> dict[str, str]:
    return {"type": "data_url", "data_url": data_url}


def keep(world: World, **members: Any) -> Any:
    held = files.Files(world.store, world.clock)
    members = {"filename": "a.png", "content_type": "image/png", **members}
    return asyncio.run(held.put(b"held", file_id=HELD, **members))


def test_an_id_means_the_file_that_is_there(world: World) -> None:
    record = keep(world)
    (found,) = resolve(world, ("image", {"type": "file_id", "file_id": HELD}))
    assert found == references.Resolved(b"held", record, is_new=False)


@pytest.mark.parametrize("name", [HELD, "x", "it's", "../a", "FILE_1", "é\n"])
def test_an_id_that_nobody_has_is_unknown(world: World, name: str) -> None:
    assert failure(world, {"type": "file_id", "file_id": name}) == f"unknown image file_id {name!r}"


def test_a_file_counts_that_is_there_when_the_job_begins(world: World) -> None:
    record = keep(world, created_at=world.clock.now() + 5)
    given = ("lora", {"type": "file_id", "file_id": HELD})
    assert resolve(world, given, at=record.created_at)[0].record == record
    assert failure(world, given[1], "lora") == f"unknown lora file_id '{HELD}'"


def test_inline_data_becomes_a_file(world: World) -> None:
    data = base64.b64encode(b"\x00abc").decode()
    (found,) = resolve(world, ("init_image", inline(f"data:image/png;base64,{data}")))
    assert (found.data, found.is_new) == (b"\x00abc", True)
    assert found.record.as_json() == {
        "file_id": found.record.file_id,
        "filename": "init_image.png",
        "content_type": "image/png",
        "size": 4,
        "created_at": world.clock.now(),
        "meta": {"source": "data_url", "kind": "init_image"},
    }


@pytest.mark.parametrize(
    ("data_url", "kind", "filename", "data"),
    [
        ("data:,a%20b", "application/octet-stream", "image.bin", b"a%20b"),
        ("data:text/plain;charset=x,é", "text/plain", "image.txt", "é".encode()),
        ("data:;base64,", "application/octet-stream", "image.bin", b""),
        ("data:x/y;base64,YQ==", "x/y", "image.bin", b"a"),
        ("data:a,b,c", "a", "image.bin", b"b,c"),
    ],
)
def test_a_data_url_is_read_as_kiapi_does(world: World, data_url: str, kind: str, filename: str, data: bytes) -> None:
    (found,) = resolve(world, ("image", inline(data_url)))
    assert (found.record.content_type, found.record.filename, found.data) == (kind, filename, data)


@pytest.mark.parametrize("data_url", ["x", "data:image/png;base64", "DATA:,x", "http://a/,b"])
def test_what_is_no_data_url_is_told_so(world: World, data_url: str) -> None:
    assert failure(world, inline(data_url)) == "image data_url must be a data URL"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("YQ=", "Incorrect padding"),
        ("YQ==YQ==", "Excess data after padding"),
        ("Y Q==", "Only base64 data is allowed"),
        ("YWJjZ", "Invalid base64-encoded string: number of data characters (5) cannot be 1 more than a multiple of 4"),
        ("é", "string argument should contain only ASCII characters"),
    ],
)
def test_broken_base64_is_told_in_pythons_words(world: World, payload: str, reason: str) -> None:
    told = failure(world, inline(f"data:image/png;base64,{payload}"), "lora")
    assert told == f"invalid lora data_url payload: {reason}"


@pytest.mark.parametrize("url", ["ftp://a/b", "a.png", "//a/b", "", "file:///etc/passwd", "data:,x"])
def test_a_url_has_to_be_one_of_the_web(world: World, url: str) -> None:
    assert failure(world, of_url(url)) == "image url must be an absolute http:// or https:// URL"


@pytest.mark.parametrize("url", ["http://", "https:///a", "http://:80/", "http:a"])
def test_a_url_has_to_have_a_host(world: World, url: str) -> None:
    assert failure(world, of_url(url), "init_image") == "init_image url has no host"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://[::1", "Invalid IPv6 URL"),
        ("http://a:99999/", "Port out of range 0-65535"),
        ("http://a:x/", "Port could not be cast to integer value as 'x'"),
    ],
)
def test_a_url_that_is_none_is_told_in_pythons_words(world: World, url: str, reason: str) -> None:
    assert failure(world, of_url(url)) == reason


@pytest.mark.parametrize(
    ("host", "shown", "address"),
    [
        ("127.0.0.1:8000", "127.0.0.1", "127.0.0.1"),
        ("user@10.1.2.3", "10.1.2.3", "10.1.2.3"),
        ("169.254.169.254", "169.254.169.254", "169.254.169.254"),
        ("0.0.0.0", "0.0.0.0", "0.0.0.0"),
        ("224.0.0.1", "224.0.0.1", "224.0.0.1"),
        ("[::1]", "::1", "::1"),
        ("[fd00::1]:80", "fd00::1", "fd00::1"),
        ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1", "::ffff:127.0.0.1"),
        ("LocalHost", "localhost", "127.0.0.1"),
        ("a.localhost", "a.localhost", "127.0.0.1"),
        ("127.1", "127.1", "127.0.0.1"),
    ],
)
def test_an_address_that_is_not_public_is_refused(world: World, host: str, shown: str, address: str) -> None:
    told = failure(world, of_url(f"http://{host}/a"), allow_host=("example.test",))
    assert told == f"image url host '{shown}' resolves to non-public address {address}"


@pytest.mark.parametrize("host", ["example.test", "8.8.8.8", "2606:4700::1111"])
def test_any_other_host_is_not_even_looked_up(world: World, host: str) -> None:
    url = f"http://[{host}]/a" if ":" in host else f"http://{host}/a"
    assert failure(world, of_url(url)) == f"failed to fetch image url '{url}': {NOT_ALLOWED}{host}"


@pytest.mark.parametrize(
    ("address", "public"), [("8.8.8.8", True), ("::ffff:8.8.8.8", True), ("::ffff:10.0.0.1", False), ("fe80::1", False)]
)
def test_an_address_is_public_as_kiapi_has_it(address: str, public: bool) -> None:
    assert references.is_public(ip_address(address)) is public


@pytest.mark.parametrize(
    ("path", "filename", "kind"),
    [
        ("/a%20b.PNG", "a%20b.PNG", "image/png"),
        ("/", "image.webp", "image/webp"),
        ("/bare", "bare", "text/plain"),
        ("/odd", "odd", "text/plain"),
    ],
)
def test_an_allowed_host_is_fetched_from(world: World, elsewhere: str, path: str, filename: str, kind: str) -> None:
    (found,) = resolve(world, ("image", of_url(elsewhere + path)), allow_host=("127.0.0.1",))
    assert (found.data, found.record.filename, found.record.content_type) == (b"bytes", filename, kind)
    assert found.record.meta == {"source": "url", "url": elsewhere + path, "kind": "image"}


def test_an_empty_answer_is_an_empty_file(world: World, elsewhere: str) -> None:
    (found,) = resolve(world, ("image", of_url(f"{elsewhere}/empty")), allow_host=("127.0.0.1",))
    assert (found.data, found.record.size) == (b"", 0)


@pytest.mark.parametrize(
    ("path", "reason", "settings"),
    [
        ("/none", "HTTP Error 404: Not Found", {}),
        ("/moved", "HTTP Error 302: Found", {}),
        ("/", "more than 4 bytes", {"max_body": 4}),
    ],
)
def test_what_cannot_be_fetched_is_told_with_the_reason(
    world: World, elsewhere: str, path: str, reason: str, settings: Any
) -> None:
    url = elsewhere + path
    told = failure(world, of_url(url), allow_host=("127.0.0.1",), **settings)
    assert told == f"failed to fetch image url '{url}': {reason}"


def test_nobody_there_is_told_as_pythons_client_does(world: World) -> None:
    told = failure(world, of_url("http://127.0.0.1:9/"), allow_host=("127.0.0.1",))
    assert told == "failed to fetch image url 'http://127.0.0.1:9/': <urlopen error All connection attempts failed>"


def test_what_comes_before_the_failing_one_is_handed_over(world: World) -> None:
    good, bad = ("image", inline("data:,x")), ("image", of_url("x"))
    with pytest.raises(references.ReferenceFailed) as failed:
        resolve(world, good, bad, good)
    assert [found.data for found in failed.value.before] == [b"x"]


def test_each_new_file_has_an_id_of_its_own_and_the_time_that_is_told(world: World) -> None:
    found = resolve(world, *[("image", inline("data:,x"))] * 3, at=7.0)
    assert len({each.record.file_id for each in found}) == 3
    assert {each.record.created_at for each in found} == {7.0}
