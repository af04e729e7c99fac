"""Digests of finished weeks, and the outbox that takes them to their recipients."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.store.connection import Connection
from monitor.types import Delivery, DeliveryState, Digest, Document, stamp

LEASE = timedelta(minutes=10)
"""How long a delivery may be under way before another run takes it up again."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a copy of a digest goes: an output, a recipient of it, and the stable name of the message."""

    output: str
    recipient: str
    message_id: str


class Digests:
    """Tables digests and deliveries."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def made(self, subscriber: str, week: str) -> bool:
        """Whether the digest of that week exists."""
        return (
            self._db.value("SELECT 1 FROM digests WHERE subscriber = ? AND iso_week = ?", (subscriber, week))
            is not None
        )

    def add(self, digest: Digest, document: Document, addresses: Iterable[Address]) -> None:
        """Keep a finished digest and queue its deliveries, together; a second digest of the week is refused
        by the store (StoreError)."""
        formats = {name: base64.b64encode(body).decode() for name, body in document.formats.items()}
        with self._db.transaction():
            row = self._db.run(
                """INSERT INTO digests(subscriber, iso_week, window_since, window_until, made_at, subject, formats)
                   VALUES (?, ?, ?, ?, ?, ?, ?)""",
                (
                    digest.subscriber,
                    digest.week,
                    stamp(digest.window.since),
                    stamp(digest.window.until),
                    stamp(digest.made_at),
                    document.subject,
                    json.dumps(formats),
                ),
            )
            self._db.run_many(
                """INSERT INTO deliveries(digest_id, output, recipient, message_id, state, next_at)
                   VALUES (?, ?, ?, ?, 'queued', ?)""",
                [(row, a.output, a.recipient, a.message_id, stamp(digest.made_at)) for a in addresses],
            )

    def document(self, digest_id: int) -> Document:
        """The digest as it was made."""
        row = self._db.row("SELECT subject, formats FROM digests WHERE id = ?", (digest_id,))
        assert row is not None, "deliveries refer to digests"  # noqa: S101 — kept by a foreign key
        formats = json.loads(row["formats"])
        return Document(row["subject"], {name: base64.b64decode(body) for name, body in formats.items()})

    def claim(self, now: datetime) -> Delivery | None:
        """Take the next delivery that is due, so that no other run takes it; None when nothing is.

        One that was under way when its run died is due again once its lease is over.
        """
        with self._db.transaction():
            row = self._db.row(
                """SELECT v.*, d.subscriber, d.iso_week FROM deliveries v JOIN digests d ON d.id = v.digest_id
                    WHERE (v.state IN ('queued', 'deferred') AND v.next_at <= ?1)
                       OR (v.state = 'sending' AND v.leased_until <= ?1)
                    ORDER BY v.next_at, v.id LIMIT 1""",
                (stamp(now),),
            )
            if row is None:
                return None
            self._db.run(
                "UPDATE deliveries SET state = 'sending', leased_until = ?, attempts = attempts + 1 WHERE id = ?",
                (stamp(now + LEASE), row["id"]),
            )
            return _delivery(row, attempts=row["attempts"] + 1)

    def settle(
        self,
        delivery: Delivery,
        state: DeliveryState,
        now: datetime,
        *,
        error: str | None = None,
        next_at: datetime | None = None,
    ) -> None:
        """Record how a delivery ended."""
        with self._db.transaction():
            self._db.run(
                """UPDATE deliveries SET state = ?, error = ?, leased_until = NULL, next_at = coalesce(?, next_at),
                       sent_at = CASE WHEN ? = 'sent' THEN ? ELSE sent_at END
                   WHERE id = ?""",
                (state, error, stamp(next_at) if next_at else None, state, stamp(now), delivery.id),
            )

    def count(self) -> int:
        """How many digests of finished weeks were made."""
        found: int = self._db.value("SELECT count(*) FROM digests")
        return found

    def waiting(self) -> int:
        """How many deliveries have not reached an end."""
        found: int = self._db.value("SELECT count(*) FROM deliveries WHERE state NOT IN ('sent', 'given-up')")
        return found

    def log(self) -> list[dict[str, object]]:
        """The rows of the view delivery_log, newest first."""
        return [dict(r) for r in self._db.rows("SELECT * FROM delivery_log ORDER BY digest DESC, output, recipient")]


def _delivery(row: sqlite3.Row, attempts: int) -> Delivery:
    return Delivery(
        id=row["id"],
        digest_id=row["digest_id"],
        subscriber=row["subscriber"],
        week=row["iso_week"],
        output=row["output"],
        recipient=row["recipient"],
        message_id=row["message_id"],
        attempts=attempts,
        state="sending",
        error=row["error"],
    )
