"""Feeds and where their harvest stands, validators, and the ledger: one row a fetch."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from monitor.store.connection import Connection
from monitor.text import without_credentials
from monitor.types import Feed, Fetch, FetchState, Validators, Window, moment, stamp

LONGEST_WAIT = timedelta(days=1)
"""The longest wait of a feed whose rhythm is not longer: no Retry-After beyond it is believed."""

_COUNTS: Sequence[str] = (
    *("announced", "seen", "new", "changed", "deleted", "requests", "bytes", "error"),
    *("refused", "backlog", "http_status"),
)


@dataclass(frozen=True, slots=True)
class Position:
    """Where the harvest of a feed stands."""

    asked_until: datetime | None = None
    """Everything before this has been asked for; of what was not answered in full a window is open, or was given up."""
    next_due: datetime | None = None
    failures: int = 0
    """Fetches since the last good one."""
    last_ok: datetime | None = None
    last_new: datetime | None = None
    stopped: str | None = None
    """Why it is not asked any more until somebody has looked; None when it is asked."""


class Ledger:
    """Tables feeds, fetches and validators."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def register(self, feeds: Iterable[Feed], now: datetime) -> None:
        """Make the table of feeds that of feeds.yaml; feeds that are gone stay, disabled, with their history.

        Many may read the store, so that no password of an address gets into it.
        Nothing is written when it is that already, so that whoever only reads can do so of a full or read-only disk.
        """
        feeds = tuple(feeds)
        if self._registered(feeds):
            return
        with self._db.transaction():
            self._db.run("UPDATE feeds SET enabled = 0")
            for feed in feeds:
                url = without_credentials(feed.url)
                # The next page of a window is one of the address that it was begun at.
                self._db.run(
                    """UPDATE windows SET resume = NULL WHERE feed = ?1 AND state = 'open' AND resume IS NOT NULL
                          AND EXISTS (SELECT 1 FROM feeds WHERE name = ?1 AND (kind, url) != (?2, ?3))""",
                    (feed.name, feed.kind, url),
                )
                self._db.run(
                    """INSERT INTO feeds(name, kind, url, enabled, every_seconds, added_at) VALUES (?, ?, ?, ?, ?, ?)
                       ON CONFLICT(name) DO UPDATE SET
                           stopped = CASE WHEN (kind, url) = (excluded.kind, excluded.url) THEN stopped END,
                           next_due = CASE WHEN (kind, url) = (excluded.kind, excluded.url) THEN next_due END,
                           failures = CASE WHEN (kind, url) = (excluded.kind, excluded.url) THEN failures ELSE 0 END,
                           moved_seen = CASE WHEN url = excluded.url THEN moved_seen ELSE 0 END,
                           kind = excluded.kind, url = excluded.url,
                           enabled = excluded.enabled, every_seconds = excluded.every_seconds""",
                    (feed.name, feed.kind, url, feed.enabled, int(feed.every.total_seconds()), stamp(now)),
                )

    def _registered(self, feeds: Iterable[Feed]) -> bool:
        rows = self._db.rows("SELECT name, kind, url, enabled, every_seconds FROM feeds")
        known = {row["name"]: tuple(row)[1:] for row in rows}
        said = {
            f.name: (f.kind, without_credentials(f.url), int(f.enabled), int(f.every.total_seconds())) for f in feeds
        }
        gone = known.keys() - said.keys()
        return all(known.get(name) == row for name, row in said.items()) and not any(known[n][2] for n in gone)

    def position(self, feed: str) -> Position:
        """Where the harvest of `feed` stands; the very beginning when it was never fetched."""
        row = self._db.row(
            "SELECT asked_until, next_due, failures, last_ok, last_new, stopped FROM feeds WHERE name = ?",
            (feed,),
        )
        if row is None:
            return Position()
        moments = (_moment(row[name]) for name in ("asked_until", "next_due", "last_ok", "last_new"))
        asked_until, next_due, last_ok, last_new = moments
        return Position(asked_until, next_due, row["failures"], last_ok, last_new, row["stopped"])

    def due(self, feeds: Iterable[Feed], now: datetime) -> list[Feed]:
        """Those of `feeds` that are to be asked now.

        A feed that is due later than any wait could have said was put off while the clock was ahead, and is due.
        """
        due = []
        for feed in feeds:
            when = self.position(feed.name).next_due or now
            if when <= now or when - now > 2 * max(feed.every, LONGEST_WAIT):
                due.append(feed)
        return due

    def begin(self, feed: Feed, window: Window | None, now: datetime) -> int:
        """Open a row of the ledger. Until `finish`, it reads as an interrupted fetch, which it then was."""
        with self._db.transaction():
            return self._db.run(
                """INSERT INTO fetches(feed, kind, state, started_at, window_since, window_until, error)
                   VALUES (?, ?, 'failed', ?, ?, ?, 'the run was interrupted')""",
                (
                    feed.name,
                    feed.kind,
                    stamp(now),
                    stamp(window.since) if window else None,
                    stamp(window.until) if window else None,
                ),
            )

    def finish(self, row: int, fetch: Fetch, *, next_due: datetime, leads: bool = True) -> None:
        """Close a row of the ledger. The fetch that `leads` a turn of its feed decides how the feed stands."""
        good = fetch.state in ("ok", "unchanged", "empty")
        counts = ", ".join(f"{name} = ?" for name in _COUNTS)
        with self._db.transaction():
            self._db.run(
                f"UPDATE fetches SET state = ?, finished_at = ?, {counts} WHERE id = ?",  # noqa: S608 — names are ours
                (fetch.state, stamp(fetch.finished_at), *(getattr(fetch, name) for name in _COUNTS), row),
            )
            self._db.run(
                """UPDATE feeds SET next_due = ?, last_new = CASE WHEN ? THEN ? ELSE last_new END WHERE name = ?""",
                (stamp(next_due), fetch.new > 0, stamp(fetch.finished_at), fetch.feed),
            )
            if leads:
                self._db.run(
                    """UPDATE feeds SET last_state = ?1, last_error = ?2,
                           failures = CASE WHEN ?3 THEN 0 WHEN ?1 = 'skipped' THEN failures ELSE failures + 1 END,
                           last_ok = CASE WHEN ?3 THEN ?4 ELSE last_ok END,
                           stopped = CASE WHEN ?3 THEN NULL ELSE stopped END
                       WHERE name = ?5""",
                    (fetch.state, fetch.error, good, stamp(fetch.finished_at), fetch.feed),
                )

    def arrivals(self, feed: str, most: int) -> tuple[datetime, ...]:
        """When `feed` last brought something new, oldest first."""
        rows = self._db.rows(
            "SELECT started_at FROM fetches WHERE feed = ? AND new > 0 ORDER BY id DESC LIMIT ?", (feed, most)
        )
        return tuple(moment(row["started_at"]) for row in reversed(rows))

    def last_read(self, feed: str, before: datetime) -> datetime | None:
        """When `feed` was last read in full before that moment, whether or not it seemed to stand still."""
        found = self._db.value(
            """SELECT finished_at FROM fetches WHERE feed = ? AND started_at < ?
                  AND state IN ('ok', 'unchanged', 'empty', 'stale') ORDER BY id DESC LIMIT 1""",
            (feed, stamp(before)),
        )
        return _moment(found)

    def refusals(self, feed: str, states: Sequence[str], status: int | None = None) -> tuple[datetime, ...]:
        """When the latest fetches of `feed`, without one between them that ended otherwise, ended in one of `states`
        (with that HTTP status, where one is given); oldest first."""
        times = []
        for row in self._db.rows(
            "SELECT started_at, state, http_status FROM fetches WHERE feed = ? ORDER BY id DESC LIMIT 50", (feed,)
        ):
            if row["state"] == "skipped":
                continue
            if row["state"] not in states or (status is not None and row["http_status"] != status):
                break
            times.append(moment(row["started_at"]))
        return tuple(reversed(times))

    def stop(self, feed: str, reason: str) -> None:
        """Ask `feed` no more until it answers somebody who asks by hand, or its entry in feeds.yaml has changed."""
        with self._db.transaction():
            self._db.run("UPDATE feeds SET stopped = ? WHERE name = ?", (reason, feed))

    def moved(self, feed: str, to: str | None) -> int:
        """Note where permanent redirects led; how often in a row they have led there."""
        with self._db.transaction():
            self._db.run(
                """UPDATE feeds SET moved_seen = CASE WHEN ?1 IS NULL THEN 0 WHEN moved_to = ?1 THEN moved_seen + 1
                       ELSE 1 END, moved_to = ?1 WHERE name = ?2""",
                (to, feed),
            )
            return int(self._db.value("SELECT moved_seen FROM feeds WHERE name = ?", (feed,)) or 0)

    def fetches(self, window: Window) -> tuple[Fetch, ...]:
        """Every fetch that began in `window`, oldest first."""
        rows = self._db.rows(
            "SELECT * FROM fetches WHERE started_at >= ? AND started_at < ? ORDER BY id",
            (stamp(window.since), stamp(window.until)),
        )
        return tuple(_fetch(row) for row in rows)

    def last_before(self, feed: str, moment: datetime) -> Fetch | None:
        """The last turn of `feed` that began before `moment` and in which it was asked."""
        row = self._db.row(
            """SELECT * FROM fetches WHERE feed = ? AND started_at < ? AND state <> 'skipped'
                ORDER BY id DESC LIMIT 1""",
            (feed, stamp(moment)),
        )
        return _fetch(row) if row else None

    def first_fetch(self) -> datetime | None:
        """When this store began to watch."""
        return _moment(self._db.value("SELECT min(started_at) FROM fetches"))

    def health(self) -> list[dict[str, object]]:
        """The rows of the view feed_health, in order of name."""
        return [dict(row) for row in self._db.rows("SELECT * FROM feed_health ORDER BY feed")]

    def validators(self, feed: str, url: str) -> Validators | None:
        """What `url` gave the last time it was read to its end."""
        row = self._db.row(
            "SELECT etag, last_modified, body_sha256 FROM validators WHERE feed = ? AND url = ?",
            (feed, without_credentials(url)),
        )
        return Validators(row["etag"], row["last_modified"], row["body_sha256"]) if row else None

    def save_validators(self, feed: str, url: str, validators: Validators) -> None:
        """Remember what `url` gave; call it in the transaction that keeps the entries it brought."""
        with self._db.transaction():
            self._db.run(
                "INSERT OR REPLACE INTO validators(feed, url, etag, last_modified, body_sha256) VALUES (?, ?, ?, ?, ?)",
                (feed, without_credentials(url), validators.etag, validators.last_modified, validators.body_sha256),
            )


def _moment(text: str | None) -> datetime | None:
    return moment(text) if text else None


def _fetch(row: sqlite3.Row) -> Fetch:
    window = None
    if row["window_since"]:
        window = Window(moment(row["window_since"]), moment(row["window_until"]))
    return Fetch(
        feed=row["feed"],
        kind=row["kind"],
        state=cast(FetchState, row["state"]),
        started_at=moment(row["started_at"]),
        finished_at=moment(row["finished_at"] or row["started_at"]),
        window=window,
        **{name: row[name] for name in _COUNTS},
    )
