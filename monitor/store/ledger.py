"""Feeds and their position, the pace of hosts, validators, and the coverage ledger."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from monitor.store.connection import Connection
from monitor.types import Feed, Fetch, FetchState, Key, Request, Validators, Window, moment, stamp, to_json


@dataclass(frozen=True, slots=True)
class Position:
    """Where the harvest of a feed stands."""

    closed_until: datetime | None = None
    """Everything before this has been asked for and answered in full."""
    resume: Resume | None = None
    """An unfinished window, to be gone on with."""
    next_due: datetime | None = None
    failures: int = 0
    """Fetches since the last good one."""


@dataclass(frozen=True, slots=True)
class Resume:
    """The next request of a window that was not finished."""

    window: Window
    request: Request
    seen: int
    announced: int | None
    saved_at: datetime


class Ledger:
    """Tables feeds, fetches, hosts and validators."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def register(self, feeds: Iterable[Feed], now: datetime) -> None:
        """Make the table of feeds that of feeds.yaml; feeds that are gone stay, disabled, with their history."""
        with self._db.transaction():
            self._db.run("UPDATE feeds SET enabled = 0")
            for feed in feeds:
                self._db.run(
                    """INSERT INTO feeds(name, kind, url, enabled, every_seconds, added_at) VALUES (?, ?, ?, ?, ?, ?)
                       ON CONFLICT(name) DO UPDATE SET kind = excluded.kind, url = excluded.url,
                           enabled = excluded.enabled, every_seconds = excluded.every_seconds""",
                    (feed.name, feed.kind, feed.url, feed.enabled, int(feed.every.total_seconds()), stamp(now)),
                )

    def position(self, feed: str) -> Position:
        """Where the harvest of `feed` stands; the very beginning when it was never fetched."""
        row = self._db.row("SELECT closed_until, resume, next_due, failures FROM feeds WHERE name = ?", (feed,))
        if row is None:
            return Position()
        return Position(_moment(row["closed_until"]), _resume(row["resume"]), _moment(row["next_due"]), row["failures"])

    def save_resume(self, feed: str, resume: Resume | None) -> None:
        """Remember (or forget) the next request of an unfinished window."""
        with self._db.transaction():
            self._db.run("UPDATE feeds SET resume = ? WHERE name = ?", (_resume_json(resume), feed))

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

    def finish(self, row: int, fetch: Fetch, *, closed_until: datetime | None, next_due: datetime) -> None:
        """Close a row of the ledger and move the feed's position on."""
        good = fetch.state in ("ok", "unchanged", "empty")
        with self._db.transaction():
            self._db.run(
                """UPDATE fetches SET state = ?, finished_at = ?, announced = ?, seen = ?, new = ?, changed = ?,
                       deleted = ?, requests = ?, bytes = ?, error = ? WHERE id = ?""",
                (
                    fetch.state,
                    stamp(fetch.finished_at),
                    fetch.announced,
                    fetch.seen,
                    fetch.new,
                    fetch.changed,
                    fetch.deleted,
                    fetch.requests,
                    fetch.bytes,
                    fetch.error,
                    row,
                ),
            )
            self._db.run(
                """UPDATE feeds SET last_state = ?, last_error = ?, next_due = ?,
                       closed_until = coalesce(?, closed_until),
                       failures = CASE WHEN ? THEN 0 WHEN ? = 'skipped' THEN failures ELSE failures + 1 END,
                       last_ok = CASE WHEN ? THEN ? ELSE last_ok END,
                       last_new = CASE WHEN ? THEN ? ELSE last_new END
                   WHERE name = ?""",
                (
                    fetch.state,
                    fetch.error,
                    stamp(next_due),
                    stamp(closed_until) if closed_until else None,
                    good,
                    fetch.state,
                    good,
                    stamp(fetch.finished_at),
                    fetch.new > 0,
                    stamp(fetch.finished_at),
                    fetch.feed,
                ),
            )

    def fetches(self, window: Window) -> tuple[Fetch, ...]:
        """Every fetch that began in `window`, oldest first."""
        rows = self._db.rows(
            "SELECT * FROM fetches WHERE started_at >= ? AND started_at < ? ORDER BY id",
            (stamp(window.since), stamp(window.until)),
        )
        return tuple(_fetch(row) for row in rows)

    def first_fetch(self) -> datetime | None:
        """When this store began to watch."""
        return _moment(self._db.value("SELECT min(started_at) FROM fetches"))

    def health(self) -> list[dict[str, object]]:
        """The rows of the view feed_health, in order of name."""
        return [dict(row) for row in self._db.rows("SELECT * FROM feed_health ORDER BY feed")]

    def validators(self, feed: str, url: str) -> Validators | None:
        """What `url` gave the last time it was read to its end."""
        row = self._db.row(
            "SELECT etag, last_modified, body_sha256 FROM validators WHERE feed = ? AND url = ?", (feed, url)
        )
        return Validators(row["etag"], row["last_modified"], row["body_sha256"]) if row else None

    def save_validators(self, feed: str, url: str, validators: Validators) -> None:
        """Remember what `url` gave; call it in the transaction that keeps the entries it brought."""
        with self._db.transaction():
            self._db.run(
                "INSERT OR REPLACE INTO validators(feed, url, etag, last_modified, body_sha256) VALUES (?, ?, ?, ?, ?)",
                (feed, url, validators.etag, validators.last_modified, validators.body_sha256),
            )


class HostPace:
    """The pace of each host, kept in the store so that it holds across restarts. Times are Unix seconds."""

    def __init__(self, connection: Connection, clock: Callable[[], float] = time.time) -> None:
        self._db = connection
        self._clock = clock

    def reserve(self, host: str, pace: float) -> float:
        """Book the host's next free slot; the seconds until then."""
        with self._db.transaction():
            now = self._clock()
            booked = cast(float | None, self._db.value("SELECT next_at FROM hosts WHERE host = ?", (host,)))
            # A clock that was set back must not park a host for longer than its pace allows.
            start = now if booked is None else min(max(now, booked), now + max(pace, 60.0))
            self._save(host, start + pace)
            return start - now

    def settle(self, host: str, pace: float) -> None:
        """The exchange is over: the next one starts at least `pace` seconds from now."""
        with self._db.transaction():
            self._save(host, self._clock() + pace)

    def _save(self, host: str, next_at: float) -> None:
        self._db.run("INSERT OR REPLACE INTO hosts(host, next_at) VALUES (?, ?)", (host, next_at))


def _moment(text: str | None) -> datetime | None:
    return moment(text) if text else None


def _resume(text: str | None) -> Resume | None:
    if not text:
        return None
    data = json.loads(text)
    return Resume(
        Window(moment(data["since"]), moment(data["until"])),
        Request(
            data["url"],
            data["accept"],
            Key(**data["key"]) if data.get("key") else None,
            tuple(data.get("also", ())),
        ),
        data["seen"],
        data["announced"],
        moment(data["saved_at"]),
    )


def _resume_json(resume: Resume | None) -> str | None:
    if resume is None:
        return None
    return json.dumps(
        {
            "since": stamp(resume.window.since),
            "until": stamp(resume.window.until),
            "url": resume.request.url,
            "accept": resume.request.accept,
            "key": to_json(resume.request.key),
            "also": resume.request.also,
            "seen": resume.seen,
            "announced": resume.announced,
            "saved_at": stamp(resume.saved_at),
        }
    )


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


_COUNTS: Sequence[str] = ("announced", "seen", "new", "changed", "deleted", "requests", "bytes", "error")
