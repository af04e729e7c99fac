"""Kind `dblp`: conferences and journals as the dblp computer science bibliography lists them.

A `stream` is a conference or a journal as a whole (`conf/sp`, `journals/tdsc`), asked for year by year through the
search API (https://dblp.org/faq/13501473); a `toc` is the table of contents of one volume as XML (`conf/sp/sp2026`); a
`query` is in the words of the search. dblp asks robots for a second or two between requests (https://dblp.org/faq/).

dblp knows years, not days, and adds a volume weeks or months after it appeared; hence the long look back, which has
last year's volumes asked for until summer. It has neither abstracts nor affiliations: DOIs lead to both. Its search
meets unknown clients with a check for robots at times, which is no XML: such a fetch fails and says so, and `url` may
name the other address of dblp, https://dblp.uni-trier.de.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html.entities import name2codepoint
from typing import Annotated, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from monitor import bylines, text, xml
from monitor.errors import ParseError
from monitor.sources import only_one, spelt
from monitor.types import Author, Entry, Feed, Identifier, Page, Request, Response, Window

URL = "https://dblp.org"
PACE = 2.0
EVERY = timedelta(days=1)
LOOKBACK = timedelta(days=180)

MOST_HITS = 1_000
"""Hits that the search gives in one answer at most."""

_TYPES = {
    "Journal Articles": "article",
    "Conference and Workshop Papers": "proceedings-article",
    "Informal and Other Publications": "preprint",
    "Parts in Books or Collections": "book-chapter",
    "Books and Theses": "book",
    "Editorship": "proceedings",
    "Reference Works": "reference-entry",
    "Data and Artifacts": "dataset",
    "article": "article",
    "inproceedings": "proceedings-article",
    "incollection": "book-chapter",
    "proceedings": "proceedings",
    "book": "book",
    "phdthesis": "dissertation",
    "mastersthesis": "dissertation",
    "data": "dataset",
}
"""Types in the words of the search and of the records, in Crossref's words. Pages of people (`www`) are no works."""

_PART = "(?:conf|journals|series|books)"
_DOCTYPE = re.compile(rb"<!DOCTYPE\s+dblp\s+SYSTEM\s+\"dblp\.dtd\"\s*>")
_NAMED = re.compile(rb"&([A-Za-z]+);")
_NAMESAKE = re.compile(r"\s+\d{4}$")


class Options(BaseModel):
    """What to list: a stream, the contents of one volume, or what a search finds."""

    model_config = ConfigDict(extra="forbid")

    stream: Annotated[str, spelt(rf"{_PART}/[A-Za-z0-9_-]+", "a stream such as conf/sp or journals/tdsc")] | None = None
    toc: Annotated[str, spelt(rf"{_PART}(/[A-Za-z0-9_-]+){{2}}", "a volume such as conf/sp/sp2026")] | None = None
    query: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _one(self) -> Self:
        only_one(self, stream="conf/sp", toc="conf/sp/sp2026", query="biometric spoofing")
        return self


def first(feed: Feed, window: Window | None) -> Request:
    """The volume, or the first hits of the first year that `window` touches. The note behind `#` is the last year."""
    options = Options(**feed.options)
    if options.toc:
        return Request(f"{feed.url.rstrip('/')}/db/{options.toc}.xml", accept="application/xml")
    term = f"stream:streams/{options.stream}:" if options.stream else str(options.query)
    if window is None:
        return _search(feed.url, term)
    return _search(feed.url, f"{term} year:{window.since.year}:", note={"through": window.until.year})


def _search(base: str, query: str, offset: int = 0, note: dict[str, int] | None = None) -> Request:
    asked = urlencode({"q": query, "format": "xml", "h": MOST_HITS, "f": offset, "c": 0})
    noted = f"#{urlencode(note)}" if note else ""
    return Request(f"{base.rstrip('/')}/search/publ/api?{asked}{noted}", accept="application/xml")


def parse(feed: Feed, request: Request, response: Response) -> Page:
    """A page of the search, or the contents of a volume; also a lone record and an extract of dblp's dump."""
    root = xml.parse(_without_dtd(response.body), f"the answer of {response.url}")
    hits = xml.child(root, "hits")
    if xml.name(root) == "result" and hits is not None:
        return _hits(feed, request, response, hits)
    records = list(_records(root))
    if not records and xml.name(root) not in ("bht", "dblp"):
        raise ParseError(f"{response.url} did not answer with a search or a table of contents of dblp")
    works = [r for r in records if xml.name(r) in _TYPES]
    entries, problems = _read([(r, r.get("key", ""), xml.name(r)) for r in works], response.url)
    return Page(entries=entries, problems=problems, refused=len(works) - len(entries))


def _without_dtd(body: bytes) -> bytes:
    """`body` with the characters that dblp's DTD names (those of Latin-1) put in, and without the reference to it."""
    return _NAMED.sub(_character, _DOCTYPE.sub(b"", body, count=1))


def _character(named: re.Match[bytes]) -> bytes:
    name = named[1].decode()
    known = name in name2codepoint and name not in ("amp", "lt", "gt", "quot")
    return b"&#%d;" % name2codepoint[name] if known else named[0]


def _records(root: xml.Element) -> Iterator[xml.Element]:
    """The records of a table of contents, of an extract, or the one that the document is."""
    if xml.name(root) == "bht":
        for record in root.iter("{*}r"):
            yield from record.iterchildren("{*}*")
    elif xml.name(root) == "dblp":
        yield from root.iterchildren("{*}*")
    elif xml.name(root) in _TYPES and root.get("key"):
        yield root


def _hits(feed: Feed, request: Request, response: Response, hits: xml.Element) -> Page:
    found = [info for hit in xml.children(hits, "hit") if (info := xml.child(hit, "info")) is not None]
    total = _number(hits.get("total"))
    if total is None:
        raise ParseError(f"{response.url} does not say how much it found")
    works = [(info, _line(info, "key"), _line(info, "type")) for info in found]
    entries, problems = _read(works, response.url)
    parts = urlsplit(request.url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    noted = {name: int(values[-1]) for name, values in parse_qs(parts.fragment).items()}
    before = noted.get("before", 0)
    offset = (_number(asked.get("f")) or 0) + len(found)
    following = None
    if found and offset < total:
        following = _search(feed.url, asked.get("q", ""), offset, noted)
    elif offset >= total:
        following = _next_year(feed.url, asked.get("q", ""), {**noted, "before": before + total})
    refused = len(works) - len(entries)
    return Page(entries=entries, following=following, announced=before + total, problems=problems, refused=refused)


def _next_year(base: str, query: str, noted: dict[str, int]) -> Request | None:
    """The same question about the year after; None behind the last one. `before` is what the years before came to."""
    asked = re.fullmatch(r"(.*) year:(\d{4}):", query)
    if asked is None or int(asked[2]) >= noted.get("through", 0):
        return None
    return _search(base, f"{asked[1]} year:{int(asked[2]) + 1}:", note=noted)


def _read(works: list[tuple[xml.Element, str, str]], url: str) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The entries of works, each with its key and type, and what is wrong with them."""
    entries, problems = [], []
    for number, (fields, said, kind) in enumerate(works, 1):
        if not (key := text.clean(said, text.URL_LIMIT)):
            problems.append(f"record {number} of {url} has no key")
            continue
        if kind not in _TYPES:
            problems.append(f"record {number} of {url} ({key}) is of an unknown type: {kind or 'none'}")
        entries.append(_entry(fields, key, kind))
    return tuple(entries), tuple(problems)


def _entry(fields: xml.Element, key: str, kind: str) -> Entry:
    """A work by the fields that hits and records share."""
    links = _links(fields)
    doi = _line(fields, "doi")
    names = [i for word in [f"doi:{doi}" if doi else "", *links] if (i := text.identifier(word))]
    informal = fields.get("publtype", "").startswith("informal") or key.startswith("journals/corr/")
    return Entry(
        key=key,
        title=_title(fields),
        authors=tuple(_authors(fields)),
        identifiers=tuple(dict.fromkeys([*names, Identifier("dblp", key)])),
        url=next((url for link in links if (url := text.web_url(link))), f"https://dblp.org/rec/{key}"),
        updated=text.instant(fields.get("mdate", "")),
        year=text.year(_line(fields, "year")),
        venue=next((v for tag in ("venue", "booktitle", "journal", "series") if (v := _line(fields, tag))), None),
        type="preprint" if informal else _TYPES.get(kind),
    )


def _links(fields: xml.Element) -> list[str]:
    """The addresses of the work. One with a blank in it is none: up to the blank it may be that of a whole volume."""
    links = (xml.words(e).strip() for e in xml.children(fields, "ee"))
    return [link for link in links if link and not re.search(r"\s", link)]


def _title(fields: xml.Element) -> str:
    """The title without the full stop that dblp puts behind each. Hits of the search may escape it twice."""
    title = text.from_html(xml.words(xml.child(fields, "title")), text.TITLE_LIMIT)
    return title.removesuffix(".") if not title.endswith("..") else title


def _authors(fields: xml.Element) -> Iterator[Author]:
    """The authors, of a volume its editors. A number behind a name tells namesakes apart and is no part of it."""
    authors = [*xml.children(xml.child(fields, "authors"), "author"), *xml.children(fields, "author")]
    for person in authors or xml.children(fields, "editor"):
        name = _NAMESAKE.sub("", text.clean(xml.words(person), text.TITLE_LIMIT))
        if bylines.is_person(name):
            yield Author(name, orcid=person.get("orcid"))


def _line(fields: xml.Element, tag: str) -> str:
    return text.clean(xml.words(xml.child(fields, tag)), text.TITLE_LIMIT)


def _number(digits: str | None) -> int | None:
    return int(digits) if digits and re.fullmatch(r"[0-9]{1,9}", digits) else None
