"""What a work is called, and the one record that stands for all its records. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from monitor.bylines import plain
from monitor.identity.names import SCHEMES, identifiers
from monitor.identity.titles import LEAST, title_key
from monitor.types import Author, Entry


def uids(entry: Entry, feed: str) -> Iterator[str]:
    """Public names of a work first seen as `entry`, the best first: its identifiers, then a hash of what it says.

    Identifiers may be taken by another work, when the world gives one to many.
    """
    yield from map(str, sorted(identifiers(entry), key=lambda name: (SCHEMES.index(name.scheme), name)))
    title = title_key(entry.title)
    if len(title) >= LEAST:
        first = " ".join(sorted(w for w in plain(entry.authors[0].name).split() if len(w) > 1)) if entry.authors else ""
        basis = f"{title}|{first}|{entry.year or (entry.published.year if entry.published else '')}"
    else:
        basis = f"{feed}|{entry.key}"
    yield "src:" + hashlib.sha256(basis.encode()).hexdigest()[:16]


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
    if len(ranked) == 1:
        return replace(
            best,
            identifiers=tuple(sorted(set(best.identifiers))),
            relations=tuple(sorted(set(best.relations))),
            categories=tuple(dict.fromkeys(best.categories)),
        )
    formal = [e for e in ranked if e.type != "preprint"] or ranked
    return replace(
        best,
        abstract=next((e.abstract for e in ranked if e.abstract), ""),
        authors=max((e.authors for e in ranked), key=_byline_richness),
        identifiers=tuple(sorted({i for e in ranked for i in e.identifiers})),
        relations=tuple(sorted({r for e in ranked for r in e.relations})),
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
