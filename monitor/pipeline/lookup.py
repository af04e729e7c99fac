"""The second half of step locate: ask routes for the affiliations of works whose feeds brought too few."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor import origin, routes
from monitor.config import RouteSettings
from monitor.errors import FetchError, ParseError
from monitor.evidence import Statement
from monitor.http import Client
from monitor.pipeline.locate import Provenance, conclude, weigh
from monitor.sandbox import Sandbox
from monitor.store import Store
from monitor.store.evidence import ANSWERS, Lookup, LookupState
from monitor.types import Request, Response

DAY = timedelta(days=1)
FIRST_BACKOFF = timedelta(hours=1)
"""Wait after a question that got no answer; it doubles with each, up to a day."""
MOST_FAILURES = 8
"""Questions without an answer after which a route is asked no more about a work."""
MOST_IN_A_ROW = 3
"""Questions without an answer after which a route is left alone for the rest of the run."""
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
    answered: int = 0
    """Questions that brought affiliations; a source that has none, or does not have the work, is not counted."""
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
    """Ask about every work that has no strong evidence for all of its authors, newest first, route by route.

    Works that carry a goal, unless `everything` is asked for. Routes are asked in the order of `settings`, each within
    its budget, and none once the authors of a work are all known. What fails with one route never stops the others.
    """
    if not settings:
        return ()
    reports = {s.name: _opened(s, seeker) for s in settings}
    waiting = seeker.store.evidence.wanting(everything=everything)
    with seeker.sandbox() as sandbox:
        for done, (item_id, first_seen) in enumerate(waiting):
            if seeker.stop() or all(r.resting for r in reports.values()):
                break
            _Work(seeker, sandbox, item_id, first_seen).ask(settings, reports)
            progress(done + 1, len(waiting))
    return tuple(reports.values())


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


class _Work:
    """One work that is asked about."""

    def __init__(self, seeker: Seeker, sandbox: Sandbox, item_id: int, first_seen: datetime) -> None:
        self.seeker = seeker
        self.sandbox = sandbox
        self.item_id = item_id
        self.first_seen = first_seen
        [item] = seeker.store.items.get([item_id])
        self.authors = item.authors
        self.question = routes.Question(item.title, tuple(a.name for a in item.authors), item.identifiers)

    def ask(self, settings: Sequence[RouteSettings], reports: dict[str, RouteReport]) -> None:
        """Ask the routes that are due, until every author is known by strong evidence."""
        for setting in settings:
            report = reports[setting.name]
            request = None if report.resting or self.seeker.stop() else self._request(setting)
            if request is None:
                continue
            statements, lookup = self._answer(setting, request)
            if lookup is None:
                return
            if self._keep(statements, lookup):
                self._tell(setting, report, lookup)
                return
            self._tell(setting, report, lookup)

    def _request(self, setting: RouteSettings) -> Request | None:
        route = routes.load(setting.name)
        request = route.ask(self.question, setting.url, setting.key)
        if request is None:
            return None
        asked = self.seeker.store.evidence.lookups(self.item_id, setting.name)
        return request if is_due(route.DAYS, self.first_seen, asked, self.seeker.clock()) else None

    def _answer(self, setting: RouteSettings, request: Request) -> tuple[tuple[Statement, ...], Lookup | None]:
        """The statements of one answer, and the row for the ledger; no row when the run was told to stop."""
        now = self.seeker.clock()
        plain = Lookup(setting.name, source(request), now, "answered")
        try:
            response = self.seeker.client.get(request, pace=setting.pace, allow_private=setting.allow_private)
            statements = self._parse(setting, response)
        except FetchError as failure:
            return (), None if self.seeker.stop() else _failed(plain, failure)
        except ParseError as failure:
            return (), replace(plain, state="refused", error=str(failure))
        return statements, replace(plain, state="answered" if statements else "none", statements=len(statements))

    def _parse(self, setting: RouteSettings, response: Response) -> tuple[Statement, ...]:
        return self.sandbox.run(routes.parse, setting.name, self.question, response)

    def _keep(self, statements: Sequence[Statement], lookup: Lookup) -> bool:
        """Write down an answer in one transaction; whether all authors are known by strong evidence now."""
        store = self.seeker.store
        where = Provenance(lookup.route, lookup.source, lookup.asked_at)
        evidence = [
            e
            for s in statements
            for e in weigh(s, where, self.authors, self.seeker.resolver, store.evidence.country_of)
        ]
        with store.transaction():
            store.evidence.save_lookup(self.item_id, lookup)
            if evidence:
                store.evidence.add(self.item_id, evidence)
                strong = conclude(store, self.item_id, len(self.authors), self.seeker.resolver.version).strong
                store.evidence.revisit(e.statement.ror for e in evidence if e.statement.kind == "index")
                return strong
        return False

    def _tell(self, setting: RouteSettings, report: RouteReport, lookup: Lookup) -> None:
        """Count, and put the route to rest when it fails or its budget is spent."""
        spoke = lookup.state in ANSWERS
        report.asked += 1
        report.answered += lookup.state == "answered"
        report.statements += lookup.statements
        report.in_a_row = 0 if spoke else report.in_a_row + 1
        report.error = report.error if spoke else lookup.error
        if lookup.retry_at is not None or report.in_a_row >= MOST_IN_A_ROW:
            report.resting = report.failing = True
        elif _left(setting, self.seeker) <= 0:
            report.resting, report.error = True, _spent(setting)


def source(request: Request) -> str:
    """The address of what was asked for, without its query, in which a key may be."""
    return request.url.partition("?")[0]


def _failed(plain: Lookup, failure: FetchError) -> Lookup:
    """The row of a question that brought no document. That there is none, or one too long to be read, is an answer."""
    if failure.status in (404, 410):
        return replace(plain, state="absent", error=str(failure))
    if failure.status == 200:
        return replace(plain, state="refused", error=str(failure))
    rest = REST.get(failure.state)
    if failure.state == "throttled" and failure.retry_after:
        rest = max(timedelta(minutes=1), timedelta(seconds=failure.retry_after))
    retry_at = plain.asked_at + rest if rest else None
    return replace(plain, state=failure.state, retry_at=retry_at, error=str(failure))
