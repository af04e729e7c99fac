"""Works, their records as feeds gave them, and what is known of them: authors, origins, goals."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, Literal

from monitor.types.plain import field_names, to_json
from monitor.types.times import moment

RelationKind = Literal["version", "about", "volume"]
"""How a work stands to another that its record names. `version`: both are one work (preprint, postprint, translation,
any version); `about`: a work of its own that corrects, retracts, reviews, answers or supplements it, or is so treated
by it; `volume`: the journal, proceedings or series that it stands in."""


Announcement = Literal["new", "cross", "replace", "replace-cross"]
"""arXiv's words (https://info.arxiv.org/help/rss_specifications.html): a new paper, one of another category first, and
new versions of both."""


class Sent:
    """Mixed into nouns that parsers send by the thousand: pickled as their fields in order.

    What dataclasses with slots bring for that asks each object for its fields by reflection, on both sides.
    """

    __slots__ = ()

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        kind: type = type(self)
        return kind, _values(kind)(self)


@cache
def _values(kind: type) -> Callable[[Any], tuple[Any, ...]]:
    """Takes all fields of a dataclass that has several."""
    return attrgetter(*field_names(kind))


@dataclass(frozen=True, slots=True, order=True)
class Identifier(Sent):
    """A name that another system gave to a work. `scheme` is lower case: doi, arxiv, pmid, openalex, dblp, ..."""

    scheme: str
    value: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"


@dataclass(frozen=True, slots=True, order=True)
class Relation:
    """Another thing that a record names, and how the work stands to it; `monitor.relations` makes it."""

    kind: RelationKind
    identifier: Identifier
    word: str = ""
    """What the source calls the relation, such as `is-preprint-of`."""


@dataclass(frozen=True, slots=True)
class Affiliation(Sent):
    """Where an author works, in the words of the record."""

    text: str
    ror: str | None = None
    """ROR id (https://ror.org), where the record itself attaches one."""


@dataclass(frozen=True, slots=True)
class Author(Sent):
    """One author, in the order of the byline."""

    name: str
    """As displayed: given names before family name."""
    affiliations: tuple[Affiliation, ...] = ()
    orcid: str | None = None
    domain: str | None = None
    """Host part of an e-mail address; the address itself is never kept."""


@dataclass(frozen=True, slots=True)
class Entry(Sent):
    """One record as a feed gave it."""

    key: str
    """Its identity within the feed: guid, OAI identifier, arXiv id without version."""
    title: str = ""
    abstract: str = ""
    authors: tuple[Author, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    url: str | None = None
    published: datetime | None = None
    """When the work first appeared, as far as the record says."""
    updated: datetime | None = None
    """When the record or the work last changed, as far as the record says."""
    year: int | None = None
    venue: str | None = None
    type: str | None = None
    """preprint, article, proceedings-article, ...: Crossref's words where one fits."""
    categories: tuple[str, ...] = ()
    comment: str | None = None
    language: str | None = None
    version: int | None = None
    deleted: bool = False
    """The source says that the record was withdrawn from it."""
    relations: tuple[Relation, ...] = ()
    """What the record says of other records; `identifiers` are names of this very work only."""
    announced: Announcement | None = None
    """As what arXiv's daily list announced it. A `replace` is a new version of an older work, and no news."""
    licence: str | None = None
    """Address of the licence that the full text is under, where the record names one."""

    def digest(self) -> str:
        """Hash of the content, hexadecimal: equal for records that say the same.

        `updated` is left out, so that a feed which stamps the time of day does not change for ever;
        empty fields are left out, so that a field added later does not change old hashes.
        """
        return content_digest(to_json(self))


def content_digest(record: Mapping[str, Any]) -> str:
    """`Entry.digest` of an entry that is plain JSON already."""
    content = {k: v for k, v in record.items() if v and k != "updated"}
    return "1" + hashlib.sha256(_SORTED.encode(content).encode()).hexdigest()[:39]


_SORTED = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Item:
    """One scholarly work, whatever feeds it came through."""

    id: int
    """Row in this store; means nothing elsewhere."""
    uid: str
    """Stable public name, such as `arxiv:2606.00002` or `doi:10.1000/xyz`."""
    title: str
    abstract: str = ""
    authors: tuple[Author, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    url: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    first_seen: datetime | None = None
    """When this monitor first saw it: the date that decides which digest it belongs to."""
    year: int | None = None
    venue: str | None = None
    type: str | None = None
    categories: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    content: str = ""
    """Hash of the text that tags rest on."""


@dataclass(frozen=True, slots=True)
class Origin:
    """One country of a work, or of one author of it, with the reason."""

    country: str
    method: str
    """Rule that decided, such as `country-name`, `us-state`, `domain`."""
    confidence: float
    """How often this method was seen to be right, 0 to 1."""
    evidence: str
    """The words that decided."""
    institution: str | None = None
    """ROR id, where it is certain."""
    fraction: float = 1.0
    """Share of the work that falls to this country; the shares of a work add up to at most 1."""
    author: int | None = None
    """Position of the author in the byline, from 0; None for the work as a whole."""
    institution_name: str | None = None
    """What the registry calls the institution, where it is known to it."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A label of one facet on a work, with the probability that it holds."""

    facet: str
    label: str
    probability: float
    selected: bool
    """Whether the probability reaches the label's threshold; nothing selected means the model abstained."""
    model: str
    evidence: tuple[str, ...] = ()
    """Phrases of the work itself that carried the decision."""
    said: bool = False
    """Whether a person decided `selected`; the probability stays the model's."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One label of a taxonomy, as it is shown to people."""

    slug: str
    name: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """An item with everything a reader is told about it."""

    item: Item
    tags: tuple[Tag, ...] = ()
    origins: tuple[Origin, ...] = ()
    origin_state: str | None = None
    """How the search for its origins stands (`monitor.evidence.State`); None before the first."""

    def probability(self, label: str) -> float:
        """Probability of `label`, 0 when it was not considered."""
        return next((tag.probability for tag in self.tags if tag.label == label), 0.0)


def entry_from_json(data: Mapping[str, Any]) -> Entry:
    """The inverse of `to_json` for an `Entry`; fields that are missing take their defaults."""
    plain = dict(data)
    for name in ("published", "updated"):
        if plain.get(name):
            plain[name] = moment(plain[name])
    plain["authors"] = tuple(author_from_json(a) for a in plain.get("authors", ()))
    plain["identifiers"] = tuple(Identifier(**i) for i in plain.get("identifiers", ()))
    plain["categories"] = tuple(plain.get("categories", ()))
    plain["relations"] = tuple(
        Relation(r["kind"], Identifier(**r["identifier"]), r["word"]) for r in plain.get("relations", ())
    )
    return Entry(**plain)


def author_from_json(data: Mapping[str, Any]) -> Author:
    """The inverse of `to_json` for an `Author`."""
    plain = dict(data)
    plain["affiliations"] = tuple(Affiliation(**a) for a in plain.get("affiliations", ()))
    return Author(**plain)
