"""What waits for linking, in the order in which it is taken: each batch had all that waited sorted."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.statements import script


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(
        db,
        """
        DROP INDEX entries_linked;
        CREATE INDEX entries_linked ON entries(feed, key) WHERE linked = 0;
        """,
    )
