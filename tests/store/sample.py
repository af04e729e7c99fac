"""A small store with rows in every table, as SQL saw them from the first migration on: for what older versions made."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]

WEEK = "2026-W30"
DAY = "2026-07-20T00:00:00Z"
SEEN = "2026-07-21T05:10:02Z"
LATER = "2026-07-27T06:00:00Z"
RECORD = '{"key": "2606.00002", "title": "Muon tomography of cargo", "abstract": "We image shielded material."}'

ROWS: Mapping[str, Sequence[Row]] = {
    "feeds": [
        {
            "name": "arxiv-security",
            "kind": "arxiv",
            "url": "https://export.arxiv.org/api/query",
            "enabled": 1,
            "every_seconds": 21600,
            "added_at": DAY,
            "closed_until": SEEN,
            "next_due": LATER,
            "last_state": "ok",
            "last_ok": SEEN,
            "last_new": SEEN,
        },
        {
            "name": "journal",
            "kind": "feed",
            "url": "https://journal.example/rss",
            "enabled": 0,
            "every_seconds": 3600,
            "added_at": DAY,
        },
    ],
    "fetches": [
        {
            "id": 1,
            "feed": "arxiv-security",
            "kind": "arxiv",
            "state": "ok",
            "started_at": SEEN,
            "finished_at": SEEN,
            "window_since": DAY,
            "window_until": SEEN,
            "announced": 2,
            "seen": 2,
            "new": 2,
            "requests": 1,
            "bytes": 4096,
        }
    ],
    "hosts": [{"host": "export.arxiv.org", "next_at": 1784610605.0}],
    "validators": [{"url": "https://journal.example/rss", "feed": "journal", "etag": '"1"', "body_sha256": "ab"}],
    "items": [
        {
            "id": 1,
            "uid": "arxiv:2606.00002",
            "title": "Muon tomography of cargo",
            "abstract": "We image shielded material.",
            "url": "https://arxiv.org/abs/2606.00002",
            "published": DAY,
            "year": 2026,
            "first_seen": SEEN,
            "iso_week": WEEK,
            "type": "preprint",
            "categories": '["physics.ins-det"]',
            "title_key": "muontomographyofcargo",
            "content": "c1",
            "tagged": "goals/1",
            "located": "origin/1",
        },
        {
            "id": 2,
            "uid": "doi:10.5555/sparrows",
            "title": "Sparrows",
            "abstract": "They sing.",
            "first_seen": SEEN,
            "iso_week": WEEK,
            "categories": "[]",
            "title_key": "sparrows",
            "content": "c2",
            "withdrawn": 1,
        },
    ],
    "entries": [
        {
            "id": 1,
            "feed": "arxiv-security",
            "key": "2606.00002",
            "item_id": 1,
            "digest": "1ab",
            "record": RECORD,
            "first_seen": SEEN,
            "last_seen": SEEN,
            "linked": 1,
        },
        {
            "id": 2,
            "feed": "journal",
            "key": "sparrows",
            "item_id": 2,
            "digest": "1cd",
            "record": '{"key": "sparrows", "title": "Sparrows"}',
            "first_seen": SEEN,
            "last_seen": SEEN,
            "linked": 1,
            "deleted": 1,
        },
    ],
    "identifiers": [
        {"scheme": "arxiv", "value": "2606.00002", "item_id": 1},
        {"scheme": "doi", "value": "10.5555/sparrows", "item_id": 2},
    ],
    "authors": [{"item_id": 1, "position": 0, "name": "Ana Lima", "domain": "inesctec.pt"}],
    "affiliations": [
        {
            "item_id": 1,
            "author": 0,
            "position": 0,
            "text": "INESC TEC, Porto, Portugal",
            "ror": "https://ror.org/05fa8ka61",
        }
    ],
    "merges": [
        {"id": 1, "uid": "title:muon", "into_uid": "arxiv:2606.00002", "reason": "same title", "merged_at": SEEN}
    ],
    "origins": [
        {
            "id": 1,
            "item_id": 1,
            "author": 0,
            "country": "PT",
            "institution": "https://ror.org/05fa8ka61",
            "fraction": 1.0,
            "method": "country-name",
            "confidence": 0.99,
            "evidence": "Portugal",
            "resolver": "origin/1",
        }
    ],
    "partners": [{"country": "US", "group_name": "home", "since": "2003-01-24"}],
    "taggings": [{"id": 1, "item_id": 1, "model": "goals/1", "content": "c1", "tagged_at": SEEN}],
    "tags": [
        {
            "tagging_id": 1,
            "facet": "goal",
            "label": "screening",
            "probability": 0.9,
            "selected": 1,
            "evidence": '["cargo"]',
        },
        {"tagging_id": 1, "facet": "goal", "label": "cyber", "probability": 0.1, "selected": 0, "evidence": "[]"},
    ],
    "vectors": [{"item_id": 1, "encoder": "minilm/1", "content": "c1", "vector": b"\x00\x3c"}],
    "decisions": [
        {
            "id": 1,
            "item_id": 2,
            "what": "usefulness",
            "reviewer": "ana",
            "decided_at": SEEN,
            "through": "digest",
            "useful": 0,
            "note": "birds",
        }
    ],
    "trainings": [
        {
            "id": 1,
            "taxonomy": "goals",
            "what": "training",
            "trained_at": SEEN,
            "trained_by": "ana",
            "model": "goals/1",
            "instead_of": "goals/0",
            "data": "ab",
            "labels": 100,
            "feedback": 1,
            "figures": "{}",
            "promoted": 1,
            "forced": 0,
            "verdict": "better",
        }
    ],
    "labels": [
        {
            "id": 1,
            "item_id": 1,
            "facet": "goal",
            "label": "cyber",
            "holds": 1,
            "reviewer": "ana",
            "model": "goals/1",
            "labelled_at": SEEN,
        }
    ],
    "digests": [
        {
            "id": 1,
            "subscriber": "all",
            "iso_week": WEEK,
            "window_since": DAY,
            "window_until": "2026-07-27T00:00:00Z",
            "made_at": LATER,
            "subject": "Week 30",
            "formats": '{"txt": "A week"}',
        }
    ],
    "deliveries": [
        {
            "id": 1,
            "digest_id": 1,
            "output": "email",
            "recipient": "ana@agency.example",
            "message_id": "<1@agency.example>",
            "state": "sent",
            "attempts": 1,
            "queued_at": LATER,
            "next_at": LATER,
            "sent_at": LATER,
        }
    ],
    "evidence": [
        {
            "id": 1,
            "item_id": 1,
            "author": 0,
            "name": "Ana Lima",
            "kind": "affiliation",
            "raw": "INESC TEC, Porto, Portugal",
            "corresponding": 0,
            "route": "feed",
            "source": "arxiv-security:2606.00002",
            "fetched_at": SEEN,
            "country": "PT",
            "method": "country-name",
            "score": 0.99,
            "rank": 1,
            "words": "Portugal",
            "resolver": "origin/1",
        }
    ],
    "lookups": [
        {
            "id": 1,
            "item_id": 1,
            "route": "openalex",
            "source": "2606.00002",
            "asked_at": SEEN,
            "state": "none",
            "statements": 0,
        }
    ],
    "lens_places": [
        {
            "id": 1,
            "item_id": 2,
            "country": "EU",
            "fraction": 1.0,
            "method": "body-name",
            "confidence": 0.9,
            "evidence": "Joint Research Centre",
        }
    ],
    "lens_seen": [{"item_id": 1, "lens": "lens/1"}, {"item_id": 2, "lens": "lens/1"}],
    "institutions": [{"id": "https://ror.org/05fa8ka61", "name": "INESC TEC"}],
    "windows": [
        {
            "id": 1,
            "feed": "arxiv-security",
            "since": DAY,
            "until": SEEN,
            "scheduled": 1,
            "state": "closed",
            "cause": "ok",
            "opened_at": SEEN,
            "settled_at": SEEN,
            "announced": 2,
            "seen": 2,
        }
    ],
    "walked": [{"window_id": 1, "key": -42}],
    "misses": [
        {
            "id": 1,
            "feed": "journal",
            "seen_by": "arxiv-security",
            "key": "2606.00002",
            "state": "open",
            "noticed_at": SEEN,
        }
    ],
    "blocks": [{"key": 7, "entry_id": 1}],
    "links": [
        {
            "entry_id": 1,
            "other_id": 2,
            "kind": "likeness",
            "score": 16.0,
            "evidence": "title",
            "rules": "1",
            "linked_at": SEEN,
        }
    ],
    "rulings": [{"entry_id": 1, "other_id": 2, "same": 0, "reason": "birds", "ruled_at": SEEN}],
    "item_names": [
        {"uid": "arxiv:2606.00002", "entry_id": 1},
        {"uid": "title:muon", "entry_id": 1},
        {"uid": "doi:10.5555/sparrows", "entry_id": 2},
    ],
    "publications": [
        {"id": 1, "item_id": 1, "route": "openalex", "asked_at": SEEN, "title": "Muon tomography", "citations": 2}
    ],
    "revisions": [{"item_id": 1, "updated": SEEN, "seen_at": LATER}],
    "subscribers": [{"name": "all", "added_at": DAY}],
    "rests": [
        {
            "id": 1,
            "subscriber": "all",
            "recipient": "bo@agency.example",
            "reason": "bounced",
            "note": "550 no such user",
            "since": SEEN,
        }
    ],
    "subscriptions": [{"subscriber": "desk", "recipient": "bo@agency.example", "goals": '["cyber"]', "began_at": SEEN}],
    "alarms": [{"about": "all 2026-W29", "raised_at": SEEN}],
    "digest_works": [
        {
            "digest_id": 1,
            "uid": "arxiv:2606.00002",
            "goal": "screening",
            "position": 1,
            "probability": 0.9,
            "score": 1.5,
            "model": "goals/1",
            "content": "c1",
        }
    ],
}
"""Table → rows, those that others refer to first."""


RESTS_ON = {"tagged": "taggings", "located": "origins"}
"""Column → table that came later, without which it was empty."""


def columns(connection: sqlite3.Connection, table: str) -> set[str]:
    """Names of the columns of a table; none when there is no such table."""
    return {row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))}


def fill(connection: sqlite3.Connection) -> dict[str, list[dict[str, Any]]]:
    """Put the sample into a store of any version, as far as it has the tables and columns; what was put where."""
    put: dict[str, list[dict[str, Any]]] = {}
    for table, rows in ROWS.items():
        known = columns(connection, table)
        for row in rows if known else ():
            empty = {name for name, other in RESTS_ON.items() if not columns(connection, other)}
            own = {name: value for name, value in row.items() if name in known - empty}
            marks = ", ".join("?" * len(own))
            connection.execute(f"INSERT INTO {table}({', '.join(own)}) VALUES ({marks})", tuple(own.values()))
            put.setdefault(table, []).append(own)
    return put
