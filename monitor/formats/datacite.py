"""DataCite's metadata schema in XML, as Zenodo, InvenioRDM and OpenAIRE's literature repositories send it over OAI-PMH.

Schema: https://schema.datacite.org/meta/kernel-4/ (version 3 has the same elements); `oai_datacite` is an envelope
around it, and OpenAIRE's application profile (https://guidelines.openaire.eu) spreads it over several namespaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor import bylines, relations, text, xml
from monitor.formats.dublin_core import identified, landing_page, licence
from monitor.formats.resource_types import work_type
from monitor.types import Affiliation, Author, Entry, Relation

_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")
_ROR = re.compile(r"(?:https?://)?(?:www\.)?ror\.org/(0[a-z0-9]{6}\d{2})/?")


def resource(metadata: xml.Element) -> xml.Element | None:
    """The `resource` that `metadata` is, or is the envelope of; None when it is none of DataCite's."""
    found = next(iter([e for e in metadata.iter("{*}resource") if xml.child(e, "titles") is not None]), None)
    return found if xml.name(metadata) in ("resource", "oai_datacite") else None


def entry(key: str, record: xml.Element) -> Entry:
    """What the record says; `key` is its name in the repository, and may be an identifier of the work too."""
    own = [_line(e) for e in xml.children(record, "identifier")]
    others = [_line(e) for e in _within(record, "alternateIdentifiers", "alternateIdentifier")]
    names = identified([key, *own, *others])
    dates = {e.get("dateType", "").lower(): text.clean(xml.words(e), 100) for e in _within(record, "dates", "date")}
    days = [day for kind in ("issued", "available", "created") if (day := text.instant(dates.get(kind, "")))]
    return Entry(
        key=key,
        title=text.from_unknown(_title(record), text.TITLE_LIMIT),
        abstract=text.without_heading(_abstract(record)),
        authors=tuple(_authors(record)),
        identifiers=names,
        url=landing_page([*own, *others], names),
        published=days[0] if days else None,
        updated=text.instant(dates.get("updated", "")),
        year=text.year(_line(xml.child(record, "publicationYear")) or dates.get("issued", "")),
        venue=_venue(record),
        type=_type(record),
        categories=tuple(dict.fromkeys(s for e in _within(record, "subjects", "subject") if (s := _line(e, 200)))),
        language=text.language(_line(xml.child(record, "language"))),
        licence=licence(e.get("rightsURI", "") for e in _within(record, "rightsList", "rights")),
        relations=tuple(dict.fromkeys(_relations(record))),
    )


def _relations(record: xml.Element) -> Iterator[Relation]:
    """Other records that this one names; Zenodo's `IsVersionOf` leads to the DOI that all versions share."""
    for related in _within(record, "relatedIdentifiers", "relatedIdentifier"):
        scheme = related.get("relatedIdentifierType", "")
        if found := relations.stated(related.get("relationType", ""), scheme, _line(related)):
            yield found


def _title(record: xml.Element) -> str:
    """The title itself: translated and alternative ones and subtitles have a `titleType`."""
    titles = list(_within(record, "titles", "title"))
    plain = [e for e in titles if not e.get("titleType")]
    return next((words for e in [*plain, *titles] if (words := xml.words(e).strip())), "")


def _abstract(record: xml.Element) -> str:
    """The longest description that is marked as an abstract; OpenAIRE has plain ones of Dublin Core instead."""
    marked = (e for e in _within(record, "descriptions", "description") if e.get("descriptionType") == "Abstract")
    found = [*marked, *xml.children(record, "description")]
    return max((text.from_unknown(xml.words(e), text.ABSTRACT_LIMIT) for e in found), key=len, default="")


def _authors(record: xml.Element) -> Iterator[Author]:
    for creator in _within(record, "creators", "creator"):
        given, family = (_line(xml.child(creator, tag)) for tag in ("givenName", "familyName"))
        shown = xml.child(creator, "creatorName")
        name = _line(shown)
        if given and family:
            name = f"{given} {family}"
        elif shown is None or shown.get("nameType") != "Organizational":
            name = bylines.natural(name)
        if bylines.is_person(name):
            ids = (_line(e) for e in xml.children(creator, "nameIdentifier"))
            orcid = next((found[0] for i in ids if (found := _ORCID.search(i))), None)
            yield Author(name, tuple(_affiliations(creator)), orcid)


def _affiliations(creator: xml.Element) -> Iterator[Affiliation]:
    for element in xml.children(creator, "affiliation"):
        if place := _line(element):
            found = _ROR.fullmatch(element.get("affiliationIdentifier", "").strip())
            yield Affiliation(place, f"https://ror.org/{found[1]}" if found else None)


def _venue(record: xml.Element) -> str | None:
    """The journal or proceedings that the record names as its container; a publisher such as Zenodo is no venue."""
    items = [i for i in _within(record, "relatedItems", "relatedItem") if i.get("relationType") == "IsPublishedIn"]
    names = [*(n for item in items for n in _within(item, "titles", "title")), xml.child(record, "citationTitle")]
    return next((name for n in names if (name := _line(n))), None)


def _type(record: xml.Element) -> str | None:
    """The words of the repository before the general type, which calls an article and a report alike `Text`."""
    element = xml.child(record, "resourceType")
    if element is None:
        return None
    said = [_line(element).rpartition("/")[2], element.get("resourceTypeGeneral", "")]
    return next((t for word in said if (t := work_type(word))), None)


def _within(record: xml.Element, group: str, tag: str) -> Iterator[xml.Element]:
    """The elements `tag` of a group such as `creators`."""
    return xml.children(xml.child(record, group), tag)


def _line(element: xml.Element | None, limit: int = text.TITLE_LIMIT) -> str:
    return text.clean(xml.words(element), limit)
