"""Care of the store: a run lock, backups, and checks."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from monitor.errors import LockError, StoreError
from monitor.store.connection import Connection

LEAST_SQLITE = (3, 37)
"""STRICT tables (https://www.sqlite.org/stricttables.html)."""


def sqlite_version() -> str:
    """The version of SQLite in use; raises StoreError when it lacks what the store needs."""
    if sqlite3.sqlite_version_info < LEAST_SQLITE:
        raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old; 3.37 is the least")
    memory = sqlite3.connect(":memory:")
    try:
        memory.execute("CREATE VIRTUAL TABLE words USING fts5(text)")
    except sqlite3.OperationalError as error:
        raise StoreError(f"SQLite {sqlite3.sqlite_version} was built without FTS5") from error
    finally:
        memory.close()
    return f"{sqlite3.sqlite_version} with FTS5"


@contextlib.contextmanager
def run_lock(path: Path, what: str = "the store") -> Iterator[None]:
    """Hold the run lock while inside, so that two runs never work on one store, or on `what` else there is.

    The kernel gives an flock back when its process ends, however it ends. Raises LockError when another
    process holds it, StoreError when the file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(f"{path}: the lock file cannot be opened: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 32).decode(errors="replace").strip()
            raise LockError(f"{path}: another run holds {what} (process {holder or 'unknown'})") from None
        try:
            os.ftruncate(handle, 0)
            os.write(handle, str(os.getpid()).encode())
        except OSError as error:
            raise StoreError(f"{path}: the lock file cannot be written: {error.strerror}") from error
        yield
    finally:
        os.close(handle)


def backup(connection: Connection, target: Path) -> None:
    """Write a consistent copy of the store to `target`, which must not exist; nothing half-written stays."""
    if target.exists():
        raise StoreError(f"{target}: there is a file already; name another one")
    part = target.with_name(target.name + ".part")
    try:
        copy = sqlite3.connect(part)
        try:
            connection.backup(copy)
        finally:
            copy.close()
        part.replace(target)
    except (OSError, sqlite3.Error, StoreError) as error:
        cause = error.__cause__ if isinstance(error, StoreError) else error
        if not isinstance(cause, OSError | sqlite3.OperationalError):
            raise  # what is wrong is the store and not the copy
        raise StoreError(f"{target}: the backup cannot be written: {cause}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def check(connection: Connection, queries: Path | None) -> list[str]:
    """What is wrong with the store, one sentence each; an empty list when nothing is.

    Runs SQLite's own checks, then the named ones in the folder `queries`; what is `unchecked` is left out.
    """
    found = [f"integrity: {row[0]}" for row in connection.rows("PRAGMA integrity_check") if row[0] != "ok"]
    found += [f"foreign key: row {row[1]} of {row[0]}" for row in connection.rows("PRAGMA foreign_key_check")]
    if connection.writable:
        found += _full_text(connection)
    return [*found, *(faults(connection, queries) if queries else ())]


def unchecked(connection: Connection) -> list[str]:
    """What `check` cannot look at in this store, one sentence each."""
    if connection.writable:
        return []
    return ["the full text: SQLite holds it against the works only in a store that can be written to"]


def _full_text(connection: Connection) -> list[str]:
    """Whether the full text says what the works say (https://www.sqlite.org/fts5.html, section 6.4)."""
    try:
        with connection.transaction():
            connection.run("INSERT INTO items_fts(items_fts, rank) VALUES ('integrity-check', 1)")
    except StoreError as error:
        if not isinstance(error.__cause__, sqlite3.DatabaseError) or isinstance(
            error.__cause__, sqlite3.OperationalError
        ):
            raise
        return [
            "full text: items_fts is not in step with the works; `INSERT INTO items_fts(items_fts) VALUES ('rebuild')`"
        ]
    return []


def faults(connection: Connection, queries: Path) -> list[str]:
    """What the named checks find: every `*.sql` in the folder `queries` is one SELECT whose rows are faults."""
    found = []
    for file in sorted(queries.glob("*.sql")):
        rows = connection.rows(file.read_text(encoding="utf-8"))
        if rows:
            found.append(f"{file.stem}: {len(rows)} rows, the first is {dict(rows[0])}")
    return found
