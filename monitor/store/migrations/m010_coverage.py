"""Windows that are owed an answer, works that one route brought and another did not, and what else proves coverage.

`feeds.closed_until` and `feeds.resume` are used no more: `asked_until` and the open windows hold what they held. They
stay, because SQLite drops a column only where every view of the store can be read at that moment.
"""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.coverage_views import COVERAGE_VIEWS
from monitor.store.statements import script


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(
        db,
        """
        CREATE TABLE windows (
            id INTEGER PRIMARY KEY,
            feed TEXT NOT NULL REFERENCES feeds(name),
            since TEXT NOT NULL,
            until TEXT NOT NULL,
            scheduled INTEGER NOT NULL CHECK (scheduled IN (0, 1)),
            state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'given-up')),
            cause TEXT NOT NULL,
            reason TEXT,
            tries INTEGER NOT NULL DEFAULT 0,
            announced INTEGER,
            seen INTEGER NOT NULL DEFAULT 0,
            resume TEXT CHECK (resume IS NULL OR json_valid(resume)),
            opened_at TEXT NOT NULL,
            next_at TEXT,
            settled_at TEXT,
            CHECK (since < until)
        ) STRICT;
        CREATE INDEX windows_feed ON windows(feed, state);
        CREATE INDEX windows_settled ON windows(state, settled_at);
        CREATE TABLE misses (
            id INTEGER PRIMARY KEY,
            feed TEXT NOT NULL REFERENCES feeds(name),
            seen_by TEXT NOT NULL REFERENCES feeds(name),
            key TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('open', 'found', 'given-up')),
            noticed_at TEXT NOT NULL,
            tries INTEGER NOT NULL DEFAULT 0,
            next_at TEXT,
            settled_at TEXT,
            reason TEXT,
            UNIQUE (feed, seen_by, key)
        ) STRICT;
        CREATE INDEX misses_state ON misses(state, feed);
        ALTER TABLE feeds ADD COLUMN asked_until TEXT;
        ALTER TABLE feeds ADD COLUMN moved_to TEXT;
        ALTER TABLE feeds ADD COLUMN moved_seen INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE feeds ADD COLUMN stopped TEXT;
        ALTER TABLE fetches ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE fetches ADD COLUMN backlog INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE fetches ADD COLUMN http_status INTEGER;
        ALTER TABLE entries ADD COLUMN backlog INTEGER NOT NULL DEFAULT 0 CHECK (backlog IN (0, 1));
        ALTER TABLE hosts ADD COLUMN rest_until REAL;
        UPDATE feeds SET asked_until = closed_until;
        """,
    )
    for name, view in COVERAGE_VIEWS.items():
        script(db, f"DROP VIEW IF EXISTS {name};\n{view};")
