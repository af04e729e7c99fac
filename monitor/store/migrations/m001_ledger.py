"""Feeds with their position, hosts with their pace, validators, and one row a fetch."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.statements import script


def apply(db: Database) -> None:
    """Apply it inside the caller's transaction."""
    script(
        db,
        """
        CREATE TABLE feeds (
            name TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            url TEXT NOT NULL,
            enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
            every_seconds INTEGER NOT NULL,
            added_at TEXT NOT NULL,
            closed_until TEXT,
            resume TEXT CHECK (resume IS NULL OR json_valid(resume)),
            next_due TEXT,
            failures INTEGER NOT NULL DEFAULT 0,
            last_state TEXT,
            last_ok TEXT,
            last_new TEXT,
            last_error TEXT
        ) STRICT;
        CREATE TABLE fetches (
            id INTEGER PRIMARY KEY,
            feed TEXT NOT NULL REFERENCES feeds(name),
            kind TEXT NOT NULL,
            state TEXT NOT NULL,
            started_at TEXT NOT NULL,
            finished_at TEXT,
            window_since TEXT,
            window_until TEXT,
            announced INTEGER,
            seen INTEGER NOT NULL DEFAULT 0,
            new INTEGER NOT NULL DEFAULT 0,
            changed INTEGER NOT NULL DEFAULT 0,
            deleted INTEGER NOT NULL DEFAULT 0,
            requests INTEGER NOT NULL DEFAULT 0,
            bytes INTEGER NOT NULL DEFAULT 0,
            error TEXT
        ) STRICT;
        CREATE INDEX fetches_feed ON fetches(feed, id);
        CREATE INDEX fetches_started ON fetches(started_at);
        CREATE TABLE hosts (
            host TEXT PRIMARY KEY,
            next_at REAL NOT NULL
        ) STRICT;
        CREATE TABLE validators (
            url TEXT NOT NULL,
            feed TEXT NOT NULL REFERENCES feeds(name),
            etag TEXT,
            last_modified TEXT,
            body_sha256 TEXT,
            PRIMARY KEY (feed, url)
        ) STRICT;
        """,
    )
