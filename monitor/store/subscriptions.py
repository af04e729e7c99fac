"""Who is a recipient of which subscriber, as feeds.yaml says and said, and which subscription goes on as another.

A subscriber that is renamed is, by its name, a new one. Whether somebody left it must not hang on that: of each
subscription that is new in feeds.yaml it is told which one of the same recipient it goes on with.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from monitor.recipients import recipient_key
from monitor.store.connection import Connection
from monitor.types import Subscriber, stamp


@dataclass(frozen=True, slots=True)
class Former:
    """A subscription that a new one of the same recipient may go on with: one that feeds.yaml lost, or left by it."""

    subscriber: str
    goals: frozenset[str]
    """Empty: all, or not known."""
    began_at: str
    ended_at: str | None
    """Since when feeds.yaml does not have it; None: it does."""
    rests_since: str | None
    """Since when its recipient rests, where it does."""
    followed: bool = False
    """Whether another goes on with it already."""


def forerunner(goals: frozenset[str], formers: Iterable[Former], away_since: str = "") -> Former | None:
    """The one that a new subscription to `goals` goes on with; None when it is new indeed.

    It is the most alike, and of equals one at rest, since mail to somebody who left is worse than none to somebody who
    did not. One at rest counts for ever. One that was read as long as feeds.yaml had it counts if that was after the
    last rest began; else it would speak for somebody who has left since. `away_since` is when the new one itself was
    lost, where it is back: what was there before says nothing then.
    """
    found = [f for f in formers if _alike(goals, f.goals)]
    last = max((f.rests_since for f in found if f.rests_since), default="")
    able = [
        f
        for f in found
        if (f.rests_since and f.rests_since >= away_since)
        or (not f.rests_since and not f.followed and f.began_at >= away_since and f.ended_at and f.ended_at >= last)
    ]
    return max(able, key=lambda f: (_alike(goals, f.goals), f.rests_since is not None, f.ended_at or "Z"), default=None)


def _alike(one: frozenset[str], other: frozenset[str]) -> int:
    """2: the same goals; 1: some in common; 0: none."""
    return 2 if one == other else int(not one or not other or bool(one & other))


class Subscriptions:
    """Table subscriptions; recipients are there by their key."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def differ(self, subscribers: Iterable[Subscriber]) -> bool:
        """Whether feeds.yaml says something else than it did."""
        return self._present() != _said(subscribers)

    def back(self, subscribers: Iterable[Subscriber]) -> tuple[str, ...]:
        """Those of `subscribers` that feeds.yaml lost, whatever their recipients, and has again; to be asked before
        `register`."""
        rows = self._db.rows(
            "SELECT subscriber FROM subscriptions GROUP BY subscriber HAVING count(ended_at) = count(*)"
        )
        lost = {r["subscriber"] for r in rows}
        return tuple(one.name for one in subscribers if one.name in lost and one.addresses)

    def register(self, subscribers: Iterable[Subscriber], now: datetime) -> list[tuple[str, str, str]]:
        """Note what feeds.yaml says, inside the caller's transaction. The subscriptions that are new in it and go on
        with one whose recipient rests: subscriber, recipient, and the subscriber that it left."""
        said, present = _said(subscribers), self._present()
        self._db.run_many(
            "UPDATE subscriptions SET ended_at = ? WHERE subscriber = ? AND recipient = ?",
            [(stamp(now), *pair) for pair in present if pair not in said],
        )
        before = {pair: self._forerunner(*pair, goals) for pair, goals in said.items() if pair not in present}
        follows = {pair: former.subscriber for pair, former in before.items() if former}
        self._db.run_many(
            """INSERT INTO subscriptions(subscriber, recipient, goals, began_at, follows) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT DO UPDATE SET goals = ?3, ended_at = NULL, follows = coalesce(?5, follows)""",
            [(*pair, goals, stamp(now), follows.get(pair)) for pair, goals in said.items()],
        )
        return [(*pair, former.subscriber) for pair, former in before.items() if former and former.rests_since]

    def heirs(self, subscriber: str, recipient: str) -> tuple[str, ...]:
        """The subscribers as which the subscription goes on, where feeds.yaml has it no more under its own name."""
        rows = self._db.rows(
            """WITH RECURSIVE heirs(name) AS (
                   SELECT subscriber FROM subscriptions
                    WHERE subscriber = ?1 AND recipient = recipient_key(?2) AND ended_at IS NOT NULL
                   UNION SELECT s.subscriber FROM subscriptions s JOIN heirs h ON s.follows = h.name
                    WHERE s.recipient = recipient_key(?2))
               SELECT subscriber FROM subscriptions
                WHERE recipient = recipient_key(?2) AND ended_at IS NULL AND subscriber IN (SELECT name FROM heirs)""",
            (subscriber, recipient),
        )
        return tuple(r["subscriber"] for r in rows)

    def forebears(self, subscriber: str, recipient: str) -> tuple[str, ...]:
        """The subscribers with which the subscription goes on, and that feeds.yaml has no more for this recipient."""
        rows = self._db.rows(
            """WITH RECURSIVE before(name) AS (
                   SELECT ?1
                   UNION SELECT s.follows FROM subscriptions s JOIN before b ON s.subscriber = b.name
                    WHERE s.recipient = recipient_key(?2) AND s.follows IS NOT NULL)
               SELECT subscriber FROM subscriptions
                WHERE recipient = recipient_key(?2) AND ended_at IS NOT NULL
                  AND subscriber IN (SELECT name FROM before)""",
            (subscriber, recipient),
        )
        return tuple(r["subscriber"] for r in rows)

    def _present(self) -> dict[tuple[str, str], str]:
        rows = self._db.rows("SELECT subscriber, recipient, goals FROM subscriptions WHERE ended_at IS NULL")
        return {(r["subscriber"], r["recipient"]): r["goals"] for r in rows}

    def _forerunner(self, subscriber: str, recipient: str, goals: str) -> Former | None:
        rows = self._db.rows(
            """SELECT s.*, (SELECT max(since) FROM rests r WHERE r.ended_at IS NULL AND r.subscriber = s.subscriber
                              AND recipient_key(r.recipient) = s.recipient) AS rests_since,
                      EXISTS (SELECT 1 FROM subscriptions f
                               WHERE f.recipient = s.recipient AND f.follows = s.subscriber) AS followed
                 FROM subscriptions s WHERE s.recipient = ?""",
            (recipient,),
        )
        away = next((r["ended_at"] for r in rows if r["subscriber"] == subscriber), None)
        formers = [_former(r) for r in rows if r["subscriber"] != subscriber]
        return forerunner(frozenset(json.loads(goals)), formers, away or "")


def _said(subscribers: Iterable[Subscriber]) -> dict[tuple[str, str], str]:
    """Subscriber and key of the recipient → goals, as JSON."""
    return {(s.name, recipient_key(to)): json.dumps(s.goals) for s in subscribers for to in s.addresses}


def _former(row: sqlite3.Row) -> Former:
    return Former(
        row["subscriber"],
        frozenset(json.loads(row["goals"])),
        row["began_at"],
        row["ended_at"],
        row["rests_since"],
        bool(row["followed"]),
    )
