"""Who subscribed since when, which recipients are left in peace, and which alarms were raised.

A rest holds for the recipient however it is spelled, and under every name that the subscription goes on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor.recipients import recipient_key
from monitor.store.connection import Connection
from monitor.store.outbox import Outbox
from monitor.store.subscriptions import Subscriptions
from monitor.types import Subscriber, moment, stamp

Reason = Literal["unsubscribed", "bounced"]


@dataclass(frozen=True, slots=True)
class Rest:
    """A recipient of a subscriber that gets nothing until somebody ends the rest."""

    subscriber: str
    recipient: str
    reason: Reason
    note: str
    """One sentence for people: who asked for it, or what the last bounce said."""
    since: datetime


class Subscribers:
    """Tables subscribers, rests and alarms."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._outbox = Outbox(connection)
        self._subscriptions = Subscriptions(connection)

    def register(self, subscribers: Iterable[Subscriber], now: datetime) -> None:
        """Note since when each is known, and which recipients it has; who was known before stays as it was. Who rests
        where a subscription goes on that is called otherwise now, goes on resting. Where nothing can be written,
        nothing is sent either, and those who read have the store as it was."""
        subscribers = tuple(subscribers)
        known = {row["name"] for row in self._db.rows("SELECT name FROM subscribers")}
        if known.issuperset(one.name for one in subscribers) and not self._subscriptions.differ(subscribers):
            return
        if not self._db.writable:
            return
        with self._db.transaction():
            self._db.run_many(
                "INSERT INTO subscribers(name, added_at) VALUES (?, ?) ON CONFLICT(name) DO NOTHING",
                [(one.name, stamp(now)) for one in subscribers],
            )
            self._db.run_many(
                "UPDATE subscribers SET added_at = ? WHERE name = ?",
                [(stamp(now), name) for name in self._subscriptions.back(subscribers)],
            )
            for name, recipient, left in self._subscriptions.register(subscribers, now):
                self._go_on_resting(name, recipient, left)

    def added(self, name: str) -> datetime | None:
        """Since when the subscriber is known, or is back, where feeds.yaml did not have it for a while."""
        at = self._db.value("SELECT added_at FROM subscribers WHERE name = ?", (name,))
        return moment(at) if at else None

    def rest(self, subscriber: str, recipient: str, reason: Reason, note: str, now: datetime) -> bool:
        """Send nothing more to the recipient, and take back what waits for it, whatever the subscription is called by
        now; False when it rested already."""
        with self._db.transaction():
            heirs = self._subscriptions.heirs(subscriber, recipient)
            told = {subscriber: note, **dict.fromkeys(heirs, f"{note}, as {subscriber!r}")}
            rows = [
                (name, recipient, reason, told[name], stamp(now)) for name in told if not self._rests(name, recipient)
            ]
            self._db.run_many(
                "INSERT INTO rests(subscriber, recipient, reason, note, since) VALUES (?, ?, ?, ?, ?)", rows
            )
            self._outbox.withdraw()
            return bool(rows)

    def resume(self, subscriber: str, recipient: str, now: datetime) -> bool:
        """End the rest, from the next digest on, also under the names that the subscription had before; False when the
        recipient did not rest."""
        with self._db.transaction():
            found = self._rests(subscriber, recipient)
            names = {subscriber, *self._subscriptions.forebears(subscriber, recipient)}
            self._db.run_many(
                """UPDATE rests SET ended_at = ?
                    WHERE subscriber = ? AND recipient_key(recipient) = recipient_key(?) AND ended_at IS NULL""",
                [(stamp(now), name, recipient) for name in names],
            )
            return found

    def _go_on_resting(self, subscriber: str, recipient: str, left: str) -> None:
        if self._rests(subscriber, recipient):
            return
        rest = next(rest for rest in self.resting(left) if recipient_key(rest.recipient) == recipient)
        self._db.run(
            "INSERT INTO rests(subscriber, recipient, reason, note, since) VALUES (?, ?, ?, ?, ?)",
            (subscriber, rest.recipient, rest.reason, f"{rest.note}, as {left!r}", stamp(rest.since)),
        )

    def _rests(self, subscriber: str, recipient: str) -> bool:
        return recipient_key(recipient) in {recipient_key(rest.recipient) for rest in self.resting(subscriber)}

    def resting(self, subscriber: str | None = None) -> tuple[Rest, ...]:
        """Recipients that rest, of one subscriber or of all."""
        rows = self._db.rows(
            """SELECT * FROM rests WHERE ended_at IS NULL AND subscriber = coalesce(?, subscriber)
                ORDER BY subscriber, recipient""",
            (subscriber,),
        )
        return tuple(Rest(r["subscriber"], r["recipient"], r["reason"], r["note"], moment(r["since"])) for r in rows)

    def raise_alarms(self, about: Iterable[str], now: datetime) -> tuple[str, ...]:
        """Make `about` the alarms that stand, each raised once; those that are raised now."""
        standing = list(dict.fromkeys(about))
        with self._db.transaction():
            before = {r["about"] for r in self._db.rows("SELECT about FROM alarms")}
            gone = before - set(standing)
            self._db.run_many("DELETE FROM alarms WHERE about = ?", [(name,) for name in gone])
            self._db.run_many(
                "INSERT INTO alarms(about, raised_at) VALUES (?, ?) ON CONFLICT(about) DO NOTHING",
                [(name, stamp(now)) for name in standing],
            )
            return tuple(name for name in standing if name not in before)

    def untold_alarms(self) -> tuple[str, ...]:
        """The alarms that stand and that nobody was told of yet."""
        rows = self._db.rows("SELECT about FROM alarms WHERE told_at IS NULL ORDER BY about")
        return tuple(r["about"] for r in rows)

    def alarms_told(self, about: Iterable[str], now: datetime) -> None:
        """Note that somebody was told."""
        with self._db.transaction():
            self._db.run_many("UPDATE alarms SET told_at = ? WHERE about = ?", [(stamp(now), a) for a in about])
