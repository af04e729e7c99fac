"""When a new version of a work was seen. A source may date it days before it lists it."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.store.connection import Connection
from monitor.store.past import carried, span
from monitor.types import Window, moment, stamp

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

    def seen(self, window: Window, back: timedelta) -> dict[str, datetime]:
        """uid → the day that its source gives the newest version seen in `window`, of works that carry a goal and were
        first seen up to `back` before it."""
        rows = self._db.rows(
            f"""{carried("AND i.id IN (SELECT item_id FROM revisions WHERE seen_at >= ? AND seen_at < ?)")}
                SELECT c.uid, max(r.updated) AS updated FROM carried c JOIN revisions r USING (item_id)
                 WHERE r.seen_at >= ? AND r.seen_at < ? GROUP BY c.uid ORDER BY c.uid""",  # noqa: S608
            (*span(Window(window.since - back, window.since)), *span(window), *span(window)),
        )
        return {r["uid"]: moment(r["updated"]) for r in rows}
