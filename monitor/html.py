"""HTML pages from outside, read by a parser that forgives as browsers do. Nothing is fetched, run or expanded.

For pages that a provider has instead of an interface. What such a page means is told by classes that may change any
day, so readers look for as little as they can, and say when they find nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from monitor import text
from monitor.errors import ParseError

Element = Any
"""An element of lxml, which brings no types."""

_BLOCKS = frozenset({"br", "p", "div", "tr", "td", "li", "h1", "h2", "h3", "h4", "section", "article"})


def parse(body: bytes, what: str) -> Element:
    """The root of a page in UTF-8, without scripts, styles and comments; `what` names it in errors.

    Raises ParseError when there is no page in `body`.
    """
    from lxml import etree, html

    try:
        page = html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8", no_network=True))
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise ParseError(f"{what} is not an HTML page") from error
    for element in [*page.iter("script", "style", "annotation", "annotation-xml", etree.Comment)]:
        element.drop_tree()
    return page


def with_class(element: Element, *names: str) -> Iterator[Element]:
    """The elements below (or at) `element` that have one of these classes."""
    wanted = set(names)
    return (e for e in element.iter() if isinstance(e.tag, str) and classes(e) & wanted)


def classes(element: Element) -> set[str]:
    """The classes of an element."""
    return set((element.get("class") or "").split())


def words(element: Element | None, limit: int | None = None) -> str:
    """The text of an element on one line, a blank between its blocks; empty when there is none."""
    return "" if element is None else text.clean("".join(_pieces(element)), limit)


def _pieces(element: Element) -> Iterator[str]:
    blank = " " if element.tag in _BLOCKS else ""
    yield blank + (element.text or "")
    for child in element:
        if isinstance(child.tag, str):
            yield from _pieces(child)
        yield child.tail or ""
    yield blank
