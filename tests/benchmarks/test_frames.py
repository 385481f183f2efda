import itertools
from urllib.parse import urlsplit

import pytest

from benchmarks import frames
from benchmarks.loads import LoadError
from benchmarks.processes import Serving
from genmock.mockserver import ServerThread, Settings, create_app


def test_a_short_frame_says_its_length_in_one_byte() -> None:
    assert frames.frame(b"hi") == b"\x81\x82\0\0\0\0hi"


def test_a_longer_frame_says_its_length_in_two_bytes() -> None:
    assert frames.frame(b"x" * 300) == b"\x81\xfe\x01\x2c\0\0\0\0" + b"x" * 300


@pytest.mark.parametrize(
    ("data", "length"),
    [(b"\x81", 0), (b"\x81\x05", 7), (b"\x81\x7e\x01", 0), (b"\x81\x7e\x01\x00", 260), (b"\x81\x7f" + bytes(8), 10)],
)
def test_the_length_of_a_frame_is_known_once_its_head_is_whole(data: bytes, length: int) -> None:
    assert frames.frame_length(data) == length


def test_every_task_has_a_uuid_of_its_own() -> None:
    assert len(set(itertools.islice(frames.tasks(1), 100))) == 100


def test_tasks_are_answered_by_a_real_server() -> None:
    with ServerThread(create_app()) as server:
        found = frames.turn(_serving(server), 0.3)
    assert found.requests >= 8 and found.refused == 0


def test_a_refused_key_is_no_result() -> None:
    with ServerThread(create_app(Settings(api_key=("another",)))) as server, pytest.raises(LoadError):
        frames.turn(_serving(server), 0.3)


def _serving(server: ServerThread) -> Serving:
    port = urlsplit(server.url).port
    assert port is not None
    return Serving("genmock", port, "/v1", 0, 0.0)
