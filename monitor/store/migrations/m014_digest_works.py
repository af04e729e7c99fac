"""What each digest told, so that it can be made again and nothing is told twice; a way to what was selected.

`archive` has one row: what tells the ids in this store's Atom feeds from those of all others.
"""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.statements import script


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(
        db,
        """
        CREATE TABLE digest_works (
            digest_id INTEGER NOT NULL REFERENCES digests(id) ON DELETE CASCADE,
            uid TEXT NOT NULL,
            goal TEXT NOT NULL,
            position INTEGER NOT NULL,
            probability REAL NOT NULL,
            score REAL NOT NULL,
            model TEXT NOT NULL,
            content TEXT NOT NULL,
            PRIMARY KEY (digest_id, goal, uid)
        ) STRICT;
        CREATE INDEX digest_works_uid ON digest_works(uid);
        CREATE TABLE archive (
            id TEXT NOT NULL
        ) STRICT;
        INSERT INTO archive(id) VALUES (lower(hex(randomblob(16))));
        CREATE INDEX tags_selected ON tags(tagging_id) WHERE selected = 1;
        ALTER TABLE digests ADD COLUMN pictures TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(pictures));
        ALTER TABLE digests ADD COLUMN models TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(models));
        """,
    )
