"""OPML 2.0, the format in which feed readers exchange what they subscribe to: https://opml.org/spec2.opml.

Folders of a reader are outlines around outlines; a feed is an outline with `xmlUrl`. `isComment` is the format's way
to say that a feed is switched off, `category` its way to say more than one folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from monitor import text, xml
from monitor.errors import ParseError
from monitor.types import Feed, Goal

MOST = 10_000
"""Outlines that are read of one file."""

OTHERS = "Other"
"""The folder of feeds that name no goal."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a reader."""

    title: str
    url: str
    line: int
    """Where it stands in the file, from 1."""
    folders: tuple[str, ...] = ()
    """Titles of the folders around it, the outermost first, and then what `category` says."""
    description: str = ""
    enabled: bool = True


def read(body: bytes, what: str) -> tuple[list[Outline], list[str]]:
    """The feeds of a file in their order, and a sentence for each outline that is none; `what` names the file.

    Raises ParseError when it is not well-formed XML, declares a document type, or is not OPML.
    """
    root = xml.parse(body, what)
    if xml.name(root).lower() != "opml":
        raise ParseError(f"{what} is not OPML: its outermost element is {xml.name(root)!r}")
    feeds, problems = [], []
    for number, (element, folders, enabled) in enumerate(_leaves(root)):
        if number >= MOST:
            problems.append(f"{what}, line {element.sourceline}: more than {MOST:,} outlines; the rest is left out")
            break
        try:
            feeds.append(_outline(element, folders, enabled))
        except ParseError as problem:
            problems.append(f"{what}, line {element.sourceline}: {problem}")
    return feeds, problems


def _leaves(root: xml.Element) -> Iterator[tuple[xml.Element, tuple[str, ...], bool]]:
    """Outlines that hold no others, with the folders around them; a comment covers what is in it (OPML 2.0)."""
    waiting: list[tuple[xml.Element, tuple[str, ...], bool]] = [(body, (), True) for body in xml.children(root, "body")]
    while waiting:
        element, folders, enabled = waiting.pop()
        inner = list(xml.children(element, "outline"))
        outline = xml.name(element) == "outline"
        said = _attributes(element) if outline else {}
        enabled = enabled and said.get("iscomment", "").lower() != "true"
        if outline and (not inner or "xmlurl" in said):
            yield element, folders, enabled
        if inner:
            title = _title(said) if "xmlurl" not in said else ""
            around = (*folders, title) if title else folders
            waiting.extend((child, around, enabled) for child in reversed(inner))


def _attributes(element: xml.Element) -> dict[str, str]:
    """Attributes by name in small letters: `xmlUrl` is written in many ways."""
    return {str(name).lower(): text.clean(str(value), text.ABSTRACT_LIMIT) for name, value in element.attrib.items()}


def _title(said: Mapping[str, str]) -> str:
    return text.from_html(said.get("text") or said.get("title") or "", 200)


def _outline(element: xml.Element, folders: tuple[str, ...], enabled: bool) -> Outline:
    said = _attributes(element)
    title = _title(said)
    shown = f"the outline {title!r}" if title else "an outline without a title"
    if not said.get("xmlurl"):
        raise ParseError(f"{shown} has no xmlUrl, so it is no feed")
    # Some readers write `feed:` in front of the address, or in place of its scheme.
    url = re.sub(r"\Afeed:(?=https?:)|\Afeed:(?=//)", "", said["xmlurl"])
    url = f"https:{url}" if url.startswith("//") else url
    if not re.match(r"https?://[^/]", url, re.IGNORECASE):
        raise ParseError(f"{shown} has an xmlUrl that is no address on the web: {text.clean(url, 100)!r}")
    categories = [part for path in said.get("category", "").split(",") for part in path.split("/")]
    more = tuple(word for part in categories if (word := part.strip()) and word not in folders)
    return Outline(title, url, element.sourceline, folders + more, said.get("description", ""), enabled)


def goals_of(outline: Outline, goals: Iterable[Goal]) -> tuple[list[str], list[str]]:
    """Its folders taken apart: slugs of the goals that some of them name, and the folders that name none."""
    known = {word.casefold(): goal.slug for goal in goals for word in (goal.slug, goal.name)}
    slugs = [known[folder.casefold()] for folder in outline.folders if folder.casefold() in known]
    others = [folder for folder in outline.folders if folder.casefold() not in (*known, OTHERS.casefold())]
    return list(dict.fromkeys(slugs)), others


def write(feeds: Iterable[Feed], goals: Iterable[Goal], made_at: datetime) -> bytes:
    """The feeds as a file for feed readers, each in the folder of the first goal it names; `category` has them all.

    Their addresses are written as they are, credentials too.
    """
    from lxml import etree

    root = etree.Element("opml", version="2.0")
    head, body = etree.SubElement(root, "head"), etree.SubElement(root, "body")
    etree.SubElement(head, "title").text = "Research monitor"
    etree.SubElement(head, "dateCreated").text = format_datetime(made_at)
    names = {goal.slug: goal.name for goal in goals}
    folders = {slug: etree.Element("outline", text=name) for slug, name in (*names.items(), ("", OTHERS))}
    for feed in feeds:
        first = next((slug for slug in feed.goals if slug in folders), "")
        etree.SubElement(folders[first], "outline", _written(feed))
    body.extend(folder for folder in folders.values() if len(folder))
    etree.indent(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8")) + b"\n"


def _written(feed: Feed) -> dict[str, str]:
    title = text.clean(str(feed.options.get("venue") or feed.name))
    said = {"type": "rss", "text": title, "title": title, "xmlUrl": feed.url, "description": text.clean(feed.why)}
    if feed.goals:
        said["category"] = ",".join(f"/{slug}" for slug in feed.goals)
    if not feed.enabled:
        said["isComment"] = "true"
    return {name: value for name, value in said.items() if value}
