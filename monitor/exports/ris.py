"""RIS, for EndNote, Zotero, Mendeley and the like: lines of a tag, two blanks, a hyphen and a blank.

Tags are those of Research Information Systems' specification, as reference managers read them today
(https://en.wikipedia.org/wiki/RIS_(file_format)).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from monitor.bylines import apart
from monitor.exports import About
from monitor.selection import Listed
from monitor.text import clean

SUFFIX = "ris"
MEDIA_TYPE = "application/x-research-info-systems"

_KINDS = {
    "article": "JOUR",
    "journal-article": "JOUR",
    "proceedings-article": "CPAPER",
    "proceedings": "CONF",
    "book": "BOOK",
    "monograph": "BOOK",
    "book-chapter": "CHAP",
    "report": "RPRT",
    "dissertation": "THES",
    "dataset": "DATA",
    "preprint": "UNPB",
}


def write(works: Iterable[Listed], out: BinaryIO, about: About) -> None:
    """A record a work, from `TY` to `ER`."""
    for work in works:
        lines = (f"{tag}  - {clean(value)}" for tag, value in _tags(work) if clean(value))
        out.write("\r\n".join((*lines, "ER  - ", "", "")).encode())


def _tags(work: Listed) -> Iterator[tuple[str, str]]:
    item = work.item
    kind = _KINDS.get(item.type or "", "GEN")
    yield "TY", kind
    yield "ID", item.uid
    yield "TI", item.title
    for author in item.authors:
        yield "AU", _name(author.name)
    year = item.year or (item.published.year if item.published else None)
    yield "PY", str(year or "")
    yield "DA", item.published.strftime("%Y/%m/%d") if item.published else ""
    yield "T2", item.venue or ""
    yield "DO", work.identifier("doi") or ""
    yield "UR", item.url or ""
    yield "AB", item.abstract
    for goal in work.goals:
        yield "KW", goal
    if arxiv := work.identifier("arxiv"):
        yield "AN", f"arXiv:{arxiv}"


def _name(name: str) -> str:
    """`Family, Given`; a name that is not to be taken apart stays."""
    parts = apart(name)
    return f"{parts[1]}, {parts[0]}" if parts else name.replace(",", " ")
