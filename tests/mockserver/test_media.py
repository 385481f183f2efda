"""Uploads in the store and drawn files in memory: names, last uses, bounds that hold whatever is done to them."""

import asyncio
import importlib
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from genmock.mockserver import VirtualClock
from genmock.mockserver.stores import Bound, MemoryStore

media = importlib.import_module("genmock.mockserver.media")
NAMES = st.sampled_from(["a", "b", "c", "d", "E"])
DAY_S = 24 * 3600.0


class Shelf:
    """The uploads of a fresh store in memory, called from outside its event loop."""

    def __init__(self, **bounds: Bound) -> None:
        self.clock = VirtualClock()
        self.store = MemoryStore(self.clock, bounds)
        self._uploads = media.Uploads(self.store, self.clock)

    def put(self, name: str, data: bytes, media_type: str = "image/png") -> None:
        asyncio.run(self._uploads.put(name, media.Upload(data, media_type)))

    def get(self, name: str) -> Any:
        return asyncio.run(self._uploads.get(name))

    def delete(self, name: str) -> Any:
        return asyncio.run(self._uploads.delete(name))

    def size(self, table: str) -> int:
        count: int = asyncio.run(self.store.size(table))
        return count


class Uploading(RuleBasedStateMachine):
    """Uploads beside a plain model of them: the last contents of each name, whatever its case."""

    def __init__(self) -> None:
        super().__init__()
        self.shelf = Shelf()
        self.model: dict[str, bytes] = {}

    @rule(name=NAMES, data=st.sampled_from([b"", b"x", b"y" * 300]))
    def put(self, name: str, data: bytes) -> None:
        self.shelf.put(name, data)
        self.model[name.lower()] = data

    @rule(name=NAMES)
    def get(self, name: str) -> None:
        found = self.shelf.get(name)
        assert (found.data if found else None) == self.model.get(name.lower())

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        assert self.shelf.delete(name) == (self.model.pop(name.lower(), None) is not None)

    @rule()
    def half_a_month_passes(self) -> None:
        for name in self.model:  # each is used, so that none expires
            self.shelf.get(name)
        self.shelf.clock.advance(15 * DAY_S)

    @invariant()
    def as_many_as_in_the_model(self) -> None:
        assert self.shelf.size("uploads") == len(self.model)


TestUploading = Uploading.TestCase
TestUploading.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)


def test_an_upload_keeps_its_media_type() -> None:
    shelf = Shelf()
    shelf.put("a", b"x", "application/zip")
    assert shelf.get("a") == media.Upload(b"x", "application/zip")


def test_names_do_not_differ_by_case() -> None:
    shelf = Shelf()
    shelf.put("AbC", b"x")
    assert shelf.get("aBc").data == b"x"
    assert shelf.delete("ABC")


def test_the_same_bytes_are_kept_once() -> None:
    shelf = Shelf()
    for name in "abc":
        shelf.put(name, b"x" * 100)
    assert (shelf.size("uploads"), shelf.size("contents")) == (3, 1)


def test_deleting_one_name_leaves_the_bytes_to_the_other() -> None:
    shelf = Shelf()
    shelf.put("a", b"x")
    shelf.put("b", b"x")
    assert shelf.delete("a")
    assert (shelf.get("a"), shelf.get("b").data) == (None, b"x")


def test_an_upload_that_nobody_uses_goes_after_30_days_with_its_bytes() -> None:
    shelf = Shelf()
    shelf.put("a", b"x")
    shelf.clock.advance(30 * DAY_S - 1)
    assert shelf.size("uploads") == 1
    shelf.clock.advance(1)
    assert (shelf.get("a"), shelf.size("uploads"), shelf.size("contents")) == (None, 0, 0)


def test_each_use_keeps_an_upload_for_another_30_days() -> None:
    shelf = Shelf()
    shelf.put("a", b"x")
    for _ in range(4):
        shelf.clock.advance(29 * DAY_S)
        assert shelf.get("a").data == b"x"


def test_using_one_name_keeps_the_bytes_that_it_shares() -> None:
    shelf = Shelf()
    shelf.put("a", b"x")
    shelf.clock.advance(20 * DAY_S)
    shelf.put("b", b"x")
    shelf.clock.advance(15 * DAY_S)
    assert (shelf.get("a"), shelf.get("b").data) == (None, b"x")


def test_the_least_recently_used_contents_go_first() -> None:
    shelf = Shelf(contents=Bound(bytes=20, recent=True))
    for name, byte in (("a", b"x"), ("b", b"y")):
        shelf.put(name, byte * 10)
    shelf.get("a")
    shelf.put("c", b"z" * 10)
    assert [shelf.get(name) is not None for name in "abc"] == [True, False, True]


def test_one_upload_larger_than_the_bound_is_kept_alone() -> None:
    shelf = Shelf(contents=Bound(bytes=10, recent=True))
    shelf.put("a", b"x")
    shelf.put("b", b"y" * 10_000)
    assert (shelf.get("a"), shelf.size("contents")) == (None, 1)
    assert len(shelf.get("b").data) == 10_000


def test_uploads_of_nothing_cannot_pile_up() -> None:
    shelf = Shelf(uploads=Bound(4))
    for number in range(100):
        shelf.put(str(number), b"")
    assert shelf.size("uploads") == 4


def test_whoever_needs_a_file_longest_decides_how_long_it_stays() -> None:
    shelf = Shelf()
    for until in (50.0, 90.0, 70.0):
        asyncio.run(shelf.store.write(media.content_entry(b"x", shelf.clock.now() + until)))
    shelf.clock.advance(89)
    assert asyncio.run(shelf.store.get("contents", media.content_id(b"x"))) == b"x"
    shelf.clock.advance(1)
    assert shelf.size("contents") == 0


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
