"""The steps of the pipeline over one open store, wired from feeds.yaml; `scan` is the steps in their order.

The command line and the Python API both run them from here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import pipeline, shipped
from monitor.errors import ModelError
from monitor.store import Store, care
from monitor.types import Feed, Fetch, Window

if TYPE_CHECKING:
    from monitor.app import App

Progress = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]
"""Given what is being done, something to call with how much of how much is done."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What came of one scan."""

    fetches: tuple[Fetch, ...]
    linked: int
    """Records."""
    cross_checks: tuple[pipeline.CrossCheck, ...]
    located: int
    """Works."""
    tagged: int
    """Works."""
    routes: tuple[pipeline.RouteReport, ...]
    digests: tuple[Path, ...]
    """HTML files that were written; that of the running week is the last."""
    faults: tuple[str, ...] = ()
    """What the named data checks found before finished digests were made, one sentence each."""
    error: str | None = None
    """Why works wait untagged; None when they do not."""


@contextlib.contextmanager
def quietly(_: str) -> Iterator[Callable[[int, int], None]]:
    """Progress that nobody watches."""
    yield lambda done, total: None


class Steps:
    """Each step does what waits for it in the store; run alone, twice, or again after a kill it ends the same."""

    def __init__(
        self,
        app: App,
        store: Store,
        *,
        report: Callable[[Fetch], None] = lambda _: None,
        progress: Progress = quietly,
    ) -> None:
        """`report` hears of each fetch as it ends."""
        self._app = app
        self._store = store
        self._report = report
        self._progress = progress

    def scan(self, feeds: Sequence[Feed], window: Window | None = None, *, insist: bool = False) -> Scan:
        """All steps but deliver. Without a usable model the works wait untagged, and the rest goes on."""
        fetches = self.fetch(feeds, window, insist=insist)
        linked, checked, located = self.link(), self.cross_check(), self.locate()
        tagged, error = 0, None
        try:
            tagged = self.tag()
        except ModelError as failure:
            error = str(failure)
        routes = self.look_up()
        if self._app.stop.is_set():
            return Scan(fetches, linked, checked, located, tagged, routes, (), (), error)
        faults = self.check() if pipeline.pending(self._store, self._app.plan, self._app.clock()) else ()
        return Scan(fetches, linked, checked, located, tagged, routes, self.digest(), faults, error)

    def fetch(self, feeds: Sequence[Feed], window: Window | None = None, *, insist: bool = False) -> tuple[Fetch, ...]:
        """Step fetch over `feeds`; `insist` asks those too that were stopped."""
        app = self._app
        with app.client(self._store) as client:
            fetcher = pipeline.Fetcher(self._store, client, app.clock, app.stop)
            return pipeline.fetch(feeds, fetcher, window=window, insist=insist, report=self._report)

    def link(self) -> int:
        """Step link; how many entries were linked."""
        return pipeline.link(self._store, self._app.clock, self._app.stop.is_set)

    def cross_check(self) -> tuple[pipeline.CrossCheck, ...]:
        """Hold feeds of feeds.yaml against each other where it says so; their entries must have been linked."""
        app, feeds = self._app, self._app.feeds()
        if not any(feed.checks for feed in feeds):
            return ()
        with app.client(self._store) as client:
            return pipeline.cross_check(feeds, pipeline.Fetcher(self._store, client, app.clock, app.stop))

    def locate(self) -> int:
        """Step locate, by what is in the store, and a look through the lens; how many items were located."""
        located = pipeline.locate(self._store, self._app.resolver, self._app.clock, self._app.stop.is_set)
        self._see()
        return located

    def look_up(self) -> tuple[pipeline.RouteReport, ...]:
        """The second half of step locate: ask the routes of feeds.yaml for affiliations and publications."""
        app, wanted = self._app, self._app.config.affiliations
        if not wanted.routes:
            return ()
        with app.client(self._store) as client, self._progress("looking up") as progress:
            seeker = pipeline.Seeker(self._store, client, app.resolver, app.clock, app.stop.is_set)
            reports = pipeline.look_up(wanted.routes, seeker, everything=wanted.everything, progress=progress)
        self._see()
        return reports

    def tag(self, *, exact: bool = False) -> int:
        """Step tag; raises ModelError before anything is written when the model cannot be used."""
        app = self._app
        with self._progress("tagging") as progress:
            return pipeline.tag(
                self._store, app.tagger, app.clock, progress=progress, stop=app.stop.is_set, exact=exact
            )

    def encode(self, most: int) -> int:
        """Have the encoder read up to `most` works that it has not read, so that they are found by meaning; how many it
        read. Raises ModelError."""
        from monitor.pipeline.search import encode

        app = self._app
        with self._progress("reading for search") as progress:
            return encode(self._store, app.encoder, most, progress=progress, stop=app.stop.is_set)

    def check(self) -> tuple[str, ...]:
        """What the named data checks find, one sentence each; digests are made all the same."""
        return tuple(care.faults(self._store.connection, shipped.path("store/checks")))

    def digest(self) -> tuple[Path, ...]:
        """Step digest; the HTML files written."""
        return pipeline.digest(self._store, self._app.plan, self._app.clock())

    def _see(self) -> None:
        """Look through the lens at what is new to it, and name the institutions."""
        from monitor.lens import Lens

        lens = Lens(self._app.config.partners.bodies)
        pipeline.see(self._store, lens, self._app.stop.is_set)
        pipeline.name(self._store, lens, self._app.resolver.name_of)
