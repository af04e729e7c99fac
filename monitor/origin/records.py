"""Files of organisations → records: dumps of the Research Organization Registry, and plainer lists.

What a file is, its content says, never its name: a zip with a JSON file of ROR's schema v2 inside (what Zenodo serves),
that JSON itself, JSON lines of such records or of mapped ones, or a table of names; each may be gzipped.
Schema v2: https://ror.readme.io/docs/ror-data-structure
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from monitor.errors import GazetteerError

MOST_BYTES = 2 * 2**30
"""A file may unpack to so much; a dump of 2026 has some 0.4 GB."""

_GAP = re.compile(r"\s*")
_CODE = re.compile("[A-Z]{2}")
_PREFIX = "https://ror.org/"


@dataclass(frozen=True, slots=True)
class Organisation:
    """What the gazetteer wants to know about one organisation."""

    id: str
    """ROR id without the address before it; empty for a mere name."""
    names: tuple[str, ...]
    acronyms: tuple[str, ...]
    countries: tuple[str, ...]
    """ISO 3166-1 alpha-2."""
    cities: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    """States, provinces, cantons: the first-level subdivisions."""
    hosts: tuple[str, ...] = ()
    """Domains and the hosts of web sites."""
    types: frozenset[str] = frozenset()
    status: str = "active"
    parents: tuple[str, ...] = ()
    successors: tuple[str, ...] = ()
    title: str = ""
    """The one of its names that the registry shows, on one line."""
    relations: int = 0
    """How many other organisations it is related to: a hint at its size."""

    def become(self, heir: Organisation) -> Organisation:
        """The same names for the organisation that this one became."""
        return replace(
            self,
            id=heir.id,
            title=heir.title,
            countries=heir.countries,
            parents=heir.parents,
            status=heir.status,
        )


def read(path: Path) -> Iterator[Organisation]:
    """The organisations of the file, in its order; raises GazetteerError, which names it, for what is none."""
    try:
        yield from _parse(_content(path))
    except RecursionError as error:
        raise GazetteerError(f"{path}: cannot be read: nested too deeply") from error
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError, UnicodeDecodeError) as error:
        # zipfile raises RuntimeErrors for what is encrypted or compressed in a way that it does not know.
        raise GazetteerError(f"{path}: cannot be read: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GazetteerError(f"{path}: {_said(error)}") from error


def _said(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"is not JSON: {error}"
    if isinstance(error, KeyError):
        return f"a record lacks {error}; records of ROR's schema v2 are needed"
    return str(error) if isinstance(error, ValueError) else f"a record has an unexpected shape: {error}"


def _content(path: Path) -> str:
    data = path.read_bytes()
    if data[:4] == b"PK\x03\x04":
        data = _unzipped(data)
    elif data[:2] == b"\x1f\x8b":
        with gzip.open(io.BytesIO(data)) as file:
            data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(f"unpacks to more than {MOST_BYTES:,} bytes")
    return data.decode("utf-8-sig")


def _unzipped(data: bytes) -> bytes:
    """The JSON file whose records have `locations`; where old dumps hold both schemas, the name does not decide."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [info for info in archive.infolist() if info.filename.lower().endswith((".json", ".jsonl"))]
        for info in members:
            if info.file_size > MOST_BYTES:
                raise ValueError(f"{info.filename} unpacks to more than {MOST_BYTES:,} bytes")
            with archive.open(info) as file:
                head = file.read(100_000)
                if b'"locations"' in head or len(members) == 1:
                    return head + file.read()
    raise ValueError("holds no JSON file of ROR's schema v2")


def _parse(text: str) -> Iterator[Organisation]:
    start = text.lstrip()[:1]
    if start == "":
        raise ValueError("is empty")
    if start == "[":
        yield from map(_organisation, _elements(text))
    elif start == "{":
        yield from map(_organisation, map(json.loads, filter(str.strip, text.split("\n"))))
    else:
        yield from _table(text)


def _elements(text: str) -> Iterator[Any]:
    """The elements of a JSON array, one at a time: all of a dump at once would fill gigabytes."""
    decoder = json.JSONDecoder()
    at = _GAP.match(text, text.index("[") + 1).end()  # type: ignore[union-attr]
    while text[at : at + 1] != "]":
        element, at = decoder.raw_decode(text, at)
        yield element
        at = _GAP.match(text, at).end()  # type: ignore[union-attr]
        if text[at : at + 1] not in (",", "]"):
            raise ValueError("is cut short, or is no JSON array")
        if text[at] == ",":
            at = _GAP.match(text, at + 1).end()  # type: ignore[union-attr]


def _table(text: str) -> Iterator[Organisation]:
    """Lines of a name, a tab and a country code."""
    for number, line in enumerate(text.strip().split("\n"), 1):
        name, tab, code = line.rstrip("\r").rpartition("\t")
        if not tab or not _CODE.fullmatch(code) or not name.strip():
            raise ValueError(f"line {number}: neither JSON nor a name, a tab and a country code")
        yield Organisation("", (name,), (), (code,))


def _organisation(record: Any) -> Organisation:
    if not isinstance(record, dict):
        raise ValueError("a record is not an object")
    if "locations" in record:
        return _v2(record)
    if "country" in record or "addresses" in record:
        raise ValueError("is of ROR's schema v1; take a dump of schema v2 (all of 2026 and later are)")
    return _mapped(record)


def _v2(record: Mapping[str, Any]) -> Organisation:
    places = [place["geonames_details"] for place in record["locations"]]
    return _built(
        record,
        names=[(name["value"], name["types"]) for name in record["names"]],
        countries=[place.get("country_code") for place in places],
        cities=[place.get("name") for place in places],
        regions=[place.get("country_subdivision_name") for place in places],
        links=[link["value"] for link in record.get("links", ()) if link["type"] == "website"],
        relations=[(relation["type"], relation["id"]) for relation in record.get("relationships", ())],
    )


def _mapped(record: Mapping[str, Any]) -> Organisation:
    """A record with the parts of schema v2 already taken out.

    `{id, status, countries, cities, sub, names: [[name, types, language]], domains, links, types, rel: [[type, id]]}`
    """
    return _built(
        record,
        names=[(name[0], name[1]) for name in record["names"]],
        countries=record["countries"],
        cities=record.get("cities", ()),
        regions=record.get("sub", ()),
        links=record.get("links", ()),
        relations=[(kind, other) for kind, other in record.get("rel", ())],
    )


def _built(
    record: Mapping[str, Any],
    *,
    names: Iterable[tuple[str, Iterable[str]]],
    countries: Iterable[str | None],
    cities: Iterable[str | None],
    regions: Iterable[str | None],
    links: Iterable[str],
    relations: Iterable[tuple[str, str]],
) -> Organisation:
    typed = [(name, {kind.lower() for kind in kinds}) for name, kinds in names]
    shown = [name for name, kinds in typed if "ror_display" in kinds] or [name for name, kinds in typed]
    related = [(kind.lower(), other.removeprefix(_PREFIX)) for kind, other in relations]
    hosts = [*record.get("domains", ()), *filter(None, map(host, links))]
    return Organisation(
        id=record["id"].removeprefix(_PREFIX),
        title=" ".join(shown[0].split()) if shown else "",
        names=tuple(dict.fromkeys(name for name, kinds in typed if kinds != {"acronym"})),
        acronyms=tuple(dict.fromkeys(name for name, kinds in typed if kinds == {"acronym"})),
        countries=tuple(dict.fromkeys(code for code in countries if code and _CODE.fullmatch(code))),
        cities=tuple(dict.fromkeys(filter(None, cities))),
        regions=tuple(dict.fromkeys(filter(None, regions))),
        hosts=tuple(dict.fromkeys(h.lower().removeprefix("www.") for h in hosts)),
        types=frozenset(kind.lower() for kind in record.get("types", ())),
        status=record.get("status", "active"),
        parents=tuple(other for kind, other in related if kind == "parent"),
        successors=tuple(other for kind, other in related if kind == "successor"),
        relations=len(related),
    )


def host(link: str) -> str:
    """The host of a web address, "" where there is none."""
    match = re.match(r"(?:https?://)?([^/?#:@\s]+)", link, re.IGNORECASE)
    return match[1].lower() if match and "." in match[1] else ""
