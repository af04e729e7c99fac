"""Dublin Core, plain (`oai_dc`) or with the finer DCMI terms (`qdc`, `oai_dcterms`); each repository has its own way.

Terms: https://www.dublincore.org/specifications/dublin-core/dcmi-terms/. Every element may be there several times or
not at all; dates, types, identifiers and languages of many spellings stand side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor import bylines, text, xml
from monitor.formats.resource_types import work_type
from monitor.types import Author, Entry, Identifier

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_TERMS = ("{http://purl.org/dc/elements/1.1/}", "{http://purl.org/dc/terms/}")

_SAME_WORK = "info:eu-repo/semantics/altIdentifier/"
"""How OpenAIRE's guidelines mark, among the related works of a record, the other names of the same work
(https://guidelines.openaire.eu); every other relation names another work."""


def is_dublin_core(metadata: xml.Element) -> bool:
    """Whether `metadata` holds terms of Dublin Core, whatever its own name, or is an empty record of it."""
    return xml.name(metadata) == "dc" or any(str(child.tag).startswith(_TERMS) for child in metadata.iterchildren("*"))


def entry(key: str, metadata: xml.Element) -> Entry:
    """What the record says; `key` is its name in the repository, and may be an identifier of the work too."""
    descriptions = [text.from_unknown(d, text.ABSTRACT_LIMIT) for d in _english(metadata, "abstract", "description")]
    comments = [d for d in descriptions if d.startswith("Comment:")]
    identifiers = [text.clean(i, text.URL_LIMIT) for i in _lines(metadata, "identifier")]
    others = [r.strip().removeprefix(_SAME_WORK) for r in _lines(metadata, "relation") if _SAME_WORK in r]
    names = identified([key, *identifiers, *others])
    dates = [text.clean(d, 100) for d in _lines(metadata, "date", "issued", "created")]
    days = sorted(d for day in dates if (d := text.instant(day)))
    return Entry(
        key=key,
        title=text.from_unknown(next(_english(metadata, "title"), ""), text.TITLE_LIMIT),
        abstract=text.without_heading(max((d for d in descriptions if d not in comments), key=len, default="")),
        authors=tuple(_authors(metadata)),
        identifiers=names,
        url=landing_page(identifiers, names),
        published=days[0] if days else None,
        updated=days[-1] if len(days) > 1 else None,
        year=min((y for date in dates if (y := text.year(date))), default=None),
        venue=_venue(metadata),
        type=next((t for t in map(work_type, _lines(metadata, "type")) if t), None),
        categories=tuple(dict.fromkeys(s for w in _lines(metadata, "subject") if (s := text.clean(w, 200)))),
        comment=comments[0].removeprefix("Comment:").strip() if comments else None,
        language=next((code for c in _lines(metadata, "language") if (code := text.language(c))), None),
        licence=licence(_lines(metadata, "rights", "license")),
    )


def identified(names: list[str]) -> tuple[Identifier, ...]:
    """The identifiers among `names`, each once."""
    return tuple(dict.fromkeys(i for name in names if (i := text.identifier(name))))


def landing_page(addresses: list[str], names: tuple[Identifier, ...]) -> str | None:
    """Of several addresses of a record its own page, rather than a file or a resolver's address of it."""
    pages = [url for address in addresses if (url := text.web_url(address))]
    own = [url for url in pages if "doi.org/" not in url]
    doi = [f"https://doi.org/{i.value}" for i in names if i.scheme == "doi"]
    return next(iter([*(url for url in own if not url.lower().endswith(".pdf")), *own, *pages, *doi]), None)


def licence(rights: Iterator[str]) -> str | None:
    """The first of `rights` that is an address; many only say "open access", or whose the copyright is."""
    return next((url for right in rights if (url := text.web_url(right))), None)


def _authors(metadata: xml.Element) -> Iterator[Author]:
    for creator in _lines(metadata, "creator"):
        name = bylines.natural(text.clean(creator, text.TITLE_LIMIT))
        if bylines.is_person(name):
            yield Author(name)


def _venue(metadata: xml.Element) -> str | None:
    """The first `source` that is no number or address, without volume and pages: `Name; Vol 3`, `Name, 5(1), 7-10`."""
    for source in _lines(metadata, "source", "bibliographicCitation"):
        name = re.split(r";|,\s*\(?\d", text.clean(source, text.TITLE_LIMIT))[0].strip(" ,")
        if re.search(r"[^\W\d_]{2}", name) and not name.lower().startswith(("http", "urn:", "issn")):
            return name
    return None


def _english(metadata: xml.Element, *tags: str) -> Iterator[str]:
    """The non-empty values of elements that may be there once for each language: the English ones, if any is marked so.

    English is what goals are told from, and what most readers share; the first one is often the original.
    """
    elements = [e for tag in tags for e in xml.children(metadata, tag)]
    english = [e for e in elements if e.get(_LANGUAGE, "").lower().startswith("en") and xml.words(e).strip()]
    return (words for element in english or elements if (words := xml.words(element).strip()))


def _lines(metadata: xml.Element, *tags: str) -> Iterator[str]:
    """The non-empty values of repeated elements."""
    return (words for tag in tags for element in xml.children(metadata, tag) if (words := xml.words(element).strip()))
