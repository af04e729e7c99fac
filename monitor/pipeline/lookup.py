"""The second half of step locate: ask routes what feeds do not bring: affiliations, and what became of works.

There is one list of what is due (`due`): for each route, in their order, the works that it is to be asked about now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain

from monitor import origin, publication, routes
from monitor.config import RouteSettings
from monitor.errors import FetchError, ParseError
from monitor.evidence import Statement
from monitor.http import Client
from monitor.pipeline import questions
from monitor.pipeline.locate import Provenance, conclude, weigh
from monitor.publication import Publication
from monitor.sandbox import Sandbox
from monitor.store import Store
from monitor.store.evidence import ANSWERS, Lookup
from monitor.types import Item

PART = 500
"""Works that are looked at together for what a route can know of them."""
MOST_IN_A_ROW = 3
"""Questions without an answer after which a route is left alone for the rest of the run."""


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


@dataclass(frozen=True, slots=True)
class Due:
    """Works that a route is to be asked about, by id."""

    alone: list[int]
    """Those that a list did not have in an earlier run, which ended before they were asked about by themselves."""
    listed: list[int]


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


def due(setting: RouteSettings, seeker: Seeker, *, everything: bool) -> Due:
    """The works that a route is to be asked about now, the newest first.

    Routes that tell what became of a work are asked about every work on their days; those that tell affiliations alone
    are not, once all authors of a work are known by strong evidence.
    """
    route, now = routes.load(setting.name), seeker.clock()
    asked = seeker.store.evidence.asked(setting.name)
    wanting = seeker.store.evidence.wanting(everything=everything, known=route.PUBLICATIONS)
    found = Due([], [])
    for item, first_seen in wanting:
        when = route.DAYS, first_seen, asked.get(item, ()), now
        if questions.is_due(*when, alone=route.ALONE):
            (found.alone if route.ALONE and questions.was_unlisted(*when) else found.listed).append(item)
    return found


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
    return setting.budget - seeker.store.evidence.asked_since(setting.name, seeker.clock() - questions.DAY)


def _spent(setting: RouteSettings) -> str:
    return f"the budget of {setting.budget} requests a day is spent"


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

    def ask(self, waiting: Due, progress: Callable[[int, int], None]) -> None:
        """Ask about all that wait, until the route is put to rest or the run is to stop."""
        done, total = 0, len(waiting.alone) + len(waiting.listed)
        batches = chain(self._batches(waiting.alone, 1), self._batches(waiting.listed, self.route.BATCH))
        for works in batches:
            done += len(works)
            if not self._ask(works):
                return
            progress(done, total)
        progress(total, total)

    def _batches(self, item_ids: Sequence[int], size: int) -> Iterator[list[_Work]]:
        batch = list[_Work]()
        for work in self._works(item_ids):
            batch.append(work)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch

    def _works(self, item_ids: Sequence[int]) -> Iterator[_Work]:
        """Those works that this route can know."""
        for start in range(0, len(item_ids), PART):
            for item in self.seeker.store.items.get(item_ids[start : start + PART]):
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
        where = questions.source(request)
        plain = Lookup(self.setting.name, where, self.seeker.clock(), "answered", works=len(batch))
        answers: Sequence[routes.Answer | None] = [routes.Answer()] * len(batch)
        try:
            response = self.seeker.client.get(request, pace=self.setting.pace, allow_private=self.setting.allow_private)
            answers = self.sandbox.run(routes.parse, self.setting.name, [work.question for work in batch], response)
            lookups = [questions.outcome(plain, answer) for answer in answers]
        except FetchError as failure:
            if self.seeker.stop():
                return []
            self.declined = failure.status in questions.DECLINED
            lookups = [questions.failed(plain, failure)] * len(batch)
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
