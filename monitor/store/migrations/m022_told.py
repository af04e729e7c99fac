"""When a new version of a work was seen, whatever day its source gives it; what was asked of each digest.

Digests went by the source's day before. So that none tells a version again, and none that was seen since the last
digest is lost, versions of before count as seen on their day, but for those of the last told week that its digest
does not have and that came after it was made.
"""

from __future__ import annotations

import base64
import json

from sqlite_utils import Database

from monitor.store.statements import script


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(
        db,
        """
        CREATE TABLE revisions (
            item_id INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
            updated TEXT NOT NULL,
            seen_at TEXT NOT NULL,
            PRIMARY KEY (item_id, updated)
        ) STRICT;
        CREATE INDEX revisions_seen ON revisions(seen_at);
        ALTER TABLE digests ADD COLUMN asked TEXT CHECK (asked IS NULL OR json_valid(asked));
        """,
    )
    db.execute(
        """WITH dated AS (
               SELECT i.id, i.uid, i.updated, max(e.last_seen) AS last_seen
                 FROM items i JOIN entries e ON e.item_id = i.id
                WHERE i.updated > i.first_seen AND i.updated > coalesce(i.published, '')
                GROUP BY i.id)
           INSERT INTO revisions(item_id, updated, seen_at)
           SELECT id, d.updated, min(d.last_seen, iif(t.made_at IS NULL, d.updated, d.last_seen))
             FROM dated d
             LEFT JOIN (SELECT window_since, window_until, made_at FROM digests WHERE subscriber = 'all'
                         ORDER BY window_until DESC LIMIT 1) t
               ON d.updated >= t.window_since AND d.updated < t.window_until AND d.last_seen >= t.made_at
              AND d.uid NOT IN (SELECT value FROM json_each(?))""",
        (json.dumps(_told(db)),),
    )


def _told(db: Database) -> list[str]:
    """uids of the works of which the last digest of everything told a new version."""
    row = db.execute(
        """SELECT json_extract(formats, '$.json') FROM digests WHERE subscriber = 'all'
            ORDER BY window_until DESC LIMIT 1"""
    ).fetchone()
    if row is None or row[0] is None:
        return []
    return [version["uid"] for version in json.loads(base64.b64decode(row[0])).get("versions", ())]
