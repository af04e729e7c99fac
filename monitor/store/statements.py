"""Several statements run as one step of a migration."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database


def script(db: Database, sql: str) -> None:
    """Run several statements inside the caller's transaction; `executescript` would commit it first."""
    statement = ""
    for line in sql.splitlines():
        statement += line + "\n"
        if _complete(statement):
            db.execute(statement)
            statement = ""


def _complete(sql: str) -> bool:
    """Whether `sql` is a whole statement, triggers included."""
    return bool(sql.strip()) and sqlite3.complete_statement(sql)
