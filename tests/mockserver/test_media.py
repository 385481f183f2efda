"""Stores of uploads, pictures and drawn files: bounds that hold whatever is done to them."""

import importlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

media = importlib.import_module("genmock.mockserver.media")
NAMES = st.sampled_from(["a", "b", "c", "d", "E"])
LIMIT = 4 * media.NAME_BYTES


@dataclass(frozen=True)
class Sketch:
    """A recipe without a picture."""

    weight: int = 0
    identity: bytes = b""

    def render(self, format: str, quality: int) -> bytes:
        return b""


def upload(data: bytes) -> Any:
    return media.Upload(data, "image/png")


def picture(weight: int = 0, expires_at: float | None = None) -> Any:
    return media.Picture(Sketch(weight), "PNG", 95, expires_at)


class Uploading(RuleBasedStateMachine):
    """Uploads beside a plain model of them: the same contents, the least recently used gone first."""

    def __init__(self) -> None:
        super().__init__()
        self.uploads = media.Uploads(LIMIT)
        self.model: OrderedDict[str, bytes] = OrderedDict()

    def held(self) -> int:
        return len(self.model) * int(media.NAME_BYTES) + sum(len(data) for data in set(self.model.values()))

    @rule(name=NAMES, data=st.sampled_from([b"", b"x", b"y" * 300, b"z" * 900]))
    def put(self, name: str, data: bytes) -> None:
        self.uploads.put(name, upload(data))
        self.model.pop(name.lower(), None)
        self.model[name.lower()] = data
        while self.held() > LIMIT and len(self.model) > 1:
            self.model.popitem(last=False)

    @rule(name=NAMES)
    def get(self, name: str) -> None:
        found = self.uploads.get(name)
        assert (found.data if found else None) == self.model.get(name.lower())
        if found:
            self.model.move_to_end(name.lower())

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        assert self.uploads.delete(name) == (self.model.pop(name.lower(), None) is not None)

    @invariant()
    def as_many_as_in_the_model(self) -> None:
        assert len(self.uploads) == len(self.model)


TestUploading = Uploading.TestCase
TestUploading.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)


def test_one_upload_larger_than_the_bound_is_kept_alone() -> None:
    uploads = media.Uploads(10)
    uploads.put("a", upload(b"x"))
    uploads.put("b", upload(b"y" * 10_000))
    assert (uploads.get("a"), len(uploads)) == (None, 1)


def test_names_do_not_differ_by_case() -> None:
    uploads = media.Uploads(LIMIT)
    uploads.put("AbC", upload(b"x"))
    assert uploads.get("aBc").data == b"x"
    assert uploads.delete("ABC")


def test_uploads_of_nothing_cannot_pile_up() -> None:
    uploads = media.Uploads(LIMIT)
    for number in range(1000):
        uploads.put(str(number), upload(b""))
    assert len(uploads) == 4


def test_pictures_are_bounded_in_number_and_the_oldest_go_first() -> None:
    pictures = media.Pictures(2, 1000)
    for name in "abc":
        pictures.put(name, picture())
    assert [pictures.get(name, 0.0) is not None for name in "abc"] == [False, True, True]


def test_pictures_are_bounded_in_the_bytes_of_their_inputs() -> None:
    pictures = media.Pictures(10, 1000)
    for name in "abc":
        pictures.put(name, picture(weight=400))
    assert len(pictures) == 2
    pictures.put("b", picture(weight=0))
    pictures.put("d", picture(weight=500))
    assert [pictures.get(name, 0.0) is not None for name in "bcd"] == [True, True, True]


def test_a_picture_lives_until_its_time_has_come() -> None:
    pictures = media.Pictures(10, 1000)
    pictures.put("a", picture(expires_at=60.0))
    assert [pictures.get("A", now) is not None for now in (59.9, 60.0)] == [True, False]


def test_files_go_by_last_use_and_never_exceed_the_bound() -> None:
    files = media.FileCache(10)
    files.put(b"a", b"12345")
    files.put(b"b", b"12345")
    files.get(b"a")
    files.put(b"c", b"1")
    assert [files.get(key) for key in (b"a", b"b", b"c")] == [b"12345", None, b"1"]


def test_a_file_larger_than_the_bound_is_not_kept() -> None:
    files = media.FileCache(10)
    files.put(b"a", b"x")
    files.put(b"b", b"x" * 11)
    assert (files.get(b"a"), files.get(b"b")) == (b"x", None)


def test_a_file_put_twice_counts_once() -> None:
    files = media.FileCache(10)
    for _ in range(5):
        files.put(b"a", b"12345")
    files.put(b"b", b"12345")
    assert (files.get(b"a"), files.get(b"b")) == (b"12345", b"12345")
