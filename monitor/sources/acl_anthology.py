"""Kind `acl-anthology`: papers of computational linguistics from the official metadata of the ACL Anthology.

The Anthology keeps one XML file for each collection, a venue's year such as `2026.acl`, in its repository; its pages
and BibTeX are made from them (https://aclanthology.org/faq/api/; schema: data/xml/schema.rnc there). The XML is taken
because it is the source: it has the abstracts, DOIs, corrections and retractions that the BibTeX of a volume lacks.

A `venue` is followed from year to year: its page says which collection is the newest. A `volume` stays what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, model_validator

from monitor import bylines, html, text, xml
from monitor.errors import ParseError
from monitor.sources import only_one, spelt
from monitor.types import Affiliation, Author, Entry, Feed, Identifier, Page, Request, Response, Window

URL = "https://aclanthology.org"
PACE = 2.0
EVERY = timedelta(days=7)
LOOKBACK = timedelta(days=30)
"""Each fetch is the whole list, so that it answers for windows that were owed before as well."""

DATA = "https://raw.githubusercontent.com/acl-org/acl-anthology/master/data/xml"
"""Where the collections are; with another `url`, they are expected below it in `data/xml`."""

_VOLUME = re.compile(r"/volumes/(\d{4})\.([a-z0-9]+)-[a-z0-9]+/?$")
_ID = r"(?:\d{4}\.[a-z0-9]+|[A-Z]\d{2})"


class Options(BaseModel):
    """The venue by its id in the Anthology (acl, emnlp, findings), or a volume or collection by its own."""

    model_config = ConfigDict(extra="forbid")

    venue: Annotated[str, spelt("[a-z0-9]+", "a venue's id such as acl or findings")] | None = None
    volume: Annotated[str, spelt(rf"{_ID}(-[a-z0-9]+)?", "a volume such as 2026.acl-long or J89-1")] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        only_one(self, venue="acl", volume="2026.acl-long")
        return self


def first(feed: Feed, window: Window | None) -> Request:
    """The page of the venue, or the collection that the volume is in: whole, for there is no asking by date."""
    options = Options(**feed.options)
    if options.volume:
        return _collection(feed, [options.volume.partition("-")[0]])
    return Request(f"{feed.url.rstrip('/')}/venues/{options.venue}/", accept="text/html")


def _collection(feed: Feed, names: list[str]) -> Request:
    """The first of `names`; the others are noted behind the `#`."""
    base = feed.url.rstrip("/")
    folder = DATA if base == URL else f"{base}/data/xml"
    noted = f"#{urlencode({'then': ','.join(names[1:])})}" if names[1:] else ""
    return Request(f"{folder}/{names[0]}.xml{noted}", accept="application/xml, text/xml, text/plain")


def parse(feed: Feed, request: Request, response: Response) -> Page:
    """Where a venue's newest papers are, or the papers of a collection."""
    options = Options(**feed.options)
    if options.venue and urlsplit(request.url).path.endswith(f"/venues/{options.venue}/"):
        return Page(following=_collection(feed, _newest(response)))
    root = xml.parse(response.body, f"the answer of {response.url}")
    if xml.name(root) != "collection" or not root.get("id"):
        raise ParseError(f"{response.url} is no collection of the ACL Anthology")
    entries, problems, refused = list[Entry](), list[str](), 0
    for volume in xml.children(root, "volume"):
        if _wanted(options, root, volume):
            for number, paper in enumerate(xml.children(volume, "paper"), 1):
                entry, problem = _paper(root, volume, paper)
                entries += [entry] if entry else []
                refused += entry is None
                if problem:
                    problems.append(f"paper {number} of volume {volume.get('id')} of {response.url} {problem}")
    if options.volume and not entries:
        raise ParseError(f"{response.url} has no papers of the volume {options.volume}")
    then = parse_qs(urlsplit(request.url).fragment).get("then", [""])[0]
    following = _collection(feed, then.split(",")) if then else None
    return Page(entries=tuple(entries), following=following, problems=tuple(problems), refused=refused)


def _newest(response: Response) -> list[str]:
    """The collections of the newest year that the page of a venue links volumes of."""
    page = html.parse(response.body, f"the answer of {response.url}")
    links = (_VOLUME.search(link.get("href", "")) for link in page.iter("a"))
    found = dict.fromkeys((link[1], f"{link[1]}.{link[2]}") for link in links if link)
    newest = max((year for year, _ in found), default=None)
    if newest is None:
        raise ParseError(f"{response.url} links no volume since 2020: is it the page of a venue?")
    return [name for year, name in found if year == newest]


def _wanted(options: Options, collection: xml.Element, volume: xml.Element) -> bool:
    """Whether a volume is the one asked for, or counts for the venue: workshops share collections with conferences."""
    if options.volume:
        return options.volume in (collection.get("id"), f"{collection.get('id')}-{volume.get('id')}")
    venues = [_line(e) for e in xml.children(xml.child(volume, "meta"), "venue")]
    return options.venue in venues or not venues


def _paper(collection: xml.Element, volume: xml.Element, paper: xml.Element) -> tuple[Entry | None, str | None]:
    """A paper, and what is wrong with its record as the end of a sentence."""
    name = _anthology_id(collection.get("id"), volume.get("id", ""), paper.get("id", ""))
    if name is None:
        return None, "has no number"
    meta = xml.child(volume, "meta")
    year = text.year(_line(xml.child(meta, "year")))
    ingested, retracted = text.instant(volume.get("ingest-date", "")), xml.child(paper, "retracted")
    title = text.clean(_words(xml.child(paper, "title")), text.TITLE_LIMIT)
    doi = text.doi(_line(xml.child(paper, "doi")))
    return Entry(
        key=name,
        title=title,
        abstract=text.clean(_words(xml.child(paper, "abstract")), text.ABSTRACT_LIMIT),
        authors=tuple(_authors(paper)),
        identifiers=(*([Identifier("doi", doi)] if doi else []), Identifier("acl", name)),
        url=f"https://aclanthology.org/{name}/",
        # Old volumes were taken in decades after they appeared: the day only counts where it is of the same year.
        published=ingested if ingested and ingested.year == year else None,
        updated=max(_corrections(paper), default=None),
        year=year,
        venue=_line(xml.child(meta, "journal-title")) or _line(xml.child(meta, "booktitle")) or None,
        type="article" if volume.get("type") == "journal" else "proceedings-article",
        comment=None if retracted is None else f"Retracted: {_line(retracted)}".rstrip(": "),
        language=text.language(_line(xml.child(paper, "language"))),
        deleted=xml.child(paper, "removed") is not None,
    ), None if title else f"({name}) has no title"


def _anthology_id(collection: str, volume: str, paper: str) -> str | None:
    """The name of a paper: 2026.acl-long.1, and in the scheme before 2020 J89-1001 or W19-0201 (workshops)."""
    if not re.fullmatch(r"[a-z0-9]+", volume) or not re.fullmatch(r"[0-9]{1,4}", paper):
        return None
    if not re.fullmatch(r"[A-Z]\d\d", collection):
        return f"{collection}-{volume}.{paper}"
    if not volume.isdigit():
        return None
    wide = collection[0] == "W" or collection == "C69" or (collection == "D19" and int(volume) >= 5)
    return f"{collection}-{int(volume):02}{int(paper):02}" if wide else f"{collection}-{int(volume)}{int(paper):03}"


def _authors(paper: xml.Element) -> Iterator[Author]:
    for person in xml.children(paper, "author"):
        name = " ".join(part for tag in ("first", "last") if (part := _line(xml.child(person, tag))))
        if bylines.is_person(name):
            places = (_line(e) for e in xml.children(person, "affiliation"))
            yield Author(name, tuple(Affiliation(place) for place in places if place), person.get("orcid"))


def _corrections(paper: xml.Element) -> Iterator[datetime]:
    """When a paper was revised, corrected or retracted."""
    for tag in ("revision", "erratum", "retracted"):
        yield from (day for e in xml.children(paper, tag) if (day := text.instant(e.get("date", ""))))


def _words(element: xml.Element | None) -> str:
    """The text of a title or an abstract; formulas are in TeX, and get back the dollars that say so."""
    if element is None:
        return ""
    inner = (element.text or "") + "".join(_words(child) + (child.tail or "") for child in element)
    return f"${inner}$" if xml.name(element) == "tex-math" else inner


def _line(element: xml.Element | None) -> str:
    return text.clean(xml.words(element), text.TITLE_LIMIT)
