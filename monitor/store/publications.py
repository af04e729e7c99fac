"""What routes said of the publication of works, one row an answer."""

from __future__ import annotations

from datetime import datetime

from monitor.publication import Publication
from monitor.store.connection import Connection
from monitor.types import moment, stamp

ROUTE = "route"
"""The kind under which a route stands among the feeds, because it brings records of published versions."""


class Publications:
    """Table publications, and the rows of feeds that stand for routes."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, item_id: int, route: str, asked_at: datetime, said: Publication) -> None:
        """Write down what a route said; nothing is taken away."""
        with self._db.transaction():
            self._db.run(
                """INSERT INTO publications(item_id, route, asked_at, doi, title, venue, type, year, citations)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (
                    item_id,
                    route,
                    stamp(asked_at),
                    said.doi,
                    said.title,
                    said.venue,
                    said.type,
                    said.year,
                    said.citations,
                ),
            )

    def of(self, item_id: int) -> list[tuple[str, datetime, Publication]]:
        """What was said of an item: by which route, when and what, oldest first."""
        rows = self._db.rows("SELECT * FROM publications WHERE item_id = ? ORDER BY id", (item_id,))
        return [
            (
                row["route"],
                moment(row["asked_at"]),
                Publication(row["doi"], row["title"], row["venue"], row["type"], row["year"], row["citations"]),
            )
            for row in rows
        ]

    def stand_in(self, route: str, now: datetime) -> str:
        """The name under which records that a route brings are kept among the entries."""
        name = f"{ROUTE}:{route}"
        with self._db.transaction():
            self._db.run(
                """INSERT OR IGNORE INTO feeds(name, kind, url, enabled, every_seconds, added_at)
                   VALUES (?, ?, '', 0, 0, ?)""",
                (name, ROUTE, stamp(now)),
            )
        return name
