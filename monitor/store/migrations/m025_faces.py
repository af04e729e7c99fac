"""What tells a record without its id, for feeds that give it another one; filled in as records are seen."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.statements import script


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(
        db,
        """
        ALTER TABLE entries ADD COLUMN face INTEGER;
        CREATE INDEX entries_face ON entries(feed, face) WHERE face IS NOT NULL;
        """,
    )
