"""An Atom feed (RFC 4287) of works, for readers of feeds. Ids are those of the digests' own feeds, and never change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO
from uuid import uuid5

from monitor.exports import About
from monitor.selection import Listed
from monitor.text import clean, web_url
from monitor.types import stamp

SUFFIX = "atom"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"

_NAMESPACE = "http://www.w3.org/2005/Atom"


def write(works: Iterable[Listed], out: BinaryIO, about: About) -> None:
    """A feed, an entry a work."""
    from lxml import etree
    from lxml.builder import ElementMaker

    make = ElementMaker(namespace=_NAMESPACE, nsmap={None: _NAMESPACE})
    with etree.xmlfile(out, encoding="utf-8") as file:
        file.write_declaration()
        with file.element(f"{{{_NAMESPACE}}}feed", nsmap={None: _NAMESPACE}):
            file.write(
                make.id(uuid5(about.archive, f"export {about.title}").urn),
                make.title(clean(about.title)),
                make.updated(stamp(about.made_at)),
                make.author(make.name("Research monitor")),
                make.generator("Research monitor"),
            )
            for work in works:
                file.write(_entry(make, work, about), pretty_print=True)


def _entry(make: Any, work: Listed, about: About) -> Any:
    item = work.item
    link = web_url(item.url) if item.url else None
    return make.entry(
        make.id(uuid5(about.archive, f"work {item.uid}").urn),
        make.title(clean(item.title) or "(no title given)"),
        make.updated(stamp(item.first_seen or about.made_at)),
        *([make.published(stamp(item.published))] if item.published else []),
        *([make.link(rel="alternate", href=link)] if link else []),
        *(make.author(make.name(clean(author.name))) for author in item.authors if clean(author.name)),
        *(make.category(term=goal) for goal in work.goals),
        make.summary(clean(item.abstract)),
    )
