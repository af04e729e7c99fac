"""The object itself: verbs by subject, and a part for each group of commands."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from monitor import doctor, pipeline
from monitor.api.care import Database, Gazetteer, Reviewers, Subscribers
from monitor.api.digests import Digests
from monitor.api.feeds import Feeds
from monitor.api.models import Evaluate, Models
from monitor.api.opened import Opened
from monitor.api.review import Review
from monitor.api.runs import Runs
from monitor.api.stateless import Stateless
from monitor.api.works import Works
from monitor.app import App, find_home, utc_now
from monitor.health import Health, health
from monitor.types import Goal

if TYPE_CHECKING:
    from monitor.web.headers import App as Pages


class Monitor(Runs, Works, Digests, Stateless):
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
        super().__init__(Opened(App(find_home(str(home) if home else None, env, Path.cwd()), clock=clock, env=env)))
        self.feeds = Feeds(self._at)
        self.review = Review(self._at)
        self.models = Models(self._at)
        self.evaluate = Evaluate(self._at)
        self.gazetteer = Gazetteer(self._at)
        self.subscribers = Subscribers(self._at)
        self.reviewers = Reviewers(self._at)
        self.db = Database(self._at)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store. The next verb opens it again."""
        self._at.close()

    @property
    def home(self) -> Path:
        """The folder of feeds.yaml and store/."""
        return self._at.app.home

    @property
    def goals(self) -> tuple[Goal, ...]:
        """The goals of the taxonomy in use."""
        return self._at.app.goals

    def init(self) -> bool:
        """Write a commented feeds.yaml and an empty store into the home; False when a feeds.yaml was there, which stays
        as it is. Raises StoreError."""
        return self._at.app.init()

    def status(self) -> Health:
        """How feeds, routes, digests and deliveries stand."""
        return health(self._at.app, self._at.store)

    def coverage(
        self, since: datetime | None = None, until: datetime | None = None, feeds: Sequence[str] = ()
    ) -> pipeline.Coverage:
        """What was looked at in a span, by default the last seven days, and what may have been missed."""
        return pipeline.coverage(self._at.store, self._at.app.feeds(feeds), self._at.span(since, until))

    def doctor(self) -> tuple[doctor.Check, ...]:
        """What the monitor rests on, looked at one by one: Python, SQLite, disk, configuration, model, mail, ..."""
        return doctor.examine(self._at.app)

    def pages(self) -> Pages:
        """What `monitor serve` shows, as an ASGI application for a server of one's own (https://asgi.readthedocs.io).

        Raises StoreError without a store. Who may review stands under `serve` in feeds.yaml.
        """
        from monitor import surface

        self._at.app.existing()
        with self._at.app.store():  # brings it up to this version
            return surface.pages(surface.site(self._at.app))
