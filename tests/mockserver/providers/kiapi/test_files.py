"""Files in the store: what is kept of them, from when on they are seen, and what is guessed of their kind."""

import asyncio
import importlib
import math
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import pytest

from genmock.mockserver import Settings, VirtualClock, World

files = importlib.import_module("genmock.mockserver.providers.kiapi.files")
drawing = importlib.import_module("genmock.mockserver.providers.kiapi.drawing")
stores = importlib.import_module("genmock.mockserver.stores")
world_of = importlib.import_module("genmock.mockserver.world")
IDS = [f"file_{digit * 32}" for digit in "0123"]
DAY_S = 24 * 3600.0


class Server:
    """A world with a clock that is moved by hand."""

    def __init__(self) -> None:
        settings = Settings()
        self.clock = VirtualClock()
        self.store = stores.MemoryStore(self.clock, world_of.bounds(settings))
        self.world = World.of(settings, self.clock, self.store)
        self.files = files.Files(self.store, self.clock)

    def put(self, number: int = 0, data: bytes = b"abc", **members: Any) -> Any:
        members = {"filename": "a.png", "content_type": None, **members}
        return run(self.files.put(data, file_id=IDS[number], **members))

    def promise(self, number: int = 0, *, in_s: float = 10, **members: Any) -> Any:
        """Write the record of what a job will have made."""
        at = self.clock.now() + in_s
        record = files.FileRecord(IDS[number], "qwen_1.png", "image/png", at, drawing={"of": number}, **members)
        run(self.store.write(*files.entries_of(record)))
        return record

    def ids(self) -> list[str]:
        return [record.file_id for record in run(self.files.list())]


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], bytes]], list[Any]]:
    """Return a function that sets what drawings come to, and returns the list of those that were asked for."""

    def set_to(make: Callable[[], bytes]) -> list[Any]:
        asked: list[Any] = []

        async def drawn(_: World, of: Mapping[str, Any]) -> bytes:
            asked.append(of)
            return make()

        monkeypatch.setattr(drawing, "drawn", drawn)
        return asked

    return set_to


def gone() -> bytes:
    raise drawing.Gone("dropped")


def test_a_file_is_read_as_it_was_kept(server: Server) -> None:
    record = server.put(data=b"\x00\xff", filename="é b.bin", meta={"a": [1, None]})
    assert run(server.files.get(IDS[0])) == record
    assert run(server.files.read(record)) == b"\x00\xff"


def test_clients_are_told_six_things(server: Server) -> None:
    assert server.put(content_type="x/y").as_json() == {
        "file_id": IDS[0],
        "filename": "a.png",
        "content_type": "x/y",
        "size": 3,
        "created_at": server.clock.now(),
        "meta": {},
    }


def test_an_empty_file_is_a_file(server: Server) -> None:
    record = server.put(data=b"")
    assert (record.size, run(server.files.read(record))) == (0, b"")


def test_the_list_has_the_newest_first_and_of_one_moment_the_last(server: Server) -> None:
    for number in (0, 1):
        server.put(number)
    server.clock.advance(1)
    server.put(2)
    server.put(3, created_at=server.clock.now() - 9)
    assert server.ids() == [IDS[2], IDS[1], IDS[0], IDS[3]]


def test_what_a_job_makes_is_seen_from_its_end_on(server: Server) -> None:
    server.promise(in_s=10)
    server.clock.advance(9.9)
    assert (run(server.files.get(IDS[0])), server.ids()) == (None, [])
    server.clock.advance(0.1)
    assert server.ids() == [IDS[0]]


def test_who_asks_for_a_later_time_sees_it_before(server: Server) -> None:
    record = server.promise(in_s=10)
    assert run(server.files.get(IDS[0], at=record.created_at)) == record


def test_what_never_ends_makes_nothing() -> None:
    assert files.entries_of(files.FileRecord(IDS[0], "a", "b", math.inf, drawing={})) == ()


def test_a_deleted_file_is_unknown(server: Server) -> None:
    server.put()
    assert [run(server.files.delete(IDS[0])) for _ in range(2)] == [True, False]
    assert (run(server.files.get(IDS[0])), server.ids()) == (None, [])


def test_what_is_not_there_yet_cannot_be_deleted_and_comes(server: Server) -> None:
    server.promise(in_s=1)
    assert run(server.files.delete(IDS[0])) is False
    server.clock.advance(1)
    assert server.ids() == [IDS[0]]


def test_files_of_the_same_bytes_go_one_by_one(server: Server) -> None:
    _, second = server.put(0), server.put(1)
    run(server.files.delete(IDS[0]))
    assert run(server.files.read(second)) == b"abc"


def test_files_stay_for_thirty_days(server: Server) -> None:
    record = server.put()
    server.clock.advance(30 * DAY_S - 1)
    assert (server.ids(), run(server.files.read(record))) == ([IDS[0]], b"abc")
    server.clock.advance(1)
    assert (server.ids(), run(server.files.read(record))) == ([], None)


def test_a_drawn_file_is_drawn_once_for_its_size(server: Server, draws: Any) -> None:
    asked = draws(lambda: b"12345")
    record = server.promise(in_s=0)
    assert run(server.files.sized(server.world, record)).size == 5
    again = run(server.files.get(IDS[0]))
    assert run(server.files.sized(server.world, again)).size == 5
    assert asked == [{"of": 0}]


def test_a_file_that_was_deleted_while_it_was_drawn_stays_so(server: Server, draws: Any) -> None:
    record = server.promise(in_s=0)
    run(server.files.delete(IDS[0]))
    draws(lambda: b"1")
    run(server.files.sized(server.world, record))
    assert server.ids() == []


def test_the_bytes_of_a_drawn_file_are_drawn(server: Server, draws: Any) -> None:
    draws(lambda: b"12345")
    record = server.promise()
    assert run(files.file_bytes(server.world, record)) == b"12345"
    assert run(server.files.read(record)) is None


def test_what_can_no_longer_be_drawn_has_no_bytes(server: Server, draws: Any) -> None:
    draws(gone)
    assert run(files.file_bytes(server.world, server.promise())) is None


def test_the_bytes_of_an_upload_are_those_that_came(server: Server) -> None:
    assert run(files.file_bytes(server.world, server.put())) == b"abc"


def test_ids_have_the_form_of_kiapi_and_depend_on_seed_and_number() -> None:
    made = [run(files.new_file_id(server.store, seed)) for seed in (0, 0, 1) for server in [Server()]]
    same = Server()
    both = [run(files.new_file_id(same.store, 0)) for _ in range(2)]
    assert made[0] == made[1] == both[0]
    assert len({made[0], made[2], both[1]}) == 3
    assert all(len(name) == 37 and name.startswith("file_") and int(name[5:], 16) for name in made)


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("a.png", "image/png"),
        ("A.JPG", "image/jpeg"),
        ("a.webp", "image/webp"),
        ("a.txt", "text/plain"),
        ("a.tar.gz", "application/x-tar"),
        ("a.safetensors", "application/octet-stream"),
        ("a", "application/octet-stream"),
        ("", "application/octet-stream"),
        ("http://[", "application/octet-stream"),
    ],
)
def test_a_kind_is_guessed_by_the_name(filename: str, expected: str) -> None:
    assert files.guessed_type(filename) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("image/png", ".png"), ("image/jpeg", ".jpg"), ("image/webp", ".webp"), ("x/y", ".bin"), ("", ".bin")],
)
def test_an_ending_is_guessed_by_the_kind(kind: str, expected: str) -> None:
    assert files.guessed_ending(kind) == expected


def test_a_kind_that_is_told_is_taken_and_an_empty_one_guessed(server: Server) -> None:
    assert [server.put(content_type=kind).content_type for kind in ("x/y", "", None)] == ["x/y"] + ["image/png"] * 2


def test_half_a_character_in_a_name_is_a_question_mark(server: Server) -> None:
    assert server.put(filename="a\ud800.png").filename == "a?.png"
