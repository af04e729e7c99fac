"""Kind `biorxiv`: preprints of bioRxiv and medRxiv, every version of them, by the day it was posted.

API: https://api.biorxiv.org. Its details come some hundred at a time, counted from a `cursor` that is a number, so a
harvest goes on anywhere; how many come at a time has changed before, so the next page begins behind what really came.
The providers state no limits; once a second does not strain anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, ConfigDict

from monitor import bylines, records, relations, sources, text
from monitor.errors import ParseError
from monitor.records import Record
from monitor.types import Affiliation, Author, Entry, Feed, Identifier, Page, Relation, Request, Response, Window

URL = "https://api.biorxiv.org"
PACE = 1.0
EVERY = timedelta(hours=24)
LOOKBACK = timedelta(days=2)

_NAMES = {"biorxiv": "bioRxiv", "medrxiv": "medRxiv"}
_SUBMITTED = re.compile(r"/(20\d\d)\.(\d\d)\.(\d\d)\.\d+$", re.ASCII)
"""DOIs since December 2019 hold the day of submission."""


class Options(BaseModel):
    """Which server, and which of its subject categories."""

    model_config = ConfigDict(extra="forbid")

    server: Literal["biorxiv", "medrxiv"] = "biorxiv"
    category: str | None = None
    """As on the server's pages, such as `infectious diseases`."""


def first(feed: Feed, window: Window | None) -> Request:
    """The first page of what was posted on the days of `window`, of the last day when there is none."""
    options = Options(**feed.options)
    span = "/".join(map(str, sources.days(window))) if window else "1d"
    url = f"{feed.url.rstrip('/')}/details/{options.server}/{span}/0/json"
    if options.category:
        url += "?" + urlencode({"category": options.category.strip().lower().replace(" ", "_")})
    return Request(url, accept="application/json")


def parse(feed: Feed, request: Request, response: Response) -> Page:
    """One page of versions, oldest first. A span of days without preprints is said in words, not in numbers."""
    where = urlsplit(response.url).netloc
    root = records.parse(response.body, f"the answer of {where}")
    listed, told = root.listing("collection"), next(iter(root.records("messages")), Record({}))
    said = told.line("status")
    if listed is None or not (said == "ok" or "no posts found" in said.lower()):
        raise ParseError(f"{where} did not answer with preprints" + (f": {text.clean(said, 300)}" if said else ""))
    found, problems = records.entries(listed, _entry, where)
    keys, total = [entry.key for entry in found], told.number("total") if said == "ok" else 0
    following = sources.turned(request, _behind(request, len(listed)), keys=keys, listed=len(listed), total=total)
    return Page(tuple(found), following, total, problems=tuple(problems), refused=len(listed) - len(found))


def _behind(request: Request, listed: int) -> Request | None:
    """The page behind so many more records: `.../details/biorxiv/2026-06-01/2026-06-07/100/json`."""
    parts = urlsplit(request.url)
    place = re.fullmatch(r"(.*/)([0-9]{1,9})(/json)", parts.path, re.ASCII)
    if not place:
        return None
    return replace(request, url=parts._replace(path=f"{place[1]}{int(place[2]) + listed}{place[3]}").geturl())


# --- preprints -------------------------------------------------------------------------------


def _entry(preprint: Record) -> Entry:
    doi = text.doi(preprint.string("doi"))
    title = preprint.markup("title")
    version, day = preprint.number("version"), text.instant(preprint.string("date"))
    server = preprint.line("server").lower()
    published = day if version in (None, 1) else _submitted(doi or "")
    page = f"https://www.{server}.org/content/{doi}v{version or 1}" if doi and server in _NAMES else None
    category = preprint.line("category", 200)
    return Entry(
        key=f"{doi}v{version or 1}" if doi else title,
        title=title,
        abstract=text.without_heading(preprint.words("abstract", text.ABSTRACT_LIMIT)),
        authors=tuple(_authors(preprint)),
        identifiers=(Identifier("doi", doi),) if doi else (),
        url=page or (f"https://doi.org/{doi}" if doi else None),
        published=published,
        updated=day,
        year=published.year if published else None,
        venue=_NAMES.get(server, preprint.line("server")) or None,
        type="preprint",
        categories=(category,) if category else (),
        comment="withdrawn" if "withdraw" in preprint.line("type").lower() else None,
        version=version,
        relations=tuple(_relations(preprint)),
    )


def _submitted(doi: str) -> datetime | None:
    """When the first version was handed in, a few days before it was posted: later versions tell no more of it."""
    found = _SUBMITTED.search(doi)
    return text.instant("-".join(found.groups())) if found else None


def _authors(preprint: Record) -> Iterator[Author]:
    """The byline; the institution that the record has is that of the corresponding author."""
    authors = [Author(name) for name in bylines.split(preprint.words("authors", text.ABSTRACT_LIMIT * 5))]
    place = preprint.words("author_corresponding_institution")
    told = [preprint.words("author_corresponding")]
    (whose,) = bylines.align(told, [author.name for author in authors])
    for n, author in enumerate(authors):
        yield replace(author, affiliations=(Affiliation(place),)) if place and n == whose else author


def _relations(preprint: Record) -> Iterator[Relation]:
    """The article that came of it; `NA` before there is one."""
    if published := relations.stated("is-preprint-of", "doi", preprint.string("published")):
        yield published
