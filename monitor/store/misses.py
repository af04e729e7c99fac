"""Works that one feed brought, and that another through which they ought to have come as well did not bring."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.store.connection import Connection
from monitor.types import Entry, Window, entry_from_json, moment, stamp


@dataclass(frozen=True, slots=True)
class Missed:
    """A record that `feed` ought to have brought, as another feed brought it."""

    id: int
    feed: str
    entry: Entry
    tries: int
    noticed_at: datetime


class Misses:
    """Table misses."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def overlap(self, feed: str, other: str) -> datetime | None:
        """When both feeds had been looked at for the first time; None when one of them never came back well."""
        first = "SELECT min(finished_at) FROM fetches WHERE feed = ? AND state IN ('ok', 'unchanged', 'empty')"
        starts = [self._db.value(first, (name,)) for name in (feed, other)]
        return moment(max(starts)) if all(starts) else None

    def notice(self, feed: str, seen_by: str, window: Window, oldest: datetime, now: datetime) -> int:
        """Write down which works first seen through `seen_by` after the beginning of `window` and before its end, and
        dated no earlier than `oldest`, have not come through `feed`; how many of them were not written down before."""
        since, until = stamp(window.since), stamp(window.until)
        with self._db.transaction():
            before = self._count(feed, seen_by)
            self._db.run(
                """INSERT OR IGNORE INTO misses(feed, seen_by, key, state, noticed_at, next_at)
                   SELECT ?1, e.feed, e.key, 'open', ?5, ?5 FROM entries e
                    WHERE e.feed = ?2 AND e.deleted = 0 AND e.item_id IS NOT NULL
                      AND e.first_seen > ?3 AND e.first_seen < ?4
                      AND NOT EXISTS (SELECT 1 FROM entries x WHERE x.item_id = e.item_id AND x.feed = ?1)
                      AND coalesce(e.record ->> '$.updated', e.record ->> '$.published', e.first_seen) >= ?6""",
                (feed, seen_by, since, until, stamp(now), stamp(oldest)),
            )
            return self._count(feed, seen_by) - before

    def settle(self, now: datetime) -> int:
        """Close those that have come meanwhile; how many these are."""
        with self._db.transaction():
            rows = self._db.rows(
                """SELECT m.id AS id FROM misses m JOIN entries e ON e.feed = m.seen_by AND e.key = m.key
                    WHERE m.state != 'found'
                      AND EXISTS (SELECT 1 FROM entries x WHERE x.item_id = e.item_id AND x.feed = m.feed)"""
            )
            self._db.run_many(
                "UPDATE misses SET state = 'found', settled_at = ?, next_at = NULL, reason = NULL WHERE id = ?",
                [(stamp(now), row["id"]) for row in rows],
            )
        return len(rows)

    def due(self, feed: str, now: datetime, most: int) -> tuple[Missed, ...]:
        """Those that `feed` is to be asked for by name, the oldest first."""
        rows = self._db.rows(
            """SELECT m.id AS id, m.tries AS tries, m.noticed_at AS noticed_at, e.record AS record
                 FROM misses m JOIN entries e ON e.feed = m.seen_by AND e.key = m.key
                WHERE m.feed = ? AND m.state = 'open' AND m.next_at <= ? ORDER BY m.id LIMIT ?""",
            (feed, stamp(now), most),
        )
        return tuple(
            Missed(r["id"], feed, entry_from_json(json.loads(r["record"])), r["tries"], moment(r["noticed_at"]))
            for r in rows
        )

    def tried(self, missed: Missed, reason: str, next_at: datetime) -> None:
        """It was looked for once more; `reason` says what came of it."""
        with self._db.transaction():
            self._db.run(
                "UPDATE misses SET tries = tries + 1, reason = ?, next_at = ? WHERE id = ?",
                (reason, stamp(next_at), missed.id),
            )

    def give_up(self, missed: Missed, reason: str, now: datetime) -> None:
        """It is not looked for any more; should it come all the same, it counts as found."""
        with self._db.transaction():
            self._db.run(
                """UPDATE misses SET state = 'given-up', tries = tries + 1, reason = ?, settled_at = ?, next_at = NULL
                   WHERE id = ?""",
                (reason, stamp(now), missed.id),
            )

    def open(self) -> Mapping[str, int]:
        """feed → works that it may have missed, those given up left out."""
        rows = self._db.rows(
            "SELECT feed, count(*) AS works FROM misses WHERE state = 'open' GROUP BY feed ORDER BY feed"
        )
        return {row["feed"]: row["works"] for row in rows}

    def told(self, window: Window, most: int) -> list[dict[str, object]]:
        """Rows of the view coverage_misses that are open, or were noticed in `window`; the open ones first."""
        rows = self._db.rows(
            """SELECT * FROM coverage_misses WHERE state = 'open' OR noticed_at >= ? AND noticed_at < ?
                ORDER BY state = 'open' DESC, feed, noticed_at, key LIMIT ?""",
            (stamp(window.since), stamp(window.until), most),
        )
        return [dict(row) for row in rows]

    def _count(self, feed: str, seen_by: str) -> int:
        return int(self._db.value("SELECT count(*) FROM misses WHERE feed = ? AND seen_by = ?", (feed, seen_by)))
