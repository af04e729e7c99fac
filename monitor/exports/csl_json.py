"""CSL-JSON, for Pandoc, Zotero and citation processors: one array of items.

Schema: https://github.com/citation-style-language/schema (csl-data.json, version 1.0).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, BinaryIO

from monitor.bylines import apart
from monitor.exports import About
from monitor.selection import Listed
from monitor.text import clean

SUFFIX = "csl.json"
MEDIA_TYPE = "application/vnd.citationstyles.csl+json"

KINDS = {
    "article": "article-journal",
    "journal-article": "article-journal",
    "proceedings-article": "paper-conference",
    "proceedings": "book",
    "book": "book",
    "monograph": "book",
    "book-chapter": "chapter",
    "report": "report",
    "dissertation": "thesis",
    "dataset": "dataset",
    "software": "software",
    "preprint": "article",
}
"""Our type of a work → CSL's (https://docs.citationstyles.org/en/stable/specification.html#appendix-iii-types)."""
OTHER = "document"


def write(works: Iterable[Listed], out: BinaryIO, about: About) -> None:
    """An array, an item a line."""
    before = b"[\n"
    for work in works:
        out.write(before + json.dumps(_item(work), ensure_ascii=False).encode())
        before = b",\n"
    out.write((before if before == b"[\n" else b"\n") + b"]\n")


def _item(work: Listed) -> dict[str, Any]:
    item = work.item
    said = {
        "id": item.uid,
        "type": KINDS.get(item.type or "", OTHER),
        "title": clean(item.title),
        "author": [_name(clean(author.name)) for author in item.authors],
        "issued": _date(item.published, item.year),
        "container-title": clean(item.venue or ""),
        "DOI": work.identifier("doi"),
        "URL": item.url,
        "abstract": clean(item.abstract),
        "keyword": ", ".join(work.goals),
        "number": f"arXiv:{arxiv}" if (arxiv := work.identifier("arxiv")) else None,
    }
    return {name: value for name, value in said.items() if value}


def _name(name: str) -> dict[str, str]:
    parts = apart(name)
    return {"family": parts[1], "given": parts[0]} if parts else {"literal": name}


def _date(published: datetime | None, year: int | None) -> dict[str, Any] | None:
    if published and (year is None or published.year == year):
        return {"date-parts": [[published.year, published.month, published.day]]}
    return {"date-parts": [[year]]} if year else None
