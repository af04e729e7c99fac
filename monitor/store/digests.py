"""Digests of finished weeks, kept whole."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable

from monitor.store.connection import Connection
from monitor.store.outbox import Address, Outbox
from monitor.types import Digest, Document, stamp


class Digests:
    """Table digests; the deliveries of a digest are queued with it."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._outbox = Outbox(connection)

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
            self._outbox.queue(row, addresses, digest.made_at)

    def document(self, digest_id: int) -> Document:
        """The digest as it was made."""
        row = self._db.row("SELECT subject, formats FROM digests WHERE id = ?", (digest_id,))
        assert row is not None, "deliveries refer to digests"  # noqa: S101 — kept by a foreign key
        formats = json.loads(row["formats"])
        return Document(row["subject"], {name: base64.b64decode(body) for name, body in formats.items()})

    def count(self) -> int:
        """How many digests of finished weeks were made."""
        found: int = self._db.value("SELECT count(*) FROM digests")
        return found

    def log(self) -> list[dict[str, object]]:
        """The rows of the view delivery_log, newest first."""
        return [dict(r) for r in self._db.rows("SELECT * FROM delivery_log ORDER BY digest DESC, output, recipient")]
