"""Atom feeds (RFC 4287) of digests and of works, for readers who subscribe without mail. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from monitor.digest import words
from monitor.types import stamp

_NAMESPACE = "http://www.w3.org/2005/Atom"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without entries was updated: Atom wants a time, and "never" has none."""


@dataclass(frozen=True, slots=True)
class AtomEntry:
    """One digest or one work."""

    key: str
    """What it is, whatever becomes of its title or its address: its id is made of this."""
    title: str
    updated: datetime
    link: str | None
    summary: str
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AtomFeed:
    """A feed; `path` is where it lies below the archive."""

    path: str
    title: str
    entries: tuple[AtomEntry, ...]


def atom(feed: AtomFeed, archive: UUID, address: str | None = None) -> bytes:
    """`feed` as a document in UTF-8; the same feed gives the same bytes.

    Ids are UUIDs of names within the id of this `archive` (RFC 9562, section 5.5), so that they stay when titles,
    addresses or the machine change, and no other monitor's are the same. `address` is where the feed can be fetched.
    """
    from lxml.builder import ElementMaker
    from lxml.etree import tostring

    make = ElementMaker(namespace=_NAMESPACE, nsmap={None: _NAMESPACE})
    updated = max((entry.updated for entry in feed.entries), default=EPOCH)
    root = make.feed(
        make.id(_id(archive, f"feed {feed.path}")),
        make.title(words.plain(feed.title)),
        make.updated(stamp(updated)),
        make.author(make.name("Research monitor")),
        make.generator("Research monitor"),
        *([make.link(rel="self", href=address, type="application/atom+xml")] if address else []),
        *(_entry(make, entry, archive) for entry in feed.entries),
    )
    return bytes(tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _entry(make: Any, entry: AtomEntry, archive: UUID) -> Any:
    link = {"rel": "alternate", "href": entry.link}
    return make.entry(
        make.id(_id(archive, entry.key)),
        make.title(words.plain(entry.title, 300) or "(no title given)"),
        make.updated(stamp(entry.updated)),
        *([make.link(**link)] if entry.link else []),
        *(make.category(term=words.plain(name, 80)) for name in entry.categories),
        make.summary(words.plain(entry.summary)),
    )


def _id(archive: UUID, key: str) -> str:
    return uuid5(archive, key).urn


def newest(entries: Sequence[AtomEntry], most: int = 100) -> tuple[AtomEntry, ...]:
    """The latest `most` entries, the latest first."""
    return tuple(sorted(entries, key=lambda e: (e.updated, e.key), reverse=True)[:most])
