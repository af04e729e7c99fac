"""Where a work was seen: each record of it, in which feed, from when to when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.store.connection import Connection
from monitor.types import moment


@dataclass(frozen=True, slots=True)
class Sighting:
    """A record of a work."""

    feed: str
    key: str
    first_seen: datetime
    last_seen: datetime
    updated: datetime | None
    """When its source last changed it, as far as it says."""
    version: int | None
    changes: int
    """How often its content changed without its source saying so."""
    withdrawn: bool
    url: str | None


@dataclass(frozen=True, slots=True)
class Glance:
    """How the store stands, in numbers."""

    works: int
    untagged: int
    """Works that wait for tags."""
    waiting: Mapping[str, int]
    """State → deliveries that are not at their end."""


class Sightings:
    """Questions about one work, and about all at a glance."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def of(self, item_id: int) -> list[Sighting]:
        """Every record of the work, withdrawn ones too, first seen first."""
        rows = self._db.rows(
            """SELECT feed, key, first_seen, last_seen, changes, deleted, json_extract(record, '$.updated') AS updated,
                      json_extract(record, '$.version') AS version, json_extract(record, '$.url') AS url
                 FROM entries WHERE item_id = ? ORDER BY first_seen, feed, key""",
            (item_id,),
        )
        return [
            Sighting(
                r["feed"],
                r["key"],
                moment(r["first_seen"]),
                moment(r["last_seen"]),
                moment(r["updated"]) if r["updated"] else None,
                r["version"],
                r["changes"],
                bool(r["deleted"]),
                r["url"],
            )
            for r in rows
        ]

    def glance(self) -> Glance:
        """How the store stands."""
        works = self._db.value("SELECT count(*) FROM items WHERE withdrawn = 0")
        untagged = self._db.value("SELECT count(*) FROM items WHERE tagged IS NULL AND withdrawn = 0")
        waiting = self._db.rows(
            """SELECT state, count(*) AS n FROM deliveries WHERE state IN ('queued', 'sending', 'deferred')
                GROUP BY state"""
        )
        return Glance(works, untagged, {r["state"]: r["n"] for r in waiting})

    def told(self, uid: str) -> list[tuple[str, str, int]]:
        """Week, goal and position of the work in each digest of everything that showed it, newest first."""
        rows = self._db.rows(
            """SELECT d.iso_week, w.goal, w.position FROM digest_works w JOIN digests d ON d.id = w.digest_id
                WHERE w.uid = ? AND d.subscriber = 'all' ORDER BY d.iso_week DESC, w.goal""",
            (uid,),
        )
        return [(r["iso_week"], r["goal"], r["position"]) for r in rows]
