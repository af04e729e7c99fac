"""Digests of finished weeks, and their way to each recipient."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.statements import script


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(
        db,
        """
        CREATE TABLE digests (
            id INTEGER PRIMARY KEY,
            subscriber TEXT NOT NULL,
            iso_week TEXT NOT NULL,
            window_since TEXT NOT NULL,
            window_until TEXT NOT NULL,
            made_at TEXT NOT NULL,
            subject TEXT NOT NULL,
            formats TEXT NOT NULL CHECK (json_valid(formats)),
            UNIQUE (subscriber, iso_week)
        ) STRICT;
        CREATE TABLE deliveries (
            id INTEGER PRIMARY KEY,
            digest_id INTEGER NOT NULL REFERENCES digests(id),
            output TEXT NOT NULL,
            recipient TEXT NOT NULL,
            message_id TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'deferred', 'given-up')),
            attempts INTEGER NOT NULL DEFAULT 0,
            next_at TEXT NOT NULL,
            leased_until TEXT,
            sent_at TEXT,
            error TEXT,
            UNIQUE (digest_id, output, recipient)
        ) STRICT;
        CREATE INDEX deliveries_due ON deliveries(state, next_at);
        """,
    )
