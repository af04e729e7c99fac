"""The tables, as named migrations that are applied in order and never edited once released.

Each step and the record of it share one transaction (sqlite-utils `Migrations`); the caller holds the
write lock around all of them, because `Migrations.apply` takes none of its own.
"""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from monitor.store.evidence_views import EVIDENCE_VIEWS
from monitor.store.views import VIEWS

APPLICATION_ID = 0x52534D31
"""Marks the file as ours (https://www.sqlite.org/pragma.html#pragma_application_id): "RSM1"."""

migrations = Migrations("monitor")


@migrations()
def m001_ledger(db: Database) -> None:
    """Feeds with their position, hosts with their pace, validators, and one row a fetch."""
    _script(
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


@migrations()
def m002_works(db: Database) -> None:
    """Entries as feeds gave them, and the works they are about."""
    _script(
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


@migrations()
def m003_findings(db: Database) -> None:
    """Origins, tags and vectors of works; the lens of partner nations; labels given by people."""
    _script(
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


@migrations()
def m004_digests(db: Database) -> None:
    """Digests of finished weeks, and their way to each recipient."""
    _script(
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


@migrations()
def m005_views(db: Database) -> None:
    """The analysts' surface, documented in docs/views.md."""
    _script(db, ";\n".join(VIEWS.values()) + ";")


@migrations()
def m006_judgements(db: Database) -> None:
    """How sure a person was of a label, and by which version of the guide it was given."""
    _script(
        db,
        """
        ALTER TABLE labels ADD COLUMN confidence INTEGER CHECK (confidence BETWEEN 1 AND 3);
        ALTER TABLE labels ADD COLUMN guide TEXT;
        """,
    )


@migrations()
def m007_evidence(db: Database) -> None:
    """Every piece of evidence of where works come from, every look-up, and how each work stands.

    Works located before are located again, so that their evidence is written down.
    """
    _script(
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
    _script(db, ";\n".join(f"DROP VIEW IF EXISTS {name};\n{view}" for name, view in EVIDENCE_VIEWS.items()) + ";")


@migrations()
def m008_lens(db: Database) -> None:
    """Origins as the lens sees them, where bodies of the European Union have a part; views that count by it.

    What the lens saw is forgotten as soon as the byline or the origins of the item change: the next run looks again.
    """
    _script(
        db,
        """
        CREATE TABLE lens_places (
            id INTEGER PRIMARY KEY,
            item_id INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
            author INTEGER,
            country TEXT NOT NULL CHECK (length(country) = 2),
            institution TEXT,
            fraction REAL NOT NULL,
            method TEXT NOT NULL,
            confidence REAL NOT NULL,
            evidence TEXT NOT NULL
        ) STRICT;
        CREATE INDEX lens_places_item ON lens_places(item_id, country);
        CREATE TABLE lens_seen (
            item_id INTEGER PRIMARY KEY REFERENCES items(id) ON DELETE CASCADE,
            lens TEXT NOT NULL
        ) STRICT;
        """,
    )
    for table in ("origins", "affiliations"):
        for event, row in (("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old")):
            _script(
                db,
                f"""
                CREATE TRIGGER lens_{table}_{event.lower()} AFTER {event} ON {table} BEGIN
                    DELETE FROM lens_seen WHERE item_id = {row}.item_id;
                    DELETE FROM lens_places WHERE item_id = {row}.item_id;
                END;
                """,  # noqa: S608 — the names are those above
            )
    for name, view in VIEWS.items():
        _script(db, f"DROP VIEW IF EXISTS {name};\n{view};")


@migrations()
def m009_institutions(db: Database) -> None:
    """What institutions are called, and a view that shows it beside their ids."""
    _script(
        db,
        """
        CREATE TABLE institutions (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL
        ) STRICT;
        """,
    )
    _script(db, f"DROP VIEW goal_country_institutions;\n{VIEWS['goal_country_institutions']};")


def _script(db: Database, sql: str) -> None:
    """Run several statements inside the caller's transaction; `executescript` would commit it first."""
    statement = ""
    for line in sql.splitlines():
        statement += line + "\n"
        if _complete(statement):
            db.execute(statement)
            statement = ""


def _complete(sql: str) -> bool:
    """Whether `sql` is a whole statement, triggers included."""
    return bool(sql.strip()) and sqlite3.complete_statement(sql)
