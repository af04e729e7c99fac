"""Kind `jsonl`: records from local files, one JSON object a line, for archives and back files.

The spellings of several providers are understood side by side: arXiv's public snapshot of its metadata, records
with identifiers such as `doi:10.5555/x`, and plain records with `id`, `title`, `abstract` and `authors`. The file is
read in parts of whole lines; a line that cannot be read is named and costs nothing else.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from monitor import bylines, text
from monitor.types import Affiliation, Author, Entry, Feed, Identifier, Page, Request, Response, Window

URL = ""
PACE = 0.0
EVERY = timedelta(hours=24)
LOOKBACK = None

SCHEMES = frozenset({"doi", "arxiv", "pmid", "pmcid", "acl", "openalex", "dblp", "isbn"})
"""What the part of an `id` before the colon may be to count as an identifier of the work."""

_TYPES = {"proceedings": "proceedings-article", "journal-article": "article", "paper": "article"}

Record = Mapping[str, Any]


class Options(BaseModel):
    """Said of every record, for files that do not say it themselves."""

    model_config = ConfigDict(extra="forbid")

    venue: str | None = None
    type: str | None = None


def first(feed: Feed, window: Window | None) -> Request:
    """The beginning of the file. `url` may be a path or a `file:` address."""
    return Request(feed.url if feed.url.startswith("file:") else Path(feed.url).as_uri())


def parse(feed: Feed, request: Request, response: Response) -> Page:
    """The records of one part of the file."""
    options = Options(**feed.options)
    entries, problems = [], []
    for number, line in enumerate(response.body.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            try:
                entries.append(_entry(json.loads(line), options))
            except (ValueError, RecursionError) as error:
                problems.append(f"line {number} of {response.url}: {text.clean(str(error), 200)}")
    following = Request(response.following) if response.following else None
    return Page(entries=tuple(entries), following=following, problems=tuple(problems), refused=len(problems))


def _entry(record: object, options: Options) -> Entry:
    """Raises ValueError when there is nothing to keep."""
    if not isinstance(record, dict):
        raise ValueError("not a JSON object")
    title = text.from_unknown(_string(record, "title"), text.TITLE_LIMIT)
    names = _identifiers(record)
    key = _key(record, names) or (hashlib.sha256(title.encode()).hexdigest()[:16] if title else "")
    if not key:
        raise ValueError("a record with neither id nor title")
    first_version, last_version = _versions(record)
    published = _date(record, "published", "created", "date", "publication_date") or first_version
    published = published or text.instant(_string(record, "first_seen"))
    return Entry(
        key=key,
        title=title,
        abstract=text.from_unknown(_string(record, "abstract", "summary"), text.ABSTRACT_LIMIT),
        authors=tuple(_authors(record)),
        identifiers=names,
        url=_url(record, names),
        published=published,
        updated=last_version or _date(record, "updated", "update_date"),
        year=text.year(_string(record, "year")) or (published.year if published else None),
        venue=options.venue or _line(record, "venue", "journal", "journal_ref", "journal-ref"),
        type=options.type or _type(record, names),
        categories=tuple(_categories(record)),
        comment=_line(record, "comment", "comments"),
        language=text.language(_string(record, "language")),
        version=_version(record),
    )


# --- names -----------------------------------------------------------------------------------


def _identifiers(record: Record) -> tuple[Identifier, ...]:
    names = [_identifier(_string(record, "id"))]
    names += [_identifier(f"arxiv:{value}") for value in [_string(record, "arxiv_id")] if value]
    names += [Identifier("doi", name) for name in text.dois(_string(record, "doi"))]
    return tuple(dict.fromkeys(name for name in names if name))


def _identifier(name: str) -> Identifier | None:
    """What an id stands for: `arxiv:2606.00002`, `doi:10.5555/x`, `pmid:1`, or the bare form of the first two."""
    scheme, _, value = name.strip().partition(":")
    scheme, value = scheme.lower(), text.clean(value, text.URL_LIMIT)
    if scheme in SCHEMES - {"doi", "arxiv"} and value:
        return Identifier(scheme, value)
    named = text.arxiv_id(name)
    return Identifier("arxiv", named[0]) if named else text.identifier(name)


def _key(record: Record, names: tuple[Identifier, ...]) -> str:
    """The id as the file writes it, an arXiv id without its version; failing that, any identifier."""
    own = text.clean(_string(record, "id"), text.URL_LIMIT)
    if own and text.arxiv_id(own):
        return re.sub(r"v\d{1,3}$", "", own)
    return own or (str(names[0]) if names else "")


def _url(record: Record, names: tuple[Identifier, ...]) -> str | None:
    """The record's own address, else the one that its identifier resolves to."""
    resolvers = {"arxiv": "https://arxiv.org/abs/", "doi": "https://doi.org/"}
    derived = (resolvers[n.scheme] + n.value for n in names if n.scheme in resolvers)
    return text.web_url(_string(record, "url", "link")) or next(derived, None)


def _type(record: Record, names: tuple[Identifier, ...]) -> str | None:
    said = text.clean(_string(record, "type", "kind"), 100).lower()
    return _TYPES.get(said, said) or ("preprint" if any(n.scheme == "arxiv" for n in names) else None)


# --- people ----------------------------------------------------------------------------------


def _authors(record: Record) -> Iterator[Author]:
    """arXiv's parsed byline, which has the affiliations; else a list of names or objects; else one text."""
    parsed, listed = record.get("authors_parsed"), record.get("authors")
    if isinstance(parsed, list) and parsed:
        yield from filter(None, map(_parsed_author, parsed))
    elif isinstance(listed, list):
        yield from filter(None, map(_listed_author, listed))
    elif isinstance(listed, str):
        yield from bylines.byline(text.clean(listed, text.BYLINE_LIMIT))


def _parsed_author(parts: object) -> Author | None:
    """`[family, given, suffix, affiliation, ...]`."""
    if not isinstance(parts, list):
        return None
    family, given, suffix, *places = [*(p if isinstance(p, str) else "" for p in parts), "", "", ""]
    return _author(" ".join(p for p in (given, family, suffix) if p.strip()), places)


def _listed_author(author: object) -> Author | None:
    """A name, or an object with `name` and `affiliations`."""
    if isinstance(author, str):
        return _author(author, [])
    if not isinstance(author, dict):
        return None
    places = author.get("affiliations", author.get("affiliation"))
    places = places if isinstance(places, list) else [places]
    names = [place.get("name") if isinstance(place, dict) else place for place in places]
    return _author(_string(author, "name"), [name for name in names if isinstance(name, str)])


def _author(name: str, places: list[str]) -> Author | None:
    shown = text.clean(name, text.TITLE_LIMIT)
    where = (text.clean(place, text.TITLE_LIMIT) for place in places)
    return Author(shown, tuple(Affiliation(w) for w in where if w)) if bylines.is_person(shown) else None


# --- the rest --------------------------------------------------------------------------------


def _versions(record: Record) -> tuple[datetime | None, datetime | None]:
    """Times of the first and the last version in arXiv's snapshot."""
    versions = record.get("versions")
    stamps = [_string(v, "created") for v in versions if isinstance(v, dict)] if isinstance(versions, list) else []
    times = [time for stamp in stamps if (time := text.instant(stamp))]
    return min(times, default=None), max(times, default=None)


def _version(record: Record) -> int | None:
    versions = record.get("versions")
    named = text.arxiv_id(_string(record, "id"))
    return len(versions) if isinstance(versions, list) and versions else named[1] if named else None


def _categories(record: Record) -> dict[str, None]:
    """A list, or arXiv's blank-separated string."""
    value = record.get("categories")
    words = value.split() if isinstance(value, str) else value if isinstance(value, list) else []
    return dict.fromkeys(c for word in words if isinstance(word, str) and (c := text.clean(word, 200)))


def _date(record: Record, *keys: str) -> datetime | None:
    return next((time for key in keys if (time := text.instant(_string(record, key)))), None)


def _line(record: Record, *keys: str) -> str | None:
    return text.clean(_string(record, *keys), text.TITLE_LIMIT) or None


def _string(record: Record, *keys: str) -> str:
    """The first of `keys` that holds a string or a number; empty when none does."""
    for key in keys:
        value = record.get(key)
        if isinstance(value, str) and value.strip():
            return value
        if type(value) in (int, float):
            return str(value)
    return ""
