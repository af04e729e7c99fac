"""Digests of finished weeks, kept whole."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.store.connection import Connection
from monitor.store.outbox import Address, Outbox
from monitor.types import Digest, Document, moment, stamp


@dataclass(frozen=True, slots=True)
class Filed:
    """A digest in the archive."""

    week: str
    subject: str
    made_at: datetime


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

    def add(
        self,
        digest: Digest,
        document: Document,
        addresses: Iterable[Address],
        asked: Mapping[str, object] | None = None,
    ) -> None:
        """Keep a finished digest and queue its deliveries, together; a second digest of the week is refused
        by the store (StoreError). `asked` is what decides its content besides the week."""
        with self._db.transaction():
            row = self._db.run(
                """INSERT INTO digests(subscriber, iso_week, window_since, window_until, made_at, subject, formats,
                       pictures, models, asked) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (
                    digest.subscriber,
                    digest.week,
                    stamp(digest.window.since),
                    stamp(digest.window.until),
                    stamp(digest.made_at),
                    document.subject,
                    _packed(document.formats),
                    _packed(document.pictures),
                    json.dumps(digest.models),
                    None if asked is None else json.dumps(asked, sort_keys=True),
                ),
            )
            self._db.run_many(
                """INSERT INTO digest_works(digest_id, uid, goal, position, probability, score, model, content)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
                [(row, *told) for told in _told(digest)],
            )
            self._outbox.queue(row, addresses, digest.made_at)

    def document(self, digest_id: int) -> Document:
        """The digest as it was made."""
        row = self._db.row("SELECT subject, formats, pictures FROM digests WHERE id = ?", (digest_id,))
        assert row is not None, "deliveries refer to digests"  # noqa: S101 — kept by a foreign key
        return Document(row["subject"], _unpacked(row["formats"]), _unpacked(row["pictures"]))

    def as_sent(self, subscriber: str, week: str) -> Document | None:
        """The digest of a week byte for byte as it was made; None when it was not."""
        found = self._db.value("SELECT id FROM digests WHERE subscriber = ? AND iso_week = ?", (subscriber, week))
        return None if found is None else self.document(found)

    def filed(self, subscriber: str) -> list[Filed]:
        """Every digest of `subscriber`, newest first."""
        rows = self._db.rows(
            "SELECT iso_week, made_at, subject FROM digests WHERE subscriber = ? ORDER BY iso_week DESC", (subscriber,)
        )
        return [Filed(r["iso_week"], r["subject"], moment(r["made_at"])) for r in rows]

    def count(self) -> int:
        """How many digests of finished weeks were made."""
        found: int = self._db.value("SELECT count(*) FROM digests")
        return found

    def log(self) -> list[dict[str, object]]:
        """The rows of the view delivery_log, newest first."""
        return [dict(r) for r in self._db.rows("SELECT * FROM delivery_log ORDER BY digest DESC, output, recipient")]


def _told(digest: Digest) -> Iterator[tuple[str, str, int, float, float, str, str]]:
    """What the digest shows below its goals, in order, with the model that tagged it and the text that was tagged."""
    for section in digest.sections:
        standings = digest.context.standings.get(section.goal.slug, {})
        for position, work in enumerate(section.works, 1):
            tag = next(t for t in work.tags if t.selected and t.label == section.goal.slug)
            score = standings[work.item.uid].score if work.item.uid in standings else tag.probability
            yield (work.item.uid, section.goal.slug, position, tag.probability, score, tag.model, work.item.content)


def _packed(files: Mapping[str, bytes]) -> str:
    return json.dumps({name: base64.b64encode(body).decode() for name, body in files.items()})


def _unpacked(text: str) -> dict[str, bytes]:
    return {name: base64.b64decode(body) for name, body in json.loads(text).items()}
