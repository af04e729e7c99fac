"""XML from outside, read strictly: no recovery, no network, no expansion of entities.

A lenient parser turns a page that was cut short into one that looks whole, so a document that is not
well-formed is refused (the feed formats that live with broken documents have a parser of their own).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from monitor.errors import ParseError

Element = Any
"""An element of lxml, which brings no types."""

# Characters that XML 1.0 does not allow at all; a single one pasted into an abstract must not cost a page.
_FORBIDDEN = bytes({*range(32)} - {*b"\t\n\r"})
_FORBIDDEN_REFERENCE = re.compile(rb"&#(?:[0-8]|1[124-9]|2\d|3[01]|x0*(?:[0-8bcBCefEF]|1[0-9a-fA-F]));")
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
_REFERENCE = re.compile(rb"<!DOCTYPE\s+(\w+)\s+PUBLIC\s+\"[^\"<>\[\]]*\"\s+\"[^\"<>\[\]]*\"\s*>")
"""A declaration that only refers to a document type elsewhere and declares nothing itself."""


def parse(body: bytes, what: str, *, doctypes: Collection[str] = ()) -> Element:
    """The root element of `body`; `what` names the document in errors.

    Raises ParseError when it is not well-formed XML or carries a document type declaration, which few of the formats
    read here have and which entity attacks need. A mere reference to one of `doctypes` is passed over, not followed.
    """
    from lxml import etree

    if not body.strip():
        raise ParseError(f"{what} is empty")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    reference = _REFERENCE.search(body[:2_000])
    if reference and reference[1].decode() in doctypes:
        body = body[: reference.start()] + body[reference.end() :]
    if _DOCTYPE.search(body[:2_000]):
        raise ParseError(f"{what} is an HTML page or carries a document type declaration")
    try:
        root = etree.fromstring(_allowed(body), parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        said = " ".join(str(error).split())
        raise ParseError(f"{what} is not well-formed XML: {said}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise ParseError(f"{what} carries a document type declaration")
    return root


def _allowed(body: bytes) -> bytes:
    """`body` without forbidden characters; UTF-16 and UTF-32 are left alone, where zero bytes are half a character."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in body[:4]:
        return body
    body = body.translate(None, _FORBIDDEN)
    return _FORBIDDEN_REFERENCE.sub(b"", body) if b"&#" in body else body


def name(element: Element) -> str:
    """Name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def child(element: Element, tag: str) -> Element | None:
    """The first child of that name in any namespace."""
    for found in children(element, tag):
        return found
    return None


def children(element: Element, tag: str) -> Iterator[Element]:
    """The children of that name in any namespace; none when there is no element."""
    return iter(()) if element is None else element.iterchildren("{*}" + tag)


def firsts(element: Element) -> dict[str, Element]:
    """The first child of each name, by the name without namespace: one walk, where many children are asked for."""
    found: dict[str, Element] = {}
    for inner in element:
        found.setdefault(name(inner), inner)
    return found


def path(element: Element, *tags: str) -> Iterator[Element]:
    """The elements that these names lead to, one below the other, in any namespace."""
    if not tags:
        return iter((element,))
    return (found for inner in children(element, tags[0]) for found in path(inner, *tags[1:]))


def words(element: Element | None) -> str:
    """All text within an element; empty when there is none."""
    if element is None:
        return ""
    return "".join(element.itertext()) if len(element) else element.text or ""
