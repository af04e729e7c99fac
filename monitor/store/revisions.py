"""When a new version of a work was seen. A source may date it days before it lists it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from monitor.store.connection import Connection
from monitor.store.past import carried, span
from monitor.types import Window, moment, stamp
from monitor.weekly import Version

OLD = timedelta(days=90)
"""A version that a source dates longer before it was seen is no news: a feed that is asked for the first time, or once
more from the beginning, brings what its works became long ago."""


class Revisions:
    """Table revisions."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def note(self, item_id: int, updated: datetime | None, now: datetime) -> None:
        """Note that a source dates a version of the work later than all that were seen before `now`. To be asked before
        the work is described anew."""
        if updated is None:
            return
        with self._db.transaction():
            self._db.run(
                """INSERT INTO revisions(item_id, updated, seen_at)
                   SELECT id, ?2, ?3 FROM items
                    WHERE id = ?1 AND ?2 > coalesce(updated, first_seen) AND ?2 > coalesce(published, '') AND ?2 > ?4
                   ON CONFLICT DO NOTHING""",
                (item_id, stamp(updated), stamp(now), stamp(now - OLD)),
            )

    def seen(self, window: Window, back: timedelta) -> tuple[Version, ...]:
        """Works that carry a goal, first seen up to `back` before `window`, of which a new version was seen in it: the
        newest of these, in the order of the days that their sources give."""
        rows = self._db.rows(
            f"""{carried("AND i.id IN (SELECT item_id FROM revisions WHERE seen_at >= ? AND seen_at < ?)")}
                SELECT i.uid, i.title, i.url, json_group_array(c.goal) AS goals,
                       (SELECT max(r.updated) FROM revisions r
                         WHERE r.item_id = i.id AND r.seen_at >= ? AND r.seen_at < ?) AS updated
                  FROM carried c JOIN items i ON i.id = c.item_id
                 GROUP BY i.id ORDER BY updated, i.uid""",  # noqa: S608 — put together from its own parts
            (*span(Window(window.since - back, window.since)), *span(window), *span(window)),
        )
        return tuple(
            Version(r["uid"], r["title"], r["url"], tuple(sorted(json.loads(r["goals"]))), moment(r["updated"]))
            for r in rows
        )
