"""Kind `usenix`: the papers of a USENIX conference (USENIX Security, SOUPS, ...) from its page of technical sessions.

USENIX has no feed or interface of papers. The page has had the same marks since 2013: an `article` of class
`node-paper` for each paper, in it the title as a heading with a link, the people (institutions in italics) and mostly
the abstract. It is the only place that has affiliations and abstracts together, which is why a page is read at all.
What has no people is a talk or a break and is passed over. A page on which no paper is found is refused, never taken
for an empty programme.

A paper has the year of the conference and no day: the page does not say when it was put up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated
from urllib.parse import urljoin

from pydantic import BaseModel, ConfigDict

from monitor import bylines, html, text
from monitor.errors import ParseError
from monitor.sources import spelt
from monitor.types import Affiliation, Author, Entry, Feed, Page, Request, Response, Window

URL = "https://www.usenix.org"
PACE = 10.0
EVERY = timedelta(days=2)
LOOKBACK = None

_PEOPLE = ("field-name-field-paper-people-text", "field-name-field-presented-by")
_ABSTRACT = ("field-name-field-paper-description-long", "field-name-field-paper-description")
_AWARD = re.compile(
    r"\b(?:award(?:ed)?|artifact|winner|distinguished|test of time|honou?rable mention)\b", re.IGNORECASE
)


class Options(BaseModel):
    """The conference as USENIX's addresses name it, with two digits of the year: usenixsecurity26, soups2026."""

    model_config = ConfigDict(extra="forbid")

    conference: Annotated[str, spelt(r"[a-z]+(\d{2}|\d{4})", "a conference with its year such as usenixsecurity26")]
    page: Annotated[str, spelt("[a-z0-9-]+", "the end of an address such as accepted-papers")] = "technical-sessions"
    """Before the programme is out: `accepted-papers`, `fall-accepted-papers`, ..."""
    venue: str | None = None


def first(feed: Feed, window: Window | None) -> Request:
    """The page of the conference."""
    options = Options(**feed.options)
    return Request(f"{feed.url.rstrip('/')}/conference/{options.conference}/{options.page}", accept="text/html")


def parse(feed: Feed, request: Request, response: Response) -> Page:
    """Every paper on the page, in its order."""
    options = Options(**feed.options)
    page = html.parse(response.body, f"the answer of {response.url}")
    entries, problems = dict[str, Entry](), list[str]()
    for number, article in enumerate(html.with_class(page, "node-paper"), 1):
        people = next(html.with_class(article, *_PEOPLE), None)
        if people is None:
            continue
        entry = _entry(article, people, options, response.url)
        if entry is None:
            problems.append(f"paper {number} of {response.url} has no title with a link")
        else:
            entries.setdefault(entry.key, entry)
    lowered = response.body.lower()
    if b"<html" in lowered and b"</html" not in lowered:
        problems.append(f"{response.url} is cut short: it has no end, and papers may be missing")
    if not entries:
        raise ParseError(f"{response.url} shows no papers: the page is not there yet, or is made in another way by now")
    return Page(entries=tuple(entries.values()), problems=tuple(problems), refused=len(problems))


def _entry(article: html.Element, people: html.Element, options: Options, base: str) -> Entry | None:
    link = next((a for heading in article.iter("h2", "h3") for a in heading.iter("a") if a.get("href")), None)
    url = text.web_url(urljoin(base, link.get("href"))) if link is not None else None
    title = html.words(link, text.TITLE_LIMIT)
    if url is None or not title:
        return None
    year = re.search(r"\d+$", options.conference)
    abstract = next(html.with_class(article, *_ABSTRACT), None)
    return Entry(
        key=url,
        title=title,
        abstract=text.without_heading(html.words(abstract, text.ABSTRACT_LIMIT)),
        authors=tuple(_authors(people)),
        url=url,
        year=2000 + int(year[0][-2:]) if year else None,
        venue=options.venue or options.conference,
        type="proceedings-article",
    )


def _authors(people: html.Element) -> Iterator[Author]:
    """`A and B, <em>Institute X;</em> C, <em>Institute Y</em>`: what is in italics belongs to the names before it.

    Awards are in italics too, and belong to nobody.
    """
    waiting = list[str]()
    for is_place, words in _runs(people):
        if not is_place:
            waiting += bylines.split(words.strip(" ,;"))
            continue
        pieces = (text.clean(piece, text.TITLE_LIMIT).strip(" ,") for piece in words.split(";"))
        places = tuple(Affiliation(piece) for piece in pieces if piece and not _AWARD.search(piece))
        if places:
            yield from (Author(name, places) for name in waiting)
            waiting = []
    yield from (Author(name) for name in waiting)


def _runs(people: html.Element) -> Iterator[tuple[bool, str]]:
    """The text in its order, each run with whether it is in italics. What only parts words belongs to those before."""
    runs = list[tuple[bool, str]]()
    for is_place, words in _pieces(people, italic=False):
        if runs and (runs[-1][0] == is_place or not words.strip(" ,;\n\t\xa0")):
            runs[-1] = (runs[-1][0], runs[-1][1] + words)
        else:
            runs.append((is_place, words))
    return ((is_place, text.clean(words)) for is_place, words in runs)


def _pieces(element: html.Element, *, italic: bool) -> Iterator[tuple[bool, str]]:
    yield italic, element.text or ""
    for child in element:
        if isinstance(child.tag, str):
            yield from _pieces(child, italic=italic or child.tag in ("em", "i"))
            # A break parts what stands on two lines, such as an institution and an award.
            yield italic, ("; " if child.tag == "br" else "")
        yield italic, child.tail or ""
