"""When two records are about the same work, and what the work is called then. Pure.

The rule: records that share an identifier are one work. Failing that, records with the same normalised
title, an author in common at the head of the byline and years at most one apart are one work, unless
both carry an arXiv id and these differ (arXiv gives a work one id for ever).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from monitor.types import Author, Entry, Identifier

SCHEMES = ("arxiv", "doi", "pmid", "acl", "openalex", "dblp")
"""Schemes that name a work, the best for a public name first; others (isbn, url, ...) may name a volume."""

ARXIV_DOI = "10.48550/arxiv."
"""DOIs that DataCite registers for arXiv papers (https://info.arxiv.org/help/doi.html)."""

LEAST_TITLE = 24
"""Letters and digits a title must have to identify a work: "Editorial" and "Preface" do not."""

LONG_TITLE = 40
"""The same where one of the records names no author."""

_MARKUP = re.compile(r"\\[a-zA-Z]+\s*|<[^>]{1,40}>")
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "phd", "md"})


@dataclass(frozen=True, slots=True)
class Signature:
    """What is known of a work that tells it from others."""

    identifiers: frozenset[Identifier]
    title: str
    first_author: frozenset[str]
    year: int | None


def identifiers(entry: Entry) -> tuple[Identifier, ...]:
    """The identifiers of a record that name a work, an arXiv DOI turned into the arXiv id it stands for."""
    found = set()
    for identifier in entry.identifiers:
        if identifier.scheme == "doi" and identifier.value.startswith(ARXIV_DOI):
            found.add(Identifier("arxiv", identifier.value.removeprefix(ARXIV_DOI)))
        elif identifier.scheme in SCHEMES:
            found.add(identifier)
    return tuple(sorted(found))


def title_key(title: str) -> str:
    """`title` without case, accents, markup, punctuation and blanks."""
    plain = unicodedata.normalize("NFKD", _MARKUP.sub("", title)).casefold()
    return "".join(c for c in plain if c.isalnum())


def signature(entry: Entry) -> Signature:
    """What tells the work of `entry` from others."""
    return Signature(
        frozenset(identifiers(entry)),
        title_key(entry.title),
        _name_words(entry.authors[0]) if entry.authors else frozenset(),
        entry.year or (entry.published.year if entry.published else None),
    )


def same_work(one: Signature, other: Signature) -> bool:
    """Whether two records are about one work, by the rule at the top. Symmetric."""
    if one.identifiers & other.identifiers:
        return True
    if not one.title or one.title != other.title or contradict(one, other):
        return False
    if one.year and other.year and abs(one.year - other.year) > 1:
        return False
    if one.first_author and other.first_author:
        return len(one.title) >= LEAST_TITLE and bool(one.first_author & other.first_author)
    return len(one.title) >= LONG_TITLE


def contradict(one: Signature, other: Signature) -> bool:
    """Whether two records carry identifiers that one work cannot have both of."""
    ours, theirs = _arxiv(one.identifiers), _arxiv(other.identifiers)
    return bool(ours and theirs) and ours.isdisjoint(theirs)


def uid(entry: Entry, feed: str) -> str:
    """Public name of a work first seen as `entry`: its best identifier, else a hash of what it says."""
    names = identifiers(entry)
    for scheme in SCHEMES:
        for name in names:
            if name.scheme == scheme:
                return str(name)
    sig = signature(entry)
    if len(sig.title) >= LEAST_TITLE:
        basis = f"{sig.title}|{' '.join(sorted(sig.first_author))}|{sig.year or ''}"
    else:
        basis = f"{feed}|{entry.key}"
    return "src:" + hashlib.sha256(basis.encode()).hexdigest()[:16]


def content(title: str, abstract: str) -> str:
    """Hash of the text that tags rest on."""
    return hashlib.sha256(f"{title}\n{abstract}".encode()).hexdigest()[:32]


def merge(entries: Sequence[Entry]) -> Entry:
    """The one record that stands for all `entries` of a work (at least one), whatever their order.

    Text and byline come from the record that says most; the venue from one that names more than a
    preprint server; dates are the earliest publication and the latest update.
    """
    ranked = sorted(entries, key=_richness, reverse=True)
    best = ranked[0]
    formal = [e for e in ranked if e.type != "preprint"] or ranked
    return replace(
        best,
        abstract=next((e.abstract for e in ranked if e.abstract), ""),
        authors=max((e.authors for e in ranked), key=_byline_richness),
        identifiers=tuple(sorted({i for e in ranked for i in e.identifiers})),
        url=next((e.url for e in ranked if e.url), None),
        published=min((e.published for e in ranked if e.published), default=None),
        updated=max((e.updated for e in ranked if e.updated), default=None),
        year=min((e.year for e in ranked if e.year), default=None),
        venue=next((e.venue for e in formal if e.venue), None) or next((e.venue for e in ranked if e.venue), None),
        type=next((e.type for e in formal if e.type), None),
        categories=tuple(dict.fromkeys(c for e in ranked for c in e.categories)),
        comment=next((e.comment for e in ranked if e.comment), None),
        language=next((e.language for e in ranked if e.language), None),
    )


def _richness(entry: Entry) -> tuple[int, int, str]:
    return (len(entry.abstract), len(entry.title), entry.key)


def _byline_richness(authors: Sequence[Author]) -> tuple[int, int, str]:
    return (sum(bool(a.affiliations) for a in authors), len(authors), " ".join(a.name for a in authors))


def _arxiv(names: Iterable[Identifier]) -> set[str]:
    return {n.value for n in names if n.scheme == "arxiv"}


def _name_words(author: Author) -> frozenset[str]:
    """The words of a name without case, accents and initials; the order of names differs between sources."""
    plain = unicodedata.normalize("NFKD", author.name).casefold()
    letters = "".join(c if c.isalpha() else " " for c in plain if not unicodedata.combining(c))
    return frozenset(w for w in letters.split() if len(w) > 1 and w not in _SUFFIXES)
