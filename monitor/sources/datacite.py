"""Kind `datacite`: what repositories register with DataCite: preprints, reports, theses, data sets, software.

API: https://support.datacite.org/docs/api, paging: https://support.datacite.org/docs/pagination. With an address in the
User-Agent (`contact` in feeds.yaml) DataCite allows 1,000 requests in five minutes, without one half of that.

A cursor is the place of a record in the order of creation and does not expire.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal, Self
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from monitor import bylines, frontmatter, records, relations, sources, text
from monitor.errors import ParseError
from monitor.records import Record
from monitor.types import Author, Entry, Feed, Identifier, Page, Relation, Request, Response, Window, stamp

URL = "https://api.datacite.org/dois"
PACE = 1.0
EVERY = timedelta(hours=24)
LOOKBACK = timedelta(days=1)

_CURSOR = "page[cursor]"

_FIRST = ("Issued", "Available", "Submitted")
"""Dates of a work itself; `Created` and `Collected` are those of data."""

_TYPES = {
    "JournalArticle": "article",
    "DataPaper": "article",
    "Preprint": "preprint",
    "ConferencePaper": "proceedings-article",
    "ConferenceProceeding": "proceedings",
    "Book": "book",
    "BookChapter": "book-chapter",
    "Dissertation": "dissertation",
    "Report": "report",
    "PeerReview": "peer-review",
    "Dataset": "dataset",
    "Software": "software",
    "article-journal": "article",
    "paper-conference": "proceedings-article",
    "chapter": "book-chapter",
    "thesis": "dissertation",
    "report": "report",
    "book": "book",
}
"""DataCite's general types, and where that is only `Text` the types of CSL beside it, in Crossref's words."""


class Options(BaseModel):
    """Which records: those that fit all of what is given."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    query: str | None = None
    """In the syntax of Elasticsearch's query strings, such as `titles.title:flood`."""
    client_id: list[str] = Field(default_factory=list, alias="client-id")
    """Repositories, such as arxiv.content or cern.zenodo."""
    resource_type: list[str] = Field(default_factory=list, alias="resource-type")
    """General types in small letters with hyphens, such as preprint, journal-article or report."""
    date: Literal["updated", "created", "registered", "published"] = "updated"
    """Which date must fall into the window."""
    years: int | None = Field(default=1, ge=0, le=500)
    """Works published more calendar years before the window are left out, for old records change, too; None: all."""
    page: int = Field(default=100, ge=1, le=1_000)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.query or self.client_id or self.resource_type):
            raise ValueError("name query, client-id or resource-type")
        return self


def first(feed: Feed, window: Window | None) -> Request:
    """The first page of the records whose date falls into `window`."""
    options = Options(**feed.options)
    terms = ([f"({options.query})"] if options.query else []) + (_span(options, window) if window else [])
    query = {
        "query": " AND ".join(terms),
        "client-id": ",".join(options.client_id),
        "resource-type-id": ",".join(options.resource_type),
        "affiliation": "true",  # affiliations as objects, with their identifiers
        "page[size]": str(options.page),
        _CURSOR: "1",
    }
    asked = urlencode({name: value for name, value in query.items() if value})
    return Request(f"{feed.url}?{asked}", accept="application/vnd.api+json, application/json")


def _span(options: Options, window: Window) -> list[str]:
    """The window as a half-open range of Elasticsearch; `published` holds days only, or less."""
    if options.date == "published":
        since, until = sources.days(window)
        return [f"published:[{since} TO {until}]"]
    span = [f"{options.date}:[{stamp(window.since)} TO {stamp(window.until)}}}"]
    oldest = [] if options.years is None else [f"publicationYear:[{window.since.year - options.years} TO *]"]
    return span + oldest


def parse(feed: Feed, request: Request, response: Response) -> Page:
    """One page of records. A single record is read as a list of one.

    Of the link to the next page only the cursor is taken, so that a mirror is not left.
    """
    where = urlsplit(response.url).netloc
    root = records.parse(response.body, f"the answer of {where}")
    listed = root.listing("data")
    if listed is None and "attributes" in root.record("data"):
        found, problems = records.entries([root.record("data").fields], _entry, where)
        return Page(tuple(found), problems=tuple(problems), refused=1 - len(found))
    if listed is None:
        said = text.clean("; ".join(error.line("title") for error in root.records("errors")), 300)
        raise ParseError(f"{where} did not answer with records of DataCite" + (f": {said}" if said else ""))
    found, problems = records.entries(listed, _entry, where)
    keys, total = [entry.key for entry in found], root.record("meta").number("total")
    cursor = sources.position(Request(root.record("links").string("next")), _CURSOR)
    following = sources.onward(request, _CURSOR, cursor) if cursor else None
    following = sources.turned(request, following, keys=keys, listed=len(listed), total=total)
    return Page(tuple(found), following, total, problems=tuple(problems), refused=len(listed) - len(found))


# --- records ---------------------------------------------------------------------------------


def _entry(listed: Record) -> Entry:
    record = listed.record("attributes")
    doi = text.doi(record.string("doi") or listed.string("id"))
    title = next((t for part in _plain(record.records("titles"), "titleType") if (t := part.markup("title"))), "")
    published, year = _published(record), record.number("publicationYear")
    descriptions = (d for d in record.records("descriptions") if d.line("descriptionType") == "Abstract")
    subjects = (subject.words("subject", 200) for subject in record.records("subjects"))
    names = tuple(dict.fromkeys(_identifiers(record, doi)))
    version = record.line("version").removeprefix("v")
    return Entry(
        key=doi or title,
        title=title,
        abstract=text.without_heading(next((d.markup("description", text.ABSTRACT_LIMIT) for d in descriptions), "")),
        authors=tuple(_authors(record)),
        identifiers=names,
        url=text.web_url(record.string("url")) or (f"https://doi.org/{doi}" if doi else None),
        published=published,
        updated=text.instant(record.string("updated")),
        year=year or (published.year if published else None),
        venue=record.record("container").words("title") or _publisher(record) or None,
        type=_type(record.record("types")),
        categories=tuple(dict.fromkeys(filter(None, subjects))),
        language=text.language(record.string("language")),
        version=int(version) if version.isascii() and version.isdigit() and len(version) < 4 else None,
        relations=tuple(dict.fromkeys(r for r in _relations(record) if r.identifier not in names)),
    )


def _plain(parts: list[Record], kind: str) -> list[Record]:
    """The parts in their order, those of a special kind (subtitles, translations) last."""
    return sorted(parts, key=lambda part: bool(part.line(kind)))


def _identifiers(record: Record, doi: str | None) -> Iterator[Identifier]:
    """The DOI, which for arXiv's own records is their identifier there."""
    if doi:
        yield text.identifier(f"https://doi.org/{doi}") or Identifier("doi", doi)
    for other in record.records("identifiers"):
        if other.line("identifierType").lower() == "arxiv" and (named := text.arxiv_id(other.string("identifier"))):
            yield Identifier("arxiv", named[0])


def _authors(record: Record) -> Iterator[Author]:
    for creator in record.records("creators"):
        given, family = creator.words("givenName"), creator.words("familyName")
        organisation = creator.line("nameType") == "Organizational"
        written = creator.words("name") if organisation else bylines.natural(creator.words("name"))
        name = f"{given} {family}" if given and family and not organisation else written or family
        ids = (n.string("nameIdentifier") for n in creator.records("nameIdentifiers"))
        if author := frontmatter.author(name, _places(creator), next(filter(text.orcid, ids), "")):
            yield author


def _places(creator: Record) -> Iterator[tuple[str, str | None]]:
    """Affiliations: objects when they were asked for, else names."""
    for place in creator.listing("affiliation") or []:
        if isinstance(place, str):
            yield records.words(place), None
        elif isinstance(place, dict):
            affiliation = Record(place, creator.oddities)
            yield affiliation.words("name"), text.ror(affiliation.string("affiliationIdentifier"))


def _published(record: Record) -> datetime | None:
    """The first day that is given for the work; failing that, the day its DOI was made, if it is near."""
    stated = [
        day
        for part in record.records("dates")
        if part.line("dateType") in _FIRST and (day := text.instant(part.string("date").partition("/")[0]))
    ]
    if stated:
        return min(stated)
    created, year = text.instant(record.string("created")), record.number("publicationYear")
    return created if created and (year is None or abs(created.year - year) <= 1) else None


def _publisher(record: Record) -> str:
    """A name, or since 2024 an object with one."""
    value = record.fields.get("publisher")
    return Record(value).words("name") if isinstance(value, dict) else record.words("publisher")


def _type(types: Record) -> str | None:
    general = types.line("resourceTypeGeneral")
    return _TYPES.get(general) or _TYPES.get(types.line("citeproc")) or general.lower() or None


def _relations(record: Record) -> Iterator[Relation]:
    for related in record.records("relatedIdentifiers"):
        stated = relations.stated(
            related.string("relationType"),
            related.string("relatedIdentifierType"),
            related.string("relatedIdentifier"),
        )
        if stated:
            yield stated
