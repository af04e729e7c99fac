"""The first page: this week at a glance, and whether all is well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from monitor.digest.weeks import week_of, window_of
from monitor.store import Store
from monitor.store.exploration import Choice, PlaceCount
from monitor.types import Window
from monitor.web import svg
from monitor.web.asked import Answer, Asked
from monitor.web.asking import WEEKS, weeks
from monitor.web.site import Site

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


async def home(site: Site, asked: Asked) -> Answer:
    """`/`."""
    return Answer("home.html", await site.read(lambda store: _values(store, site, asked)))


def _values(store: Store, site: Site, asked: Asked) -> dict[str, object]:
    this = week_of(asked.now)
    since = window_of(this).since
    back = Window(since - timedelta(weeks=WEEKS - 1), window_of(this).until)
    totals = store.exploration.totals(Choice(back))
    week = Choice(Window(since, window_of(this).until))
    places = store.exploration.places(week)
    groups = store.exploration.groups(week)
    feeds = store.ledger.health()
    ill = [feed for feed in feeds if feed["status"] not in WELL or feed["stopped"]]
    return {
        "week": this,
        "names": site.names,
        "window": week.window,
        "works": sum(groups.values()),
        "partner": groups.get("partner", 0),
        "unknown": groups.get("unknown", 0),
        "seen": store.findings.seen(week.window),
        "goals": _goals(site.names, weeks(week_of(back.since), this), totals, places),
        "best": store.exploration.best(week, NEWEST),
        "digests": store.digests.filed("all")[:3],
        "feeds": len(feeds),
        "ill": ill[:FAULTS],
        "ill_count": len(ill),
        "alarms": site.alarms(store),
        "glance": store.sightings.glance(),
    }


def _goals(
    names: Mapping[str, str],
    span: Sequence[str],
    totals: Mapping[str, Mapping[str, int]],
    places: Sequence[PlaceCount],
) -> list[GoalLine]:
    from monitor.digest.words import country

    found = []
    for slug, name in names.items():
        numbers = [totals.get(slug, {}).get(week, 0) for week in span]
        here = Counter({p.country: p.works for p in places if p.goal == slug})
        unknown = here.pop("unknown", 0)
        told = ", ".join(f"{country(code)} {works:,}" for code, works in here.most_common(4))
        told += f"{', ' if told else ''}unknown {unknown:,}" if unknown else ""
        trend = svg.line(span, numbers, f"{name}: works a week")
        found.append(GoalLine(slug, name, numbers[-1], numbers[-2] if len(numbers) > 1 else 0, told, trend))
    return found
