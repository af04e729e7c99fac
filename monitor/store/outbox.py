"""The outbox: digests on their way to their recipients, each delivery in a state of its own.

queued ──► sending ──► sent ──► bounced      a report said later that it never arrived (given-up: in time)
              │  ▲
              │  └──── deferred               not now: tried again after a wait
              ├──────► bounced                the receiving side said never
              └──────► given-up               tried for days in vain

queued, deferred ──► withdrawn                the recipient unsubscribed, rests, or left feeds.yaml, in the meantime;
                                              or from the beginning: had this digest under another name
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.store.connection import Connection
from monitor.types import Delivery, DeliveryState, moment, stamp

LEASE = timedelta(minutes=10)
"""How long a delivery may be under way before another run takes it up again."""

WAITING: tuple[DeliveryState, ...] = ("queued", "sending", "deferred")
"""The states that are no end."""

_DELIVERIES = """SELECT v.*, d.subscriber, d.iso_week, d.made_at
                   FROM deliveries v JOIN digests d ON d.id = v.digest_id"""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a copy of a digest goes: an output, a recipient of it, and the stable name of the message."""

    output: str
    recipient: str
    message_id: str
    needless: str | None = None
    """Why nothing is to be sent there, where that is so."""


class Outbox:
    """Table deliveries."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def queue(self, digest_id: int, addresses: Iterable[Address], now: datetime) -> None:
        """Queue one delivery an address, inside the transaction that keeps the digest."""
        self._db.run_many(
            """INSERT INTO deliveries(digest_id, output, recipient, message_id, error, state, queued_at, next_at)
               VALUES (?1, ?2, ?3, ?4, ?5, iif(?5 IS NULL, 'queued', 'withdrawn'), ?6, ?6)""",
            [(digest_id, a.output, a.recipient, a.message_id, a.needless, stamp(now)) for a in addresses],
        )

    def reached(self, week: str, output: str, asked: Mapping[str, object], besides: Collection[str]) -> dict[str, str]:
        """Recipients by their key → the subscriber, none of `besides`, as which they got the digest of `week` that was
        `asked` for alike."""
        rows = self._db.rows(
            """SELECT recipient_key(v.recipient) AS recipient, d.subscriber AS subscriber
                 FROM deliveries v JOIN digests d ON d.id = v.digest_id
                WHERE v.state = 'sent' AND d.iso_week = ? AND v.output = ? AND d.asked = ?
                  AND d.subscriber NOT IN (SELECT value FROM json_each(?)) ORDER BY v.id""",
            (week, output, json.dumps(asked, sort_keys=True), json.dumps(list(besides))),
        )
        return {r["recipient"]: r["subscriber"] for r in rows}

    def claim(self, now: datetime) -> Delivery | None:
        """Take the next delivery that is due, so that no other run takes it; None when nothing is.

        One that was under way when its run died is due again once its lease is over. Recipients that rest by now
        get nothing more.
        """
        with self._db.transaction():
            self._db.run(
                """UPDATE deliveries SET state = 'deferred', leased_until = NULL
                    WHERE state = 'sending' AND leased_until <= ?""",
                (stamp(now),),
            )
            self.withdraw()
            row = self._db.row(
                f"""{_DELIVERIES}
                    WHERE v.state IN ('queued', 'deferred') AND v.next_at <= ?
                    ORDER BY v.next_at, v.id LIMIT 1""",
                (stamp(now),),
            )
            if row is None:
                return None
            self._db.run(
                "UPDATE deliveries SET state = 'sending', leased_until = ?, attempts = attempts + 1 WHERE id = ?",
                (stamp(now + LEASE), row["id"]),
            )
            return _delivery(row, state="sending", attempts=row["attempts"] + 1)

    def settle(
        self,
        delivery: Delivery,
        state: DeliveryState,
        now: datetime,
        *,
        error: str | None = None,
        next_at: datetime | None = None,
    ) -> None:
        """Record how a claimed delivery ended. A run whose lease was taken over by another has nothing more to say."""
        with self._db.transaction():
            self._db.run(
                """UPDATE deliveries SET state = ?1, error = ?2, leased_until = NULL, next_at = coalesce(?3, next_at),
                       sent_at = CASE WHEN ?1 = 'sent' THEN ?4 ELSE sent_at END,
                       bounced_at = CASE WHEN ?1 = 'bounced' THEN ?4 ELSE bounced_at END
                   WHERE id = ?5 AND state IN ('sending', 'deferred') AND attempts = ?6""",
                (state, error, stamp(next_at) if next_at else None, stamp(now), delivery.id, delivery.attempts),
            )

    def hold(self, output: str, error: str, now: datetime, until: datetime, oldest: datetime) -> int:
        """Count a try in vain for everything due through `output`, which cannot be used at present, and put it off;
        what was queued before `oldest` is given up. How many deliveries that were."""
        with self._db.transaction():
            due = (output, stamp(now))
            held: int = self._db.value(
                "SELECT count(*) FROM deliveries WHERE output = ? AND next_at <= ? AND state IN ('queued', 'deferred')",
                due,
            )
            self._db.run(
                """UPDATE deliveries SET attempts = attempts + 1, error = ?3, next_at = ?4,
                       state = CASE WHEN queued_at <= ?5 THEN 'given-up' ELSE 'deferred' END
                    WHERE output = ?1 AND next_at <= ?2 AND state IN ('queued', 'deferred')""",
                (*due, error, stamp(until), stamp(oldest)),
            )
            return held

    def withdraw(self) -> None:
        """Take back what waits for recipients that rest."""
        with self._db.transaction():
            self._db.run(
                """UPDATE deliveries SET state = 'withdrawn', error = coalesce(error, 'the recipient rests')
                    WHERE state IN ('queued', 'deferred') AND EXISTS (
                        SELECT 1 FROM rests r JOIN digests d ON d.subscriber = r.subscriber
                         WHERE d.id = digest_id AND r.ended_at IS NULL
                           AND recipient_key(r.recipient) = recipient_key(deliveries.recipient))"""
            )

    def withdraw_others(self, recipients: Iterable[tuple[str, str]]) -> None:
        """Take back what waits for whoever is not among `recipients`, pairs of a subscriber and a recipient of it."""
        with self._db.transaction():
            self._db.run(
                """UPDATE deliveries SET state = 'withdrawn', error = 'the recipient left feeds.yaml'
                    WHERE state IN ('queued', 'deferred') AND NOT EXISTS (
                        SELECT 1 FROM json_each(?) j JOIN digests d ON d.subscriber = json_extract(j.value, '$[0]')
                         WHERE d.id = digest_id
                           AND recipient_key(recipient) = recipient_key(json_extract(j.value, '$[1]')))""",
                (json.dumps(list(recipients)),),
            )

    def bounce(self, delivery: Delivery, error: str, now: datetime, *, hard: bool) -> None:
        """Record that a report came: what the server took did not arrive. Unless `hard`, a queue ran out of time."""
        with self._db.transaction():
            self._db.run(
                "UPDATE deliveries SET state = ?, error = ?, bounced_at = ? WHERE id = ? AND state = 'sent'",
                ("bounced" if hard else "given-up", error, stamp(now), delivery.id),
            )

    def of_message(self, message_id: str) -> Delivery | None:
        """The delivery that the message called `message_id` carried."""
        row = self._db.row(f"{_DELIVERIES} WHERE v.message_id = ?", (message_id,))
        return _delivery(row) if row else None

    def of_digest(self, subscriber: str, week: str) -> tuple[Delivery, ...]:
        """Every delivery of a digest."""
        rows = self._db.rows(
            f"{_DELIVERIES} WHERE d.subscriber = ? AND d.iso_week = ? ORDER BY v.id", (subscriber, week)
        )
        return tuple(_delivery(row) for row in rows)

    def lost(self, since: datetime) -> tuple[Delivery, ...]:
        """Deliveries of digests made since then that ended without arriving."""
        rows = self._db.rows(
            f"{_DELIVERIES} WHERE v.state IN ('bounced', 'given-up') AND d.made_at >= ? ORDER BY v.id", (stamp(since),)
        )
        return tuple(_delivery(row) for row in rows)

    def bounces_in_a_row(self, subscriber: str, recipient: str) -> int:
        """How many of the newest deliveries to a recipient bounced, one after the other, since it last rested."""
        bounced: int = self._db.value(
            """WITH ended AS (
                   SELECT v.id, v.state FROM deliveries v JOIN digests d ON d.id = v.digest_id
                    WHERE d.subscriber = ?1 AND recipient_key(v.recipient) = recipient_key(?2)
                      AND v.state IN ('sent', 'bounced')
                      AND d.made_at > coalesce((SELECT max(ended_at) FROM rests WHERE subscriber = ?1
                                                   AND recipient_key(recipient) = recipient_key(?2)), ''))
               SELECT count(*) FROM ended
                WHERE state = 'bounced' AND id > coalesce((SELECT max(id) FROM ended WHERE state = 'sent'), 0)""",
            (subscriber, recipient),
        )
        return bounced

    def states(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        rows = self._db.rows("SELECT state, count(*) AS number FROM deliveries GROUP BY state ORDER BY state")
        return {row["state"]: row["number"] for row in rows}

    def waiting(self) -> int:
        """How many deliveries have not reached an end."""
        states = self.states()
        return sum(states.get(state, 0) for state in WAITING)


def _delivery(row: sqlite3.Row, *, state: DeliveryState | None = None, attempts: int | None = None) -> Delivery:
    return Delivery(
        id=row["id"],
        digest_id=row["digest_id"],
        subscriber=row["subscriber"],
        week=row["iso_week"],
        output=row["output"],
        recipient=row["recipient"],
        message_id=row["message_id"],
        attempts=row["attempts"] if attempts is None else attempts,
        state=state or row["state"],
        error=row["error"],
        queued_at=moment(row["queued_at"]),
        made_at=moment(row["made_at"]),
    )
