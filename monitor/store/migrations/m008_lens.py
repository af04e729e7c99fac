"""Origins as the lens sees them, where bodies of the European Union have a part; views that count by it.

What the lens saw is forgotten as soon as the byline or the origins of the item change: the next run looks again.
"""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.statements import script
from monitor.store.views import VIEWS


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(
        db,
        """
        CREATE TABLE lens_places (
            id INTEGER PRIMARY KEY,
            item_id INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
            author INTEGER,
            country TEXT NOT NULL CHECK (length(country) = 2),
            institution TEXT,
            fraction REAL NOT NULL,
            method TEXT NOT NULL,
            confidence REAL NOT NULL,
            evidence TEXT NOT NULL
        ) STRICT;
        CREATE INDEX lens_places_item ON lens_places(item_id, country);
        CREATE TABLE lens_seen (
            item_id INTEGER PRIMARY KEY REFERENCES items(id) ON DELETE CASCADE,
            lens TEXT NOT NULL
        ) STRICT;
        """,
    )
    for table in ("origins", "affiliations"):
        for event, row in (("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old")):
            script(
                db,
                f"""
                CREATE TRIGGER lens_{table}_{event.lower()} AFTER {event} ON {table} BEGIN
                    DELETE FROM lens_seen WHERE item_id = {row}.item_id;
                    DELETE FROM lens_places WHERE item_id = {row}.item_id;
                END;
                """,  # noqa: S608 — the names are those above
            )
    for name, view in VIEWS.items():
        script(db, f"DROP VIEW IF EXISTS {name};\n{view};")
