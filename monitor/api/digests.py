"""Verbs about digests: made of what the store holds, or as they were when they were due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from monitor import pipeline
from monitor.api.opened import Verbs
from monitor.digest import week_of, window_of, write
from monitor.types import Digest, Document


class Digests(Verbs):
    """Digests of weeks and spans. Nothing is sent or marked as sent."""

    def digest(
        self,
        week: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        subscriber: str | None = None,
    ) -> Digest:
        """The digest of a week such as `2026-W30`, by default the running one, or of a span, as `subscriber` gets it.

        It is made of what the store holds now; nothing is written. Raises ConfigError for a name that is none.
        """
        at = self._at
        now = at.app.clock()
        name = week or week_of(since or now)
        window = at.asked(since, until) or window_of(name)
        return pipeline.compose_week(at.store, at.app.plan, at.reader(subscriber), name, window, now)

    def document(self, digest: Digest, *, pdf: bool = False) -> Document:
        """The digest as its subscriber gets it: `formats` has html, md, txt and json, and with `pdf` that too, which
        raises ConfigError where its library is missing."""
        return pipeline.render(digest, self._at.reader(digest.subscriber), self._at.app.plan, with_pdf=pdf)

    def as_sent(self, week: str, subscriber: str | None = None) -> Document:
        """The finished digest of a week byte for byte as it was made when it was due; raises MonitorError when none
        was made, and ConfigError for a name that is none."""
        return pipeline.as_sent(self._at.store, self._at.reader(subscriber), week)

    def write(
        self, document: Document, folder: str | Path, formats: Sequence[str] | None = None, *, as_sent: bool = False
    ) -> dict[str, Path]:
        """Write a document as `digest.FORMAT` into a folder, in all its formats or in those named; format → path.

        Pictures are written beside it; `as_sent` leaves the HTML as it went into the mail. Raises StoreError.
        """
        return write(document, Path(folder), formats, as_sent=as_sent)
