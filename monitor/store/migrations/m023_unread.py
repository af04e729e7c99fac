"""Columns that nobody reads any more go: links rest on `blocks`, and how far a feed was asked for on `windows`."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.statements import script


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction.

    SQLite drops a column only where it can read every view, and some name what a later migration may bring; so they
    are put aside meanwhile.
    """
    views = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view'").fetchall()
    for name, _ in views:
        db.execute(f"DROP VIEW {name}")
    script(
        db,
        """
        ALTER TABLE items DROP COLUMN title_key;
        ALTER TABLE feeds DROP COLUMN closed_until;
        ALTER TABLE feeds DROP COLUMN resume;
        """,
    )
    for _, sql in views:
        db.execute(sql)
