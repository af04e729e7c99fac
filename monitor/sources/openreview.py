"""Kind `openreview`: what a venue on OpenReview received or accepted, from version 2 of its API.

API: https://docs.openreview.net/reference/api-v2/openapi-definition (GET /notes). A paper is a note; each field of its
`content` is an object with a `value`. A `venue` is asked for by `venueid`, which accepted papers have once the
decisions are out; an `invitation` such as `ICLR.cc/2026/Conference/-/Submission` brings every public submission with
its state. `{year}` in either stands for each year that the window touches, so that a feed outlives its conference and
what was not answered in December is not taken for answered by the venue of the new year.

Decisions change notes that are months old, so each fetch is the whole venue, a thousand notes a page. The API meets
unknown clients with a challenge at times (403): the fetch is `blocked` then, and a person has to look.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, model_validator

from monitor import bylines, sources, text
from monitor.errors import ParseError
from monitor.sources import only_one, spelt
from monitor.types import Affiliation, Author, Entry, Feed, Identifier, Page, Request, Response, Window

URL = "https://api2.openreview.net"
PACE = 3.0
EVERY = timedelta(days=2)
LOOKBACK = timedelta(days=30)
"""Each fetch is the whole list, so that it answers for windows that were owed before as well."""

MOST = 1_000
"""Notes that one answer holds at most."""

_ALSO = (400,)
"""With this status the API says in JSON what is wrong with a query."""

_GROUP = r"[A-Za-z0-9._/{}-]+"
_UNDECIDED = re.compile(r"/(?:Submission|Active_Submission)$|^$")
_NOT_ACCEPTED = re.compile(r"/(?:Rejected|Withdrawn|Desk_Rejected)_Submission$")

Note = Mapping[str, Any]


class Options(BaseModel):
    """Which papers: those that a venue accepted, or those that were sent in by an invitation."""

    model_config = ConfigDict(extra="forbid")

    venue: Annotated[str, spelt(_GROUP, "a venue such as ICLR.cc/{year}/Conference")] | None = None
    invitation: (
        Annotated[str, spelt(rf"{_GROUP}/-/\w+", "an invitation such as ICLR.cc/{year}/Conference/-/Submission")] | None
    ) = None
    type: str | None = None
    """What accepted papers are, where they are no conference papers: `article` for a journal such as TMLR."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        only_one(self, venue="ICLR.cc/{year}/Conference", invitation="ICLR.cc/{year}/Conference/-/Submission")
        return self


def first(feed: Feed, window: Window | None) -> Request:
    """The first thousand notes, oldest first, so that what is added meanwhile comes last."""
    options = Options(**feed.options)
    if window is None or "{year}" not in str(options.invitation or options.venue):
        return _request(feed.url, _asked(options, ""), 0)
    since, until = sources.days(window)
    noted = {"year": since.year, "through": until.year} if since.year < until.year else None
    return _request(feed.url, _asked(options, str(since.year)), 0, noted)


def _asked(options: Options, year: str) -> dict[str, str]:
    name, value = ("invitation", options.invitation) if options.invitation else ("content.venueid", options.venue)
    return {name: str(value).replace("{year}", year)}


def _request(base: str, asked: Mapping[str, str], offset: int, noted: Mapping[str, int] | None = None) -> Request:
    """`noted` is put behind the `#`: the year asked for, the last one, and how many notes those before had."""
    query = {**asked, "sort": "tcdate:asc", "limit": MOST, "offset": offset}
    address = f"{base.rstrip('/')}/notes?{urlencode(query)}" + (f"#{urlencode(noted)}" if noted else "")
    return Request(address, accept="application/json", also=_ALSO)


def parse(feed: Feed, request: Request, response: Response) -> Page:
    """A page of notes. The next begins behind what this one really brought."""
    document = _document(response)
    notes, count = document.get("notes"), document.get("count")
    if not isinstance(notes, list):
        raise ParseError(f"{response.url} did not answer with notes of OpenReview: {_said(document)}")
    options = Options(**feed.options)
    entries, problems = list[Entry](), list[str]()
    for number, note in enumerate(notes, 1):
        if not isinstance(note, dict) or not _key(note):
            problems.append(f"note {number} of {response.url} has no identifier")
            continue
        entry = _entry(note, options)
        if not entry.title and not entry.deleted:
            problems.append(f"note {number} of {response.url} ({entry.key}) has no title")
        entries.append(entry)
    total = count if type(count) is int and count >= 0 else None
    noted = {name: int(values[-1]) for name, values in parse_qs(urlsplit(request.url).fragment).items()}
    announced = None if total is None else noted.get("before", 0) + total
    following = _following(feed, request, noted, len(notes), total)
    refused = len(notes) - len(entries)
    return Page(tuple(entries), following, announced=announced, problems=tuple(problems), refused=refused)


def _document(response: Response) -> Note:
    try:
        document = json.loads(response.body)
    except (ValueError, RecursionError):
        raise ParseError(f"{response.url} did not answer in JSON") from None
    return document if isinstance(document, dict) else {}


def _said(document: Note) -> str:
    """What an error of the API says."""
    return text.clean(_string(document.get("message")) or _string(document.get("name")), 200) or "there are none"


def _following(
    feed: Feed, request: Request, noted: Mapping[str, int], received: int, total: int | None
) -> Request | None:
    """The request behind `received` notes; where no total is told, until a page that is not full. Then the next year,
    unless notes are missing: whoever compares what came with what was announced will ask again."""
    asked = {name: values[-1] for name, values in parse_qs(urlsplit(request.url).query).items()}
    offset = received + (int(asked["offset"]) if re.fullmatch("[0-9]{1,9}", asked.get("offset", "")) else 0)
    more = offset < total if total is not None else received >= MOST
    if received and more:
        kept = {k: v for k, v in asked.items() if k not in ("sort", "limit", "offset")}
        return _request(feed.url, kept, offset, noted)
    if more or noted.get("year", 0) >= noted.get("through", 0):
        return None
    year = noted["year"] + 1
    noted = {**noted, "year": year, "before": noted.get("before", 0) + (offset if total is None else total)}
    return _request(feed.url, _asked(Options(**feed.options), str(year)), 0, noted)


def _key(note: Note) -> str:
    return text.clean(_string(note.get("id")), text.URL_LIMIT)


def _entry(note: Note, options: Options) -> Entry:
    content = note.get("content")
    fields: Note = content if isinstance(content, dict) else {}
    key = _key(note)
    forum = text.clean(_string(note.get("forum")), text.URL_LIMIT) or key
    shown, venue_id = text.clean(_text(fields, "venue"), text.TITLE_LIMIT), _text(fields, "venueid")
    accepted = not (_UNDECIDED.search(venue_id) or _NOT_ACCEPTED.search(venue_id))
    published = min((d for name in ("odate", "pdate") if (d := _moment(note.get(name)))), default=None)
    published = published or _moment(note.get("cdate"))
    elsewhere = [i for name in ("doi", "html") if (i := text.identifier(_text(fields, name)))]
    return Entry(
        key=key,
        title=text.clean(_text(fields, "title"), text.TITLE_LIMIT),
        abstract=text.clean(_text(fields, "abstract"), text.ABSTRACT_LIMIT),
        authors=tuple(_authors(fields)),
        identifiers=tuple(dict.fromkeys([*elsewhere, Identifier("openreview", forum)])),
        url=f"https://openreview.net/forum?{urlencode({'id': forum})}",
        published=published,
        updated=_moment(note.get("mdate")),
        year=published.year if published else None,
        venue=shown if accepted and shown else "OpenReview",
        type=(options.type or "proceedings-article") if accepted else "preprint",
        categories=tuple(
            dict.fromkeys(k for word in _list(fields, "keywords") if (k := text.clean(_string(word), 200)))
        ),
        comment=None if accepted else shown or None,
        deleted=note.get("ddate") is not None,
    )


def _keywords(fields: Note) -> Iterator[str]:
    return (k for word in _list(fields, "keywords") if (k := text.clean(_string(word), 200)))


def _authors(fields: Note) -> Iterator[Author]:
    """Names, or objects with a name and the institutions; anonymous submissions have none."""
    for author in _list(fields, "authors"):
        known: Note = author if isinstance(author, dict) else {"fullname": author}
        name = text.clean(_string(known.get("fullname")) or _string(known.get("name")), text.TITLE_LIMIT)
        if bylines.is_person(name):
            places = known.get("institutions")
            named = (p.get("name") for p in (places if isinstance(places, list) else []) if isinstance(p, dict))
            lines = (text.clean(_string(place), text.TITLE_LIMIT) for place in named)
            yield Author(name, tuple(Affiliation(line) for line in lines if line))


def _value(fields: Note, name: str) -> object:
    """A field of the content: in an object of its own here, bare in version 1 of the API."""
    value = fields.get(name)
    return value.get("value") if isinstance(value, dict) else value


def _text(fields: Note, name: str) -> str:
    return _string(_value(fields, name))


def _list(fields: Note, name: str) -> list[object]:
    """A list; a text that holds one, parted by commas, counts as well."""
    value = _value(fields, name)
    return value if isinstance(value, list) else list(_string(value).split(","))


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _moment(milliseconds: object) -> datetime | None:
    """A time in milliseconds since 1970, if it lies between 1973 and 2096."""
    if not isinstance(milliseconds, int | float) or not 1e11 < milliseconds < 4e12:
        return None
    return datetime.fromtimestamp(int(milliseconds // 1_000), UTC)
