"""The monitor as a Python object: the verbs of the command line, with the nouns of `monitor.types` as answers.

    from monitor import Monitor

    with Monitor("~/monitor") as monitor:
        monitor.scan()
        for work in monitor.works(since=datetime(2026, 7, 20, tzinfo=UTC), goal="cyber"):
            print(work.item.title, [origin.country for origin in work.origins])

Errors are those of `monitor.errors`. Nothing is printed. Times must be aware; a naive one is refused.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from monitor import pipeline
from monitor.app import App, find_home, utc_now
from monitor.digest import week_of, window_of
from monitor.errors import MonitorError
from monitor.health import Health, health
from monitor.search import Found
from monitor.selection import Asked, Mode, Selection
from monitor.steps import Scan, Steps
from monitor.store import Store
from monitor.types import Digest, Document, Feed, Fetch, Goal, Subscriber, Tag, Window, Work

if TYPE_CHECKING:
    from monitor.origin import Resolution
    from monitor.pipeline.search import Searcher

ALL = Selection()
WEEK = timedelta(days=7)
"""Looked back where no `since` is given."""


class Monitor:
    """A home and its open store.

    Verbs that run steps hold the run lock while they run, as commands do, and raise LockError when another run holds
    it; those that only look need no lock. One object is for one thread.
    """

    def __init__(
        self,
        home: str | Path | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
        env: Mapping[str, str] = os.environ,
    ) -> None:
        """Without `home` it is found as by the command line: $MONITOR_HOME, else the current folder, else XDG's."""
        self._app = App(find_home(str(home) if home else None, env, Path.cwd()), clock=clock, env=env)
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store. The next verb opens it again."""
        self._open.close()
        for made in ("_store", "_searcher"):
            self.__dict__.pop(made, None)

    # --- what there is ---

    @property
    def home(self) -> Path:
        """The folder of feeds.yaml and store/."""
        return self._app.home

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """What is watched: the enabled feeds of feeds.yaml. Raises ConfigError."""
        return self._app.feeds()

    @property
    def goals(self) -> tuple[Goal, ...]:
        """The goals of the taxonomy in use."""
        return self._app.goals

    # --- steps ---

    def scan(
        self,
        feeds: Sequence[str] = (),
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        deliver: bool = False,
    ) -> Scan:
        """Fetch, link, locate, tag, look affiliations up, make the digests that are due; `deliver` sends them too.

        `feeds` names those to be asked, by default all that are enabled. With `since` they are asked for that span,
        else for what is new. What failed is in the answer, and never stops the rest.
        """
        with self._app.alone():
            done = self._steps.scan(self._app.feeds(feeds), self._asked(since, until), insist=bool(feeds))
            if deliver:
                self._post()
        return done

    def fetch(
        self, feeds: Sequence[str] = (), *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[Fetch, ...]:
        """Ask feeds for what is new, or for a span, and keep it: a row of the ledger each."""
        with self._app.alone():
            return self._steps.fetch(self._app.feeds(feeds), self._asked(since, until), insist=bool(feeds))

    def link(self) -> int:
        """Find the work that each new entry is about; how many entries there were."""
        with self._app.alone():
            return self._steps.link()

    def locate(self) -> tuple[int, tuple[pipeline.RouteReport, ...]]:
        """Find the countries of works, and ask the routes of feeds.yaml; works located, and how the routes fared."""
        with self._app.alone():
            return self._steps.locate(), self._steps.look_up()

    def tag(self, *, exact: bool = False) -> int:
        """Give works their probabilities; how many there were. `exact` reads every text whole. Raises ModelError."""
        with self._app.alone():
            return self._steps.tag(exact=exact)

    def deliver(self) -> tuple[pipeline.Returned, pipeline.Outcome]:
        """Read what came back, and send what is due.

        Alarms for late digests are raised by the command line; `status().overdue` has them.
        """
        with self._app.alone():
            return self._post()

    # --- what is known ---

    def status(self) -> Health:
        """How feeds, routes, digests and deliveries stand."""
        return health(self._app, self._store)

    def coverage(
        self, since: datetime | None = None, until: datetime | None = None, feeds: Sequence[str] = ()
    ) -> pipeline.Coverage:
        """What was looked at in a span, by default the last seven days, and what may have been missed."""
        return pipeline.coverage(self._store, self._app.feeds(feeds), self._span(since, until))

    def item(self, uid: str) -> Work:
        """The work of this name, or of a name that it once had; raises MonitorError when there is none."""
        return pipeline.known_of(self._store, [self._id(uid)])[0]

    def works(
        self, since: datetime | None = None, until: datetime | None = None, *, goal: str | None = None
    ) -> tuple[Work, ...]:
        """Works first seen in a span, by default the last seven days, that carry `goal`, or any."""
        found = pipeline.known_of(self._store, self._store.findings.selected(self._span(since, until)))
        return tuple(work for work in found if goal is None or any(t.selected and t.label == goal for t in work.tags))

    def search(
        self, query: str, selection: Selection = ALL, *, mode: Mode = "both", limit: int = 20, skip: int = 0
    ) -> Found:
        """Works by words, by meaning, or by both, the best first; without a query the newest of the selection.

        Queries are written as for `monitor search` (docs/search.md). Raises ModelError where meaning alone is asked
        for and the encoder cannot be used.
        """
        return self._searcher.search(Asked(query, selection, mode, limit, skip))

    def similar(self, uid: str, selection: Selection = ALL, *, limit: int = 20) -> Found:
        """Works that say what this one says, the likest first. Raises MonitorError when there is no such work."""
        return self._searcher.like(self._id(uid), Asked("", selection, most=limit))

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

        about = exports.About("Works of the research monitor", self._store.past.archive_id(), self._app.clock())
        works = pipeline.export(self._store, selection, query, limit, abstracts=abstracts)
        exports.load(form).write(works, out, about)

    def query(self, sql: str, values: Iterable[Any] = ()) -> list[dict[str, Any]]:
        """Rows of a SELECT on the views (docs/views.md). The store is opened for reading only: nothing can be changed.

        Raises StoreError, also for a mistake in `sql`.
        """
        with Store.open(self._app.database, read_only=True) as store:
            return [dict(row) for row in store.connection.rows(sql, values)]

    # --- what people say ---

    def label(self, uid: str, goals: Mapping[str, bool], reviewer: str, *, confidence: int = 3) -> int:
        """Say of a work which goals it carries, and which not; it counts at once, in views and in digests.

        `confidence` is 3 for sure, 2 for likely, 1 for a coin toss. The number of the decision, which a row of the view
        `review_log` tells of. Raises MonitorError for a work or a goal that there is not.
        """
        from monitor.store.decisions import Reviewer

        unknown = goals.keys() - {goal.slug for goal in self.goals}
        if unknown or not goals:
            raise MonitorError(f"{', '.join(sorted(unknown)) or 'nothing'} is none of the goals")
        by = Reviewer(reviewer, self._app.clock(), "python")
        decision = self._store.decisions.judge(self._id(uid), goals, by, confidence=confidence)
        if decision is None:
            raise MonitorError(f"{uid} has become one with another work meanwhile")
        return decision

    # --- what is told ---

    def digest(
        self,
        week: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        subscriber: str | None = None,
    ) -> Digest:
        """The digest of a week such as `2026-W30`, by default the running one, or of a span, as `subscriber` gets it.

        It is made of what the store holds now; nothing is written or sent. Raises ConfigError for a name that is none.
        """
        now = self._app.clock()
        name = week or week_of(since or now)
        window = self._asked(since, until) or window_of(name)
        return pipeline.compose_week(self._store, self._app.plan, self._reader(subscriber), name, window, now)

    def document(self, digest: Digest) -> Document:
        """The digest as its subscriber gets it: `formats` has html, md, txt and json."""
        return pipeline.render(digest, self._reader(digest.subscriber), self._app.plan)

    # --- without the store ---

    def classify(self, papers: Iterable[tuple[str, str]]) -> list[tuple[Tag, ...]]:
        """Tags of papers given as (title, abstract), one for each goal; none when a paper cannot be judged."""
        from monitor.goals import Paper

        return [tagging.tags for tagging in self._app.tagger.tag([Paper(*paper) for paper in papers], exact=True)]

    def origin(self, affiliations: Iterable[str]) -> list[Resolution]:
        """Countries and institution of affiliations, each with method, confidence and the words that decided."""
        return [self._app.resolver.resolve(text) for text in affiliations]

    # --- inside ---

    def _id(self, uid: str) -> int:
        found = self._store.items.ids_of([uid])
        if not found:
            raise MonitorError(f"there is no work {uid!r} in the store")
        return found[0]

    @cached_property
    def _store(self) -> Store:
        return self._open.enter_context(self._app.store())

    @cached_property
    def _searcher(self) -> Searcher:
        return self._app.searcher(self._store)

    @property
    def _steps(self) -> Steps:
        return Steps(self._app, self._store)

    def _post(self) -> tuple[pipeline.Returned, pipeline.Outcome]:
        office, app = self._app.post_office, self._app
        return office.returned(self._store, app.clock()), office.deliver(self._store, app.clock, app.stop.is_set)

    def _reader(self, name: str | None) -> Subscriber:
        return pipeline.ARCHIVE if name in (None, pipeline.ARCHIVE.name) else self._app.config.subscriber(name)

    def _asked(self, since: datetime | None, until: datetime | None) -> Window | None:
        """The span that was named; None when none was."""
        if since is None and until is not None:
            raise MonitorError("`until` needs `since`")
        return self._span(since, until) if since else None

    def _span(self, since: datetime | None, until: datetime | None) -> Window:
        until = until or self._app.clock()
        since = since or until - WEEK
        if since.tzinfo is None or until.tzinfo is None:
            raise MonitorError(f"{since} to {until}: times need a zone, such as datetime(2026, 7, 20, tzinfo=UTC)")
        if since >= until:
            raise MonitorError(f"{since} is not before {until}")
        return Window(since, until)
