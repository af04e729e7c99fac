"""Goal × country × time, institutions, and who works with whom; the same numbers as a table and as CSV."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from monitor.digest.words import country, plain
from monitor.store import Store
from monitor.store.exploration import Choice, InstitutionCount, PairCount, PlaceCount
from monitor.web import svg
from monitor.web.asked import Answer, Asked, PageError
from monitor.web.asking import address, choice, weeks
from monitor.web.site import Site

MOST_COUNTRIES, MOST_ROWS, MOST_CSV, BEST = 15, 15, 10_000, 12
PARTS = ("places", "institutions", "collaborations")

GROUP_NAMES = {
    "home": "Home",
    "partner": "Partner nations",
    "ec": "EU bodies",
    "other": "Other countries",
    "unknown": "Unknown",
}


@dataclass(frozen=True, slots=True)
class Counts:
    """What the page shows."""

    works: int
    places: Sequence[PlaceCount]
    totals: dict[str, dict[str, int]]
    institutions: Sequence[InstitutionCount]
    pairs: Sequence[PairCount]


async def explore(site: Site, asked: Asked) -> Answer:
    """`/explore`."""
    chosen, first, last = choice(asked.query, site.names, asked.now)
    counts = await site.read(lambda store: _counts(store, chosen))
    goals = {chosen.goal: site.names[chosen.goal]} if chosen.goal else dict(site.names)
    span = weeks(first, last)
    by_country: Counter[str] = Counter()
    known = [place for place in counts.places if place.goal in goals]  # a former taxonomy may have had others
    for place in known:
        by_country[place.country] += place.works
    nowhere = ["unknown"] if by_country["unknown"] else []
    shown = [code for code, _ in by_country.most_common() if code != "unknown"][:MOST_COUNTRIES] + nowhere
    cells: Counter[tuple[str, str]] = Counter()
    for place in known:
        cells[country(place.country), goals[place.goal]] += place.works
    values = {
        "choice": chosen,
        "first": first,
        "last": last,
        "goals": site.names,
        "shown_goals": goals,
        "groups": GROUP_NAMES,
        "countries": sorted({p.country for p in counts.places} | {chosen.country} - {""}, key=country),
        "works": counts.works,
        "heat": svg.heat([country(code) for code in shown], list(goals.values()), cells, "Works by country and goal"),
        "cells": cells,
        "shown": shown,
        "rest": len(by_country) - len(shown),
        "trends": _trends(goals, span, counts),
        "span": span,
        "totals": counts.totals,
        "institutions": counts.institutions,
        "institution_bars": svg.bars(
            [(plain(i.name, 60), i.works) for i in counts.institutions], "Works by institution"
        ),
        "pairs": counts.pairs,
        "csv": {part: address(f"/explore/{part}.csv", **_asked(chosen, first, last)) for part in PARTS},
        "feed": _feed(chosen),
    }
    return Answer("explore.html", values)


async def table(site: Site, asked: Asked) -> Answer:
    """`/explore/PART.csv`: one of the tables of the page, whole."""
    chosen, first, last = choice(asked.query, site.names, asked.now)
    part = asked.parts["part"]
    if part not in PARTS:
        raise PageError(404, "There is no such table.")
    rows = await site.read(lambda store: list(_rows(store, chosen, part)))
    return Answer(body=_csv(rows), kind="text/csv; charset=utf-8", download=f"{part}-{first}-{last}.csv")


def _counts(store: Store, chosen: Choice) -> Counts:
    ask = store.exploration
    return Counts(
        ask.works(chosen),
        ask.places(chosen),
        ask.totals(chosen),
        ask.institutions(chosen, MOST_ROWS),
        ask.pairs(chosen, MOST_ROWS),
    )


def _trends(goals: dict[str, str], span: Sequence[str], counts: Counts) -> list[tuple[str, Markup]]:
    return [
        (name, svg.line(span, [counts.totals.get(slug, {}).get(week, 0) for week in span], f"{name}: works a week"))
        for slug, name in goals.items()
    ]


def _asked(chosen: Choice, first: str, last: str) -> dict[str, str]:
    return {"goal": chosen.goal, "country": chosen.country, "group": chosen.group, "since": first, "until": last}


def _feed(chosen: Choice) -> str:
    """The Atom feed of what was chosen, where there is one."""
    if chosen.country:
        return f"/digests/countries/{chosen.country}.atom"
    return f"/digests/goals/{chosen.goal}.atom" if chosen.goal else "/digests/digests.atom"


def _rows(store: Store, chosen: Choice, part: str) -> Iterator[Sequence[object]]:
    ask = store.exploration
    if part == "places":
        yield "iso_week", "goal", "country", "partner_group", "works"
        for p in ask.places(chosen):
            yield p.week, p.goal, p.country, p.group, p.works
    elif part == "institutions":
        yield "institution", "name", "country", "works", "authors"
        for i in ask.institutions(chosen, MOST_CSV):
            yield i.ror, i.name, i.country, i.works, round(i.authors, 4)
    else:
        yield "country_a", "country_b", "works"
        for pair in ask.pairs(chosen, MOST_CSV):
            yield pair.one, pair.other, pair.works


def _csv(rows: Iterable[Sequence[object]]) -> bytes:
    """CSV as RFC 4180 has it; a text that a spreadsheet would take for a formula gets an apostrophe in front."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([_harmless(value) if isinstance(value, str) else value for value in row])
    return text.getvalue().encode()


def _harmless(text: str) -> str:
    """https://owasp.org/www-community/attacks/CSV_Injection"""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
