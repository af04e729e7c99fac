"""Kind `openalex`: works in OpenAlex, by topic, venue, country, words or any of its filters.

API: https://developers.openalex.org/api-reference/works. OpenAlex gives everybody a small daily budget and, with a free
key (https://openalex.org/settings/api) in the environment variable OPENALEX_API_KEY, ten times as much or more; a page
costs a ten-thousandth of a dollar of it, one of `query` ten times that. Its headers say what is left.

Everybody may ask by date of publication, which a work has had for days or weeks before OpenAlex knows it; so the search
reaches back further than the window. When a record was made or changed can only be asked for on a paid plan.

What OpenAlex makes of affiliations is a guess by machine; they are kept as printed, without the ROR ids it adds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Literal, Self
from urllib.parse import urlencode, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from monitor import bylines, frontmatter, records, relations, sources, text
from monitor.errors import ParseError
from monitor.records import Record
from monitor.types import Author, Entry, Feed, Identifier, Key, Page, Relation, Request, Response, Window

URL = "https://api.openalex.org/works"
PACE = 0.2
EVERY = timedelta(hours=24)
LOOKBACK = timedelta(days=2)

LATE = timedelta(days=30)
"""How much earlier a search by date of publication begins than its window."""

KEY = Key("OPENALEX_API_KEY", parameter="api_key")

_TYPES = {"conference-paper": "proceedings-article"}
"""OpenAlex's words in Crossref's, where these differ."""

_LONGEST = text.ABSTRACT_LIMIT
"""Words of an abstract that are put in their places; no abstract has as many."""


def _openalex(kind: str, value: str) -> str:
    """The id of an entity, such as T10862 or https://openalex.org/S4306400194, in its short form."""
    found = re.fullmatch(rf"(?:https?://openalex\.org/)?({kind}[0-9]{{1,12}})", value.strip(), re.IGNORECASE)
    if not found:
        raise ValueError(f"{value!r} is no id of OpenAlex such as {kind}1234567890; look it up at openalex.org")
    return found[1].upper()


def _country(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", value):
        raise ValueError(f"{value!r} is no country code such as DE")
    return value.upper()


Topic = Annotated[str, AfterValidator(lambda value: _openalex("T", value))]
Source = Annotated[str, AfterValidator(lambda value: _openalex("S", value))]
Country = Annotated[str, AfterValidator(_country)]


class Options(BaseModel):
    """Which works: those that fit all of what is given, and one of each list."""

    model_config = ConfigDict(extra="forbid")

    topic: list[Topic] = Field(default_factory=list)
    venue: list[Source] = Field(default_factory=list)
    """Ids of sources: journals, proceedings, repositories."""
    country: list[Country] = Field(default_factory=list)
    """Where an author's institution is, ISO 3166-1 alpha-2."""
    query: str | None = None
    """Words in title, abstract or full text."""
    filter: str | None = None
    """Any filters in OpenAlex's own syntax, such as `type:article,is_retracted:false`."""
    date: Literal["publication", "created", "updated"] = "publication"
    """Which date must fall into the window; `created` and `updated` need a key of a paid plan."""
    years: int | None = Field(default=1, ge=0, le=500)
    """With `created` or `updated`, works published more calendar years before the window are left out; None: all."""
    page: int = Field(default=100, ge=1, le=100)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.topic or self.venue or self.country or self.query or self.filter):
            raise ValueError("name topic, venue, country, query or filter")
        return self


def first(feed: Feed, window: Window | None) -> Request:
    """The first page of the works whose date falls into `window`."""
    options = Options(**feed.options)
    lists = {
        "topics.id": options.topic,
        "primary_location.source.id": options.venue,
        "authorships.institutions.country_code": options.country,
    }
    filters = [f"{name}:{'|'.join(values)}" for name, values in lists.items() if values]
    filters += [options.filter] if options.filter else []
    filters += _span(options, window) if window else []
    query = {"filter": ",".join(filters)} if filters else {}
    query |= {"search": options.query} if options.query else {}
    query |= {"per_page": str(options.page), "cursor": "*"}
    return Request(f"{feed.url}?{urlencode(query)}", accept="application/json", key=KEY)


def _span(options: Options, window: Window) -> list[str]:
    since, until = sources.days(window)
    if options.date == "publication":
        return [f"from_publication_date:{since - LATE}", f"to_publication_date:{until}"]
    span = [f"from_{options.date}_date:{since}", f"to_{options.date}_date:{until}"]
    oldest = [] if options.years is None else [f"from_publication_date:{max(since.year - options.years, 1):04}-01-01"]
    return span + oldest


def parse(feed: Feed, request: Request, response: Response) -> Page:
    """One page of works. A single work is read as a list of one."""
    where = urlsplit(response.url).netloc
    root = records.parse(response.body, f"the answer of {where}")
    works, meta = root.listing("results"), root.record("meta")
    if works is None and _id(root.string("id")):
        found, problems = records.entries([root.fields], _entry, where)
        return Page(tuple(found), problems=tuple(problems), refused=1 - len(found))
    if works is None:
        said = text.clean(f"{root.line('error')} {root.line('message')}", 300)
        raise ParseError(f"{where} did not answer with works of OpenAlex" + (f": {said}" if said else ""))
    found, problems = records.entries(works, _entry, where)
    keys, total = [entry.key for entry in found], meta.number("count")
    cursor = meta.string("next_cursor")
    following = sources.onward(request, "cursor", cursor) if cursor else None
    following = sources.turned(request, following, keys=keys, listed=len(works), total=total)
    return Page(tuple(found), following, total, problems=tuple(problems), refused=len(works) - len(found))


# --- works -----------------------------------------------------------------------------------


def _entry(work: Record) -> Entry:
    location = work.record("primary_location")
    own = _id(work.string("id")) or _id(work.record("ids").string("openalex"))
    title = work.markup("title") or work.markup("display_name")
    names = tuple(dict.fromkeys(_identifiers(work, own)))
    said = work.line("type")
    published = text.instant(work.string("publication_date"))
    topics = (topic.words("display_name", 200) for topic in work.records("topics"))
    return Entry(
        key=own or next((i.value for i in names), "") or title,
        title=title,
        abstract=text.without_heading(_abstract(work.record("abstract_inverted_index"))),
        authors=tuple(_authors(work)),
        identifiers=names,
        url=text.web_url(location.string("landing_page_url")) or (f"https://openalex.org/{own}" if own else None),
        published=published,
        updated=text.instant(work.string("updated_date")),
        year=work.number("publication_year") or (published.year if published else None),
        venue=location.record("source").words("display_name") or location.words("raw_source_name") or None,
        type=_TYPES.get(said, said) or None,
        categories=tuple(dict.fromkeys(filter(None, topics))),
        comment="retracted, says OpenAlex" if work.fields.get("is_retracted") is True else None,
        language=text.language(work.string("language")),
        relations=tuple(dict.fromkeys(r for r in _relations(work) if r.identifier not in names)),
    )


def _id(url: str) -> str:
    """The short form of a work's id; empty for anything else."""
    found = re.fullmatch(r"(?:https?://openalex\.org/)?(W[0-9]{1,15})", url.strip())
    return found[1] if found else ""


def _identifiers(work: Record, own: str) -> Iterator[Identifier]:
    ids = work.record("ids")
    if name := text.identifier(work.string("doi") or ids.string("doi")):
        yield name
    if own:
        yield Identifier("openalex", own)
    if pmid := re.search(r"([0-9]{1,9})/?$", ids.string("pmid"), re.ASCII):
        yield Identifier("pmid", pmid[1])
    if pmcid := re.search(r"(?:PMC|/)([0-9]{1,10})/?$", ids.string("pmcid"), re.ASCII | re.IGNORECASE):
        yield Identifier("pmcid", f"PMC{pmcid[1]}")


def _relations(work: Record) -> Iterator[Relation]:
    """The other places where OpenAlex found the work, such as a preprint server, by DOI or arXiv identifier."""
    for location in work.records("locations"):
        name = text.identifier(location.string("landing_page_url"))
        if name and (related := relations.relation("has-version", name)):
            yield related


def _authors(work: Record) -> Iterator[Author]:
    for authorship in work.records("authorships"):
        person = authorship.record("author")
        name = bylines.natural(authorship.words("raw_author_name") or person.words("display_name"))
        places = ((records.words(raw), None) for raw in authorship.strings("raw_affiliation_strings"))
        if author := frontmatter.author(name, places, person.string("orcid")):
            yield author


def _abstract(index: Record) -> str:
    """The text that an inverted index stands for: `{"Rising": [0], "seas": [1, 4]}`."""
    at: dict[int, str] = {}
    for word, places in index.fields.items():
        for place in places if isinstance(places, list) else []:
            if type(place) is int and 0 <= place < _LONGEST:
                at[place] = word
    return records.markup(" ".join(at[place] for place in sorted(at)), text.ABSTRACT_LIMIT)
