"""What routes said of a publication remembers to which name it was said, as labels and evidence do."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.statements import script


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(db, "ALTER TABLE publications ADD COLUMN given_to TEXT;")
