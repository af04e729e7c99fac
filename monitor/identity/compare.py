"""When two records are about the same work. Pure.

Identifiers come first: records that share one, or of which one names the other as a version, are one work, unless their
titles and authors have nothing in common, as when every paper of a volume carries the DOI of the volume. Failing that,
title, authors, year, venue and abstract are compared, and what each tells is added up in bits, the logarithm of how
much more often it is seen in records of one work than in records of two (Fellegi and Sunter, "A theory for record
linkage", 1969). Some facts forbid that two records are one, whatever else agrees: `contradiction`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from monitor.identity import names, people, titles
from monitor.identity.titles import Likeness, Title
from monitor.types import Entry, Identifier

RULES = "1"
"""Version of the rules in this package; kept with every link that they made."""

Kind = Literal["identifier", "relation", "likeness", "person"]
"""What a link rests on; `person`: somebody said so."""

STATED = {"identifier": 100.0, "relation": 90.0}
"""Score of links that rest on identifiers: above any that likeness reaches."""

ENOUGH = 15.0
"""Bits from which on likeness makes one work of two records."""

TITLE: Mapping[Likeness, float] = {"same": 12, "spelt": 11, "cut": 7, "worded": -1}
LONG_TITLE, LONG = 40, 4.0
"""A title of at least so many letters that is the same tells so many bits more."""
SHORT = 8.0
"""And a shorter one than `titles.LEAST` so many less."""
AUTHORS: Mapping[people.Agreement, float] = {"all": 8, "most": 5, "some": 0, "none": -10, "unknown": 0}
YEARS = (1.0, 1.0, -1.0, -1.0, -4.0, -4.0, -4.0)
"""By how many years lie between; beyond, `FAR`."""
FAR = -12.0
ABSTRACT: Mapping[str, float] = {"copy": 8, "same": 6, "near": 5, "akin": 2, "unlike": -3, "other": -8, "unknown": 0}
"""By the share of the shorter one's words that the other has too (`SHARES`); a copy has as few words of its own."""
COPY = 0.92
SHARES = {"same": 0.85, "near": 0.7, "akin": 0.5, "unlike": 0.35, "other": 0.0}
VENUE, AGAIN = 1.0, -12.0
"""The same venue: in one year the same paper, told by two sources; years apart another, for none prints one twice."""

LEAST_ABSTRACT = 12
"""Different words that an abstract must have to be compared."""

_CLASSES = {
    "dataset": "data",
    "software": "software",
    "image": "image",
    "component": "component",
    "audiovisual": "film",
    "dissertation": "thesis",
    "book": "book",
    "monograph": "book",
    "edited-book": "book",
    "proceedings": "book",
    "peer-review": "notice",
    "erratum": "notice",
    "retraction": "notice",
    "correction": "notice",
    "journal": "journal",
    "journal-issue": "journal",
}
"""Types of records that are not papers, by what they are instead."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What is known of a work that tells it from others."""

    feed: str
    names: frozenset[Identifier]
    versions: frozenset[Identifier]
    """Names of what the record calls versions of it, and not its own."""
    about: frozenset[Identifier]
    """Names of other works that it is about, or that are about it."""
    title: Title
    authors: tuple[str, ...]
    year: int | None
    venue: str
    kind: str
    """`paper`, or what the record is instead."""
    abstract: str


@dataclass(frozen=True, slots=True)
class Link:
    """Why two records are about one work."""

    kind: Kind
    score: float
    """Bits; 100 and 90 for identifiers and relations."""
    evidence: str
    """What agrees, in words."""


def signature(entry: Entry, feed: str = "") -> Signature:
    """What tells the work of `entry`, which came through `feed`, from others."""
    own = frozenset(names.work_names(entry.identifiers))
    related: dict[str, set[Identifier]] = {"version": set(), "about": set(), "volume": set()}
    for relation in entry.relations:
        if name := names.work_name(relation.identifier):
            related[relation.kind].add(name)
    return Signature(
        feed=feed,
        names=own - related["volume"],
        versions=frozenset(related["version"] - own - related["about"]),
        about=frozenset(related["about"] - own),
        title=titles.take_apart(entry.title),
        authors=tuple(author.name for author in entry.authors),
        year=entry.year or (entry.published.year if entry.published else None),
        venue=titles.title_key(entry.venue or ""),
        kind=_CLASSES.get((entry.type or "").casefold(), "paper"),
        abstract=entry.abstract,
    )


def compare(one: Signature, other: Signature) -> Link | None:
    """Why two records are about one work; None when they are not, as far as they tell. Symmetric."""
    if contradiction(one, other):
        return None
    stated = _stated(one, other)
    if stated and _plausible(one, other):
        return stated
    return _alike(one, other)


def same_work(one: Signature, other: Signature) -> bool:
    """Whether two records are about one work."""
    return compare(one, other) is not None


def contradiction(one: Signature, other: Signature) -> str | None:
    """What forbids that two records are about one work, in words; None for nothing."""
    for scheme in names.ONE_FOR_EVER:
        ours, theirs = _of(one, scheme), _of(other, scheme)
        if ours and theirs and not ours & theirs:
            return f"two names of {scheme}, which gives a work one"
    if one.about & other.names or other.about & one.names:
        return "one is about the other"
    if one.title.notice != other.title.notice:
        return f"a {one.title.notice or other.title.notice} is a work of its own"
    if _published_apart(one, other):
        return "the same venue published both, under two DOIs"
    return None


def _of(sig: Signature, scheme: str) -> set[str]:
    return {name.value for name in sig.names if name.scheme == scheme}


def _published_apart(one: Signature, other: Signature) -> bool:
    """Whether one journal or volume published two works: their DOIs differ and no preprint server gave them."""
    ours, theirs = _of(one, "doi"), _of(other, "doi")
    if not ours or not theirs or ours & theirs or one.versions & other.names or other.versions & one.names:
        return False
    ours, theirs = ({d for d in dois if not names.is_preprint(d)} for dois in (ours, theirs))
    return bool(ours and theirs) and {names.series(d) for d in ours} == {names.series(d) for d in theirs}


def _stated(one: Signature, other: Signature) -> Link | None:
    shared = one.names & other.names
    if shared:
        return Link("identifier", STATED["identifier"], f"both are {min(shared)}")
    named = one.versions & other.names or other.versions & one.names or one.versions & other.versions
    if named:
        return Link("relation", STATED["relation"], f"a version of {min(named)}")
    return None


def _plausible(one: Signature, other: Signature) -> bool:
    """Whether records that share an identifier may be one work: it may be the world's mistake, or name a volume."""
    if not one.title.key or not other.title.key or titles.likeness(one.title, other.title) != "other":
        return not titles.numbers_contradict(one.title, other.title) or _abstracts(one, other) in (
            "copy",
            "same",
            "near",
            "unknown",
        )
    if one.feed and one.feed == other.feed:
        return False
    return people.agreement(one.authors, other.authors) in ("all", "most", "unknown")


def _alike(one: Signature, other: Signature) -> Link | None:
    """A link by likeness. What forbids only this: types, numbers and parts, and titles that serve again and again."""
    if one.kind != other.kind or titles.numbers_contradict(one.title, other.title):
        return None
    title = titles.likeness(one.title, other.title)
    length = min(len(one.title.key), len(other.title.key))
    if title == "other" or not length or (length < titles.LEAST and one.kind != "paper"):
        return None
    score, told = TITLE[title], [f"title {title}"]
    if title == "same":
        score += LONG if length >= LONG_TITLE else -SHORT if length < titles.LEAST else 0
    who = people.agreement(one.authors, other.authors)
    score += AUTHORS[who]
    told.append(f"authors {who}")
    score += _years(one, other, told)
    score += _venues(one, other, told)
    if score + ABSTRACT["copy"] < ENOUGH:
        return None
    what = _abstracts(one, other)
    if (one.title.serial or other.title.serial) and what not in ("copy", "same", "near"):
        return None
    if what == "other" and _two_dois(one, other):
        return None
    score += ABSTRACT[what]
    told.append(f"abstract {what}")
    return Link("likeness", score, ", ".join(told)) if score >= ENOUGH else None


def _two_dois(one: Signature, other: Signature) -> bool:
    ours, theirs = _of(one, "doi"), _of(other, "doi")
    return bool(ours and theirs) and not ours & theirs


def _years(one: Signature, other: Signature, told: list[str]) -> float:
    if one.year is None or other.year is None:
        return 0.0
    apart = abs(one.year - other.year)
    told.append("year same" if not apart else f"years {apart} apart")
    return YEARS[apart] if apart < len(YEARS) else FAR


def _venues(one: Signature, other: Signature, told: list[str]) -> float:
    if not one.venue or one.venue != other.venue:
        return 0.0
    told.append("venue same")
    return AGAIN if one.year and other.year and abs(one.year - other.year) > 1 else VENUE


def _abstracts(one: Signature, other: Signature) -> str:
    """How much of the shorter abstract's vocabulary is in the other."""
    ours, theirs = _vocabulary(one.abstract), _vocabulary(other.abstract)
    least = min(len(ours), len(theirs))
    if least < LEAST_ABSTRACT:
        return "unknown"
    both = len(ours & theirs)
    if both >= COPY * len(ours | theirs):
        return "copy"
    shared = both / least
    return next(name for name, limit in SHARES.items() if shared >= limit)


def _vocabulary(abstract: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{4,}", abstract.casefold()))
