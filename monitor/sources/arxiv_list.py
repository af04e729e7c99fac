"""Kind `arxiv-list`: what arXiv announced today, by category, from the RSS and Atom feeds of rss.arxiv.org.

Format: https://info.arxiv.org/help/rss_specifications.html; addresses: https://info.arxiv.org/help/rss.html. A feed
holds one day's announcements and is made anew at midnight in New York; Saturdays, Sundays and holidays it is empty.
arXiv asks for one request every three seconds over all its hosts (https://info.arxiv.org/help/api/tou.html).

The list alone says when a paper was announced and as what: new, listed in a further category, or as a new version of
either. It is read strictly, since a list that was cut short would pass for a quiet day.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator

from monitor import bylines, text, xml
from monitor.errors import ParseError
from monitor.types import Announcement, Author, Entry, Feed, Identifier, Page, Request, Response, Window

URL = "https://rss.arxiv.org"
PACE = 3.0
EVERY = timedelta(hours=12)
LOOKBACK = None

MOST = 2_000
"""Papers that arXiv puts into one feed at most."""

ANNOUNCEMENTS: tuple[Announcement, ...] = get_args(Announcement)

_ANNOUNCED = re.compile(r"arXiv:(\S+)\s+Announce Type:\s*([a-z-]+)")
_CATEGORY = re.compile(r"[a-z-]+(?:\.(?:[A-Z]{2}|[a-z-]+))?")


class Options(BaseModel):
    """Which categories (whole archives too), asked for at once; `announce` leaves out kinds of announcements."""

    model_config = ConfigDict(extra="forbid")

    categories: list[str] = Field(min_length=1)
    announce: list[Announcement] = Field(default=list(ANNOUNCEMENTS), min_length=1)
    format: Literal["rss", "atom"] = "rss"

    @field_validator("categories")
    @classmethod
    def _known(cls, categories: list[str]) -> list[str]:
        for category in categories:
            if not _CATEGORY.fullmatch(category):
                raise ValueError(f"{category!r} is no arXiv category or archive such as cs.CR, hep-ex or math")
        return categories


def first(feed: Feed, window: Window | None) -> Request:
    """The list of all categories in one document: it has no windows, and yesterday's is gone."""
    options = Options(**feed.options)
    accept = f"application/{options.format}+xml, application/xml;q=0.9"
    return Request(f"{feed.url.rstrip('/')}/{options.format}/{'+'.join(options.categories)}", accept=accept)


def parse(feed: Feed, request: Request, response: Response) -> Page:
    """The papers of the day. One that is listed for several categories counts once, by its first record."""
    options = Options(**feed.options)
    root = xml.parse(response.body, f"the answer of {response.url}")
    if xml.name(root) not in ("rss", "feed"):
        raise ParseError(f"{response.url} did not answer with a list of arXiv's announcements")
    records = [*xml.children(xml.child(root, "channel"), "item"), *xml.children(root, "entry")]
    entries, problems, refused = dict[str, Entry](), list[str](), 0
    for number, record in enumerate(records, 1):
        entry, problem = _entry(record)
        refused += entry is None
        if problem:
            problems.append(f"record {number} of {response.url} {problem}")
        if entry and (entry.announced is None or entry.announced in options.announce):
            entries.setdefault(entry.key, entry)
    if len(records) >= MOST:
        problems.append(f"the list has {len(records)} papers, the most that arXiv puts into one: name fewer categories")
    return Page(entries=tuple(entries.values()), problems=tuple(problems), refused=refused)


def _entry(record: xml.Element) -> tuple[Entry | None, str | None]:
    """A paper, and what is wrong with its record as the end of a sentence."""
    said = text.clean(xml.words(xml.child(record, "description")) or xml.words(xml.child(record, "summary")))
    heading = _ANNOUNCED.match(said)
    named = next((n for word in _names(record, heading) if (n := text.arxiv_id(word))), None)
    if named is None:
        return None, "has no arXiv identifier"
    name, version = named
    kind = _announcement(_line(record, "announce_type") or (heading[2] if heading else ""))
    day = text.instant(_line(record, "pubDate") or _line(record, "published"))
    authors = bylines.byline(_line(record, "creator", text.BYLINE_LIMIT))
    return Entry(
        key=name,
        title=_line(record, "title"),
        abstract=text.without_heading(said)[: text.ABSTRACT_LIMIT],
        authors=authors or tuple(_atom_authors(record)),
        identifiers=(Identifier("arxiv", name), *_dois(record)),
        url=f"https://arxiv.org/abs/{name}",
        published=day if _first_appearance(kind, name, day) else None,
        updated=day if kind in ("replace", "replace-cross") else None,
        year=_year(name),
        venue=_line(record, "journal_reference") or "arXiv",
        type="preprint",
        categories=tuple(_categories(record)),
        version=version,
        announced=kind,
        licence=text.web_url(_line(record, "rights")),
    ), None if kind else f"({name}) does not say as what it was announced"


def _names(record: xml.Element, heading: re.Match[str] | None) -> list[str]:
    """Where the identifier may stand; those with the version first."""
    links = [xml.words(e) or e.get("href", "") for e in xml.children(record, "link")]
    return [_line(record, "guid"), _line(record, "id"), f"arXiv:{heading[1]}" if heading else "", *links]


def _announcement(word: str) -> Announcement | None:
    return next((known for known in ANNOUNCEMENTS if known == word), None)


def _first_appearance(kind: Announcement | None, name: str, day: datetime | None) -> bool:
    """Whether `day` is when the work appeared: it may be listed in further categories years later."""
    if kind == "cross" and day:
        return name.startswith((f"{day:%y%m}.", f"{day - timedelta(days=3):%y%m}."))
    return kind == "new"


def _year(name: str) -> int:
    """The year in which a paper was sent to arXiv: its identifier begins with that, or has it after the archive."""
    two = int(name.rpartition("/")[2][:2])
    return 2000 + two if two < 91 else 1900 + two


def _dois(record: xml.Element) -> list[Identifier]:
    """The DOIs of the published version; the field may hold several."""
    return [Identifier("doi", doi) for doi in text.dois(_line(record, "DOI") or _line(record, "doi"))]


def _categories(record: xml.Element) -> dict[str, None]:
    """All categories: text in RSS, `term` in Atom."""
    fields = xml.children(record, "category")
    return dict.fromkeys(c for field in fields if (c := text.clean(xml.words(field) or field.get("term", ""), 100)))


def _atom_authors(record: xml.Element) -> list[Author]:
    """Atom's own authors, should they ever be used beside or instead of `dc:creator`."""
    names = (text.clean(xml.words(xml.child(a, "name")), text.TITLE_LIMIT) for a in xml.children(record, "author"))
    return [Author(name) for name in names if bylines.is_person(name)]


def _line(record: xml.Element, tag: str, limit: int = text.TITLE_LIMIT) -> str:
    return text.clean(xml.words(xml.child(record, tag)), limit)
