"""Every piece of evidence of where works come from, every look-up, and how each work stands.

Works located before are located again, so that their evidence is written down.
"""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.evidence_views import EVIDENCE_VIEWS
from monitor.store.statements import script


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(
        db,
        """
        CREATE TABLE evidence (
            id INTEGER PRIMARY KEY,
            item_id INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
            author INTEGER,
            name TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('affiliation', 'ror', 'domain', 'index', 'profile')),
            raw TEXT NOT NULL,
            ror TEXT,
            corresponding INTEGER NOT NULL CHECK (corresponding IN (0, 1)),
            route TEXT NOT NULL,
            source TEXT NOT NULL,
            fetched_at TEXT NOT NULL,
            country TEXT CHECK (country IS NULL OR length(country) = 2),
            method TEXT NOT NULL,
            score REAL NOT NULL CHECK (score BETWEEN 0 AND 1),
            rank INTEGER NOT NULL CHECK (rank BETWEEN 1 AND 6),
            words TEXT NOT NULL,
            span_start INTEGER,
            span_end INTEGER,
            institution TEXT,
            resolver TEXT NOT NULL,
            superseded_at TEXT
        ) STRICT;
        CREATE INDEX evidence_item ON evidence(item_id, id);
        CREATE INDEX evidence_ror ON evidence(ror, kind) WHERE ror IS NOT NULL;
        CREATE TABLE lookups (
            id INTEGER PRIMARY KEY,
            item_id INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
            route TEXT NOT NULL,
            source TEXT NOT NULL,
            asked_at TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN
                ('answered', 'none', 'absent', 'refused', 'throttled', 'blocked', 'failed')),
            statements INTEGER NOT NULL,
            retry_at TEXT,
            error TEXT
        ) STRICT;
        CREATE INDEX lookups_item ON lookups(item_id, route, id);
        CREATE INDEX lookups_route ON lookups(route, asked_at);
        ALTER TABLE items ADD COLUMN origin_state TEXT
            CHECK (origin_state IN ('known', 'partial', 'no-affiliation', 'no-country'));
        ALTER TABLE items ADD COLUMN origin_covered REAL NOT NULL DEFAULT 0;
        ALTER TABLE items ADD COLUMN origin_strong INTEGER NOT NULL DEFAULT 0 CHECK (origin_strong IN (0, 1));
        ALTER TABLE items ADD COLUMN origin_conflicts INTEGER NOT NULL DEFAULT 0;
        UPDATE items SET located = NULL;
        """,
    )
    script(db, ";\n".join(f"DROP VIEW IF EXISTS {name};\n{view}" for name, view in EVIDENCE_VIEWS.items()) + ";")
