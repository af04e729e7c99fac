"""Kind `arxiv`: the Atom API of arXiv, windowed by the time of submission.

API: https://info.arxiv.org/help/api/user-manual.html. arXiv asks for one request every three seconds over one
connection (https://info.arxiv.org/help/api/tou.html) and serves at most 2,000 records a page.

The API knows when a paper was submitted, not when it was announced, and announces up to several days later; hence
the long look back. Read by an XML parser and not by feedparser, which loses whose affiliation is whose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Self
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from monitor import bylines, text, xml
from monitor.errors import ParseError
from monitor.types import Affiliation, Author, Entry, Feed, Identifier, Page, Request, Response, Window

URL = "https://export.arxiv.org/api/query"
PACE = 3.0
EVERY = timedelta(hours=24)
LOOKBACK = timedelta(days=7)

_MINUTE = "%Y%m%d%H%M"
_ALSO = (400,)
"""With this status arXiv says what is wrong with a query, as an entry of a feed."""


class Options(BaseModel):
    """What to search for: `categories` are alternatives, `query` narrows them in the API's own syntax."""

    model_config = ConfigDict(extra="forbid")

    categories: list[str] = Field(default_factory=list)
    query: str | None = None
    page: int = Field(default=500, ge=1, le=2_000)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.categories and not self.query:
            raise ValueError("name categories, a query, or both")
        for category in self.categories:
            if not re.fullmatch(r"[A-Za-z-]+(?:\.(?:[A-Za-z-]+|\*))?", category):
                raise ValueError(f"{category!r} is no arXiv category such as cs.CR or math.*")
        return self


def first(feed: Feed, window: Window | None) -> Request:
    """The first page of everything submitted within `window`, oldest first, so that late arrivals come last."""
    options = Options(**feed.options)
    terms = [" OR ".join(f"cat:{c}" for c in options.categories), options.query]
    search = [f"({term})" for term in terms if term] + ([_submitted(window)] if window else [])
    query = {
        "search_query": " AND ".join(search),
        "sortBy": "submittedDate",
        "sortOrder": "ascending",
        "start": 0,
        "max_results": options.page,
    }
    return Request(f"{feed.url}?{urlencode(query)}", accept="application/atom+xml", also=_ALSO)


def by_id(feed: Feed, identifier: Identifier) -> Request | None:
    """The latest version of one paper."""
    if identifier.scheme != "arxiv":
        return None
    return Request(f"{feed.url}?{urlencode({'id_list': identifier.value})}", accept="application/atom+xml")


def _submitted(window: Window) -> str:
    """`[since, until)` as the API's span of minutes, which includes its end."""
    last = max(window.since, window.until - timedelta(microseconds=1))
    return f"submittedDate:[{window.since.strftime(_MINUTE)} TO {last.strftime(_MINUTE)}]"


def parse(feed: Feed, request: Request, response: Response) -> Page:
    """One page of results. The next begins behind what this one really brought, however few that were.

    An empty page before the announced total has no next one: arXiv sends those now and then with status 200, and
    whoever compares seen with announced will ask again.
    """
    root = xml.parse(response.body, f"the answer of {response.url}")
    total = _number(xml.words(xml.child(root, "totalResults")))
    if xml.name(root) != "feed" or total is None:
        raise ParseError(f"{response.url} did not answer with a page of arXiv results")
    records = list(xml.children(root, "entry"))
    for record in records:
        if "/api/errors" in xml.words(xml.child(record, "id")):
            raise ParseError(f"arXiv refused the query: {text.clean(xml.words(xml.child(record, 'summary')), 300)}")
    entries, problems = [], []
    for number, record in enumerate(records, 1):
        entry = _entry(record)
        if entry:
            entries.append(entry)
        else:
            problems.append(f"record {number} of {response.url} has no arXiv identifier")
    following = _following(request, len(records), total)
    return Page(tuple(entries), following, announced=total, problems=tuple(problems), refused=len(problems))


def _following(request: Request, received: int, total: int) -> Request | None:
    parts = urlsplit(request.url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    start = (_number(query.get("start", "0")) or 0) + received
    if not received or start >= total:
        return None
    return Request(
        urlunsplit(parts._replace(query=urlencode({**query, "start": start}))), accept=request.accept, also=_ALSO
    )


def _number(digits: str) -> int | None:
    found = re.fullmatch(r"\s*(\d{1,12})\s*", digits, re.ASCII)
    return int(found[1]) if found else None


def _entry(record: xml.Element) -> Entry | None:
    named = text.arxiv_id(xml.words(xml.child(record, "id")))
    if named is None:
        return None
    name, version = named
    published = text.instant(xml.words(xml.child(record, "published")))
    return Entry(
        key=name,
        title=text.clean(xml.words(xml.child(record, "title")), text.TITLE_LIMIT),
        abstract=text.clean(xml.words(xml.child(record, "summary")), text.ABSTRACT_LIMIT),
        authors=tuple(_authors(record)),
        identifiers=(Identifier("arxiv", name), *_dois(record)),
        url=f"https://arxiv.org/abs/{name}",
        published=published,
        updated=text.instant(xml.words(xml.child(record, "updated"))),
        year=published.year if published else None,
        venue=text.clean(xml.words(xml.child(record, "journal_ref")), text.TITLE_LIMIT) or "arXiv",
        type="preprint",
        categories=tuple(_categories(record)),
        comment=text.clean(xml.words(xml.child(record, "comment")), text.TITLE_LIMIT) or None,
        version=version,
    )


def _authors(record: xml.Element) -> Iterator[Author]:
    for author in xml.children(record, "author"):
        name = text.clean(xml.words(xml.child(author, "name")), text.TITLE_LIMIT)
        if bylines.is_person(name):
            places = (text.clean(xml.words(a), text.TITLE_LIMIT) for a in xml.children(author, "affiliation"))
            yield Author(name, tuple(Affiliation(place) for place in places if place))


def _dois(record: xml.Element) -> Iterator[Identifier]:
    """The DOIs of the published version; the field may hold several."""
    for field in xml.children(record, "doi"):
        yield from (Identifier("doi", name) for name in text.dois(xml.words(field)))


def _categories(record: xml.Element) -> dict[str, None]:
    """All categories, the primary one first."""
    fields = [*xml.children(record, "primary_category"), *xml.children(record, "category")]
    return dict.fromkeys(term for field in fields if (term := text.clean(field.get("term", ""), 100)))
