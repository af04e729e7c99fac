"""Windows that a feed was asked for: each is open until it is answered in full, or given up with a reason."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, cast

from monitor.store.connection import Connection
from monitor.text import without_credentials
from monitor.types import Fetch, FetchState, Gap, Key, Request, Window, moment, stamp, to_json


@dataclass(frozen=True, slots=True)
class Resume:
    """The next request of a window that was not finished, and what had come of it by then."""

    request: Request
    seen: int
    announced: int | None
    saved_at: datetime
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Owed:
    """A window that is open."""

    id: int
    feed: str
    window: Window
    tries: int
    opened_at: datetime
    next_at: datetime
    scheduled: bool = True
    """Whether the rhythm of the feed asked for it, or somebody by hand."""
    resume: Resume | None = None


class Windows:
    """Table windows."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def open(self, feed: str, window: Window, now: datetime, *, scheduled: bool = True) -> Owed:
        """A new window to be asked for. A `scheduled` one moves on how far the feed has been asked for."""
        with self._db.transaction():
            row = self._db.run(
                """INSERT INTO windows(feed, since, until, scheduled, state, cause, opened_at, next_at)
                   VALUES (?, ?, ?, ?, 'open', 'skipped', ?, ?)""",
                (feed, stamp(window.since), stamp(window.until), scheduled, stamp(now), stamp(now)),
            )
            if scheduled:
                self._db.run("UPDATE feeds SET asked_until = ? WHERE name = ?", (stamp(window.until), feed))
        return Owed(row, feed, window, 0, now, now, scheduled)

    def owed(self, feed: str) -> tuple[Owed, ...]:
        """The open windows of `feed`, oldest first."""
        rows = self._db.rows("SELECT * FROM windows WHERE feed = ? AND state = 'open' ORDER BY since, id", (feed,))
        return tuple(_owed(row) for row in rows)

    def asked_before(self, feed: str, now: datetime) -> datetime | None:
        """How far `feed` had been asked for by schedule when the clock stood before `now`."""
        found = self._db.value(
            "SELECT max(until) FROM windows WHERE feed = ? AND scheduled = 1 AND until <= ?", (feed, stamp(now))
        )
        return moment(found) if found else None

    def begin(self, owed: Owed) -> Owed:
        """It is being asked for; until told otherwise this reads as a try that was interrupted."""
        with self._db.transaction():
            self._db.run(
                """UPDATE windows SET tries = tries + 1, cause = 'failed', reason = 'the run was interrupted'
                   WHERE id = ?""",
                (owed.id,),
            )
        return replace(owed, tries=owed.tries + 1)

    def save_resume(self, owed: Owed, resume: Resume | None) -> None:
        """Remember where to go on, or forget it and what was walked; call it in the transaction that keeps what came
        before."""
        with self._db.transaction():
            self._db.run("UPDATE windows SET resume = ? WHERE id = ?", (_resume_json(resume), owed.id))

    def close(self, owed: Owed, asked: Window, fetch: Fetch) -> None:
        """It was answered in full; so was every other window within `asked`, the span that the source was asked for,
        also where it had been given up."""
        with self._db.transaction():
            self._settle(owed, "closed", fetch, None)
            self._db.run(
                """UPDATE windows SET state = 'closed', settled_at = ?, next_at = NULL, resume = NULL,
                       reason = 'answered by a later, wider window'
                   WHERE feed = ? AND state != 'closed' AND since >= ? AND until <= ?""",
                (stamp(fetch.finished_at), owed.feed, stamp(asked.since), stamp(asked.until)),
            )

    def leave_open(self, owed: Owed, fetch: Fetch, reason: str, next_at: datetime) -> Owed:
        """It was not answered in full, and is asked for again from `next_at` on; the window that is open now.

        Windows that touch, of which nothing came for the same cause, become one: a host that is down for a month
        is owed one window and not hundreds.
        """
        with self._db.transaction():
            self._db.run(
                """UPDATE windows SET cause = ?, reason = ?, announced = ?, seen = ?, next_at = ?,
                       tries = tries - (? = 'skipped') WHERE id = ?""",
                (fetch.state, reason, fetch.announced, fetch.seen, stamp(next_at), fetch.state, owed.id),
            )
            before = self._db.value(
                """SELECT b.id FROM windows b JOIN windows w ON w.feed = b.feed AND w.since = b.until
                    WHERE w.id = ? AND b.state = 'open' AND b.cause = w.cause AND b.scheduled = w.scheduled
                      AND b.seen + w.seen = 0 AND coalesce(b.resume, w.resume) IS NULL""",
                (owed.id,),
            )
            if before is not None:
                self._db.run("DELETE FROM windows WHERE id = ?", (owed.id,))
                self._db.run(
                    "UPDATE windows SET until = ?, reason = ?, next_at = ? WHERE id = ?",
                    (stamp(owed.window.until), reason, stamp(next_at), before),
                )
            row = self._db.row("SELECT * FROM windows WHERE id = ?", (owed.id if before is None else before,))
            return _owed(cast(sqlite3.Row, row))

    def give_up(self, owed: Owed, fetch: Fetch, reason: str) -> None:
        """It is not asked for any more, for `reason`."""
        with self._db.transaction():
            self._settle(owed, "given-up", fetch, reason)

    def give_up_before(self, owed: Owed, fetch: Fetch, until: datetime, reason: str) -> None:
        """What of it, of which nothing came, lies before `until` is not asked for any more; the rest stays open.

        It becomes one with what was given up so before it: a host that is down for a year owes two rows.
        """
        since, end, settled = stamp(owed.window.since), stamp(until), stamp(fetch.finished_at)
        with self._db.transaction():
            before = self._db.value(
                """SELECT id FROM windows WHERE feed = ? AND state = 'given-up' AND until = ? AND scheduled = ?
                      AND seen = 0""",
                (owed.feed, since, owed.scheduled),
            )
            if before is None:
                before = self._db.run(
                    """INSERT INTO windows(feed, since, until, scheduled, state, cause, tries, opened_at)
                       VALUES (?, ?, ?, ?, 'given-up', '', ?, ?)""",
                    (owed.feed, since, end, owed.scheduled, owed.tries, stamp(owed.opened_at)),
                )
            self._db.run(
                "UPDATE windows SET until = ?, cause = ?, reason = ?, settled_at = ? WHERE id = ?",
                (end, fetch.state, reason, settled, before),
            )
            if until >= owed.window.until:
                self._db.run("DELETE FROM windows WHERE id = ?", (owed.id,))
            else:
                self._db.run("UPDATE windows SET since = ?, resume = NULL WHERE id = ?", (end, owed.id))

    def lost(self, feed: str, window: Window, reason: str, now: datetime) -> None:
        """Record a span of which something may have been missed, and of which the source cannot be asked."""
        with self._db.transaction():
            self._db.run(
                """INSERT INTO windows(feed, since, until, scheduled, state, cause, reason, opened_at, settled_at)
                   VALUES (?, ?, ?, 0, 'given-up', 'skipped', ?, ?, ?)""",
                (feed, stamp(window.since), stamp(window.until), reason, stamp(now), stamp(now)),
            )

    def gaps(self, window: Window) -> tuple[Gap, ...]:
        """What may have been missed: the windows opened before its end that are open still, and those that were given
        up in `window` or are about it."""
        span = (stamp(window.since), stamp(window.until))
        rows = self._db.rows(
            """SELECT * FROM windows
                WHERE state = 'open' AND opened_at < ?2
                   OR state = 'given-up' AND (settled_at >= ?1 AND settled_at < ?2 OR until > ?1 AND since < ?2)
                ORDER BY feed, since, id""",
            span,
        )
        return tuple(_gap(row) for row in rows)

    def _settle(self, owed: Owed, state: str, fetch: Fetch, reason: str | None) -> None:
        self._db.run(
            """UPDATE windows SET state = ?, cause = ?, reason = ?, announced = ?, seen = ?, settled_at = ?,
                   next_at = NULL, resume = NULL WHERE id = ?""",
            (state, fetch.state, reason, fetch.announced, fetch.seen, stamp(fetch.finished_at), owed.id),
        )


def _owed(row: sqlite3.Row) -> Owed:
    window = Window(moment(row["since"]), moment(row["until"]))
    times = moment(row["opened_at"]), moment(row["next_at"] or row["opened_at"])
    return Owed(row["id"], row["feed"], window, row["tries"], *times, bool(row["scheduled"]), _resume(row["resume"]))


def _gap(row: sqlite3.Row) -> Gap:
    return Gap(
        feed=row["feed"],
        window=Window(moment(row["since"]), moment(row["until"])),
        state=cast(Literal["open", "given-up"], row["state"]),
        cause=cast(FetchState, row["cause"]),
        reason=row["reason"] or "",
        tries=row["tries"],
        opened_at=moment(row["opened_at"]),
        next_at=moment(row["next_at"]) if row["next_at"] else None,
    )


def _resume(text: str | None) -> Resume | None:
    if not text:
        return None
    data = json.loads(text)
    key = Key(**data["key"]) if data.get("key") else None
    request = Request(data["url"], data["accept"], key, data.get("body"), tuple(data.get("also", ())))
    return Resume(request, data["seen"], data["announced"], moment(data["saved_at"]), data.get("refused", 0))


def _resume_json(resume: Resume | None) -> str | None:
    """None as well for a request with a password in its address, which is kept nowhere: the window begins anew."""
    if resume is None or without_credentials(resume.request.url) != resume.request.url:
        return None
    request = to_json(resume.request)
    return json.dumps(
        {
            **request,
            "seen": resume.seen,
            "announced": resume.announced,
            "refused": resume.refused,
            "saved_at": stamp(resume.saved_at),
        }
    )
