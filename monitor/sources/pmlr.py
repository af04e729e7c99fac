"""Kind `pmlr`: volumes of the Proceedings of Machine Learning Research.

A volume has one BibTeX file with authors, abstract and address of every paper (https://proceedings.mlr.press/spec.html
says what is in it); its RSS has no authors, and its page no abstracts. A `conference` is followed from volume to
volume: the list of volumes says which is its newest. PMLR tells the days of the conference and not when a paper was
put up, so that a paper has a year here and no day.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from monitor import html, text
from monitor.errors import ParseError
from monitor.formats import bibtex
from monitor.sources import only_one
from monitor.types import Author, Entry, Feed, Identifier, Page, Request, Response, Window

URL = "https://proceedings.mlr.press"
PACE = 2.0
EVERY = timedelta(days=7)
LOOKBACK = timedelta(days=30)
"""Each fetch is the whole list, so that it answers for windows that were owed before as well."""

_VOLUME = re.compile(r"(?:^|/)v([0-9]{1,4})/?$")


class Options(BaseModel):
    """A conference by the name that the list of volumes gives it (ICML, AISTATS, CoRL), or the number of a volume."""

    model_config = ConfigDict(extra="forbid")

    conference: str | None = Field(default=None, min_length=2)
    volume: int | None = Field(default=None, ge=1, le=9_999)

    @model_validator(mode="after")
    def _one(self) -> Self:
        only_one(self, conference="ICML", volume="235")
        return self


def first(feed: Feed, window: Window | None) -> Request:
    """The list of volumes, or the volume: whole, for there is no asking by date."""
    options = Options(**feed.options)
    if options.volume:
        return _bibliography(feed, options.volume)
    return Request(f"{feed.url.rstrip('/')}/", accept="text/html")


def _bibliography(feed: Feed, volume: int) -> Request:
    address = f"{feed.url.rstrip('/')}/v{volume}/assets/bib/bibliography.bib"
    return Request(address, accept="application/x-bibtex, text/plain, */*;q=0.5")


def parse(feed: Feed, request: Request, response: Response) -> Page:
    """Where a conference's newest volume is, or the papers of a volume."""
    options = Options(**feed.options)
    asked = urlsplit(request.url).path
    if options.conference and not asked.endswith(".bib"):
        return Page(following=_bibliography(feed, _newest(response, options.conference)))
    found, broken = bibtex.records(response.body.decode("utf-8", "replace"))
    papers = [record for record in found if record.kind == "inproceedings" and text.clean(record.key)]
    if broken >= bibtex.MOST_BROKEN:
        raise ParseError(f"{response.url} has {broken} records without an end; what follows was not read")
    if not papers:
        raise ParseError(f"{response.url} is no bibliography of a volume of PMLR")
    problems = [f"{broken} records of {response.url} could not be read to their end"] if broken else []
    entries = [_entry(record) for record in papers]
    problems += [f"{e.key} of {response.url} has no title" for e in entries if not e.title]
    return Page(entries=tuple(entries), problems=tuple(problems), refused=broken)


def _newest(response: Response, conference: str) -> int:
    """The highest volume whose line in the list begins `Proceedings of <conference>`; workshops name it further on."""
    page = html.parse(response.body, f"the answer of {response.url}")
    title = re.compile(rf"(?:Volume\s+\d+:?\s+)?Proceedings of (?:the )?{re.escape(conference)}(?!\w)", re.IGNORECASE)
    numbers = list[int]()
    for link in page.iter("a"):
        number = _VOLUME.search(link.get("href", ""))
        if number and title.match(html.words(link.getparent())):
            numbers.append(int(number[1]))
    if not numbers:
        raise ParseError(f"{response.url} lists no volume that begins 'Proceedings of {text.clean(conference, 60)}'")
    return max(numbers)


def _entry(record: bibtex.Record) -> Entry:
    address = text.web_url(record.line("url", text.URL_LIMIT))
    forum, doi = record.line("openreview", 60), text.doi(record.line("doi"))
    names = [Identifier("doi", doi)] if doi else []
    names += [Identifier("openreview", forum)] if re.fullmatch(r"[\w-]{5,}", forum) else []
    return Entry(
        key=text.clean(record.key, text.URL_LIMIT),
        title=record.line("title"),
        abstract=record.line("abstract", text.ABSTRACT_LIMIT),
        authors=tuple(map(Author, bibtex.names(record.fields.get("author", "")))),
        identifiers=tuple(names),
        url=address or text.web_url(record.line("pdf", text.URL_LIMIT)),
        year=text.year(record.line("year")),
        venue=record.line("booktitle") or "Proceedings of Machine Learning Research",
        type="proceedings-article",
    )
