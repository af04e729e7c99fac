"""Verbs that run the steps. As commands do, they hold the run lock meanwhile, and raise LockError when it is held."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from monitor import pipeline, service, training
from monitor.api.opened import Verbs
from monitor.errors import MonitorError
from monitor.health import Watched, watch
from monitor.steps import Scan, Steps
from monitor.store import Store
from monitor.store.trainings import TrainingRow
from monitor.types import Fetch

Post = tuple[pipeline.Returned, pipeline.Outcome]
"""What came back, and what went out."""
Told = Scan | Post | Watched | TrainingRow | MonitorError
"""What comes of a round of `run`."""


class Runs(Verbs):
    """Scan, its steps one by one, the post, and all of it on schedule."""

    def scan(
        self,
        feeds: Sequence[str] = (),
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        deliver: bool = False,
    ) -> Scan:
        """Fetch, link, locate, tag, look affiliations up, make the digests that are due; `deliver` sends them too.
        Last, the encoder reads some works for search alone.

        `feeds` names those to be asked, by default all that are enabled. With `since` they are asked for that span,
        else for what is new. What failed is in the answer, and never stops the rest; a digest that could not
        be made is raised as a MonitorError when the rest is done.
        """
        at = self._at
        with at.app.alone():
            asked = at.app.feeds(feeds), at.asked(since, until)
            try:
                done = at.steps.scan(*asked, insist=bool(feeds))
            except MonitorError:
                if deliver:
                    self._post(at.store)  # what could be made, and what waits, is for others
                raise
            if deliver:
                self._post(at.store)
            if not done.error:
                at.steps.encode(at.app.config.encode)
        return done

    def fetch(
        self, feeds: Sequence[str] = (), *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[Fetch, ...]:
        """Ask feeds for what is new, or for a span, and keep it: a row of the ledger each."""
        at = self._at
        with at.app.alone():
            return at.steps.fetch(at.app.feeds(feeds), at.asked(since, until), insist=bool(feeds))

    def link(self) -> int:
        """Find the work that each new entry is about; how many entries there were."""
        with self._at.app.alone():
            return self._at.steps.link()

    def locate(self) -> tuple[int, tuple[pipeline.RouteReport, ...]]:
        """Find the countries of works, and ask the routes of feeds.yaml; works located, and how the routes fared."""
        with self._at.app.alone():
            return self._at.steps.locate(), self._at.steps.look_up()

    def tag(self, *, exact: bool = False) -> int:
        """Give works their probabilities; how many there were. `exact` reads every text whole. Raises ModelError."""
        with self._at.app.alone():
            return self._at.steps.tag(exact=exact)

    def encode(self, most: int = 10_000) -> int:
        """Have the encoder read works whose words were enough to tag them, so that they are found by meaning; how many
        it read. A scan does so for some. Raises ModelError."""
        with self._at.app.alone():
            return self._at.steps.encode(most)

    def deliver(self) -> Post:
        """Read what came back, and send what is due. `watch` tells what is late."""
        with self._at.app.alone():
            return self._post(self._at.store)

    def watch(self) -> Watched:
        """Raise an alarm for digests that are late, by mail where feeds.yaml says to whom, and call the heartbeat while
        all is well. The commands `deliver`, `scan` and `run` end with it."""
        with self._at.app.alone():
            return watch(self._at.app, self._at.store)

    def run(self, told: Callable[[Told], None] = lambda _: None) -> None:
        """Keep scanning, delivering and training on the schedule of feeds.yaml until `stop`, in a thread of its own.

        `told` hears, in that thread, what came of each round; what goes wrong with one ends no other.
        """
        app = self._at.app

        def scan(store: Store) -> None:
            told(Steps(app, store).scan(store.ledger.due(app.feeds(), app.clock())))
            deliver(store)

        def deliver(store: Store) -> None:
            told(self._post(store))
            told(watch(app, store))

        def train(store: Store, every: timedelta) -> None:
            if row := training.when_due(app, store, every):
                told(row)

        service.run(app, service.Rounds(scan, deliver, train, failed=told))

    def stop(self) -> None:
        """End what runs, from another thread: the request or work under way is finished first. A Monitor that was
        stopped runs nothing more."""
        self._at.app.stop.set()

    def _post(self, store: Store) -> Post:
        app, office = self._at.app, self._at.app.post_office
        return office.returned(store, app.clock()), office.deliver(store, app.clock, app.stop.is_set)
