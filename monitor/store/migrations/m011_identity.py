"""Why records are one work, the keys under which they meet, what people said of it, and every name a work ever had.

An identifier may stand with several works, because the world gives one to many. Entries are linked anew.
"""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.link_views import LINK_VIEWS
from monitor.store.statements import script


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(
        db,
        """
        CREATE TABLE blocks (
            key INTEGER NOT NULL,
            entry_id INTEGER NOT NULL REFERENCES entries(id),
            PRIMARY KEY (key, entry_id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE links (
            entry_id INTEGER NOT NULL REFERENCES entries(id),
            other_id INTEGER NOT NULL REFERENCES entries(id),
            kind TEXT NOT NULL CHECK (kind IN ('identifier', 'relation', 'likeness')),
            score REAL NOT NULL,
            evidence TEXT NOT NULL,
            rules TEXT NOT NULL,
            linked_at TEXT NOT NULL,
            PRIMARY KEY (entry_id, other_id),
            CHECK (entry_id < other_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX links_other ON links(other_id);
        CREATE TABLE rulings (
            entry_id INTEGER NOT NULL REFERENCES entries(id),
            other_id INTEGER NOT NULL REFERENCES entries(id),
            same INTEGER NOT NULL CHECK (same IN (0, 1)),
            reason TEXT NOT NULL,
            ruled_at TEXT NOT NULL,
            PRIMARY KEY (entry_id, other_id),
            CHECK (entry_id < other_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX rulings_other ON rulings(other_id);
        CREATE TABLE item_names (
            uid TEXT PRIMARY KEY,
            entry_id INTEGER NOT NULL REFERENCES entries(id)
        ) STRICT;
        CREATE INDEX item_names_entry ON item_names(entry_id);
        INSERT INTO item_names
            SELECT uid, (SELECT id FROM entries e WHERE e.item_id = i.id ORDER BY first_seen, feed, key LIMIT 1)
              FROM items i WHERE EXISTS (SELECT 1 FROM entries e WHERE e.item_id = i.id);
        WITH RECURSIVE now(uid, into_uid) AS (
            SELECT uid, into_uid FROM merges
             UNION
            SELECT now.uid, m.into_uid FROM now JOIN merges m ON m.uid = now.into_uid)
        INSERT OR IGNORE INTO item_names
            SELECT now.uid, n.entry_id FROM now JOIN items i ON i.uid = now.into_uid JOIN item_names n ON n.uid = i.uid;
        DROP INDEX items_title_key;
        ALTER TABLE entries ADD COLUMN blocks BLOB;
        ALTER TABLE labels ADD COLUMN given_to TEXT;
        ALTER TABLE evidence ADD COLUMN given_to TEXT;
        ALTER TABLE lookups ADD COLUMN given_to TEXT;
        ALTER TABLE merges ADD COLUMN kind TEXT;
        ALTER TABLE merges ADD COLUMN score REAL;
        ALTER TABLE merges ADD COLUMN rules TEXT;
        ALTER TABLE merges ADD COLUMN undone_at TEXT;
        CREATE INDEX merges_uid ON merges(uid);
        CREATE TEMP TABLE kept AS SELECT scheme, value, item_id FROM identifiers;
        DROP TABLE identifiers;
        CREATE TABLE identifiers (
            scheme TEXT NOT NULL,
            value TEXT NOT NULL,
            item_id INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
            PRIMARY KEY (scheme, value, item_id)
        ) STRICT;
        CREATE INDEX identifiers_item ON identifiers(item_id, scheme, value);
        INSERT INTO identifiers SELECT scheme, value, item_id FROM temp.kept;
        DROP TABLE temp.kept;
        UPDATE entries SET linked = 0 WHERE item_id IS NOT NULL;
        """,
    )
    script(db, ";\n".join(LINK_VIEWS.values()) + ";")
