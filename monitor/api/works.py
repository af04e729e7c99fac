"""Verbs about works: found, looked at, taken along, made one or parted, corrected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO

from monitor import pipeline
from monitor.api.opened import Verbs
from monitor.api.review import Review
from monitor.errors import ConfigError, MonitorError, suggestion
from monitor.search import Found
from monitor.selection import Asked, Mode, Selection
from monitor.store import Store
from monitor.types import Work

ALL = Selection()


class Works(Verbs):
    """Works of the store."""

    def item(self, uid: str) -> Work:
        """The work of this name, or of a name that it once had; raises MonitorError when there is none."""
        return pipeline.known_of(self._at.store, [self._at.id_of(uid)])[0]

    def provenance(self, uid: str) -> pipeline.Provenance:
        """What `item show --origin` tells of a work: its records and why each is in it, where it comes from, and the
        evidence and questions behind that. Raises MonitorError when there is no such work."""
        store = self._at.store
        return pipeline.provenance(store, store.items.get([self._at.id_of(uid)])[0])

    def works(
        self, since: datetime | None = None, until: datetime | None = None, *, goal: str | None = None
    ) -> tuple[Work, ...]:
        """Works first seen in a span, by default the last seven days, that carry `goal`, or any."""
        store = self._at.store
        found = pipeline.known_of(store, store.findings.selected(self._at.span(since, until)))
        return tuple(work for work in found if goal is None or any(t.selected and t.label == goal for t in work.tags))

    def search(
        self, query: str, selection: Selection = ALL, *, mode: Mode = "both", limit: int = 20, skip: int = 0
    ) -> Found:
        """Works by words, by meaning, or by both, the best first; without a query the newest of the selection.

        Queries are written as for `monitor search` (docs/search.md). Raises ModelError where meaning alone is asked
        for and the encoder cannot be used.
        """
        return self._at.searcher.search(Asked(query, _aware(selection), mode, limit, skip))

    def saved(self, name: str, days: Selection = ALL) -> Found:
        """What a saved search of feeds.yaml finds, within days when they are given.

        Raises ConfigError for a name that is none, and MonitorError when `days` asks for anything but days.
        """
        searches = self._at.app.config.searches
        if name not in searches:
            raise ConfigError(f"feeds.yaml has no saved search {name!r}{suggestion(name, searches)}")
        try:
            return self._at.searcher.search(searches[name].placed(_aware(days)))
        except ValueError as error:
            raise MonitorError(str(error)) from None

    def similar(self, uid: str, selection: Selection = ALL, *, limit: int = 20) -> Found:
        """Works that say what this one says, the likest first. Raises MonitorError when there is no such work."""
        return self._at.searcher.like(self._at.id_of(uid), Asked("", _aware(selection), most=limit))

    def export(
        self,
        out: BinaryIO,
        form: str = "csv",
        selection: Selection = ALL,
        *,
        query: str = "",
        limit: int | None = None,
        abstracts: bool = True,
    ) -> None:
        """Write works to `out` in a format of `monitor export`, one after the other, however many there are.

        Raises ConfigError for a format that there is not, or a library that it needs.
        """
        from monitor import exports

        store = self._at.store
        about = exports.About("Works of the research monitor", store.past.archive_id(), self._at.app.clock())
        works = pipeline.export(store, _aware(selection), query, limit, abstracts=abstracts)
        exports.load(form).write(works, out, about)

    def query(self, sql: str, values: Iterable[Any] = ()) -> list[dict[str, Any]]:
        """Rows of a SELECT on the views (docs/views.md). The store is opened for reading only: nothing can be changed.

        Raises StoreError, also for a mistake in `sql`.
        """
        with Store.open(self._at.app.database, read_only=True) as store:
            return [dict(row) for row in store.connection.rows(sql, values)]

    def merge(self, uid: str, other: str, reason: str = "said so") -> str:
        """Make one work of two; the name it has now. The one first seen keeps its name, the other's name leads to it,
        and `split` takes it back. Raises MonitorError when there is no such work."""
        return pipeline.merge(self._at.store, (uid, other), reason, self._at.app.clock())

    def split(self, uid: str, records: Sequence[str] = (), reason: str = "said so") -> tuple[str, ...]:
        """Take records, each called FEED:KEY as `provenance` names them, out of a work, or all apart when none is
        named; the names of the works that it was. They are never joined again but by `merge`. Raises MonitorError."""
        return tuple(pipeline.split(self._at.store, uid, records, reason, self._at.app.clock()))

    def label(self, uid: str, goals: Mapping[str, bool], reviewer: str, *, confidence: int = 3) -> int:
        """Say of a work which goals it carries, and which not; the same as `review.judge`."""
        return Review(self._at).judge(uid, goals, reviewer, confidence=confidence)


def _aware(selection: Selection) -> Selection:
    """`selection`; raises MonitorError for times without a zone, which would be taken for those of this machine."""
    seen = (selection.seen.since, selection.seen.until) if selection.seen else ()
    for when in (selection.since, selection.until, *seen):
        if when is not None and when.tzinfo is None:
            raise MonitorError(f"{when}: times need a zone, such as datetime(2026, 7, 20, tzinfo=UTC)")
    return selection
