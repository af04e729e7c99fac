"""Origins, tags and vectors of works; the lens of partner nations; labels given by people."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.statements import script


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(
        db,
        """
        CREATE TABLE origins (
            id INTEGER PRIMARY KEY,
            item_id INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
            author INTEGER,
            country TEXT NOT NULL CHECK (length(country) = 2),
            institution TEXT,
            fraction REAL NOT NULL,
            method TEXT NOT NULL,
            confidence REAL NOT NULL,
            evidence TEXT NOT NULL,
            resolver TEXT NOT NULL
        ) STRICT;
        CREATE INDEX origins_item ON origins(item_id, country);
        CREATE TABLE partners (
            country TEXT NOT NULL,
            group_name TEXT NOT NULL,
            since TEXT NOT NULL,
            until TEXT,
            PRIMARY KEY (country, since)
        ) STRICT;
        CREATE TABLE taggings (
            id INTEGER PRIMARY KEY,
            item_id INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
            model TEXT NOT NULL,
            content TEXT NOT NULL,
            reason TEXT,
            tagged_at TEXT NOT NULL,
            UNIQUE (item_id, model, content)
        ) STRICT;
        CREATE TABLE tags (
            tagging_id INTEGER NOT NULL REFERENCES taggings(id) ON DELETE CASCADE,
            facet TEXT NOT NULL,
            label TEXT NOT NULL,
            probability REAL NOT NULL CHECK (probability BETWEEN 0 AND 1),
            selected INTEGER NOT NULL CHECK (selected IN (0, 1)),
            evidence TEXT NOT NULL CHECK (json_valid(evidence)),
            PRIMARY KEY (tagging_id, facet, label)
        ) STRICT;
        CREATE TABLE vectors (
            item_id INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
            encoder TEXT NOT NULL,
            content TEXT NOT NULL,
            vector BLOB NOT NULL,
            PRIMARY KEY (item_id, encoder)
        ) STRICT;
        CREATE TABLE labels (
            id INTEGER PRIMARY KEY,
            item_id INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
            facet TEXT NOT NULL,
            label TEXT NOT NULL,
            holds INTEGER NOT NULL CHECK (holds IN (0, 1)),
            reviewer TEXT NOT NULL,
            model TEXT,
            labelled_at TEXT NOT NULL
        ) STRICT;
        CREATE INDEX labels_item ON labels(item_id, facet, label, id);
        """,
    )
