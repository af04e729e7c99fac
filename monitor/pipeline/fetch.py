"""Step fetch: ask each feed for what is new, keep it, and write down what was asked and what came of it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urldefrag, urlsplit

from monitor import sources
from monitor.errors import FetchError, ParseError
from monitor.files import Files
from monitor.http import Client
from monitor.sandbox import Sandbox
from monitor.store import Store
from monitor.store.ledger import Position, Resume
from monitor.types import Feed, Fetch, FetchState, Page, Request, Response, Validators, Window

WORKERS = 8
"""Hosts asked at the same time; feeds of one host take turns."""

RESUME_WITHIN = timedelta(hours=20)
"""How long the next request of an unfinished window is trusted: resumption tokens expire, pages move."""

LONGEST_PAUSE = 60.0
"""Seconds of Retry-After that are waited out within a fetch; beyond that the feed is due again later."""

STOPPED = "the run was told to stop"
FORGOTTEN = frozenset({400, 404, 410})
"""What providers answer to a cursor that has expired; to the first request of a window it means what it says."""

MOST_PAUSES = 5
MOST_REASKS = 2
FIRST_BACKOFF = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Fetcher:
    """What fetching needs of the world."""

    store: Store
    client: Client
    clock: Callable[[], datetime]
    stop: threading.Event
    """Set when the run is to end soon: no new request is made then."""
    sandbox: Callable[[], Sandbox] = Sandbox
    """Where documents are parsed."""


def fetch(
    feeds: Iterable[Feed],
    fetcher: Fetcher,
    *,
    window: Window | None = None,
    report: Callable[[Fetch], None] = lambda _: None,
) -> tuple[Fetch, ...]:
    """Fetch `feeds`, hosts in parallel and the feeds of one host in turn; one result a feed, in their order.

    `window` replaces the window that the position of each feed calls for; the position then only moves on
    where the window joins it. Raises StoreError or LockError when nothing can be kept.
    """
    feeds = tuple(feeds)
    groups: dict[str, list[Feed]] = {}
    for feed in feeds:
        groups.setdefault(urlsplit(feed.url).netloc, []).append(feed)

    def work(group: Sequence[Feed]) -> list[Fetch]:
        with fetcher.sandbox() as sandbox, Files() as files:
            done = []
            for feed in group:
                if not fetcher.stop.is_set():
                    done.append(_Harvest(feed, fetcher, sandbox, files, window).run())
                    report(done[-1])
            return done

    with ThreadPoolExecutor(WORKERS, thread_name_prefix="fetch") as pool:
        results = {f.feed: f for group in pool.map(work, groups.values()) for f in group}
    return tuple(results[feed.name] for feed in feeds if feed.name in results)


class _Harvest:
    """One fetch of one feed: walks the pages of a window and counts."""

    def __init__(self, feed: Feed, fetcher: Fetcher, sandbox: Sandbox, files: Files, window: Window | None) -> None:
        self.feed = feed
        self.source = sources.load(feed.kind)
        self.fetcher = fetcher
        self.sandbox = sandbox
        self.files = files
        self.started = fetcher.clock()
        self.position = fetcher.store.ledger.position(feed.name)
        self.explicit = window is not None and self.source.LOOKBACK is not None
        self.resume = None if self.explicit else self._fresh_resume()
        self.window = window if self.explicit else self._due_window()
        self.counts = Fetch(feed.name, feed.kind, "ok", self.started, self.started, self.window)
        self.all_unchanged = True
        self.problems: list[str] = []
        self.retry_after: float | None = None
        self.answer: Response | None = None
        self.pauses = MOST_PAUSES
        self.restarts = 1
        self.refused = 0
        self.unfinished = False

    def run(self) -> Fetch:
        """Fetch, and close the ledger row whatever happens to the feed."""
        ledger = self.fetcher.store.ledger
        row = ledger.begin(self.feed, self.window, self.started)
        try:
            self._walk()
            state, error = self._verdict()
        except FetchError as failure:
            state, error, self.retry_after = failure.state, str(failure), failure.retry_after
            if self.fetcher.stop.is_set():
                state, error = "skipped", STOPPED
        except ParseError as failure:
            state, error = "failed", str(failure)
        now = self.fetcher.clock()
        fetch = replace(self.counts, state=state, error=error, finished_at=now)
        closed = self._closed_until() if state in ("ok", "empty") else None
        next_due = now + self._wait(state)
        ledger.finish(row, fetch, closed_until=closed, next_due=next_due)
        return fetch

    def _walk(self) -> None:
        request: Request | None = self.source.first(self.feed, self.window)
        if self.resume:
            request = self.resume.request
            self.counts = replace(self.counts, seen=self.resume.seen, announced=self.resume.announced)
        reasks = MOST_REASKS
        asked = set[str]()
        while request is not None and not self.fetcher.stop.is_set():
            page = self._page(request)
            if page.restart and self.restarts:
                self.restarts -= 1
                self.counts = replace(self.counts, seen=0, announced=None)
                request = self.source.first(self.feed, self.window)
                asked.clear()
                continue
            if not page.entries and page.following is None and self._missing(page) and reasks:
                # arXiv's API answers now and then with an empty page in the middle; asked again, it is whole.
                reasks -= 1
                continue
            asked.add(request.url)
            if page.following is not None and page.following.url in asked:
                # Forgotten rather than resumed, so that the next run begins the window again.
                self._keep(replace(page, following=None))
                raise ParseError(f"{self.feed.name}: the source goes round in circles: it names a page already read")
            self._keep(page)
            request = page.following
            if request is not None:
                self._spare()
        self.unfinished = request is not None

    def _spare(self) -> None:
        """Wait until the provider grants anew, or leave the rest of the window to a later run when that takes long."""
        pause = self.answer.pause if self.answer else None
        if pause is not None and pause > LONGEST_PAUSE:
            grants = f"{urlsplit(self.feed.url).hostname} grants little more for now; the rest of the window waits"
            raise FetchError(grants, state="throttled", retry_after=pause)
        if pause is not None:
            self.fetcher.stop.wait(pause)

    def _page(self, request: Request) -> Page:
        try:
            response = self.answer = self._ask(request)
        except FetchError as failure:
            if failure.status in FORGOTTEN and self.restarts and request != self.source.first(self.feed, self.window):
                return Page(restart=True)
            raise
        self.counts = replace(
            self.counts, requests=self.counts.requests + 1, bytes=self.counts.bytes + len(response.body)
        )
        if response.unchanged:
            return Page(following=Request(response.following) if response.following else None)
        self.all_unchanged = False
        page = self.sandbox.run(sources.parse, self.feed, request, response)
        if page.restart and not self.restarts:
            raise ParseError(f"{self.feed.name}: the source has twice forgotten where the harvest was")
        return page

    def _ask(self, request: Request) -> Response:
        """One response; waits out a Retry-After that is short enough to be worth it."""
        while True:
            try:
                if request.url.startswith("file:"):
                    first = self.files.first(request.url)
                    return self.files.read(replace(request, url=first), self._validators(first))
                return self.fetcher.client.get(
                    request,
                    pace=self.feed.pace,
                    allow_private=self.feed.allow_private,
                    validators=self._validators(request.url),
                )
            except FetchError as failure:
                pause = failure.retry_after
                if pause is None or pause > LONGEST_PAUSE or not self.pauses or self.fetcher.stop.wait(pause):
                    raise
                self.pauses -= 1

    def _validators(self, url: str) -> Validators | None:
        """Validators go with whole documents, so windowed kinds, which ask a new question each time, have none."""
        if self.window is not None:
            return None
        return self.fetcher.store.ledger.validators(self.feed.name, urldefrag(url).url)

    def _keep(self, page: Page) -> None:
        """Store a page, and the place to go on from, in one transaction."""
        counts = self.counts
        store = self.fetcher.store
        with store.transaction():
            kept = store.entries.keep(self.feed.name, page.entries, self.started)
            announced = counts.announced if page.announced is None else page.announced
            self.counts = replace(
                counts,
                seen=counts.seen + len(page.entries),
                new=counts.new + kept.new,
                changed=counts.changed + kept.changed,
                deleted=counts.deleted + kept.deleted,
                announced=announced,
            )
            self._save_place(page, announced)
        self.problems.extend(page.problems)
        self.refused += page.refused

    def _save_place(self, page: Page, announced: int | None) -> None:
        ledger = self.fetcher.store.ledger
        if self.window is None:
            answer = self.answer
            if answer is not None and not answer.unchanged and answer.validators != Validators():
                ledger.save_validators(self.feed.name, urldefrag(self._validator_url(answer)).url, answer.validators)
        elif not self.explicit:
            resume = None
            if page.following is not None:
                resume = Resume(self.window, page.following, self.counts.seen, announced, self.fetcher.clock())
            ledger.save_resume(self.feed.name, resume)

    def _validator_url(self, answer: Response) -> str:
        """The address that will be asked next time: the feed's own, or for local files the file's."""
        return answer.url if answer.url.startswith("file:") else self.source.first(self.feed, None).url

    def _missing(self, page: Page) -> bool:
        announced = self.counts.announced if page.announced is None else page.announced
        return announced is not None and self.counts.seen + self.refused + page.refused < announced

    def _verdict(self) -> tuple[FetchState, str | None]:
        counts = self.counts
        problem = "; ".join(self.problems[:3]) or None
        if self.unfinished:
            return "skipped", STOPPED
        came = counts.seen + self.refused
        if counts.announced is not None and came < counts.announced:
            return "short", f"{counts.announced} records were announced and {came} came"
        if counts.seen == 0:
            return ("unchanged" if self.all_unchanged else "empty"), problem
        return "ok", problem

    def _fresh_resume(self) -> Resume | None:
        resume = self.position.resume
        if resume is None or self.source.LOOKBACK is None or self.started - resume.saved_at > RESUME_WITHIN:
            return None
        return resume

    def _due_window(self) -> Window | None:
        if self.source.LOOKBACK is None:
            return None
        if self.resume:
            return self.resume.window
        since = self.started - timedelta(days=self.feed.first_days)
        if self.position.closed_until:
            since = self.position.closed_until - self.source.LOOKBACK
        return Window(min(since, self.started), self.started)

    def _closed_until(self) -> datetime | None:
        """How far the feed is complete after this window: no further than before where the window leaves a gap."""
        if self.window is None:
            return None
        known = self.position.closed_until
        if known is None:
            return None if self.explicit else self.window.until
        return max(known, self.window.until) if self.window.since <= known else known

    def _wait(self, state: FetchState) -> timedelta:
        """Time until the feed is due again: its rhythm after a good fetch, growing waits after bad ones."""
        if state in ("ok", "unchanged", "empty"):
            return self.feed.every
        if state == "skipped":
            return timedelta(0)
        doublings: int = 2 ** min(self.position.failures, 12)
        wait = min(FIRST_BACKOFF * doublings, max(self.feed.every, FIRST_BACKOFF))
        if self.retry_after:
            wait = max(wait, timedelta(seconds=self.retry_after))
        return wait * _jitter(self.feed.name, self.position)


def _jitter(name: str, position: Position) -> float:
    """A factor from 1.0 to 1.2 that spreads feeds which failed together, the same for the same failure."""
    mark = hashlib.sha256(f"{name}{position.failures}".encode()).digest()[0]
    return 1 + mark / 255 / 5
