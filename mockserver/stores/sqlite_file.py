"""An SQLite file that is a store: its layout, and how a connection to it is opened."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from .base import StoreError
from .values import store_error

APPLICATION = 0x67656E6D  # "genm", the file's application_id
VERSION = 2  # the file's user_version
BUSY_S = 10.0  # how long to wait, while the file is opened, for another process
MAX_LOG = 32 * 2**20  # bytes of the log beside the file, from which on it is written into the file
EXPECTED = "a file of this version of genmock's, or none yet, in a folder that can be written"

# `held` is how much a table has and which sequence was its last, kept by the triggers, so that its bound costs the same
# whatever its size. The primary key begins with the key, so that entries of one task lie side by side.
LAYOUT = f"""
CREATE TABLE entries (
    name TEXT NOT NULL, key BLOB NOT NULL, sequence INTEGER NOT NULL, value BLOB NOT NULL,
    expires_at REAL, due_at REAL, used INTEGER, PRIMARY KEY (key, name)
);
CREATE UNIQUE INDEX by_sequence ON entries (name, sequence);
CREATE INDEX by_expiry ON entries (name, expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX by_due ON entries (name, due_at, sequence) WHERE due_at IS NOT NULL;
CREATE INDEX by_use ON entries (name, used) WHERE used IS NOT NULL;
CREATE TABLE held (
    name TEXT PRIMARY KEY, last INTEGER NOT NULL DEFAULT 0, uses INTEGER NOT NULL DEFAULT 0,
    entries INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE numbers (
    name TEXT NOT NULL, key BLOB NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (name, key)
) WITHOUT ROWID;
CREATE TRIGGER came AFTER INSERT ON entries BEGIN
    INSERT INTO held (name, last, entries, bytes) VALUES (new.name, new.sequence, 1, length(new.value))
    ON CONFLICT (name) DO UPDATE SET last = new.sequence, entries = entries + 1, bytes = bytes + length(new.value);
END;
CREATE TRIGGER changed AFTER UPDATE OF value ON entries BEGIN
    UPDATE held SET last = max(last, new.sequence), bytes = bytes + length(new.value) - length(old.value)
    WHERE name = new.name;
END;
CREATE TRIGGER went AFTER DELETE ON entries BEGIN
    UPDATE held SET entries = entries - 1, bytes = bytes - length(old.value) WHERE name = old.name;
END;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
"""


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection to a store's file, made where there is none yet. Raises StoreError.

    Transactions are begun and ended by whoever uses it, and who finds the file busy is told so at once. It may be used
    by one thread after the other.
    """
    connection = None
    try:
        connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        _prepare(connection, path)
    except (sqlite3.Error, StoreError) as error:
        if connection is not None:
            connection.close()
        raise (error if isinstance(error, StoreError) else unusable(path, error)) from None
    return connection


def is_log_long(path: Path) -> bool:
    """Return whether a file's log is so long that a checkpoint is due."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size > MAX_LOG
    except OSError:
        return False


def checkpoint(path: Path) -> None:
    """Write the log of a file into the file and begin it anew. For a thread: it waits for the disk.

    Nobody else waits but for the end of it: most is written while others write on. What goes wrong here is left to the
    next time; it loses nothing.
    """
    there = f"{path.as_uri()}?mode=rw"  # a file that was deleted meanwhile is not made again
    with suppress(sqlite3.Error), closing(sqlite3.connect(there, BUSY_S, isolation_level=None, uri=True)) as connection:
        if _number(connection, "PRAGMA wal_checkpoint(PASSIVE)") == 0:  # 1: another process is at it
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def is_busy(error: sqlite3.Error) -> bool:
    """Return whether another process is in the way, so that a later try may succeed."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY  # the higher bits say why


def unusable(path: Path, error: sqlite3.Error) -> StoreError:
    """Return the error of a file that SQLite cannot use."""
    return store_error(
        f"cannot use the store: {error}",
        where=str(path),
        expected=EXPECTED,
        advice="see to the folder, its rights and its space; or name another file",
    )


def identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from every other that bears its name later; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def gone(path: Path) -> StoreError:
    """Return the error of a file that was deleted or replaced: what is written to it now would be lost."""
    return store_error(
        "cannot use the store: its file was deleted or replaced while it was used",
        where=str(path),
        expected="the file that was there at the start",
        advice="start the server again; to forget everything while it runs, POST /__genmock__/reset",
    )


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Lay out an empty file, or make sure that this one is ours, before anything in it is changed."""
    connection.execute("BEGIN IMMEDIATE")  # one process at a time, and a file that cannot be written shows here
    if _number(connection, "SELECT count(*) FROM sqlite_master") == 0:
        for statement in _statements(LAYOUT):
            connection.execute(statement)
    application, version = (_number(connection, f"PRAGMA {name}") for name in ("application_id", "user_version"))
    connection.execute("COMMIT")
    if (application, version) != (APPLICATION, VERSION):
        raise _strange(path, version if application == APPLICATION else None)
    connection.execute("PRAGMA journal_mode = WAL")  # readers and the one writer do not wait for each other
    connection.execute("PRAGMA synchronous = NORMAL")  # what is written outlives the process, killed or not
    connection.execute("PRAGMA wal_autocheckpoint = 0")  # who writes does not wait for the disk: see `checkpoint`
    connection.execute("PRAGMA busy_timeout = 0")


def _statements(script: str) -> list[str]:
    """Return the statements of a script: ``executescript`` would end the transaction."""
    statements, begun = [], ""
    for line in script.strip().splitlines(keepends=True):
        begun += line
        if sqlite3.complete_statement(begun):
            statements.append(begun)
            begun = ""
    return statements


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def _strange(path: Path, version: int | None) -> StoreError:
    what = "an SQLite file of another program" if version is None else f"a store of version {version}"
    return store_error(
        f"cannot use the store: this is {what}",
        where=str(path),
        expected=f"a store of version {VERSION}, or no file yet",
        advice="name another file; or move this one away",
    )
