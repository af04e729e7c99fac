"""The one connection to the SQLite file, and the only door through which its errors leave."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from monitor.errors import LockError, StoreError
from monitor.recipients import recipient_key
from monitor.store import migrations

T = TypeVar("T")

APPLICATION_ID = 0x52534D31
"""Marks the file as ours (https://www.sqlite.org/pragma.html#pragma_application_id): "RSM1"."""

BUSY_SECONDS = 30.0
"""How long a write waits for another program to finish writing."""


class Connection:
    """A SQLite connection that several threads may share: whoever is in `transaction` has it alone.

    Every write happens inside `transaction`, which takes the write lock at once (BEGIN IMMEDIATE), because
    SQLite may refuse to turn a read into a write without waiting (https://www.sqlite.org/isolation.html).
    """

    def __init__(self, path: Path | None, *, read_only: bool = False, patience: float = BUSY_SECONDS) -> None:
        self.path = path
        self._read_only = read_only
        self._lock = threading.RLock()
        self._depth = 0
        self._errors = _Errors(path)
        self._statement = _Statement(path)
        with self._errors:
            self._sqlite = _connect(path, read_only, patience)
            if not read_only:
                self._migrate()

    def close(self) -> None:
        """Close the file; what was not committed is gone. Whoever may read the file can go on reading it."""
        with self._lock, contextlib.ExitStack() as after:
            if self.path and not self._read_only:
                with contextlib.suppress(sqlite3.Error):
                    after.callback(_witness(self.path, self._sqlite).close)
            self._sqlite.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is kept together or not at all; nested blocks join the outer one."""
        with self._lock, self._errors:
            if self._depth == 0:
                self._sqlite.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0 and self._sqlite.in_transaction:
                    self._sqlite.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._sqlite.execute("COMMIT")

    def rows(self, sql: str, values: Iterable[Any] | Mapping[str, Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query, whose `values` go by place, or by name where they are a mapping."""
        with self._lock, self._statement:
            return self._sqlite.execute(sql, values if isinstance(values, Mapping) else tuple(values)).fetchall()

    def row(self, sql: str, values: Iterable[Any] = ()) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        with self._lock, self._statement:
            found: sqlite3.Row | None = self._sqlite.execute(sql, tuple(values)).fetchone()
            return found

    def value(self, sql: str, values: Iterable[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.row(sql, values)
        return None if row is None else row[0]

    def run(self, sql: str, values: Iterable[Any] = ()) -> int:
        """Run one writing statement inside a transaction; the id of the row it inserted, if it did."""
        with self._lock, self._statement:
            return self._sqlite.execute(sql, tuple(values)).lastrowid or 0

    def run_many(self, sql: str, values: Iterable[Iterable[Any]]) -> None:
        """Run one writing statement for each of `values`, inside a transaction."""
        values = list(values)
        if not values:
            return
        with self._lock, self._statement:
            self._sqlite.executemany(sql, [tuple(v) for v in values])

    @property
    def writable(self) -> bool:
        """Whether anything can be written; False where the file, or the disk it is on, is read-only."""
        if self._read_only:
            return False
        try:
            with self.transaction():
                self.run("DELETE FROM alarms WHERE 0")  # BEGIN IMMEDIATE alone is let through
                return True
        except StoreError as error:
            if getattr(error.__cause__, "sqlite_errorname", "").startswith("SQLITE_READONLY"):
                return False
            raise

    def backup(self, target: sqlite3.Connection) -> None:
        """Copy the whole database, consistent even while others write (https://www.sqlite.org/backup.html)."""
        with self._lock, self._errors:
            self._sqlite.backup(target)

    def _migrate(self) -> None:
        if _applied(self._sqlite, self.path) == set(migrations.names):
            return
        from sqlite_utils import Database

        steps = migrations.load()
        self._sqlite.execute("BEGIN IMMEDIATE")
        try:
            steps.apply(Database(self._sqlite, execute_plugins=False))
            self._sqlite.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self._sqlite.execute("COMMIT")
        except BaseException:
            if self._sqlite.in_transaction:
                self._sqlite.execute("ROLLBACK")
            raise


class _Errors:
    """The door: inside, errors of SQLite become ours, with the name of the store. Each statement goes through it, so it
    is one object, where a generator would be made for each."""

    def __init__(self, path: Path | None) -> None:
        self._name = str(path) if path else "store in memory"

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, sqlite3.DatabaseError):
            return
        if isinstance(error, sqlite3.OperationalError):
            if "locked" in str(error):
                raise LockError(f"{self._name}: another program has been writing to the store for too long") from error
            raise StoreError(f"{self._name}: the store cannot be used: {error}") from error
        if isinstance(error, sqlite3.IntegrityError):
            raise StoreError(f"{self._name}: the store refused a row: {error}") from error
        if isinstance(error, sqlite3.ProgrammingError):  # of the query, whatever is in the file
            raise StoreError(f"{self._name}: the store cannot be asked so: {error}") from error
        raise StoreError(
            f"{self._name}: the store is damaged ({error}); restore it from a backup made by `monitor db backup`"
        ) from error


class _Statement(_Errors):
    """The door around one statement: also what Python cannot hand over to SQLite at all, half characters among it."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, UnicodeEncodeError):
            said = error.object[error.start : error.end]
            raise StoreError(f"{self._name}: a text with {said!r} in it is not Unicode, and in no store") from error
        if isinstance(error, OverflowError):
            raise StoreError(f"{self._name}: a number is larger than any in a store") from error
        super().__exit__(kind, error, trace)


def parts(ids: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """`ids` in parts that fit into one statement."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _connect(path: Path | None, read_only: bool, patience: float) -> sqlite3.Connection:
    if path is None:
        target = ":memory:"
    else:
        if not read_only:
            _make_folder(path.parent)
        elif not path.exists():
            raise StoreError(f"{path}: there is no store yet; `monitor scan` makes one")
        target = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}{_immutable(path)}"
    connection = sqlite3.connect(
        target, uri=path is not None, timeout=patience, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.create_function("recipient_key", 1, recipient_key, deterministic=True)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA recursive_triggers = ON")  # else REPLACE gets past those that keep decisions
    if read_only:
        connection.execute("PRAGMA query_only = ON")
    if path is not None and not read_only:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _immutable(path: Path) -> str:
    """What lets SQLite read a file in WAL mode that is alone on a read-only disk, such as a backup. The files that it
    wants beside it cannot be made there (https://www.sqlite.org/wal.html#readonly), and nobody else writes either."""
    beside = [Path(f"{path}{end}") for end in ("-wal", "-shm")]
    with contextlib.suppress(OSError):
        if os.statvfs(path).f_flag & os.ST_RDONLY and not all(file.exists() for file in beside):
            return "&immutable=1"
    return ""


def _witness(path: Path, writer: sqlite3.Connection) -> sqlite3.Connection:
    """A reading connection to be closed after `writer`, once all that was written is in the file itself.

    The last connection deletes the files beside the database when it may write, and without them nobody can read a
    database in WAL mode who may not make files in its folder (https://www.sqlite.org/wal.html#readonly). One that
    only reads leaves them, empty.
    """
    writer.execute("PRAGMA busy_timeout = 0")
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    reader = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    reader.execute("SELECT count(*) FROM sqlite_master").fetchall()
    return reader


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: the folder of the store cannot be made: {error.strerror}") from error


def _applied(connection: sqlite3.Connection, path: Path | None) -> set[str]:
    """The migrations that a store has; refuses what another program made, or a newer version of this one."""
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = {r[0] for r in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and mark != APPLICATION_ID:
        raise StoreError(f"{path}: this SQLite file was not made by the monitor; name another home")
    if "_sqlite_migrations" not in tables:
        return set()
    applied = {r[0] for r in connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = 'monitor'")}
    unknown = applied - set(migrations.names)
    if unknown:
        raise StoreError(
            f"{path}: the store was written by a newer version of the monitor ({', '.join(sorted(unknown))}); update it"
        )
    return applied
