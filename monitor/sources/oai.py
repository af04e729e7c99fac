"""Kind `oai`: OAI-PMH 2.0, the harvesting protocol of arXiv, of institutional repositories and of journals.

Protocol: https://www.openarchives.org/OAI/openarchivesprotocol.html; arXiv's formats:
https://info.arxiv.org/help/oa/index.html. Windows go by the datestamp, the day on which a record appeared or
changed, so late announcements are not lost; a day's look back covers records that are stamped while we read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Literal
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict

from monitor import bylines, text, xml
from monitor.errors import ParseError
from monitor.types import Affiliation, Author, Entry, Feed, Identifier, Page, Request, Response, Window

URL = "https://oaipmh.arxiv.org/oai"
PACE = 3.0
EVERY = timedelta(hours=24)
LOOKBACK = timedelta(days=1)

_STAMPS = {"day": "%Y-%m-%d", "second": "%Y-%m-%dT%H:%M:%SZ"}

_SAME_WORK = "info:eu-repo/semantics/altIdentifier/"
"""How OpenAIRE's guidelines mark, among the related works of a record, the other names of the same work
(https://guidelines.openaire.eu); every other relation names another work."""

_TYPES = {
    "article": "article",
    "journalarticle": "article",
    "preprint": "preprint",
    "conferencepaper": "proceedings-article",
    "conferenceobject": "proceedings-article",
    "conferenceproceedings": "proceedings",
    "book": "book",
    "bookpart": "book-chapter",
    "bookchapter": "book-chapter",
    "report": "report",
    "technicalreport": "report",
    "technicaldocumentation": "report",
    "workingpaper": "report",
    "bachelorthesis": "dissertation",
    "masterthesis": "dissertation",
    "doctoralthesis": "dissertation",
    "thesis": "dissertation",
    "dataset": "dataset",
    "software": "software",
}
"""Types of OpenAIRE and COAR in Crossref's words, written without case, blanks and punctuation."""


class Options(BaseModel):
    """Which part of the repository, and how it stamps its records (`granularity` of its Identify answer)."""

    model_config = ConfigDict(extra="forbid")

    set: str | None = None
    prefix: Literal["oai_dc", "arXiv", "arXivRaw"] = "arXiv"
    granularity: Literal["day", "second"] = "day"
    venue: str | None = None
    type: str | None = None


def first(feed: Feed, window: Window | None) -> Request:
    """Everything that appeared or changed within `window`: the protocol's `until` includes its last day or second."""
    options = Options(**feed.options)
    query = {"verb": "ListRecords", "metadataPrefix": options.prefix}
    if options.set:
        query["set"] = options.set
    if window:
        form = _STAMPS[options.granularity]
        last = max(window.since, window.until - timedelta(microseconds=1))
        query |= {"from": window.since.strftime(form), "until": last.strftime(form)}
    return Request(f"{feed.url}?{urlencode(query)}", accept="text/xml, application/xml")


def by_id(feed: Feed, identifier: Identifier) -> Request | None:
    """One record of arXiv, whose names in the protocol can be told from the paper's; those of others cannot."""
    prefix = Options(**feed.options).prefix
    if identifier.scheme != "arxiv" or not prefix.startswith("arXiv"):
        return None
    query = {"verb": "GetRecord", "metadataPrefix": prefix, "identifier": f"oai:arXiv.org:{identifier.value}"}
    return Request(f"{feed.url}?{urlencode(query)}", accept="text/xml, application/xml")


def parse(feed: Feed, request: Request, response: Response) -> Page:
    """One part of the list. A lone `record` element, as archives keep them, is read as a list of one."""
    root = xml.parse(response.body, f"the answer of {response.url}")
    error = xml.child(root, "error")
    if error is not None:
        return _refusal(error, response.url)
    lists = (
        [root] if xml.name(root) == "record" else [*xml.children(root, "ListRecords"), *xml.children(root, "GetRecord")]
    )
    if not lists:
        raise ParseError(f"{response.url} did not answer with a list of OAI-PMH records")
    listing, options = lists[0], Options(**feed.options)
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
    raise ParseError(f"{url} refused the request with {code or 'an error'}" + (f": {said}" if said else ""))


def _following(request: Request, token: str) -> Request | None:
    """The request for the next part; the token is the only argument beside the verb (section 3.5)."""
    if not token:
        return None
    parts = urlsplit(request.url)
    if parse_qs(parts.query).get("resumptionToken") == [token]:
        raise ParseError(f"{request.url} goes round in circles: it answers with the resumption token it was asked for")
    query = urlencode({"verb": "ListRecords", "resumptionToken": token})
    return Request(urlunsplit(parts._replace(query=query)), accept=request.accept)


# --- records ---------------------------------------------------------------------------------


def _entry(record: xml.Element, options: Options) -> Entry:
    """Raises ParseError, the message being the end of a sentence, when there is nothing to keep."""
    header = xml.child(record, "header")
    key = _line(header, "identifier", text.URL_LIMIT)
    if header is None or not key:
        raise ParseError("has no identifier")
    stamp = text.instant(xml.words(xml.child(header, "datestamp")))
    if header.get("status") == "deleted":
        return Entry(key=key, identifiers=_named([key]), updated=stamp, deleted=True)
    metadata = next(xml.children(xml.child(record, "metadata"), "*"), None)
    read = _FORMATS.get(xml.name(metadata)) if metadata is not None else None
    if read is None:
        said = (
            "no metadata" if metadata is None else f"metadata in a format that is not read here: {xml.name(metadata)}"
        )
        raise ParseError(f"({key}) has {said}")
    entry = read(key, metadata)
    return replace(
        entry,
        updated=entry.updated or stamp,
        year=entry.year or (entry.published.year if entry.published else None),
        venue=options.venue or entry.venue,
        type=options.type or entry.type,
    )


def _arxiv(key: str, metadata: xml.Element) -> Entry:
    """arXiv's own format: days of first and last version, affiliations with each author."""
    entry = _arxiv_fields(key, metadata)
    return replace(
        entry,
        authors=tuple(_arxiv_authors(metadata)),
        published=text.instant(_line(metadata, "created")),
        updated=text.instant(_line(metadata, "updated")),
    )


def _arxiv_raw(key: str, metadata: xml.Element) -> Entry:
    """arXiv's format with every version and the byline as the authors typed it."""
    versions = [v.get("version", "") for v in xml.children(metadata, "version")]
    dates = [d for v in xml.children(metadata, "version") if (d := text.instant(_line(v, "date")))]
    numbers = [int(v[1:]) for v in versions if re.fullmatch(r"v[0-9]{1,3}", v)]
    return replace(
        _arxiv_fields(key, metadata),
        authors=bylines.byline(_line(metadata, "authors", text.BYLINE_LIMIT)),
        published=min(dates, default=None),
        updated=max(dates, default=None),
        version=max(numbers, default=None),
    )


def _arxiv_fields(key: str, metadata: xml.Element) -> Entry:
    """What both of arXiv's formats share."""
    named = text.arxiv_id(_line(metadata, "id") or key)
    return Entry(
        key=key,
        title=_line(metadata, "title"),
        abstract=_line(metadata, "abstract", text.ABSTRACT_LIMIT),
        identifiers=_named([key, f"arxiv:{named[0]}" if named else "", *text.dois(_line(metadata, "doi"))]),
        url=f"https://arxiv.org/abs/{named[0]}" if named else None,
        venue=_line(metadata, "journal-ref") or "arXiv",
        type="preprint",
        categories=tuple(dict.fromkeys(_line(metadata, "categories").split())),
        comment=_line(metadata, "comments") or None,
    )


def _arxiv_authors(metadata: xml.Element) -> Iterator[Author]:
    for author in xml.children(xml.child(metadata, "authors"), "author"):
        name = " ".join(part for tag in ("forenames", "keyname", "suffix") if (part := _line(author, tag)))
        if bylines.is_person(name):
            places = (text.clean(xml.words(a), text.TITLE_LIMIT) for a in xml.children(author, "affiliation"))
            yield Author(name, tuple(Affiliation(place) for place in places if place))


def _dublin_core(key: str, metadata: xml.Element) -> Entry:
    """Unqualified Dublin Core, which every repository offers and each fills in its own way."""
    descriptions = [text.from_unknown(d, text.ABSTRACT_LIMIT) for d in _lines(metadata, "description")]
    comments = [d for d in descriptions if d.startswith("Comment:")]
    identifiers = [text.clean(i, text.URL_LIMIT) for i in _lines(metadata, "identifier")]
    others = [r.strip().removeprefix(_SAME_WORK) for r in _lines(metadata, "relation") if _SAME_WORK in r]
    names = _named([key, *identifiers, *others])
    dates = [text.clean(d, 100) for d in _lines(metadata, "date")]
    days = sorted(d for day in dates if (d := text.instant(day)))
    return Entry(
        key=key,
        title=text.from_unknown(next(_lines(metadata, "title"), ""), text.TITLE_LIMIT),
        abstract=text.without_heading(max((d for d in descriptions if d not in comments), key=len, default="")),
        authors=tuple(_dc_authors(metadata)),
        identifiers=names,
        url=_landing_page(identifiers, names),
        published=days[0] if days else None,
        updated=days[-1] if len(days) > 1 else None,
        year=min((y for date in dates if (y := text.year(date))), default=None),
        venue=_dc_venue(metadata),
        type=next((t for t in map(_type, _lines(metadata, "type")) if t), None),
        categories=tuple(dict.fromkeys(s for w in _lines(metadata, "subject") if (s := text.clean(w, 200)))),
        comment=comments[0].removeprefix("Comment:").strip() if comments else None,
        language=next((code for c in _lines(metadata, "language") if (code := text.language(c))), None),
    )


def _dc_authors(metadata: xml.Element) -> Iterator[Author]:
    for creator in _lines(metadata, "creator"):
        name = bylines.natural(text.clean(creator, text.TITLE_LIMIT))
        if bylines.is_person(name):
            yield Author(name)


def _dc_venue(metadata: xml.Element) -> str | None:
    """The first `source` that is no number or address, without volume and pages: `Name; Vol 3`, `Name, 5(1), 7-10`."""
    for source in _lines(metadata, "source"):
        name = re.split(r";|,\s*\(?\d", text.clean(source, text.TITLE_LIMIT))[0].strip(" ,")
        if re.search(r"[^\W\d_]{2}", name) and not name.lower().startswith(("http", "urn:", "issn")):
            return name
    return None


def _type(word: str) -> str | None:
    return _TYPES.get(re.sub(r"[^a-z]", "", word.rpartition("/")[2].lower()))


def _landing_page(identifiers: list[str], names: tuple[Identifier, ...]) -> str | None:
    """The page of the record itself rather than a resolver's address of it."""
    pages = [url for name in identifiers if (url := text.web_url(name))]
    own = [url for url in pages if "doi.org/" not in url]
    doi = next((f"https://doi.org/{i.value}" for i in names if i.scheme == "doi"), None)
    return next(iter([*own, *pages]), doi)


_FORMATS: dict[str, Callable[[str, xml.Element], Entry]] = {
    "arXiv": _arxiv,
    "arXivRaw": _arxiv_raw,
    "dc": _dublin_core,
}


def _named(names: list[str]) -> tuple[Identifier, ...]:
    return tuple(dict.fromkeys(i for name in names if (i := text.identifier(name))))


def _line(element: xml.Element | None, tag: str, limit: int = text.TITLE_LIMIT) -> str:
    return text.clean(xml.words(xml.child(element, tag)), limit)


def _lines(metadata: xml.Element, tag: str) -> Iterator[str]:
    """The non-empty values of a repeated element."""
    return (words for element in xml.children(metadata, tag) if (words := xml.words(element).strip()))
