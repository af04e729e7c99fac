"""One harvest: the pages of one window of a feed, or one polled document, kept and counted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urldefrag, urlsplit

from monitor.errors import FetchError, ParseError
from monitor.files import Files
from monitor.http import Client
from monitor.pipeline import verdict
from monitor.sandbox import Sandbox
from monitor.sources import Source, parse
from monitor.store import Store
from monitor.store.walked import mark
from monitor.store.windows import Owed, Resume
from monitor.text import without_credentials
from monitor.types import Entry, Feed, Fetch, Page, Request, Response, Validators, Window

LONGEST_PAUSE = 60.0
"""Seconds of Retry-After that are waited out within a fetch; beyond that the feed is due again later."""

STOPPED = "the run was told to stop"
LONG = "its pages took more than an hour; the next run goes on from there"
FORGOTTEN = frozenset({400, 404, 410})
"""What providers answer to a cursor that has expired; to the first request of a window it means what it says."""

PROMPT = 0.5
"""Seconds for which storing a page waits for the answer to the next request. Asking notes the pace in the store, which
storing keeps to itself; parsing needs nothing of it, so that an answer that is there is parsed meanwhile."""

LONGEST_WALK = timedelta(hours=1)
"""So long the pages of a window are turned that the schedule asks for; the rest is for the next run, or a source
without end would keep all others, and the digests, waiting."""

MOST_PAUSES = 5
MOST_REASKS = 2
MOST_BARREN = 20
"""Pages in a row that bring nothing new to their window: the source goes round in circles."""
MOST_PROBLEMS = 3
"""Problems with records that are told in the ledger."""


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


@dataclass(frozen=True, slots=True)
class Got:
    """The answer to one request, and the page that it is, or why it is none."""

    response: Response
    page: Page | None = None
    """None where the answer is that nothing has changed."""
    failure: ParseError | None = None


class Harvest:
    """Walks the pages; `counts` holds what came, whether the walk ended well or not."""

    def __init__(
        self, feed: Feed, source: Source, fetcher: Fetcher, sandbox: Sandbox, files: Files, *, watched: bool
    ) -> None:
        """`watched`: the feed has come back well before, so that many old records at once are no first sight."""
        self.feed = feed
        self.source = source
        self.fetcher = fetcher
        self.sandbox = sandbox
        self.files = files
        self.watched = watched
        self.started = fetcher.clock()
        self.counts = Fetch(feed.name, feed.kind, "ok", self.started, self.started)
        self.window: Window | None = None
        self.owed: Owed | None = None
        self.all_unchanged = True
        self.local = False
        self.dates: list[datetime] = []
        """When the records of a polled document are from."""
        self.listed, self.known = 0, 0
        """Records that it lists as news, and how many of these were in the store before."""
        self.renamed = 0
        """Records of a polled document that came under another id before."""
        self.problems: list[str] = []
        self.moved: str | None = None
        self.unfinished: str | None = None
        """Why the walk ended before the last page; None when it did not."""
        self.onward = False
        """Whether the request that failed was for a page that the source itself had named."""
        self._answer: Response | None = None
        self._pauses = MOST_PAUSES
        self._restarts = 1
        self._marks: set[int] = set()
        """Of the records that this window has brought: one that comes twice is one."""
        self._resumed: Resume | None = None

    def walk(self, window: Window | None, owed: Owed | None = None, resume: Resume | None = None) -> None:
        """Ask for `window` (None for a polled kind), page by page; `owed` is its row, and `resume` where to go on.

        While a page is being stored, the next one is on its way. Raises FetchError or ParseError when a page cannot be
        had; what came before it is kept.
        """
        self.window, self.owed = window, owed
        self.counts = replace(self.counts, window=window)
        request: Request | None = self.source.first(self.feed, window)
        if resume and owed:
            request, self._resumed = resume.request, resume
            self._marks = self.fetcher.store.walked.marks(owed)
            so_far = replace(self.counts, seen=resume.seen, refused=resume.refused)
            self.counts = replace(so_far, announced=resume.announced)
        elif owed and owed.resume:
            self.fetcher.store.windows.save_resume(owed, None)
        with ThreadPoolExecutor(1, thread_name_prefix=f"ahead-{self.feed.name}") as pool:
            self._turn_pages(request, pool)

    def _turn_pages(self, request: Request | None, pool: ThreadPoolExecutor) -> None:
        reasks, barren = MOST_REASKS, 0
        asked = set[str]()
        ahead: Future[Got] | None = None
        while request is not None and (ahead or not self.fetcher.stop.is_set()):
            page = self._page(request, asked, ahead)
            ahead = None
            if page.restart:
                self._restarts -= 1
                self._forget()
                asked.clear()
                request = self.source.first(self.feed, self.window)
                continue
            if not page.entries and page.following is None and self._missing(page) and reasks:
                # arXiv's API answers now and then with an empty page in the middle; asked again, it is whole.
                reasks -= 1
                asked.discard(request.url)
                continue
            if page.following is not None and page.following.url in asked:
                # Forgotten rather than resumed, so that the next run begins the window again.
                self._keep(replace(page, following=None))
                back = without_credentials(page.following.url)
                raise ParseError(f"{self.feed.name}: it goes round in circles, back to {back}")
            if page.following is not None and barren < MOST_BARREN - 1 and self._may_look_ahead():
                answered = threading.Event()
                ahead = pool.submit(self._get, page.following, answered)
                answered.wait(PROMPT)
            barren = 0 if self._keep(page) else barren + 1
            if barren >= MOST_BARREN and page.following and self.window:
                raise ParseError(f"{self.feed.name}: {barren} pages in a row brought nothing: it goes round in circles")
            request = page.following
            if request is not None:
                self._spare()
                if ahead is None and self._is_long():
                    self.unfinished = LONG
                    return
        self.unfinished = STOPPED if request is not None else None

    def _is_long(self) -> bool:
        scheduled = self.owed is not None and self.owed.scheduled
        return scheduled and self.fetcher.clock() - self.started > LONGEST_WALK

    def _may_look_ahead(self) -> bool:
        """Whether the next page may be asked for before this one is stored: not where a pause is due, and not in
        polled documents, which are asked for with what the store knows of them."""
        pause = self._answer.pause if self._answer else None
        return self.window is not None and pause is None and not (self.fetcher.stop.is_set() or self._is_long())

    @property
    def short(self) -> str | None:
        """How many of the announced records are missing, as a sentence; None when none is."""
        announced, came = self.counts.announced, self.counts.seen + self.counts.refused
        if announced is None or came >= announced:
            return None
        return f"{announced} records were announced and {came} came"

    def _page(self, request: Request, asked: set[str], ahead: Future[Got] | None) -> Page:
        """The page at `request`, which may be on its way already, counted."""
        asked.add(request.url)
        try:
            got = ahead.result() if ahead else self._get(request)
        except FetchError as failure:
            self.onward = request != self.source.first(self.feed, self.window)
            if failure.status in FORGOTTEN and self._restarts and self.onward:
                return Page(restart=True)
            raise
        response = self._answer = got.response
        counts = self.counts
        self.counts = replace(counts, requests=counts.requests + 1, bytes=counts.bytes + len(response.body))
        if len(asked) == 1:
            self.moved = response.moved
        if got.failure is not None:
            raise got.failure
        if got.page is None:
            return Page(following=Request(response.following) if response.following else None)
        self.all_unchanged = False
        if got.page.restart and not self._restarts:
            raise ParseError(f"{self.feed.name}: the source has twice forgotten where the harvest was")
        return got.page

    def _get(self, request: Request, answered: threading.Event | None = None) -> Got:
        """Ask and parse; nothing is counted or kept here, since the page before may be at it in another thread.
        `answered` is set when nothing more is needed of the store."""
        try:
            response = self._ask(request)
        finally:
            if answered:
                answered.set()
        if response.unchanged:
            return Got(response)
        try:
            return Got(response, self.sandbox.run(parse, self.feed, request, response))
        except ParseError as failure:
            return Got(response, failure=failure)

    def _spare(self) -> None:
        """Wait until the provider grants anew, or leave the rest of the window to a later run when that takes long."""
        pause = self._answer.pause if self._answer else None
        if pause is not None and pause > LONGEST_PAUSE:
            grants = f"{urlsplit(self.feed.url).hostname} grants little more for now; the rest of the window waits"
            raise FetchError(grants, state="throttled", retry_after=pause)
        if pause is not None:
            self.fetcher.stop.wait(pause)

    def _ask(self, request: Request) -> Response:
        """One response; waits out a Retry-After that is short enough to be worth it."""
        while True:
            try:
                if request.url.startswith("file:"):
                    self.local = True
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
                if pause is None or pause > LONGEST_PAUSE or not self._pauses or self.fetcher.stop.wait(pause):
                    raise
                self._pauses -= 1

    def _validators(self, url: str) -> Validators | None:
        """Validators go with whole documents, so windowed kinds, which ask a new question each time, have none."""
        if self.window is not None:
            return None
        return self.fetcher.store.ledger.validators(self.feed.name, urldefrag(url).url)

    def _keep(self, page: Page) -> bool:
        """Store a page, and the place to go on from, in one transaction; whether it brought anything to the window."""
        counts, store = self.counts, self.fetcher.store
        entries, odd = self._dated(page.entries)
        if self.window is None and not self.local:
            entries, renamed = store.faces.under_first_ids(self.feed.name, entries)
            self.renamed += renamed
        fresh = {mark(entry.key) for entry in entries} - self._marks
        self._marks |= fresh
        if self._resumed and page.announced not in (None, self._resumed.announced):
            # The pages have shifted since: a record that could not be read, and has no id, may come again.
            counts, self._resumed = replace(counts, refused=counts.refused - self._resumed.refused), None
        with store.transaction():
            backlog = self._backlog(entries)
            if self.window is None and not self.local:
                self._note_listed(entries)
            kept = store.entries.keep(self.feed.name, entries, self.started, backlog)
            # A total that shrinks while pages are turned hides what is missing: the greatest counts.
            totals = [total for total in (counts.announced, page.announced) if total is not None]
            self.counts = replace(
                counts,
                seen=counts.seen + len(fresh),
                new=counts.new + kept.new,
                changed=counts.changed + kept.changed,
                deleted=counts.deleted + kept.deleted,
                refused=counts.refused + page.refused,
                backlog=counts.backlog + len(backlog),
                announced=max(totals, default=None),
            )
            self._save_place(page, fresh)
        self.problems.extend((*page.problems, *odd))
        return bool(fresh or page.refused)

    def _note_listed(self, entries: list[Entry]) -> None:
        """Note what a polled document lists, before it is kept. That arXiv tells of a new version or a further category
        of a paper that is known says nothing of the days between."""
        news = {entry.key for entry in entries if entry.announced in (None, "new")}
        self.listed += len(news)
        self.known += len(news) - len(self.fetcher.store.entries.unknown(self.feed.name, news))
        self.dates += [date for e in entries if (date := e.updated or e.published)]

    def _dated(self, entries: tuple[Entry, ...]) -> tuple[list[Entry], list[str]]:
        judged = [verdict.dated(entry, self.started) for entry in entries]
        return [entry for entry, _ in judged], [problem for _, problem in judged if problem]

    def _backlog(self, entries: list[Entry]) -> frozenset[str]:
        """Keys of records that come as old stock: not where somebody asked for their window or first sees the feed."""
        asked_for = self.owed is not None and not self.owed.scheduled
        old = verdict.old_keys(entries, self.started) if self.watched and not asked_for else []
        unknown = self.fetcher.store.entries.unknown(self.feed.name, old)
        return unknown if len(unknown) >= verdict.FLOOD else frozenset()

    def _save_place(self, page: Page, fresh: set[int]) -> None:
        if self.window is None:
            answer = self._answer
            validators = self._proof(page, answer) if answer and not answer.unchanged else Validators()
            if answer and validators != Validators():
                url = urldefrag(self._validator_url(answer)).url
                self.fetcher.store.ledger.save_validators(self.feed.name, url, validators)
        elif self.owed is not None:
            resume = None
            if page.following is not None:
                counts = self.counts
                resume = Resume(page.following, counts.seen, counts.announced, self.fetcher.clock(), counts.refused)
            self.fetcher.store.windows.save_resume(self.owed, resume)
            self.fetcher.store.walked.note(self.owed, fresh)

    def _proof(self, page: Page, answer: Response) -> Validators:
        """What tells the next time that the document was read: of one that was damaged on its way only its own bytes,
        for the server would go on to say that nothing has changed; nothing of one of which nothing could be read."""
        if page.refused and not page.entries:
            return Validators()
        damaged = page.refused and not self.local
        return Validators(body_sha256=answer.validators.body_sha256) if damaged else answer.validators

    def _validator_url(self, answer: Response) -> str:
        """The address that will be asked next time: the feed's own, or for local files the file's."""
        return answer.url if answer.url.startswith("file:") else self.source.first(self.feed, None).url

    def _missing(self, page: Page) -> bool:
        announced = max(self.counts.announced or 0, page.announced or 0)
        return self.counts.seen + self.counts.refused + page.refused < announced

    def _forget(self) -> None:
        """Begin to count again."""
        self.counts = replace(self.counts, seen=0, refused=0, announced=None)
        self._marks.clear()
        self._resumed = None
        if self.owed is not None:
            self.fetcher.store.windows.save_resume(self.owed, None)

    def remarks(self) -> Iterator[str]:
        """What is to be known of a harvest whose pages all came."""
        counts = self.counts
        if counts.refused and not counts.seen:
            yield f"{counts.refused} records came, and none could be read: has their form changed?"
        elif verdict.drifts(counts.refused, counts.seen):
            yield f"{counts.refused} of {counts.refused + counts.seen} records could not be read: has its form changed?"
        if counts.backlog:
            days = verdict.OLD // timedelta(days=1)
            yield f"{counts.backlog} records older than {days} days came at once; kept, and not announced as news"
        if self.renamed:
            yield f"{self.renamed} records came under other ids than before, and say the same; each is kept once"
        yield from self.problems[:MOST_PROBLEMS]
