"""Kind `oai`: OAI-PMH 2.0, the harvesting protocol of arXiv, of institutional repositories and of journals.

Protocol: https://www.openarchives.org/OAI/openarchivesprotocol.html; arXiv's sets and formats:
https://info.arxiv.org/help/oa/index.html. Windows go by the datestamp, the day on which a record appeared or
changed, so late announcements are not lost; a day's look back covers records that are stamped while we read, and
servers that take a last day for its first moment. What a record says is read by its format, whatever prefix a
repository gives that: arXiv's two, Dublin Core, DataCite.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, urldefrag, urlencode, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict

from monitor import bylines, text, xml
from monitor.errors import ParseError
from monitor.formats import datacite, dublin_core
from monitor.sources import spelt
from monitor.types import Affiliation, Author, Entry, Feed, Identifier, Page, Request, Response, Window

URL = "https://oaipmh.arxiv.org/oai"
PACE = 3.0
EVERY = timedelta(hours=24)
LOOKBACK = timedelta(days=1)

_STAMPS = {"day": "%Y-%m-%d", "second": "%Y-%m-%dT%H:%M:%SZ"}
_GRANULARITIES: dict[str, Literal["day", "second"]] = {"YYYY-MM-DD": "day", "YYYY-MM-DDThh:mm:ssZ": "second"}

_WORD = r"[A-Za-z0-9\-_.!~*'()]+"
"""What the protocol allows in a metadataPrefix and between the colons of a setSpec (sections 3.4 and 4.6)."""

_PHYSICS = frozenset(
    {
        *("astro-ph", "cond-mat", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math-ph", "nlin", "nucl-ex"),
        *("nucl-th", "quant-ph"),
    }
)
"""arXiv's archives of the group `physics`; every other archive is a group of its own."""

_CATEGORY = re.compile(r"([a-z]+(?:-[a-z]+)?)\.([A-Za-z]{2}|[a-z]+-[a-z]+)")

_ALSO = (422,)
"""InvenioRDM (Zenodo among others) sends the protocol's errors with this status, that nothing matches included."""


class Options(BaseModel):
    """Which part of the repository, in which format, and how finely it tells time (the Identify answer says)."""

    model_config = ConfigDict(extra="forbid")

    set: Annotated[str, spelt(f"{_WORD}(:{_WORD})*", "a setSpec such as cs:cs:CR or user-example")] | None = None
    """For arXiv a category such as cs.CR or hep-ex will do."""
    prefix: Annotated[str, spelt(_WORD, "a metadataPrefix such as oai_dc")] = "arXiv"
    granularity: Literal["day", "second", "ask"] = "day"
    """Every repository takes days (section 3.3); `ask` asks each time whether it takes seconds."""
    venue: str | None = None
    type: str | None = None


def first(feed: Feed, window: Window | None) -> Request:
    """Everything that appeared or changed within `window`, or the question how finely the repository tells time."""
    options = Options(**feed.options)
    if options.granularity == "ask" and window:
        noted = urlencode({"since": window.since.isoformat(), "until": window.until.isoformat()})
        return _request(f"{feed.url}?verb=Identify#{noted}")
    return _listing(feed.url, options, window, "second" if options.granularity == "second" else "day")


def _listing(base: str, options: Options, window: Window | None, granularity: Literal["day", "second"]) -> Request:
    """The request for the first part. The protocol's `until` includes its last day or second."""
    query = {"verb": "ListRecords", "metadataPrefix": options.prefix}
    if options.set:
        query["set"] = _set_spec(options.set) if options.prefix.startswith("arXiv") else options.set
    if window:
        form = _STAMPS[granularity]
        last = max(window.since, window.until - timedelta(microseconds=1))
        query |= {"from": window.since.strftime(form), "until": last.strftime(form)}
    return _request(f"{base}?{urlencode(query)}")


def _set_spec(name: str) -> str:
    """arXiv's setSpec `group:archive:class` of a category such as cs.CR, hep-ex or astro-ph.CO; a setSpec stays."""
    category = _CATEGORY.fullmatch(name)
    archive = category[1] if category else name
    parts = ["physics", archive] if archive in _PHYSICS else [archive, archive] if category else [name]
    return ":".join([*parts, category[2]] if category else parts)


def _request(url: str) -> Request:
    return Request(url, accept="text/xml, application/xml", also=_ALSO)


def by_id(feed: Feed, identifier: Identifier) -> Request | None:
    """One record of arXiv, whose names in the protocol can be told from the paper's; those of others cannot."""
    prefix = Options(**feed.options).prefix
    if identifier.scheme != "arxiv" or not prefix.startswith("arXiv"):
        return None
    query = {"verb": "GetRecord", "metadataPrefix": prefix, "identifier": f"oai:arXiv.org:{identifier.value}"}
    return _request(f"{feed.url}?{urlencode(query)}")


def parse(feed: Feed, request: Request, response: Response) -> Page:
    """One part of the list. A lone `record` element, as archives keep them, is read as a list of one."""
    root = xml.parse(response.body, f"the answer of {response.url}")
    error = xml.child(root, "error")
    if error is not None:
        return _refusal(error, response.url)
    options = Options(**feed.options)
    identify = xml.child(root, "Identify")
    if identify is not None and urlsplit(request.url).fragment:
        return Page(following=_after_identify(identify, request, options))
    lists = (
        [root] if xml.name(root) == "record" else [*xml.children(root, "ListRecords"), *xml.children(root, "GetRecord")]
    )
    if not lists:
        raise ParseError(f"{response.url} did not answer with a list of OAI-PMH records")
    listing = lists[0]
    entries, problems = [], []
    for number, record in enumerate([listing] if listing is root else xml.children(listing, "record"), 1):
        try:
            entries.append(_entry(record, options))
        except ParseError as problem:
            problems.append(f"record {number} of {response.url} {problem}")
    token = xml.child(listing, "resumptionToken")
    size = token.get("completeListSize", "") if token is not None else ""
    return Page(
        entries=tuple(entries),
        following=_following(request, xml.words(token).strip()),
        announced=int(size) if re.fullmatch(r"[0-9]{1,12}", size) else None,
        problems=tuple(problems),
        refused=len(problems),
    )


def _refusal(error: xml.Element, url: str) -> Page:
    """What an error of the protocol means (section 3.6): two of them are no failures."""
    code = text.clean(error.get("code", ""), 100)
    if code == "noRecordsMatch":
        return Page(announced=0)
    if code == "badResumptionToken":
        return Page(restart=True)
    said = text.clean(xml.words(error), 300)
    advice = "; every repository has `prefix: oai_dc`" if code == "cannotDisseminateFormat" else ""
    raise ParseError(f"{url} refused the request with {code or 'an error'}" + (f": {said}" if said else "") + advice)


def _after_identify(identify: xml.Element, request: Request, options: Options) -> Request:
    """The list, stamped as finely as the repository says; what is no granularity of the protocol counts as days."""
    base, noted = urldefrag(request.url)
    since, until = (datetime.fromisoformat(parse_qs(noted)[name][0]) for name in ("since", "until"))
    granularity = _GRANULARITIES.get(_line(identify, "granularity"), "day")
    return _listing(base.partition("?")[0], options, Window(since, until), granularity)


def _following(request: Request, token: str) -> Request | None:
    """The request for the next part; the token is the only argument beside the verb (section 3.5)."""
    if not token:
        return None
    parts = urlsplit(request.url)
    if parse_qs(parts.query).get("resumptionToken") == [token]:
        asked = text.without_credentials(request.url)
        raise ParseError(f"{asked} goes round in circles: it answers with the resumption token it was asked for")
    query = urlencode({"verb": "ListRecords", "resumptionToken": token})
    return _request(urlunsplit(parts._replace(query=query, fragment="")))


# --- records ---------------------------------------------------------------------------------


def _entry(record: xml.Element, options: Options) -> Entry:
    """Raises ParseError, the message being the end of a sentence, when there is nothing to keep."""
    header = xml.child(record, "header")
    key = _line(header, "identifier", text.URL_LIMIT)
    if header is None or not key:
        raise ParseError("has no identifier")
    stamp = text.instant(xml.words(xml.child(header, "datestamp")))
    if header.get("status") == "deleted":
        return Entry(key=key, identifiers=dublin_core.identified([key]), updated=stamp, deleted=True)
    metadata = next(xml.children(xml.child(record, "metadata"), "*"), None)
    if metadata is None:
        raise ParseError(f"({key}) has no metadata")
    entry = _read(key, metadata)
    return replace(
        entry,
        updated=entry.updated or stamp,
        year=entry.year or (entry.published.year if entry.published else None),
        venue=options.venue or entry.venue,
        type=options.type or entry.type,
    )


def _arxiv(key: str, metadata: xml.Element) -> Entry:
    """arXiv's own format: days of first and last version, affiliations with each author."""
    fields = xml.firsts(metadata)
    return _arxiv_entry(
        key,
        fields,
        authors=tuple(_arxiv_authors(fields.get("authors"))),
        published=text.instant(_said(fields, "created")),
        updated=text.instant(_said(fields, "updated")),
    )


def _arxiv_raw(key: str, metadata: xml.Element) -> Entry:
    """arXiv's format with every version and the byline as the authors typed it."""
    fields = xml.firsts(metadata)
    versions = [v.get("version", "") for v in xml.children(metadata, "version")]
    dates = [d for v in xml.children(metadata, "version") if (d := text.instant(_line(v, "date")))]
    numbers = [int(v[1:]) for v in versions if re.fullmatch(r"v[0-9]{1,3}", v)]
    return _arxiv_entry(
        key,
        fields,
        authors=bylines.byline(_said(fields, "authors", text.BYLINE_LIMIT)),
        published=min(dates, default=None),
        updated=max(dates, default=None),
        version=max(numbers, default=None),
    )


def _arxiv_entry(key: str, fields: Mapping[str, xml.Element], **dated: Any) -> Entry:
    """The record; `dated` is what arXiv's two formats tell in ways of their own."""
    named = text.arxiv_id(_said(fields, "id") or key)
    arxiv = f"arxiv:{named[0]}" if named else ""
    return Entry(
        key=key,
        title=_said(fields, "title"),
        abstract=_said(fields, "abstract", text.ABSTRACT_LIMIT),
        identifiers=dublin_core.identified([key, arxiv, *text.dois(_said(fields, "doi"))]),
        url=f"https://arxiv.org/abs/{named[0]}" if named else None,
        venue=_said(fields, "journal-ref") or "arXiv",
        type="preprint",
        categories=tuple(dict.fromkeys(_said(fields, "categories").split())),
        comment=_said(fields, "comments") or None,
        licence=text.web_url(_said(fields, "license")),
        **dated,
    )


def _arxiv_authors(authors: xml.Element | None) -> Iterator[Author]:
    for author in xml.children(authors, "author"):
        fields = xml.firsts(author)
        name = " ".join(part for tag in ("forenames", "keyname", "suffix") if (part := _said(fields, tag)))
        if bylines.is_person(name):
            places = xml.children(author, "affiliation") if "affiliation" in fields else ()
            said = (text.clean(xml.words(place), text.TITLE_LIMIT) for place in places)
            yield Author(name, tuple(Affiliation(place) for place in said if place))


_ARXIV: dict[str, Callable[[str, xml.Element], Entry]] = {"arXiv": _arxiv, "arXivRaw": _arxiv_raw}


def _read(key: str, metadata: xml.Element) -> Entry:
    """The record by its format. Raises ParseError, the message being the end of a sentence, when that is not known."""
    if read := _ARXIV.get(xml.name(metadata)):
        return read(key, metadata)
    if (resource := datacite.resource(metadata)) is not None:
        return datacite.entry(key, resource)
    if dublin_core.is_dublin_core(metadata):
        return dublin_core.entry(key, metadata)
    raise ParseError(f"({key}) has metadata in a format that is not read here: {xml.name(metadata)}")


def _line(element: xml.Element | None, tag: str, limit: int = text.TITLE_LIMIT) -> str:
    return text.clean(xml.words(xml.child(element, tag)), limit)


def _said(fields: Mapping[str, xml.Element], tag: str, limit: int = text.TITLE_LIMIT) -> str:
    """The same of the children that `xml.firsts` found."""
    element = fields.get(tag)
    return text.clean(xml.words(element), limit) if element is not None else ""
