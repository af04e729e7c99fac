"""Entries as feeds gave them, and the works they are about."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.statements import script


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(
        db,
        """
        CREATE TABLE items (
            id INTEGER PRIMARY KEY,
            uid TEXT NOT NULL UNIQUE,
            title TEXT NOT NULL,
            abstract TEXT NOT NULL,
            url TEXT,
            published TEXT,
            updated TEXT,
            year INTEGER,
            first_seen TEXT NOT NULL,
            iso_week TEXT NOT NULL,
            venue TEXT,
            type TEXT,
            language TEXT,
            comment TEXT,
            categories TEXT NOT NULL CHECK (json_valid(categories)),
            title_key TEXT NOT NULL,
            content TEXT NOT NULL,
            withdrawn INTEGER NOT NULL DEFAULT 0 CHECK (withdrawn IN (0, 1)),
            located TEXT,
            tagged TEXT
        ) STRICT;
        CREATE INDEX items_first_seen ON items(first_seen);
        CREATE INDEX items_iso_week ON items(iso_week);
        CREATE INDEX items_title_key ON items(title_key);
        CREATE INDEX items_tagged ON items(tagged);
        CREATE INDEX items_located ON items(located);
        CREATE TABLE entries (
            id INTEGER PRIMARY KEY,
            feed TEXT NOT NULL REFERENCES feeds(name),
            key TEXT NOT NULL,
            item_id INTEGER REFERENCES items(id),
            digest TEXT NOT NULL,
            record TEXT NOT NULL CHECK (json_valid(record)),
            first_seen TEXT NOT NULL,
            last_seen TEXT NOT NULL,
            changes INTEGER NOT NULL DEFAULT 0,
            linked INTEGER NOT NULL DEFAULT 0 CHECK (linked IN (0, 1)),
            deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
            UNIQUE (feed, key)
        ) STRICT;
        CREATE INDEX entries_item ON entries(item_id);
        CREATE INDEX entries_linked ON entries(linked) WHERE linked = 0;
        CREATE TABLE identifiers (
            scheme TEXT NOT NULL,
            value TEXT NOT NULL,
            item_id INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
            PRIMARY KEY (scheme, value)
        ) STRICT;
        CREATE INDEX identifiers_item ON identifiers(item_id, scheme, value);
        CREATE TABLE authors (
            item_id INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            orcid TEXT,
            domain TEXT,
            PRIMARY KEY (item_id, position)
        ) STRICT;
        CREATE TABLE affiliations (
            item_id INTEGER NOT NULL,
            author INTEGER NOT NULL,
            position INTEGER NOT NULL,
            text TEXT NOT NULL,
            ror TEXT,
            PRIMARY KEY (item_id, author, position),
            FOREIGN KEY (item_id, author) REFERENCES authors(item_id, position) ON DELETE CASCADE
        ) STRICT;
        CREATE TABLE merges (
            id INTEGER PRIMARY KEY,
            uid TEXT NOT NULL,
            into_uid TEXT NOT NULL,
            reason TEXT NOT NULL,
            merged_at TEXT NOT NULL
        ) STRICT;
        CREATE VIRTUAL TABLE items_fts USING fts5(
            title, abstract, content='items', content_rowid='id', tokenize='porter unicode61'
        );
        CREATE TRIGGER items_fts_insert AFTER INSERT ON items BEGIN
            INSERT INTO items_fts(rowid, title, abstract) VALUES (new.id, new.title, new.abstract);
        END;
        CREATE TRIGGER items_fts_delete AFTER DELETE ON items BEGIN
            INSERT INTO items_fts(items_fts, rowid, title, abstract) VALUES ('delete', old.id, old.title, old.abstract);
        END;
        CREATE TRIGGER items_fts_update AFTER UPDATE OF title, abstract ON items BEGIN
            INSERT INTO items_fts(items_fts, rowid, title, abstract) VALUES ('delete', old.id, old.title, old.abstract);
            INSERT INTO items_fts(rowid, title, abstract) VALUES (new.id, new.title, new.abstract);
        END;
        """,
    )
