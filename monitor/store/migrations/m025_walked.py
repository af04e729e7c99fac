"""What an unfinished walk through a window has brought, by hashes of ids, so that the next run counts none of it twice.

Places that older versions kept are without: their windows begin anew.
"""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.statements import script


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(
        db,
        """
        CREATE TABLE walked (
            window_id INTEGER NOT NULL REFERENCES windows(id) ON DELETE CASCADE,
            key INTEGER NOT NULL,
            PRIMARY KEY (window_id, key)
        ) STRICT, WITHOUT ROWID;
        UPDATE windows SET resume = NULL;
        CREATE TRIGGER walked_forgotten AFTER UPDATE OF resume ON windows
            WHEN new.resume IS NULL AND old.resume IS NOT NULL BEGIN
            DELETE FROM walked WHERE window_id = new.id;
        END;
        """,
    )
