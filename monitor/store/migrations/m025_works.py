"""How many works a question was about, for what a list does not have is asked about alone."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.statements import script


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(db, "ALTER TABLE lookups ADD COLUMN works INTEGER NOT NULL DEFAULT 1;")
