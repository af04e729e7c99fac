"""Search by words and by meaning, with filters; what was found also in the formats of other programs."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor import exports, pipeline
from monitor.countries import is_place
from monitor.search import Found
from monitor.selection import Asked as Question
from monitor.selection import Mode, Selection
from monitor.store import Store
from monitor.types import GROUPS
from monitor.web.asked import Answer, Asked, PageError
from monitor.web.asking import address, number
from monitor.web.pages.explore import GROUP_NAMES
from monitor.web.site import Site

PAGE, LAST = 20, 50
"""Works on a page, and pages."""

LEAST = 0.2
"""Likeness below which a work is not shown for its meaning alone."""

MOST_EXPORTED = 20_000
"""Works in one answer; `monitor export` gives any number."""

KEYS = ("q", "mode", "goal", "country", "group", "since", "until", "venue", "feed")

MODES: Mapping[str, str] = {
    "both": "words and meaning",
    "text": "the words themselves",
    "meaning": "meaning, in whatever words",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the form holds, and what it comes to."""

    query: str
    mode: Mode
    selection: Selection


async def search(site: Site, asked: Asked) -> Answer:
    """`/search`."""
    filters = read(asked, site)
    page = number(asked.one("page"), 1, LAST, 1)
    given = {key: asked.one(key) for key in KEYS if asked.one(key)}
    found = None
    if filters.query or not filters.selection.everything:
        question = Question(filters.query, filters.selection, filters.mode, PAGE + 1, (page - 1) * PAGE, LEAST)
        found = await site.find(question)
    feeds = await site.read(lambda store: store.search.feeds())
    values = {
        "found": found,
        "hits": found.hits[:PAGE] if found else (),
        "given": given,
        "modes": MODES,
        "mode": filters.mode,
        "names": site.names,
        "groups": GROUP_NAMES,
        "feeds": feeds,
        "start": (page - 1) * PAGE + 1,
        "earlier": address("/search", **given, page=page - 1) if page > 1 else "",
        "later": address("/search", **given, page=page + 1) if found and len(found.hits) > PAGE and page < LAST else "",
        "exports": {name: address(f"/export/{name}", **given) for name in exports.formats()} if _any(found) else {},
        "subscribe": _subscribe(filters),
    }
    return Answer("search.html", values)


async def export(site: Site, asked: Asked) -> Answer:
    """`/export/FORMAT`: the works that the filters and the words of the query hold; meaning does not count here."""
    name = asked.parts["format"]
    if name not in exports.formats():
        raise PageError(404, f"There is no such format; there are {', '.join(exports.formats())}.")
    filters = read(asked, site)
    form = exports.load(name)
    body = await site.read(lambda store: _written(store, form, filters, asked.now))
    return Answer(body=body, kind=form.MEDIA_TYPE, download=f"works.{form.SUFFIX}")


def read(asked: Asked, site: Site) -> Filters:
    """What a form asks for; values that mean nothing are left out."""
    goal, country, group = asked.one("goal"), asked.one("country").upper(), asked.one("group")
    mode = asked.one("mode")
    selection = Selection(
        goals=(goal,) if goal in site.names else (),
        countries=(country,) if is_place(country) else (),
        groups=tuple(known for known in GROUPS if known == group),
        since=_day(asked.one("since")),
        until=_day(asked.one("until")),
        venues=(asked.one("venue")[:200],) if asked.one("venue") else (),
        feeds=(asked.one("feed"),) if asked.one("feed") else (),
    )
    chosen: Mode = "text" if mode == "text" else "meaning" if mode == "meaning" else "both"
    return Filters(asked.one("q")[:500], chosen, selection)


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


def _written(store: Store, form: exports.Format, filters: Filters, now: datetime) -> bytes:
    out = io.BytesIO()
    about = exports.About("Works of the research monitor", store.past.archive_id(), now)
    form.write(pipeline.export(store, filters.selection, filters.query, MOST_EXPORTED), out, about)
    return out.getvalue()


def _any(found: Found | None) -> bool:
    return found is not None and bool(found.hits)


def _subscribe(filters: Filters) -> str:
    """The Atom feed that tells of new works of this kind, where there is one."""
    if filters.selection.goals:
        return f"/digests/goals/{filters.selection.goals[0]}.atom"
    return f"/digests/countries/{filters.selection.countries[0]}.atom" if filters.selection.countries else ""
