"""The first page: this week at a glance, and whether all is well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from monitor.digest.weeks import week_of, window_of
from monitor.digest.words import country
from monitor.store import Store
from monitor.types import Window
from monitor.web import svg
from monitor.web.asked import Answer, Asked
from monitor.web.asking import WEEKS, weeks
from monitor.web.site import Site
from monitor.web.survey import Choice, Survey

WELL = frozenset({"ok", "unchanged", "empty"})
"""States of feeds that are as they should be."""

NEWEST, FAULTS = 8, 12


@dataclass(frozen=True, slots=True)
class GoalLine:
    """A goal this week."""

    slug: str
    name: str
    works: int
    before: int
    """Works of the week before."""
    places: str
    """The countries with most works."""
    trend: Markup


@dataclass(frozen=True, slots=True)
class ShownWork:
    """A work in a list."""

    uid: str
    title: str
    first_seen: str
    goal: str
    """The likeliest of its goals."""
    probability: float
    places: tuple[str, ...]


async def home(site: Site, asked: Asked) -> Answer:
    """`/`."""
    this = week_of(asked.now)
    first = week_of(window_of(this).since - timedelta(weeks=WEEKS - 1))
    survey = await site.survey(first, this)
    week = Choice(this, this)
    groups = survey.once(("groups", week), lambda: survey.groups(week))
    goals = survey.once(("home", week), lambda: _goals(site.names, weeks(first, this), survey, week))
    known = await site.read(lambda store: _values(store, site, survey, week))
    values = {
        "week": this,
        "names": site.names,
        "works": groups.total(),
        "partner": groups["partner"],
        "unknown": groups["unknown"],
        "goals": goals,
    }
    return Answer("home.html", {**values, **known})


def _values(store: Store, site: Site, survey: Survey, week: Choice) -> dict[str, object]:
    feeds = store.ledger.health()
    ill = [feed for feed in feeds if feed["status"] not in WELL or feed["stopped"]]
    window = Window(window_of(week.first).since, window_of(week.last).until)
    return {
        "seen": store.findings.seen(window),
        "best": _best(store, survey, week),
        "digests": store.digests.filed("all")[:3],
        "feeds": len(feeds),
        "ill": ill[:FAULTS],
        "ill_count": len(ill),
        "alarms": site.alarms(store),
        "glance": store.sightings.glance(),
    }


def _best(store: Store, survey: Survey, week: Choice) -> list[ShownWork]:
    best = survey.best(week, NEWEST)
    titles = store.exploration.titles([work.item_id for work, _ in best])
    return [
        ShownWork(work.uid, *titles[work.item_id], work.goal, work.probability, places)
        for work, places in best
        if work.item_id in titles
    ]


def _goals(names: Mapping[str, str], span: Sequence[str], survey: Survey, week: Choice) -> list[GoalLine]:
    totals, here = survey.totals(Choice()), survey.places(week)
    found = []
    for slug, name in names.items():
        numbers = [totals[slug][one] if slug in totals else 0 for one in span]
        told = _told(Counter({code: works for (_, goal, code, _), works in here.items() if goal == slug}))
        trend = svg.line(span, numbers, f"{name}: works a week")
        found.append(GoalLine(slug, name, numbers[-1], numbers[-2], told, trend))
    return found


def _told(counts: Counter[str]) -> str:
    """The countries with most works, and for how many none is known."""
    unknown = counts.pop("unknown", 0)
    ranked = sorted(counts, key=lambda code: (-counts[code], country(code)))[:4]
    return ", ".join(
        [f"{country(code)} {counts[code]:,}" for code in ranked] + [f"unknown {unknown:,}"] * (unknown > 0)
    )
