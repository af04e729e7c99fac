"""Kind `core`: works that CORE (https://core.ac.uk) gathers from the repositories of the world.

API: https://api.core.ac.uk/docs/v3. Without a key CORE grants about a hundred requests a day, ten a minute; a free key
goes into the environment variable CORE_API_KEY. Its headers say what is left. Pages are counted by `offset`, which goes
to 10,000; further on CORE would keep a search open for minutes and charge several times as much.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field

from monitor import bylines, records, sources, text
from monitor.errors import ParseError
from monitor.records import Record
from monitor.types import Author, Entry, Feed, Identifier, Key, Page, Request, Response, Window

URL = "https://api.core.ac.uk/v3/search/works/"
PACE = 6.0
EVERY = timedelta(hours=24)
LOOKBACK = timedelta(days=2)

KEY = Key("CORE_API_KEY")

MOST = 10_000
"""Works of one search that can be listed."""

_STAMP = "%Y-%m-%dT%H:%M:%S"
_TYPES = {"research": "article", "thesis": "dissertation", "presentation": "other", "unknown": ""}
"""CORE's words in Crossref's."""


class Options(BaseModel):
    """Which works: `query` in CORE's own syntax, such as `title:"flood" AND language.code:en`."""

    model_config = ConfigDict(extra="forbid")

    query: str
    date: Literal["created", "updated"] = "created"
    """Which date of the record must fall into the window."""
    years: int | None = Field(default=1, ge=0, le=500)
    """Works published more calendar years before the window are left out, for CORE gathers old ones, too; None: all."""
    page: int = Field(default=100, ge=1, le=100)


def first(feed: Feed, window: Window | None) -> Request:
    """The first page of the works whose record was made or changed within `window`."""
    options = Options(**feed.options)
    terms = [f"({options.query})"]
    if window:
        field = f"{options.date}Date"
        terms += [f'{field}>="{window.since.strftime(_STAMP)}"', f'{field}<"{window.until.strftime(_STAMP)}"']
        terms += [] if options.years is None else [f"yearPublished>={window.since.year - options.years}"]
    query = {"q": " AND ".join(terms), "limit": options.page, "offset": 0}
    return Request(f"{feed.url}?{urlencode(query)}", accept="application/json", key=KEY)


def parse(feed: Feed, request: Request, response: Response) -> Page:
    """One page of works.

    Raises ParseError for a search that has more than can be listed: its rest would be missed without a word.
    """
    where = urlsplit(response.url).netloc
    root = records.parse(response.body, f"the answer of {where}")
    listed, total = root.listing("results"), root.number("totalHits")
    if listed is None:
        said = text.clean(root.line("message"), 300)
        raise ParseError(f"{where} did not answer with works of CORE" + (f": {said}" if said else ""))
    if total is not None and total > MOST:
        raise ParseError(
            f"CORE has {total} works for the window and lists {MOST}: narrow the query, or ask for a shorter window"
        )
    found, problems = records.entries(listed, _entry, where)
    keys, offset = [entry.key for entry in found], int(sources.position(request, "offset") or 0) + len(listed)
    behind = sources.onward(request, "offset", str(offset))
    following = sources.turned(request, behind, keys=keys, listed=len(listed), total=total)
    return Page(tuple(found), following, total, problems=tuple(problems), refused=len(listed) - len(found))


# --- works -----------------------------------------------------------------------------------


def _entry(work: Record) -> Entry:
    own, title = work.line("id", 100), work.markup("title")
    names = tuple(dict.fromkeys(_identifiers(work)))
    published = _published(work)
    journals = (journal.words("title") for journal in work.records("journals"))
    said = work.line("documentType").lower()
    return Entry(
        key=own or next((i.value for i in names), "") or title,
        title=title,
        abstract=text.without_heading(work.markup("abstract", text.ABSTRACT_LIMIT)),
        authors=tuple(_authors(work)),
        identifiers=names,
        url=_url(work, own, names),
        published=published,
        updated=text.instant(work.string("updatedDate")),
        year=work.number("yearPublished") or (published.year if published else None),
        venue=next(filter(None, journals), "") or work.words("publisher").strip("'\"") or None,
        type=_TYPES.get(said, said) or None,
        categories=(field,) if (field := work.words("fieldOfStudy", 200)) else (),
        language=text.language(work.record("language").string("code")),
    )


def _identifiers(work: Record) -> Iterator[Identifier]:
    if name := text.identifier(f"https://doi.org/{doi}") if (doi := text.doi(work.string("doi"))) else None:
        yield name
    if named := text.arxiv_id(work.string("arxivId")):
        yield Identifier("arxiv", named[0])
    if (pmid := work.line("pubmedId")).isascii() and pmid.isdigit():
        yield Identifier("pmid", pmid)
    if own := work.line("id", 100):
        yield Identifier("core", own)


def _authors(work: Record) -> Iterator[Author]:
    for person in work.records("authors"):
        name = bylines.natural(person.words("name"))
        if bylines.is_person(name):
            yield Author(name)


def _published(work: Record) -> datetime | None:
    """The day of publication, unless the record gives another year for it."""
    day, year = text.instant(work.string("publishedDate")), work.number("yearPublished")
    return day if day and (year is None or day.year == year) else None


def _url(work: Record, own: str, names: tuple[Identifier, ...]) -> str | None:
    """The page of the record at CORE, failing that the DOI or the file."""
    shown = (link.string("url") for link in work.records("links") if link.line("type") == "display")
    doi = (f"https://doi.org/{i.value}" for i in names if i.scheme == "doi")
    pages = [*shown, f"https://core.ac.uk/works/{own}" if own else "", *doi, work.string("downloadUrl")]
    return next((url for page in pages if (url := text.web_url(page))), None)
