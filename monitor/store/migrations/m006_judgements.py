"""How sure a person was of a label, and by which version of the guide it was given."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.statements import script


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(
        db,
        """
        ALTER TABLE labels ADD COLUMN confidence INTEGER CHECK (confidence BETWEEN 1 AND 3);
        ALTER TABLE labels ADD COLUMN guide TEXT;
        """,
    )
