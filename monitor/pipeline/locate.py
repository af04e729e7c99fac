"""Step locate: from everything that is said of a work's authors to countries, each with the words that decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor import bylines, frontmatter, origin
from monitor.evidence import SCORES, Evidence, Statement, Verdict, decide
from monitor.store import Store
from monitor.types import Author

BATCH = 500
FEED = "feed"
"""The route of what feeds bring themselves."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where and when a statement was obtained."""

    route: str
    source: str
    fetched_at: datetime


def locate(
    store: Store,
    resolver: origin.Resolver,
    clock: Callable[[], datetime],
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Locate every item whose byline this version of the resolver has not looked at; how many that were."""
    done = 0
    while not stop():
        waiting = store.findings.unlocated(resolver.version, BATCH)
        if not waiting:
            break
        bylines_of = [(i, store.items.authors(i)) for i in waiting]
        found = [(i, authors, weigh_all(store, i, authors, resolver)) for i, authors in bylines_of]
        with store.transaction():
            for item_id, authors, evidence in found:
                store.evidence.settle(item_id, evidence, clock())
                conclude(store, item_id, len(authors), resolver.version)
        done += len(waiting)
    return done


def conclude(store: Store, item_id: int, authors: int, version: str) -> Verdict:
    """Decide about an item of so many authors by its current evidence, or by what people said of it, and write that
    down; `version` is that of the rules which read it."""
    verdict = decide(store.evidence.current(item_id), authors, store.decisions.countries(item_id))
    store.findings.locate(item_id, verdict.origins, version)
    store.evidence.conclude(item_id, verdict)
    return verdict


def weigh_all(store: Store, item_id: int, authors: Sequence[Author], resolver: origin.Resolver) -> list[Evidence]:
    """All evidence about an item, read anew: what its feeds bring, then what other routes brought before.

    Authors of the latter are found again by name, because the byline may have changed; where one has gone, so has what
    was said of that author.
    """
    current = store.evidence.current(item_id)
    fed = Provenance(FEED, *store.evidence.fed(item_id))
    # What is only read anew was obtained when it first came, or what routes said meanwhile would go before it.
    since = {_said(e): e.fetched_at for e in reversed(current) if e.route == FEED}
    told = (e for s in from_byline(authors) for e in weigh(s, fed, authors, resolver, store.evidence.country_of))
    found = [replace(e, fetched_at=since.get(_said(e), e.fetched_at)) for e in told]
    brought = [e for e in current if e.route != FEED]
    for statement, where in _moved(brought, authors):
        found += weigh(statement, where, authors, resolver, store.evidence.country_of)
    return list(dict.fromkeys(found))


def _said(e: Evidence) -> tuple[str, str, str]:
    return e.statement.kind, e.statement.raw, e.name


def from_byline(authors: Sequence[Author]) -> Iterator[Statement]:
    """What the byline of a record says. E-mail addresses in an affiliation become the hosts of them."""
    for n, author in enumerate(authors):
        hosts = [author.domain] if author.domain else []
        for affiliation in author.affiliations:
            words, found = frontmatter.without_addresses(affiliation.text)
            hosts += found
            if words:
                yield Statement("affiliation", words, n, affiliation.ror)
            elif affiliation.ror:
                yield Statement("ror", affiliation.ror, n, affiliation.ror)
        yield from (Statement("domain", host, n) for host in dict.fromkeys(hosts))


def weigh(
    statement: Statement,
    where: Provenance,
    authors: Sequence[Author],
    resolver: origin.Resolver,
    country_of: Callable[[str], str | None],
) -> list[Evidence]:
    """The countries that a statement tells, one row each; one row without a country when it tells none.

    `country_of` gives the country of a ROR id that the resolver's registry does not have, as far as it is known.
    """
    plain = Evidence(
        statement,
        where.route,
        where.source,
        where.fetched_at,
        name=authors[statement.author].name if statement.author is not None else "",
        institution=statement.ror,
    )
    rows = list(_rows(plain, resolver, country_of))
    return rows or [plain]


def _rows(plain: Evidence, resolver: origin.Resolver, country_of: Callable[[str], str | None]) -> Iterator[Evidence]:
    statement = plain.statement
    if statement.kind in ("index", "profile"):
        yield _stated(plain, statement.raw, statement.kind, statement.raw)
        return
    if statement.kind in ("affiliation", "domain"):
        yield from _read(plain, resolver)
    if statement.ror and (country := resolver.country_of(statement.ror) or country_of(statement.ror)):
        yield _stated(plain, country, "ror-attached", statement.ror)


def _stated(plain: Evidence, country: str, method: str, words: str) -> Evidence:
    return replace(plain, country=country, method=method, score=SCORES[method], words=words)


def _read(plain: Evidence, resolver: origin.Resolver) -> Iterator[Evidence]:
    raw = plain.statement.raw
    told = resolver.resolve("", domain=raw) if plain.statement.kind == "domain" else resolver.resolve(raw)
    institution = plain.institution or told.institution if len(told.countries) == 1 else None
    for finding in told.findings:
        yield replace(
            plain,
            country=finding.country,
            method=finding.method,
            score=finding.confidence,
            words=finding.evidence,
            span=(finding.start, finding.end) if raw[finding.start : finding.end] == finding.evidence else None,
            institution=institution,
            resolver=resolver.version,
        )


def _moved(brought: Sequence[Evidence], authors: Sequence[Author]) -> Iterable[tuple[Statement, Provenance]]:
    """The statements behind `brought`, once each, their authors as they stand in the byline now."""
    documents: dict[Provenance, list[Evidence]] = {}
    for e in brought:
        documents.setdefault(Provenance(e.route, e.source, e.fetched_at), []).append(e)
    found: dict[tuple[Statement, Provenance], None] = {}
    for where, told in documents.items():
        places = _places(told, authors)
        for e in told:
            place = places.get((e.statement.author, e.name))
            if place is not None or e.statement.author is None:
                found[replace(e.statement, author=place), where] = None
    return found


def _places(told: Sequence[Evidence], authors: Sequence[Author]) -> dict[tuple[int | None, str], int | None]:
    """Position and name of each author in a document → the position now.

    Where each stood tells apart those of one name. What was said of works that have become one spells names in two
    ways, and has two names for one position: these belong to different bylines.
    """
    bylines_then: list[dict[int, str]] = []
    for n, name in dict.fromkeys((e.statement.author, e.name) for e in told):
        if n is not None:
            free = next((then for then in bylines_then if n not in then), None)
            if free is None:
                bylines_then.append(free := {})
            free[n] = name
    now = [a.name for a in authors]
    found: dict[tuple[int | None, str], int | None] = {}
    for then in bylines_then:
        places = bylines.align([then.get(n, "") for n in range(max(then) + 1)], now)
        found.update(((n, name), places[n]) for n, name in then.items())
    return found
