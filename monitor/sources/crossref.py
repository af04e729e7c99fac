"""Kind `crossref`: works that publishers register with Crossref: journals, proceedings, preprints.

API: https://api.crossref.org/swagger-ui/index.html, https://www.crossref.org/documentation/retrieve-metadata/rest-api.
Anybody may list works once a second; whoever gives an address (`contact` in feeds.yaml goes into the User-Agent) is
told when something is wrong instead of being blocked. Limits come with each answer and are obeyed.

A cursor lives five minutes, and may be the same for all pages: it stands for the server's place, not ours. So a page
that was lost on its way is not had again by asking for it; the total then tells that it lacks, and the window is asked
anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Literal, Self
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from monitor import frontmatter, records, relations, sources, text
from monitor.errors import ParseError
from monitor.records import Record
from monitor.types import Author, Entry, Feed, Identifier, Page, Relation, Request, Response, Window

URL = "https://api.crossref.org/works"
PACE = 1.0
EVERY = timedelta(hours=24)
LOOKBACK = timedelta(days=2)

LATE = timedelta(days=30)
"""How much earlier a search by dates of publication begins than its window: deposits come weeks after them."""

_OF_RECORD = ("index", "deposit", "update")
"""Dates that old works have anew whenever their records change."""
_OF_PUBLICATION = ("pub", "online-pub", "print-pub", "posted", "issued")

_TYPES = {"journal-article": "article", "monograph": "book", "edited-book": "book", "reference-book": "book"}
"""Crossref's words in the monitor's, where these differ."""
_HEADING = re.compile(r"\A\s*<(?:jats:)?title>\s*abstract\s*</(?:jats:)?title>", re.IGNORECASE)
_PREPRINTS = {"posted-content": {"": "preprint", "preprint": "preprint"}}


Dates = Literal["index", "deposit", "update", "created", "pub", "online-pub", "print-pub", "posted", "issued"]


class Options(BaseModel):
    """Which works: those that fit all of what is given, and one of each list."""

    model_config = ConfigDict(extra="forbid")

    issn: list[str] = Field(default_factory=list)
    container: list[str] = Field(default_factory=list)
    """Exact titles of journals, proceedings or series."""
    query: str | None = None
    type: list[str] = Field(default_factory=list)
    """Crossref's types: journal-article, proceedings-article, posted-content, ..."""
    date: Dates = "index"
    """Which date must fall into the window: by default the one that changes with every change of a record."""
    years: int | None = Field(default=1, ge=0, le=500)
    """Works published more calendar years before the window are left out, for old records change, too; None: all."""
    rows: int = Field(default=100, ge=1, le=1_000)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.issn or self.container or self.query or self.type):
            raise ValueError("name issn, container, query or type")
        for title in self.container:
            if "," in title:
                raise ValueError(f"{title!r} has a comma, which Crossref cannot be asked for; name its issn")
        return self


def first(feed: Feed, window: Window | None) -> Request:
    """The first page of the works whose date falls into `window`."""
    options = Options(**feed.options)
    wanted = [("issn", options.issn), ("container-title", options.container), ("type", options.type)]
    filters = [f"{name}:{value}" for name, values in wanted for value in values]
    filters += _span(options, window) if window else []
    query = {"filter": ",".join(filters)} if filters else {}
    query |= {"query": options.query} if options.query else {}
    query |= {"rows": str(options.rows), "cursor": "*"}
    return Request(f"{feed.url}?{urlencode(query)}", accept="application/json")


def _span(options: Options, window: Window) -> list[str]:
    since, until = sources.days(window)
    if options.date in _OF_PUBLICATION:
        since -= LATE
    span = [f"from-{options.date}-date:{since}", f"until-{options.date}-date:{until}"]
    if options.date in _OF_RECORD and options.years is not None:
        span.append(f"from-pub-date:{max(since.year - options.years, 1)}")
    return span


def parse(feed: Feed, request: Request, response: Response) -> Page:
    """One page of works. The answer about a single work is read as a list of one."""
    where = urlsplit(response.url).netloc
    root = records.parse(response.body, f"the answer of {where}")
    message, kind = root.record("message"), root.line("message-type")
    if kind == "work":
        found, problems = records.entries([message.fields], _entry, where)
        return Page(tuple(found), problems=tuple(problems), refused=1 - len(found))
    works, total = message.listing("items"), message.number("total-results")
    if kind != "work-list" or works is None:
        said = ": ".join(filter(None, [f"it sent {kind or 'something else'}", _complaint(root)]))
        raise ParseError(f"{where} did not answer with works of Crossref; {said}")
    found, problems = records.entries(works, _entry, where)
    keys = [entry.key for entry in found]
    cursor = message.string("next-cursor")
    following = sources.onward(request, "cursor", cursor) if cursor else None
    following = sources.turned(request, following, keys=keys, listed=len(works), total=total)
    return Page(tuple(found), following, total, problems=tuple(problems), refused=len(works) - len(found))


def _complaint(root: Record) -> str:
    """What Crossref says is wrong: `message` is then a list of objects, or a text."""
    told = root.listing("message") or []
    said = [Record(part).line("message") for part in told if isinstance(part, dict)]
    return text.clean("; ".join(filter(None, said)) or root.line("message"), 300)


# --- works -----------------------------------------------------------------------------------


def _entry(work: Record) -> Entry:
    doi = text.doi(work.string("DOI"))
    title = next((t for raw in work.strings("title") if (t := records.markup(raw))), "")
    published = _published(work)
    page = text.web_url(work.record("resource").record("primary").string("URL"))
    return Entry(
        key=doi or title,
        title=title,
        abstract=_abstract(work),
        authors=tuple(_authors(work)),
        identifiers=tuple(_identifiers(work, doi)),
        url=page or (f"https://doi.org/{doi}" if doi else None),
        published=published,
        updated=text.instant(work.record("deposited").string("date-time")),
        year=_year(work) or (published.year if published else None),
        venue=_venue(work),
        type=_type(work),
        categories=tuple(dict.fromkeys(s for raw in work.strings("subject") if (s := text.clean(raw, 200)))),
        comment="; ".join(_notices(work))[: text.TITLE_LIMIT] or None,
        language=text.language(work.string("language")),
        relations=tuple(dict.fromkeys(_relations(work))),
    )


def _abstract(work: Record) -> str:
    """The words of JATS, without the heading "Abstract" over them."""
    return text.without_heading(records.markup(_HEADING.sub("", work.string("abstract")), text.ABSTRACT_LIMIT))


def _identifiers(work: Record, doi: str | None) -> Iterator[Identifier]:
    """The DOI; the ISBN of a whole book only, since every chapter carries that of its book."""
    if doi:
        yield Identifier("doi", doi)
    if _TYPES.get(work.line("type"), work.line("type")) == "book":
        yield from (Identifier("isbn", isbn) for raw in work.strings("ISBN") if (isbn := text.clean(raw, 40)))


def _authors(work: Record) -> Iterator[Author]:
    for person in work.records("author"):
        parts = [person.words(part) for part in ("given", "family", "suffix")]
        name = " ".join(part for part in parts if part) or person.words("name")
        author = frontmatter.author(name, _places(person), person.string("ORCID"))
        if author:
            yield author


def _places(person: Record) -> Iterator[tuple[str, str | None]]:
    for affiliation in person.records("affiliation"):
        words = [affiliation.words("name"), *(records.words(p) for p in affiliation.strings("place"))]
        ids = (name.string("id") for name in affiliation.records("id") if name.line("id-type") == "ROR")
        yield ", ".join(filter(None, words)), next(filter(None, map(text.ror, ids)), None)


def _parts(work: Record, field: str) -> list[int]:
    """The year, month and day of a date, as far as it is known: `{"date-parts": [[2026, 6]]}`."""
    listed = work.record(field).listing("date-parts")
    parts = listed[0] if listed and isinstance(listed[0], list) else []
    return [part for part in parts if type(part) is int][:3]


def _published(work: Record) -> datetime | None:
    """The first day that is given for a publication; failing that, the day the DOI was registered, if it is near.

    Journals date issues by month or year only, and register old volumes today.
    """
    fields = ("posted", "published-online", "published", "published-print", "issued")
    stated = [day for field in fields if (day := _day(_parts(work, field)))]
    if stated:
        return min(stated)
    created, year = text.instant(work.record("created").string("date-time")), _year(work)
    return created if created and (year is None or abs(created.year - year) <= 1) else None


def _day(parts: list[int]) -> datetime | None:
    try:
        return datetime.combine(date(*parts), datetime.min.time(), UTC) if len(parts) == 3 else None
    except (ValueError, OverflowError):
        return None


def _year(work: Record) -> int | None:
    parts = _parts(work, "issued") or _parts(work, "published")
    return text.year(str(parts[0])) if parts else None


def _venue(work: Record) -> str | None:
    """The journal, proceedings or series; for preprints the server."""
    titles = [records.markup(raw) for raw in work.strings("container-title")]
    servers = [institution.words("name") for institution in work.records("institution")]
    posted = work.line("type") == "posted-content"
    return next(filter(None, [*titles, *(servers if posted else []), work.words("publisher") if posted else ""]), None)


def _type(work: Record) -> str | None:
    said = work.line("type")
    return _PREPRINTS.get(said, {}).get(work.line("subtype")) or _TYPES.get(said, said) or None


def _relations(work: Record) -> Iterator[Relation]:
    """Preprints and versions (`relation`), and what this work corrects or retracts, or is corrected or retracted by."""
    related = work.record("relation")
    stated = [(word, r.string("id-type"), r.string("id")) for word in related.fields for r in related.records(word)]
    notices = [*work.records("update-to"), *work.records("updated-by")]
    stated += [(notice.string("type"), "doi", notice.string("DOI")) for notice in notices]
    yield from filter(None, (relations.stated(*said) for said in stated))


def _notices(work: Record) -> Iterator[str]:
    """Corrections and retractions in words, to be seen by readers."""
    for field, form in (("update-to", "{} of {}"), ("updated-by", "{}: see {}")):
        for notice in work.records(field):
            label, doi = notice.line("label") or notice.line("type"), text.doi(notice.string("DOI"))
            if label and doi:
                yield form.format(label, f"doi:{doi}")
