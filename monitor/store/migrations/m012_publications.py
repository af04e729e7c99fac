"""What routes say of the publication of works, and which question of a look-up was one request with which others."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.coverage_views import COVERAGE_VIEWS
from monitor.store.publication_views import PUBLICATION_VIEWS
from monitor.store.statements import script


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(
        db,
        """
        CREATE TABLE publications (
            id INTEGER PRIMARY KEY,
            item_id INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
            route TEXT NOT NULL,
            asked_at TEXT NOT NULL,
            doi TEXT,
            title TEXT NOT NULL,
            venue TEXT,
            type TEXT,
            year INTEGER,
            citations INTEGER CHECK (citations >= 0)
        ) STRICT;
        CREATE INDEX publications_item ON publications(item_id, route, id);
        ALTER TABLE lookups ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
        """,
    )
    views = {"feed_health": COVERAGE_VIEWS["feed_health"], **PUBLICATION_VIEWS}
    script(db, ";\n".join(f"DROP VIEW IF EXISTS {name};\n{view}" for name, view in views.items()) + ";")
