"""The SQLite store: files that it refuses, and what it leaves behind."""

import asyncio
import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from genmock.mockserver.clock import VirtualClock
from genmock.mockserver.stores import Bound, Put, Store, StoreError, open_store


def _refusal(path: Path) -> str:
    store = open_store(f"sqlite:///{path}", VirtualClock(), {})

    async def work() -> str:
        with pytest.raises(StoreError) as caught:
            await store.open()
        await store.close()
        return str(caught.value)

    return asyncio.run(work())


def _message(what: str, path: Path) -> str:
    return (
        f"cannot use the store: {what}\n\n"
        f"  where     {path}\n"
        "  expected  a file of this version of genmock's, or none yet, in a folder that can be written\n"
        "  next      see to the folder, its rights and its space; or name another file"
    )


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("notes, and no database: " * 50)
    assert _refusal(path) == _message("file is not a database", path)
    assert path.read_text() == "notes, and no database: " * 50


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "store.db"
    assert _refusal(path) == _message("unable to open database file", path)


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    assert _refusal(tmp_path) == _message("unable to open database file", tmp_path)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere: run as a user")
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert _refusal(tmp_path / "store.db") == _message("unable to open database file", tmp_path / "store.db")


def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE users (name TEXT)")
    other.close()
    before = path.read_bytes()
    assert _refusal(path) == (
        "cannot use the store: this is an SQLite file of another program\n\n"
        f"  where     {path}\n"
        "  expected  a store of version 2, or no file yet\n"
        "  next      name another file; or move this one away"
    )
    assert path.read_bytes() == before


def test_a_store_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    asyncio.run(_open_and_close(path))
    with sqlite3.connect(path) as later:
        later.execute("PRAGMA user_version = 3")
    later.close()
    assert _refusal(path).startswith("cannot use the store: this is a store of version 3\n")


def test_a_closed_store_leaves_one_file(tmp_path: Path) -> None:
    asyncio.run(_open_and_close(tmp_path / "store.db"))
    assert [path.name for path in tmp_path.iterdir()] == ["store.db"]


def test_a_relative_path_starts_where_the_server_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asyncio.run(_open_and_close(Path("here.db")))
    assert (tmp_path / "here.db").is_file()


def test_a_program_that_changes_its_working_folder_keeps_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store("sqlite:///here.db", VirtualClock(), {})

    async def work() -> Any:
        await store.write(Put("tasks", "a", b""))
        monkeypatch.chdir("/")
        size = await store.size("tasks")
        await store.close()
        return size

    assert asyncio.run(work()) == 1


def test_a_write_that_fails_in_the_middle_writes_nothing(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/store.db", VirtualClock(), {})

    async def work() -> Any:
        no_bytes: Any = object()
        with pytest.raises(StoreError):
            await store.write(Put("tasks", "a", b""), Put("tasks", "b", no_bytes))
        size = await store.size("tasks")
        await store.close()
        return size

    assert asyncio.run(work()) == 0


def test_entries_from_before_a_bound_counted_uses_are_bounded_too(tmp_path: Path) -> None:
    asyncio.run(_open_and_close(tmp_path / "store.db", *"abc"))
    bounds = {"tasks": Bound(entries=2, recent=True, durable=True)}
    store = open_store(f"sqlite:///{tmp_path}/store.db", VirtualClock(), bounds)

    async def work(store: Store) -> list[str]:
        await store.write(Put("tasks", "d", b""))
        keys = [entry.key for entry in await store.newest("tasks", limit=9)]
        await store.close()
        return keys

    assert len(asyncio.run(work(store))) == 2


def test_others_go_on_while_a_write_waits_for_another_process(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/store.db", VirtualClock(), {})

    async def work() -> list[str]:
        await store.open()
        other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        happened: list[str] = []
        waiting = asyncio.ensure_future(store.write(Put("tasks", "a", b"")))
        waiting.add_done_callback(lambda _: happened.append("written"))
        happened.append(f"{await store.size('tasks')} there")
        other.execute("COMMIT")
        other.close()
        await waiting
        happened.append(f"{await store.size('tasks')} there")
        await store.close()
        return happened

    assert asyncio.run(work()) == ["0 there", "written", "1 there"]


def test_a_write_that_waits_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genmock.mockserver.stores.sqlite_changes.BUSY_S", 0.0)
    store = open_store(f"sqlite:///{tmp_path}/store.db", VirtualClock(), {})

    async def work() -> str:
        await store.open()
        other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as caught:
            await store.write(Put("tasks", "a", b""))
        other.close()
        await store.close()
        return str(caught.value)

    assert asyncio.run(work()) == _message("database is locked", tmp_path / "store.db")


def test_the_log_beside_the_file_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genmock.mockserver.stores.sqlite_file.MAX_LOG", 2**18)
    store = open_store(f"sqlite:///{tmp_path}/store.db", VirtualClock(), {})

    async def work() -> tuple[bool, int]:
        other = open_store(f"sqlite:///{tmp_path}/store.db", VirtualClock(), {})
        await other.size("tasks")  # it has the log open, which stays when the first store is closed
        for number in range(160):
            await store.write(Put("tasks", str(number), b"-" * 5_000))
        await store.close()
        left, size = (tmp_path / "store.db-wal").stat().st_size, await other.size("tasks")
        await other.close()
        return left < 160 * 5_000, size

    assert asyncio.run(work()) == (True, 160)


async def _open_and_close(path: Path, *keys: str) -> None:
    store = open_store(f"sqlite:///{path}", VirtualClock(), {})
    await store.open()
    await store.write(*(Put("tasks", key, b"") for key in keys))
    await store.close()
