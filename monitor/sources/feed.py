"""Kind `feed`: RSS 0.9 to 2.0, RSS 1.0 (RDF), Atom, CDF and JSON Feed, as journals and laboratories have them.

The XML formats are read by feedparser, because documents that break their own format are everyday business here;
what it could not read strictly is named in the page's problems. Its HTML clean-up is switched off: it swallows text
after a bare `<`, and of HTML nothing but the words is kept anyway (`monitor.text.from_html`).

Formats: https://www.rssboard.org/rss-specification, https://web.resource.org/rss/1.0/spec, RFC 4287,
https://www.jsonfeed.org/version/1.1/, PRISM and Dublin Core for DOI, venue and authors.
"""

from __future__ import annotations

import calendar
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from pydantic import BaseModel, ConfigDict

from monitor import bylines, text
from monitor.errors import ParseError
from monitor.types import Author, Entry, Feed, Identifier, Page, Request, Response, Window

URL = ""
PACE = 1.0
EVERY = timedelta(hours=6)
LOOKBACK = None

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"

YEARS = range(1990, 2080)
"""Years that a date in a feed may lie in. Others are stand-ins (1970 for "none") or mistakes (2099 pins an entry
to the top of every list): the date is dropped and named. A date a few months ahead is normal for journal issues;
measuring against today is the business of those who know the clock."""

TEASER = 200
"""Characters that a summary must have to be preferred to the whole content."""

INFLATION = 1_000_000
"""Bytes that the entities a document declares may grow to."""

ENTITIES = 1_000
"""Entities that a document may declare; all of HTML has 253 names for characters of Latin-1, symbols and Greek."""

_ROOT_CLOSED = re.compile(rb"</(?:\w+:)?(?:rss|feed|rdf)\b", re.IGNORECASE)
_ENTITY = re.compile(rb"<!ENTITY\s+(\S+)\s+(?:\"([^\"]*)\"|'([^']*)')")
_REFERENCE = re.compile(rb"&([^\s&;]+);")
_ADDRESS = re.compile(r"[(<]?[\w.+-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)[)>]?", re.ASCII)
_VERSION = re.compile(r"v\d{1,3}$")


class Options(BaseModel):
    """Said of every entry, for feeds of one journal that do not say it themselves."""

    model_config = ConfigDict(extra="forbid")

    venue: str | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class _Record:
    """An entry in whatever format, its fields in the words of the feed."""

    guid: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    links: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    authors: tuple[Author, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    venue: str = ""
    language: str = ""
    categories: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def first(feed: Feed, window: Window | None) -> Request:
    """The feed itself: it has no windows."""
    return Request(feed.url, accept=ACCEPT)


def parse(feed: Feed, request: Request, response: Response) -> Page:
    """Every entry of the document, in its order.

    Raises ParseError when it is no feed at all: an HTML page, an error in JSON, nothing.
    """
    options = Options(**feed.options)
    body = response.body.lstrip(b"\xef\xbb\xbf \t\r\n")
    read = _json_feed if body[:1] in (b"{", b"[") else _xml_feed
    records, problems, refused = read(response)
    entries = _told_apart([_entry(record, options) for record in records])
    said = [f"entry {e.key!r}: {p}" for e, r in zip(entries, records, strict=True) for p in r.problems]
    return Page(entries=tuple(dict.fromkeys(entries)), problems=(*problems, *said), refused=refused)


# --- RSS, Atom, CDF --------------------------------------------------------------------------


def _xml_feed(response: Response) -> tuple[list[_Record], list[str], int]:
    """The records, what is wrong with the document, and how many records were left out for that."""
    import feedparser

    _refuse_bombs(response)
    try:
        # A stream, never the bytes themselves: feedparser would take those for the name of a file to open.
        # It is not told the address either: it would build that into every guid, and a feed that moves would be new.
        document = feedparser.parse(
            io.BytesIO(_squeezed(response.body)),
            response_headers={"content-type": response.content_type},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # feedparser passes on whatever its date, charset and SGML helpers raise
        raise ParseError(f"{response.url} could not be read as a feed: {text.clean(repr(error), 200)}") from error
    if _is_html(response.body) or not (document.get("version") or document.entries):
        raise ParseError(f"{response.url} is not a feed: {_what(response.body)}")
    entries, problems, refused = list(document.entries), list[str](), 0
    if document.bozo and not isinstance(document.bozo_exception, feedparser.exceptions.ThingsNobodyCaresAboutButMe):
        problems.append(f"the feed is malformed: {text.clean(str(document.bozo_exception), 200)}")
        if document.get("version") != "cdf" and not _ROOT_CLOSED.search(response.body.replace(b"\0", b"")):
            if not entries:
                raise ParseError(f"{response.url} is cut short before its first entry")
            problems.append("the feed is cut short; its last entry is left out")
            entries.pop()
            refused = 1
    return [_xml_record(entry, document.feed, response.url) for entry in entries], problems, refused


def _refuse_bombs(response: Response) -> None:
    """Refuse documents whose own entities take too long to read or grow too large; feedparser sets no limit."""
    if b"<!ENTITY" not in (plain := response.body.replace(b"\0", b"")):
        return
    sizes: dict[bytes, int] = {}
    for name, double, single in _ENTITY.findall(plain):
        value = double or single
        sizes[name] = len(value) + sum(sizes.get(inner, 0) for inner in _REFERENCE.findall(value))
    inflated = sum(sizes.get(name, 0) for name in _REFERENCE.findall(plain))
    if inflated > INFLATION or plain.count(b"<!ENTITY") > ENTITIES:
        raise ParseError(f"{response.url} declares entities that would grow without bounds")


def _squeezed(body: bytes) -> bytes:
    """`body` without runs of blanks before its root element, over which feedparser takes quadratic time."""
    root = re.search(rb"<\w", body)
    start = root.start() if root else len(body)
    return re.sub(rb"\s{2,}", b"\n", body[:start]) + body[start:]


def _xml_record(entry: Mapping[str, Any], channel: Mapping[str, Any], base: str) -> _Record:
    detail = entry.get("title_detail") or {}
    published, updated, created = (_moment(entry, f"{word}_parsed") for word in ("published", "updated", "created"))
    return _Record(
        guid=_string(entry.get("id")),
        title=_words(entry.get("title"), detail.get("type"), text.TITLE_LIMIT),
        summary=_words(entry.get("summary"), (entry.get("summary_detail") or {}).get("type"), text.ABSTRACT_LIMIT),
        content=max(
            (_words(c.get("value"), c.get("type"), text.ABSTRACT_LIMIT) for c in _contents(entry)), key=len, default=""
        ),
        links=tuple(_resolved(link, base) for link in _links(entry) if link),
        names=tuple(_string(entry.get(key)) for key in ("prism_doi", "dc_identifier", "id")),
        authors=tuple(_authors(entry)),
        published=_sensible(published or created),
        updated=_sensible(updated),
        venue=_string(entry.get("prism_publicationname") or channel.get("prism_publicationname")),
        language=_string(entry.get("language") or detail.get("language") or channel.get("language")),
        categories=tuple(_string(tag.get("term") or tag.get("label")) for tag in entry.get("tags") or ()),
        problems=tuple(_odd_dates(published, updated)),
    )


def _links(entry: Mapping[str, Any]) -> Iterator[str]:
    """Addresses of the article, best first: what a feed burner replaced, what is marked as the article, any other."""
    marked = (link.get("href") for link in entry.get("links") or () if link.get("rel") == "alternate")
    return map(_string, (entry.get("feedburner_origlink"), *marked, entry.get("link")))


def _resolved(link: str, base: str) -> str:
    try:
        return urljoin(base, link.strip())
    except ValueError:
        return link


def _contents(entry: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The textual bodies of an entry: Atom may also carry pictures or sound there."""
    return (c for c in entry.get("content") or () if _is_text(c.get("type")))


def _is_text(media_type: str | None) -> bool:
    kind = (media_type or "text/html").lower()
    return kind.startswith("text/") or kind in ("text", "html", "xhtml") or kind.endswith("+xml")


def _words(value: object, media_type: str | None, limit: int) -> str:
    """Plain text stays as it is; everything else is HTML (feedparser has already weighed what RSS leaves open)."""
    if (media_type or "").lower() in ("text/plain", "text"):
        return text.clean(_string(value), limit)
    return text.from_html(_string(value), limit)


def _authors(entry: Mapping[str, Any]) -> Iterator[Author]:
    """The people of an entry; one `dc:creator` may hold a whole byline.

    feedparser hands the address of one author on to the next who has none: it counts for the first only.
    """
    people = [p for p in entry.get("authors") or () if p] or [{"name": entry.get("author")}]
    known = set[str]()
    for person in people:
        name = _ADDRESS.sub("", text.from_html(_string(person.get("name")), text.BYLINE_LIMIT))
        names = bylines.split(name.strip())
        address = _ADDRESS.search(_string(person.get("email")))
        own = address is not None and address[0] not in known and len(names) == 1
        yield from (Author(name, domain=address[1].lower() if address and own else None) for name in names)
        known |= {address[0]} if address else set()


def _moment(entry: Mapping[str, Any], key: str) -> datetime | None:
    """A time tuple of feedparser, which is in UTC. `get` would find `published` under the name of `updated`."""
    try:
        return datetime.fromtimestamp(calendar.timegm(entry[key]), UTC) if key in entry else None
    except (ValueError, TypeError, OverflowError, OSError):
        return None


# --- JSON Feed -------------------------------------------------------------------------------


def _json_feed(response: Response) -> tuple[list[_Record], list[str], int]:
    """The same of JSON Feed."""
    try:
        document = json.loads(response.body)
    except (ValueError, RecursionError) as error:
        raise ParseError(
            f"{response.url} is not a feed: it begins like JSON and is none ({text.clean(str(error), 200)})"
        ) from error
    version = document.get("version") if isinstance(document, dict) else None
    if not re.match(r"https?://(?:www\.)?jsonfeed\.org/version/", _string(version)):
        raise ParseError(
            f"{response.url} is not a feed: JSON that names no version of JSON Feed: {_what(response.body)}"
        )
    items = document.get("items")
    if not isinstance(items, list):
        return [], ["the feed has no list of items"], 0
    good = [item for item in items if isinstance(item, dict)]
    refused = len(items) - len(good)
    problems = [f"{refused} of the items are no objects"] if refused else []
    return [_json_record(item, document) for item in good], problems, refused


def _json_record(item: Mapping[str, Any], document: Mapping[str, Any]) -> _Record:
    published, updated = (text.instant(_string(item.get(key))) for key in ("date_published", "date_modified"))
    content = _string(item.get("content_html"))
    return _Record(
        guid=_string(item.get("id")),
        title=text.clean(_string(item.get("title")), text.TITLE_LIMIT),
        summary=text.clean(_string(item.get("summary")), text.ABSTRACT_LIMIT),
        content=text.from_html(content, text.ABSTRACT_LIMIT)
        or text.clean(_string(item.get("content_text")), text.ABSTRACT_LIMIT),
        links=tuple(_string(item.get(key)) for key in ("url", "external_url")),
        names=tuple(_string(item.get(key)) for key in ("doi", "id")),
        authors=tuple(_json_authors(item)),
        published=_sensible(published),
        updated=_sensible(updated),
        language=_string(item.get("language")) or _string(document.get("language")),
        categories=tuple(_string(tag) for tag in _list(item.get("tags"))),
        problems=tuple(_odd_dates(published, updated)),
    )


def _json_authors(item: Mapping[str, Any]) -> Iterator[Author]:
    """`authors` of version 1.1, `author` of version 1."""
    for person in (*_list(item.get("authors")), item.get("author")):
        if isinstance(person, dict):
            name = text.clean(_string(person.get("name")), text.TITLE_LIMIT)
            yield from (Author(part) for part in bylines.split(name))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


# --- what all formats share ------------------------------------------------------------------


def _entry(record: _Record, options: Options) -> Entry:
    url = next((u for link in record.links if (u := text.web_url(link))), None)
    names = _identifiers(record)
    abstract = record.summary if len(record.summary) >= TEASER else max(record.summary, record.content, key=len)
    doi = next((i.value for i in names if i.scheme == "doi"), None)
    entry = Entry(
        key=_key(record, url),
        title=record.title,
        abstract=text.without_heading(abstract),
        authors=tuple(dict.fromkeys(record.authors)),
        identifiers=names,
        url=url or text.web_url(record.guid) or (f"https://doi.org/{doi}" if doi else None),
        published=record.published or record.updated,
        updated=record.updated,
        venue=options.venue or text.clean(record.venue, text.TITLE_LIMIT) or None,
        type=options.type or ("preprint" if any(i.scheme == "arxiv" for i in names) else None),
        categories=tuple(dict.fromkeys(c for word in record.categories if (c := text.clean(word, 200)))),
        language=text.language(record.language),
    )
    return replace(entry, year=entry.published.year if entry.published else None)


def _identifiers(record: _Record) -> tuple[Identifier, ...]:
    """What the record itself calls its names; only failing a DOI there, the one in its link."""
    stated = [i for name in record.names if (i := text.identifier(name))]
    linked = [i for link in record.links if (i := text.identifier(link))]
    schemes = {i.scheme for i in stated}
    return tuple(dict.fromkeys([*stated, *(i for i in linked if i.scheme not in schemes)]))


def _key(record: _Record, url: str | None) -> str:
    """The guid, else the address, else a hash. An arXiv guid names a version, and a version is no new record."""
    guid = text.clean(record.guid, text.URL_LIMIT)
    if guid and text.arxiv_id(guid):
        return _VERSION.sub("", guid)
    return guid or url or _hash(record.title or record.content or record.summary, str(record.published))


def _told_apart(entries: list[Entry]) -> list[Entry]:
    """`entries`, those of different articles under one guid told apart by their address or title."""
    articles = Counter(key for key, _ in {(e.key, e.url or e.title) for e in entries})
    return [replace(e, key=f"{e.key}#{_hash(e.url or e.title)}") if articles[e.key] > 1 else e for e in entries]


def _hash(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def _sensible(moment: datetime | None) -> datetime | None:
    return moment if moment and moment.year in YEARS else None


def _odd_dates(*moments: datetime | None) -> Iterator[str]:
    return (f"the date {m:%Y-%m-%d} is left out" for m in moments if m and m.year not in YEARS)


def _string(value: object) -> str:
    """`value` when it is a string, a number as one; empty otherwise."""
    return value if isinstance(value, str) else str(value) if type(value) in (int, float) else ""


def _is_html(body: bytes) -> bool:
    """Whether the root element is that of an HTML page."""
    prolog = rb"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*>"
    start = re.sub(prolog, b"", body[:4_000], flags=re.DOTALL | re.IGNORECASE).strip(b"\xef\xbb\xbf \t\r\n")
    return re.match(rb"<html\b", start, re.IGNORECASE) is not None


def _what(body: bytes) -> str:
    """What a document seems to be instead, in a few words."""
    start = body[:4_000].decode("utf-8", "replace")
    title = re.search(r"<title[^>]*>([^<]{1,200})", start, re.IGNORECASE)
    if title:
        return f"a page titled {text.from_html(title[1], 100)!r}"
    words = text.clean(start, 80)
    return f"it begins with {words!r}" if words else "it is empty"
