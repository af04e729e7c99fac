"""Deliveries that can bounce, who subscribed since when, which recipients are left in peace, and alarms."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.statements import script
from monitor.store.views import VIEWS


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction.

    A CHECK can only be changed by making the table anew. Renaming one would have SQLite parse every view, also
    those that later migrations complete; so the rows are put aside instead.
    """
    script(
        db,
        """
        DROP VIEW delivery_log;
        CREATE TABLE deliveries_before AS SELECT v.*, d.made_at FROM deliveries v JOIN digests d ON d.id = v.digest_id;
        DROP TABLE deliveries;
        CREATE TABLE deliveries (
            id INTEGER PRIMARY KEY,
            digest_id INTEGER NOT NULL REFERENCES digests(id),
            output TEXT NOT NULL,
            recipient TEXT NOT NULL,
            message_id TEXT NOT NULL,
            state TEXT NOT NULL
                CHECK (state IN ('queued', 'sending', 'sent', 'deferred', 'bounced', 'given-up', 'withdrawn')),
            attempts INTEGER NOT NULL DEFAULT 0,
            queued_at TEXT NOT NULL,
            next_at TEXT NOT NULL,
            leased_until TEXT,
            sent_at TEXT,
            bounced_at TEXT,
            error TEXT,
            UNIQUE (digest_id, output, recipient)
        ) STRICT;
        INSERT INTO deliveries(id, digest_id, output, recipient, message_id, state, attempts, queued_at, next_at,
                               leased_until, sent_at, error)
            SELECT id, digest_id, output, recipient, message_id, state, attempts, made_at, next_at,
                   leased_until, sent_at, error FROM deliveries_before;
        DROP TABLE deliveries_before;
        CREATE INDEX deliveries_due ON deliveries(state, next_at);
        CREATE INDEX deliveries_message ON deliveries(message_id);
        CREATE INDEX deliveries_recipient ON deliveries(recipient);

        CREATE TABLE subscribers (
            name TEXT PRIMARY KEY,
            added_at TEXT NOT NULL
        ) STRICT;
        INSERT INTO subscribers(name, added_at)
            SELECT subscriber, min(made_at) FROM digests GROUP BY subscriber;

        CREATE TABLE rests (
            id INTEGER PRIMARY KEY,
            subscriber TEXT NOT NULL,
            recipient TEXT NOT NULL,
            reason TEXT NOT NULL CHECK (reason IN ('unsubscribed', 'bounced')),
            note TEXT NOT NULL,
            since TEXT NOT NULL,
            ended_at TEXT
        ) STRICT;
        CREATE UNIQUE INDEX rests_now ON rests(subscriber, recipient) WHERE ended_at IS NULL;

        CREATE TABLE alarms (
            about TEXT PRIMARY KEY,
            raised_at TEXT NOT NULL,
            told_at TEXT
        ) STRICT;
        """,
    )
    script(db, f"{VIEWS['delivery_log']};")
