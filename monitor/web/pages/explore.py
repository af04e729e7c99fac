"""Goal × country × time, institutions, and who works with whom; the same numbers as a table and as CSV."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from monitor.digest.words import country, plain
from monitor.web import svg
from monitor.web.asked import Answer, Asked, PageError
from monitor.web.asking import address, choice, weeks
from monitor.web.site import Site
from monitor.web.survey import Choice, InstitutionCount, Survey

MOST_COUNTRIES, MOST_ROWS, MOST_CSV = 15, 15, 10_000
PARTS = ("places", "institutions", "collaborations")

GROUP_NAMES = {
    "home": "Home",
    "partner": "Partner nations",
    "ec": "EU bodies",
    "other": "Other countries",
    "unknown": "Unknown",
}


@dataclass(frozen=True, slots=True)
class ShownInstitution:
    """An institution with its name."""

    name: str
    count: InstitutionCount


async def explore(site: Site, asked: Asked) -> Answer:
    """`/explore`."""
    chosen = choice(asked.query, site.names, asked.now)
    survey = await site.survey(chosen.first, chosen.last)
    institutions = await _named(site, survey.once(("leading", chosen), lambda: survey.institutions(chosen, MOST_ROWS)))
    values = survey.once(("explore", chosen), lambda: _values(site, survey, chosen, institutions))
    return Answer("explore.html", values)


def _values(site: Site, survey: Survey, chosen: Choice, institutions: Sequence[ShownInstitution]) -> dict[str, object]:
    goals = {chosen.goal: site.names[chosen.goal]} if chosen.goal else dict(site.names)
    span = weeks(chosen.first, chosen.last)
    totals = survey.totals(chosen)
    return {
        "choice": chosen,
        "first": chosen.first,
        "last": chosen.last,
        "goals": site.names,
        "shown_goals": goals,
        "groups": GROUP_NAMES,
        "works": survey.works(chosen),
        **_heat(survey, chosen, goals),
        "trends": [(name, _trend(totals.get(slug, Counter()), span, name)) for slug, name in goals.items()],
        "span": span,
        "totals": totals,
        "institutions": institutions,
        "institution_bars": svg.bars(
            [(plain(i.name, 60), i.count.works) for i in institutions], "Works by institution"
        ),
        "pairs": survey.pairs(chosen, MOST_ROWS),
        "csv": {part: address(f"/explore/{part}.csv", **_asked(chosen)) for part in PARTS},
        "feed": _feed(chosen),
    }


async def table(site: Site, asked: Asked) -> Answer:
    """`/explore/PART.csv`: one of the tables of the page, whole."""
    chosen = choice(asked.query, site.names, asked.now)
    part = asked.parts["part"]
    if part not in PARTS:
        raise PageError(404, "There is no such table.")
    survey = await site.survey(chosen.first, chosen.last)
    named = await _named(site, survey.institutions(chosen, MOST_CSV)) if part == "institutions" else []
    body = _csv(_rows(survey, chosen, part, named))
    return Answer(body=body, kind="text/csv; charset=utf-8", download=f"{part}-{chosen.first}-{chosen.last}.csv")


def _heat(survey: Survey, chosen: Choice, goals: Mapping[str, str]) -> dict[str, object]:
    """Goal × country as a chart, and its numbers; unknown stands last."""
    cells: Counter[tuple[str, str]] = Counter()
    by_country: Counter[str] = Counter()
    for (_, goal, code, _), works in survey.places(chosen).items():
        if goal in goals:  # a former taxonomy may have had others
            cells[country(code), goals[goal]] += works
            by_country[code] += works
    ranked = sorted(by_country, key=lambda code: (-by_country[code], country(code)))
    shown = [code for code in ranked if code != "unknown"][:MOST_COUNTRIES] + ["unknown"] * ("unknown" in by_country)
    chart = svg.heat([country(code) for code in shown], list(goals.values()), cells, "Works by country and goal")
    codes = sorted(by_country.keys() | {chosen.country} - {""}, key=country)
    return {"heat": chart, "cells": cells, "shown": shown, "rest": len(by_country) - len(shown), "countries": codes}


def _trend(totals: Mapping[str, int], span: Sequence[str], name: str) -> Markup:
    return svg.line(span, [totals.get(week, 0) for week in span], f"{name}: works a week")


async def _named(site: Site, counts: Sequence[InstitutionCount]) -> list[ShownInstitution]:
    rors = [one.ror for one in counts]
    names = await site.read(lambda store: store.exploration.institutions(rors))
    return [ShownInstitution(names.get(one.ror, one.ror), one) for one in counts]


def _asked(chosen: Choice) -> dict[str, str]:
    asked = {"goal": chosen.goal, "country": chosen.country, "group": chosen.group}
    return {**asked, "since": chosen.first, "until": chosen.last}


def _feed(chosen: Choice) -> str:
    """The Atom feed of what was chosen, where there is one."""
    if chosen.country:
        return f"/digests/countries/{chosen.country}.atom"
    return f"/digests/goals/{chosen.goal}.atom" if chosen.goal else "/digests/digests.atom"


def _rows(survey: Survey, chosen: Choice, part: str, named: Sequence[ShownInstitution]) -> Iterator[Sequence[object]]:
    if part == "places":
        yield "iso_week", "goal", "country", "partner_group", "works"
        for place, works in sorted(survey.places(chosen).items()):
            yield *place, works
    elif part == "institutions":
        yield "institution", "name", "country", "works", "authors"
        for one in named:
            yield one.count.ror, one.name, one.count.country, one.count.works, round(one.count.authors, 4)
    else:
        yield "country_a", "country_b", "works"
        yield from survey.pairs(chosen, MOST_CSV)


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
