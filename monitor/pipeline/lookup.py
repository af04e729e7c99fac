"""The second half of step locate: ask routes what feeds do not bring: affiliations, and what became of works.

There is one list of what is due (`due`): for each route, in their order, the works that it is to be asked about now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor import origin, publication, routes
from monitor.config import RouteSettings
from monitor.errors import FetchError, ParseError
from monitor.evidence import Statement
from monitor.http import Client
from monitor.pipeline.locate import Provenance, conclude, weigh
from monitor.publication import Publication
from monitor.sandbox import Sandbox
from monitor.store import Store
from monitor.store.evidence import ANSWERS, Lookup, LookupState
from monitor.types import Item, Request

DAY = timedelta(days=1)
FIRST_BACKOFF = timedelta(hours=1)
"""Wait after a question that got no answer; it doubles with each, up to a day."""
MOST_FAILURES = 8
"""Questions without an answer after which a route is asked no more about a work."""
PART = 500
"""Works that are looked at together for what a route can know of them."""
MOST_IN_A_ROW = 3
"""Questions without an answer after which a route is left alone for the rest of the run."""
DECLINED = frozenset({400, 414, 422})
"""What servers answer to a question that they do not take; one name may be why they do not take a list."""
REST: dict[LookupState, timedelta] = {"throttled": timedelta(hours=1), "blocked": timedelta(hours=6)}
"""How long a route is left alone that said so, unless it said how long."""


@dataclass(frozen=True, slots=True)
class Seeker:
    """What looking up needs of the world."""

    store: Store
    client: Client
    resolver: origin.Resolver
    clock: Callable[[], datetime]
    stop: Callable[[], bool] = lambda: False
    sandbox: Callable[[], Sandbox] = Sandbox
    """Where documents are parsed."""


@dataclass(slots=True)
class RouteReport:
    """What one route was asked in one run, and what came of it."""

    route: str
    asked: int = 0
    """Works that it was asked about."""
    answered: int = 0
    """Works that something was told of; a source that tells nothing, or does not have the work, is not counted."""
    statements: int = 0
    error: str | None = None
    """Why it was left alone, or the last thing that went wrong."""
    resting: bool = False
    """It is left alone for the rest of the run."""
    failing: bool = False
    """It is left alone because it fails, and not because its budget is spent."""
    in_a_row: int = field(default=0, repr=False)


def look_up(
    settings: Sequence[RouteSettings],
    seeker: Seeker,
    *,
    everything: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[RouteReport, ...]:
    """Ask the routes, in the order of `settings` and each within its budget, about the works that are due for them.

    Works that carry a goal, unless `everything` is asked for. What fails with one route never stops the others.
    """
    if not settings:
        return ()
    reports = {s.name: _opened(s, seeker) for s in settings}
    with seeker.sandbox() as sandbox:
        for setting in settings:
            report = reports[setting.name]
            if not report.resting:
                waiting = due(setting, seeker, everything=everything)
                _Round(seeker, sandbox, setting, report).ask(waiting, progress)
    return tuple(reports.values())


def due(setting: RouteSettings, seeker: Seeker, *, everything: bool) -> list[int]:
    """The works that a route is to be asked about now, the newest first.

    Routes that tell what became of a work are asked about every work on their days; those that tell affiliations alone
    are not, once all authors of a work are known by strong evidence.
    """
    route, now = routes.load(setting.name), seeker.clock()
    asked = seeker.store.evidence.asked(setting.name)
    wanting = seeker.store.evidence.wanting(everything=everything, known=route.PUBLICATIONS)
    return [item for item, first_seen in wanting if is_due(route.DAYS, first_seen, asked.get(item, ()), now)]


def _opened(setting: RouteSettings, seeker: Seeker) -> RouteReport:
    """A report to begin with; a route that cannot or must not be asked now is at rest from the start."""
    report = RouteReport(setting.name)
    until = seeker.store.evidence.rests_until(setting.name)
    if setting.idle:
        report.error, report.resting = setting.idle, True
    elif until is not None and until > seeker.clock():
        report.error, report.resting, report.failing = f"left alone until {until:%Y-%m-%d %H:%M}Z", True, True
    elif _left(setting, seeker) <= 0:
        report.error, report.resting = _spent(setting), True
    return report


def _left(setting: RouteSettings, seeker: Seeker) -> int:
    return setting.budget - seeker.store.evidence.asked_since(setting.name, seeker.clock() - DAY)


def _spent(setting: RouteSettings) -> str:
    return f"the budget of {setting.budget} requests a day is spent"


def is_due(days: Sequence[int], first_seen: datetime, lookups: Iterable[Lookup], now: datetime) -> bool:
    """Whether a work first seen then is to be asked about now, after what was asked before.

    Each of `days` after first sight calls for one answer; days that were missed are made up for by one question. A
    question that got no answer is asked again, after waits that double, and given up after `MOST_FAILURES`.
    """
    passed = [first_seen + day * DAY for day in days if first_seen + day * DAY <= now]
    if not passed:
        return False
    since = [lookup for lookup in lookups if lookup.asked_at >= max(passed)]
    if any(lookup.state in ANSWERS for lookup in since):
        return False
    if not since:
        return True
    wait = min(FIRST_BACKOFF * 2 ** (len(since) - 1), DAY)
    return len(since) < MOST_FAILURES and now >= since[-1].asked_at + wait


@dataclass(frozen=True, slots=True)
class _Work:
    """One work that is asked about."""

    item: Item
    question: routes.Question


class _Round:
    """One route being asked about works, as many at a time as it takes."""

    def __init__(self, seeker: Seeker, sandbox: Sandbox, setting: RouteSettings, report: RouteReport) -> None:
        self.seeker = seeker
        self.sandbox = sandbox
        self.setting = setting
        self.report = report
        self.route = routes.load(setting.name)
        self.declined = False
        """The last question was not taken."""

    def ask(self, waiting: Sequence[int], progress: Callable[[int, int], None]) -> None:
        """Ask about all that wait, until the route is put to rest or the run is to stop."""
        done, batch = 0, list[_Work]()
        for start in range(0, len(waiting), PART):
            for work in self._works(waiting[start : start + PART]):
                batch.append(work)
                if len(batch) == self.route.BATCH:
                    done += len(batch)
                    if not self._ask(batch):
                        return
                    progress(done, len(waiting))
                    batch = []
        if batch and self._ask(batch):
            progress(len(waiting), len(waiting))

    def _works(self, item_ids: Sequence[int]) -> Iterator[_Work]:
        """Those works that this route can know."""
        for item in self.seeker.store.items.get(item_ids):
            question = routes.Question(item.title, tuple(a.name for a in item.authors), item.identifiers)
            if self.route.name(question) is not None:
                yield _Work(item, question)

    def _ask(self, batch: Sequence[_Work]) -> bool:
        """Ask about some works, then about those alone that only so are found; whether to go on.

        A list that is not taken is halved, so that the work for which it is not ends up alone, and the others answered.
        """
        lookups = self._ask_once(batch)
        if self.declined and len(batch) > 1:
            half = len(batch) // 2
            return not self._over() and self._ask(batch[:half]) and self._ask(batch[half:])
        if lookups and self.route.ALONE and len(batch) > 1:
            for work, lookup in zip(batch, lookups, strict=True):
                if lookup.state == "absent" and not self._over():
                    self._ask_once([work])
        return not self._over()

    def _over(self) -> bool:
        return self.report.resting or self.seeker.stop()

    def _ask_once(self, batch: Sequence[_Work]) -> list[Lookup]:
        """One request, and what came of it for each work; nothing when the run was told to stop."""
        self.declined = False
        if self.seeker.stop():
            return []
        request = self.route.ask([work.question for work in batch], self.setting.url, self.setting.key)
        plain = Lookup(self.setting.name, source(request), self.seeker.clock(), "answered")
        answers: Sequence[routes.Answer | None] = [routes.Answer()] * len(batch)
        try:
            response = self.seeker.client.get(request, pace=self.setting.pace, allow_private=self.setting.allow_private)
            answers = self.sandbox.run(routes.parse, self.setting.name, [work.question for work in batch], response)
            lookups = [_outcome(plain, answer) for answer in answers]
        except FetchError as failure:
            if self.seeker.stop():
                return []
            self.declined = failure.status in DECLINED
            lookups = [_failed(plain, failure, several=len(batch) > 1)] * len(batch)
        except ParseError as failure:
            lookups = [replace(plain, state="refused", error=str(failure))] * len(batch)
        lookups = [replace(lookup, position=n) for n, lookup in enumerate(lookups)]
        self._keep(batch, answers, lookups)
        self._tell(lookups)
        return lookups

    def _keep(self, batch: Sequence[_Work], answers: Sequence[routes.Answer | None], lookups: Sequence[Lookup]) -> None:
        """Write down what came of a request, in one transaction, so that its cost is never forgotten in part."""
        store = self.seeker.store
        with store.transaction():
            for work, answer, lookup in zip(batch, answers, lookups, strict=True):
                store.evidence.save_lookup(work.item.id, lookup)
                if lookup.state == "answered" and answer:
                    self._keep_statements(work, answer.statements, lookup)
                    if answer.publication not in (None, Publication()):
                        self._keep_publication(work, answer.publication, lookup)

    def _keep_statements(self, work: _Work, statements: Sequence[Statement], lookup: Lookup) -> None:
        store, authors = self.seeker.store, work.item.authors
        where = Provenance(lookup.route, lookup.source, lookup.asked_at)
        evidence = [
            e for s in statements for e in weigh(s, where, authors, self.seeker.resolver, store.evidence.country_of)
        ]
        if evidence:
            store.evidence.add(work.item.id, evidence)
            conclude(store, work.item.id, len(authors), self.seeker.resolver.version)
            store.evidence.revisit(e.statement.ror for e in evidence if e.statement.kind == "index")

    def _keep_publication(self, work: _Work, said: Publication, lookup: Lookup) -> None:
        """The answer itself; and a record of the published version, from which linking learns its DOI and venue."""
        store = self.seeker.store
        store.publications.add(work.item.id, lookup.route, lookup.asked_at, said)
        if entry := publication.record(said, work.item, lookup.route):
            store.entries.keep(store.publications.stand_in(lookup.route, lookup.asked_at), [entry], lookup.asked_at)

    def _tell(self, lookups: Sequence[Lookup]) -> None:
        """Count, and put the route to rest when it fails or its budget is spent."""
        report, first = self.report, lookups[0]
        if not (self.declined and len(lookups) > 1):  # else its halves tell
            spoke = first.state in ANSWERS and not self.declined
            report.asked += len(lookups)
            report.answered += sum(lookup.state == "answered" for lookup in lookups)
            report.statements += sum(lookup.statements for lookup in lookups)
            report.in_a_row = 0 if spoke else report.in_a_row + 1
            report.error = report.error if spoke else first.error
        if first.retry_at is not None or report.in_a_row >= MOST_IN_A_ROW:
            report.resting = report.failing = True
        elif _left(self.setting, self.seeker) <= 0:
            report.resting, report.error = True, _spent(self.setting)


def _outcome(plain: Lookup, answer: routes.Answer | None) -> Lookup:
    """The row of a work about which the source has spoken."""
    if answer is None:
        return replace(plain, state="absent", error="the source does not have the work")
    if answer.refused:
        return replace(plain, state="refused", error=answer.refused)
    told = bool(answer.statements) or answer.publication not in (None, Publication())
    return replace(plain, state="answered" if told else "none", statements=len(answer.statements))


def source(request: Request) -> str:
    """The address of what was asked for, without its query, in which a key may be."""
    return request.url.partition("?")[0]


def _failed(plain: Lookup, failure: FetchError, *, several: bool) -> Lookup:
    """The row of a question that brought no document. That there is none, one too long to be read, or none to such a
    question, is an answer; but of several works it says nothing."""
    if failure.status in (404, 410) and not several:
        return replace(plain, state="absent", error=str(failure))
    if failure.status in DECLINED and not several:
        return replace(plain, state="refused", error=f"it does not take the question about this work: {failure}")
    if failure.status == 200:
        return replace(plain, state="refused", error=str(failure))
    rest = REST.get(failure.state)
    if failure.state == "throttled" and failure.retry_after:
        rest = max(timedelta(minutes=1), timedelta(seconds=failure.retry_after))
    retry_at = plain.asked_at + rest if rest else None
    return replace(plain, state=failure.state, retry_at=retry_at, error=str(failure))
