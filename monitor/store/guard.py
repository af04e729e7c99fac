"""What a connection on which strangers' SQL runs may do: read, briefly, and never the addresses of readers."""

from __future__ import annotations

import re
import sqlite3
import weakref
from typing import Any

PRIVATE = frozenset(
    {("deliveries", "recipient"), ("deliveries", "error"), ("rests", "recipient"), ("rests", "note")}
    | {("digests", "formats"), ("digests", "pictures"), ("subscriptions", "recipient")}
)
"""Columns that read as NULL: mail addresses of readers and what may hold some, and documents with links that speak
for their readers."""

_UNSEEN = frozenset(column for _, column in PRIVATE)
_TOKEN = re.compile(
    r"""--[^\n]*|/\*.*?(?:\*/|\Z)|(?P<said>'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|\?\d*|\w+|\S)""",
    re.DOTALL,
)
"""A token of SQL (https://www.sqlite.org/draft/tokenreq.html); comments are tokens that say nothing."""

PRAGMAS = frozenset(
    {"table_info", "table_xinfo", "index_list", "index_info", "index_xinfo", "foreign_key_list", "database_list"}
    | {"schema_version", "data_version", "page_count", "page_size", "compile_options"}
)
"""Those that only tell; full-text search asks for some itself."""

LONGEST_VALUE = 5_000_000
"""Bytes of one text or blob, so that no function makes one that fills the memory."""

LARGEST_ANSWER = 20_000_000
"""Bytes and characters of the rows of one answer: a page or JSON made of them takes some thirty times as much."""

MOST_COLUMNS = 100
"""Of a row; the widest table has 26."""

_READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})


def guard(connection: sqlite3.Connection) -> None:
    """Let nothing but reading through (https://www.sqlite.org/c3ref/set_authorizer.html).

    The file must have been opened read-only as well; this keeps out what that allows: other files, and temporary
    tables without end.
    """
    connection.execute("PRAGMA query_only = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    connection.setlimit(sqlite3.SQLITE_LIMIT_COLUMN, MOST_COLUMNS)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.row_factory = _Weighed()
    connection.set_authorizer(_allowed)


def joined(sql: str) -> None:
    """Raise OperationalError for a join that may take columns of PRIVATE by their names: SQLite asks no authorizer
    about those, and such a join would tell what is in them."""
    naming = False
    for token in _TOKEN.finditer(sql):
        word = (token["said"] or "").lower()
        if word == "natural":
            raise sqlite3.OperationalError("a NATURAL join is not answered here; write JOIN … USING (column)")
        naming = word == "using" or (naming and word != ")")
        if naming and (name := word.strip("'\"`[]")) in _UNSEEN:
            raise sqlite3.OperationalError(f"a join USING ({name}) is not answered here; write JOIN … ON")


class _Weighed:
    """Makes rows as `sqlite3.Row` does, until those of one cursor are too much to be held."""

    def __init__(self) -> None:
        self._cursor: weakref.ref[sqlite3.Cursor] | None = None  # a cursor that is kept would keep its view of the file
        self._size = 0

    def __call__(self, cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> sqlite3.Row:
        """The row; raises OperationalError when there is too much before it."""
        if self._cursor is None or self._cursor() is not cursor:
            self._cursor, self._size = weakref.ref(cursor), 0
        self._size += sum(len(value) for value in row if isinstance(value, str | bytes))
        if self._size > LARGEST_ANSWER:
            raise sqlite3.OperationalError(
                "interrupted"
            )  # as SQLite says of a query out of time; Datasette tells of both
        return sqlite3.Row(cursor, row)


def _allowed(action: int, one: str | None, other: str | None, _database: str | None, _trigger: str | None) -> int:
    if action == sqlite3.SQLITE_READ and (one, other) in PRIVATE:
        return sqlite3.SQLITE_IGNORE
    if action == sqlite3.SQLITE_FUNCTION and other == "load_extension":
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_UPDATE and one == "sqlite_master":
        return (
            sqlite3.SQLITE_OK
        )  # what declaring a virtual table asks for; the file is read-only whatever is allowed here
    if action == sqlite3.SQLITE_PRAGMA:
        return sqlite3.SQLITE_OK if one in PRAGMAS else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY
