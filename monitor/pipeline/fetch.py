"""Step fetch: ask each feed for what is new and for what it still owes, keep it, and write down what came of it.

A feed with windows is asked for the time since it was last asked. Each window asked for is a row that stays open until
it was answered in full; open ones are asked for again, also those of runs that were killed, or were never started.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from monitor import sources, text
from monitor.errors import FetchError, ParseError
from monitor.files import Files
from monitor.pipeline import verdict
from monitor.pipeline.harvest import STOPPED, Fetcher, Harvest
from monitor.sandbox import Sandbox
from monitor.store.windows import Owed, Resume
from monitor.types import Feed, Fetch, FetchState, Window

WORKERS = 8
"""Hosts asked at the same time; feeds of one host take turns."""

RESUME_WITHIN = timedelta(hours=20)
"""How long the next request of an unfinished window is trusted: resumption tokens expire, pages move."""

EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
"""A clock that stands before this is wrong: machines without a battery begin in 1970 or at the date of their make."""

OLDEST = datetime(1800, 1, 1, tzinfo=UTC)
"""Nobody has records stamped earlier; from there on every provider's form of a date can be written."""

ARRIVALS = 20
"""Arrivals of something new from which the rhythm of a feed is told."""


def fetch(
    feeds: Iterable[Feed],
    fetcher: Fetcher,
    *,
    window: Window | None = None,
    insist: bool = False,
    report: Callable[[Fetch], None] = lambda _: None,
) -> tuple[Fetch, ...]:
    """Fetch `feeds`, hosts in parallel and the feeds of one host in turn; in their order, one result for each window
    that a feed was asked for, that of now first.

    `window` is asked for instead of the windows that are due; what of it lies in the future is left out, and where it
    is not answered in full, it is asked for again like any other. `insist` asks feeds too that were stopped until
    somebody has looked. Raises StoreError or LockError when nothing can be kept.
    """
    feeds = tuple(feeds)
    groups: dict[str, list[Feed]] = {}
    for feed in feeds:
        groups.setdefault(urlsplit(feed.url).netloc, []).append(feed)

    def work(group: Sequence[Feed]) -> list[Fetch]:
        with fetcher.sandbox() as sandbox, Files() as files:
            done = []
            for feed in group:
                for fetch in _Turn(feed, fetcher, sandbox, files).take(window, insist):
                    done.append(fetch)
                    report(fetch)
            return done

    with ThreadPoolExecutor(WORKERS, thread_name_prefix="fetch") as pool:
        results = [fetch for group in pool.map(work, groups.values()) for fetch in group]
    order = {feed.name: place for place, feed in enumerate(feeds)}
    return tuple(sorted(results, key=lambda fetch: order[fetch.feed]))


@dataclass(frozen=True, slots=True)
class _Job:
    """One window to ask for (none for a polled kind)."""

    asked: Window | None = None
    """The span to name to the source: that of `owed`, and what the kind looks back beyond it."""
    owed: Owed | None = None
    resume: Resume | None = None


class _Turn:
    """One feed's turn: the window of now, then those it still owes."""

    def __init__(self, feed: Feed, fetcher: Fetcher, sandbox: Sandbox, files: Files) -> None:
        self.feed = feed
        self.fetcher = fetcher
        self.sandbox = sandbox
        self.files = files
        self.source = sources.load(feed.kind)
        self.store = fetcher.store
        self.position = self.store.ledger.position(feed.name)
        self.now = fetcher.clock()

    def take(self, window: Window | None, insist: bool) -> Iterator[Fetch]:
        """Ask; stops at the first window that the source does not answer at all."""
        if self.fetcher.stop.is_set():
            return
        if idle := self._idle(window, insist):
            yield self._skip(idle)
            return
        for place, job in enumerate(self._jobs(window)):
            fetch = self._ask(job, leads=place == 0)
            yield fetch
            if fetch.state in (*verdict.UNANSWERED, "skipped"):
                return

    def _idle(self, window: Window | None, insist: bool) -> str | None:
        if self.now < EARLIEST:
            return f"the clock of this machine stands at {self.now:%Y-%m-%d}, which cannot be: set it"
        if window and self.source.LOOKBACK is not None and window.since >= self.now:
            return f"the window begins on {window.since:%Y-%m-%d}, in the future"
        if window and self.source.LOOKBACK is not None and window.until <= OLDEST:
            return f"the window ends before {OLDEST:%Y}, and nobody has records of that time"
        return None if insist else self.position.stopped

    def _skip(self, reason: str) -> Fetch:
        fetch = Fetch(self.feed.name, self.feed.kind, "skipped", self.now, self.now, error=reason)
        row = self.store.ledger.begin(self.feed, None, self.now)
        wait = timedelta(days=1) if self.position.stopped else timedelta(0)
        self.store.ledger.finish(row, fetch, next_due=self.now + wait, leads=False)
        return fetch

    # --- which windows

    def _jobs(self, window: Window | None) -> Iterator[_Job]:
        """What to ask for, decided window by window, because one answer may settle others."""
        if self.source.LOOKBACK is None:
            yield _Job()
            return
        if window is not None:
            yield self._by_hand(window)
            return
        owed = self.store.windows.owed(self.feed.name)
        fresh = [o for o in owed if self._is_fresh(o)]
        yield from (self._again(o) for o in fresh)
        asked_until = self.position.asked_until
        lately = asked_until is not None and timedelta(0) <= self.now - asked_until < self.feed.every / 2
        if not lately or not any(self._is_fresh(o) or self._is_due(o) for o in owed):
            yield self._now()
        rest = {o.id for o in owed} - {o.id for o in fresh}
        yield from (self._again(o) for o in self.store.windows.owed(self.feed.name) if o.id in rest and self._is_due(o))

    def _by_hand(self, window: Window) -> _Job:
        """A window that somebody names, in whatever zone: kinds write the hours that they are given, and call them UTC.

        It moves the feed on where it joins what has been asked for already.
        """
        since, until = max(window.since, OLDEST).astimezone(UTC), min(window.until, self.now).astimezone(UTC)
        window = Window(since, max(until, since + timedelta(seconds=1)))  # the store writes whole seconds
        asked_until = self.position.asked_until
        joins = asked_until is not None and window.since <= asked_until <= window.until
        return _Job(window, self.store.windows.open(self.feed.name, window, self.now, scheduled=joins))

    def _now(self) -> _Job:
        """The time since the feed was last asked for."""
        since = self.position.asked_until
        if since is not None and since >= self.now:
            # The clock was set back: what was asked for while it was ahead was asked for before its time.
            since = self.store.windows.asked_before(self.feed.name, self.now)
            if since == self.now:
                since -= self._lookback
        first = self.now - timedelta(days=self.feed.first_days)
        window = Window(min(since or first, self.now - timedelta(seconds=1)), self.now)
        asked = Window(window.since - self._lookback, window.until) if since else window
        return _Job(asked, self.store.windows.open(self.feed.name, window, self.now))

    def _again(self, owed: Owed) -> _Job:
        since = owed.window.since - (self._lookback if owed.scheduled else timedelta(0))
        return _Job(Window(since, owed.window.until), owed, owed.resume if self._is_fresh(owed) else None)

    def _is_fresh(self, owed: Owed) -> bool:
        return owed.resume is not None and timedelta(0) <= self.now - owed.resume.saved_at <= RESUME_WITHIN

    def _is_due(self, owed: Owed) -> bool:
        """Due, or put off further than any wait could, by a clock that was ahead."""
        return owed.next_at <= self.now or owed.next_at - self.now > 2 * verdict.LONGEST_BACKOFF

    @property
    def _lookback(self) -> timedelta:
        return self.source.LOOKBACK or timedelta(0)

    # --- what came of it

    def _ask(self, job: _Job, *, leads: bool) -> Fetch:
        """Harvest one window, and close its ledger row whatever happens to the feed."""
        owed = self.store.windows.begin(job.owed) if job.owed else None
        row = self.store.ledger.begin(self.feed, job.asked, self.now)
        watched = self.position.last_ok is not None
        harvest = Harvest(self.feed, self.source, self.fetcher, self.sandbox, self.files, watched=watched)
        rest = status = None
        try:
            harvest.walk(job.asked, owed, job.resume)
            state, error = self._verdict(harvest)
        except FetchError as failure:
            state, error = failure.state, str(failure)
            rest, status = failure.retry_after, failure.status
            if self.fetcher.stop.is_set():
                state, error = "skipped", STOPPED
        except ParseError as failure:
            state, error = "failed", str(failure)
        ended, error = self.fetcher.clock(), text.clean(error, text.TITLE_LIMIT) if error else None
        fetch = replace(harvest.counts, state=state, error=error, finished_at=ended, http_status=status)
        with self.store.transaction():
            self._settle(owed, job.asked, fetch, rest)
            self.store.ledger.finish(row, fetch, next_due=ended + self._wait(fetch, rest), leads=leads)
            self._consequences(harvest, fetch)
        return fetch

    def _verdict(self, harvest: Harvest) -> tuple[FetchState, str | None]:
        counts = harvest.counts
        if harvest.unfinished:
            return "skipped", harvest.unfinished
        if harvest.short:
            return "short", harvest.short
        if stale := self._staleness(harvest):
            return "stale", stale
        remarks = "; ".join(harvest.remarks()) or None
        if counts.refused and not counts.seen:
            return "failed", remarks
        if counts.seen == 0:
            return ("unchanged" if harvest.all_unchanged else "empty"), remarks
        return "ok", remarks

    def _staleness(self, harvest: Harvest) -> str | None:
        """Whether an answer that looks well brings so little that the source seems to stand still.

        Of windows the newest alone tells, also when it is asked for again: older ones lie behind what was new since.
        """
        owed, asked_until = harvest.owed, self.store.ledger.position(self.feed.name).asked_until
        if owed and (not owed.scheduled or (asked_until and owed.window.until < asked_until)):
            return None
        if harvest.counts.new or harvest.local:
            return None
        arrivals = self.store.ledger.arrivals(self.feed.name, ARRIVALS)
        if silence := verdict.silence(arrivals, self.feed.every, self.now):
            return silence
        # The store is asked only while there is no history to tell by: later it has years of records to look through.
        same = owed is None and harvest.all_unchanged and len(arrivals) < verdict.LEAST_ARRIVALS
        dates = self.store.entries.listed_dates(self.feed.name) if same else harvest.dates
        return verdict.old_listing(dates, self.now)

    def _settle(self, owed: Owed | None, asked: Window | None, fetch: Fetch, rest: float | None) -> None:
        """Close the window, leave it open for another try, or give up what of it has been owed for too long."""
        if owed is None or asked is None:
            return
        if fetch.state in verdict.GOOD:
            self.store.windows.close(owed, asked, fetch)
            return
        if end := verdict.given_up(owed, fetch):
            self.store.windows.give_up(owed, fetch, end)
            return
        wait = timedelta(0) if fetch.state == "skipped" else verdict.backoff(owed.tries, self.feed.name)
        wait = max(wait, timedelta(seconds=rest or 0))
        left = self.store.windows.leave_open(owed, fetch, fetch.error or fetch.state, fetch.finished_at + wait)
        if lapsed := verdict.lapsed(left, fetch):
            self.store.windows.give_up_before(left, fetch, *lapsed)

    def _wait(self, fetch: Fetch, rest: float | None) -> timedelta:
        """Time until the feed is due again: its rhythm after a good fetch, or less while a window is open; growing
        waits after bad ones."""
        if fetch.state == "skipped":
            return timedelta(0)
        if fetch.state in verdict.GOOD:
            owed = [o.next_at - fetch.finished_at for o in self.store.windows.owed(self.feed.name)]
            return max(min([self.feed.every, *owed]), timedelta(0))
        wait = verdict.backoff(self.position.failures + 1, self.feed.name, self.feed.every)
        if fetch.state == "blocked":
            wait = max(wait, self.feed.every, timedelta(days=1))
        return max(wait, timedelta(seconds=rest or 0))

    def _consequences(self, harvest: Harvest, fetch: Fetch) -> None:
        """What a fetch tells beyond its own row: the feed is gone, has moved, or may have listed more than was seen."""
        ledger, name = self.store.ledger, self.feed.name
        if fetch.state == "blocked" or (fetch.http_status in (404, 410) and not harvest.onward):
            status = fetch.http_status if fetch.state == "failed" else None
            # No more than since the last good one, or since its entry was mended.
            refusals = ledger.refusals(name, (fetch.state,), status)[-self.position.failures - 1 :]
            if reason := verdict.stop_reason(status, refusals, fetch.error or fetch.state):
                ledger.stop(name, reason)
        elif fetch.state in verdict.GOOD and fetch.requests:
            ledger.moved(name, harvest.moved.partition("?")[0] if harvest.moved else None)
        if harvest.window is None and not harvest.local and fetch.state == "ok":
            last_read = ledger.last_read(name, self.now)
            lost = verdict.unlisted(harvest.known, harvest.listed, last_read, self.feed.every, self.now)
            if lost:
                reason = (
                    f"none of the {harvest.listed} records it lists was known, so others may have come and gone;"
                    " it cannot be asked for them"
                )
                self.store.windows.lost(name, lost, reason, self.now)
