"""BibTeX, for LaTeX and reference managers, in UTF-8 as Biber, BibTeX8 and Zotero read it.

Format: https://www.bibtex.com/g/bibtex-format/ and btxdoc. Signs that mean something to TeX are escaped, titles keep
their capitals, and keys are unique within a file and the same in every file of the same works in the same order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from monitor.bylines import apart, fold
from monitor.exports import About
from monitor.selection import Listed
from monitor.text import clean

SUFFIX = "bib"
MEDIA_TYPE = "text/x-bibtex; charset=utf-8"

_KINDS = {
    "article": "article",
    "journal-article": "article",
    "proceedings-article": "inproceedings",
    "book": "book",
    "monograph": "book",
    "book-chapter": "incollection",
    "proceedings": "proceedings",
    "report": "techreport",
    "dissertation": "phdthesis",
}
_VENUES = {"article": "journal", "inproceedings": "booktitle", "incollection": "booktitle", "techreport": "institution",
           "phdthesis": "school"}  # fmt: skip
_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "%": r"\%",
        "&": r"\&",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)
_ALONE = _ESCAPES | {ord("{"): r"\textbraceleft{}", ord("}"): r"\textbraceright{}"}
"""For texts whose braces do not match: BibTeX counts those behind a backslash too (btxdoc), and would end the field, or
take the next entries into it."""
_FILLING = frozenset({"a", "an", "the", "on", "of", "in", "for", "to", "and", "towards", "toward", "with", "from"})


def write(works: Iterable[Listed], out: BinaryIO, about: About) -> None:
    """An entry a work."""
    used: Counter[str] = Counter()
    for work in works:
        kind = _KINDS.get(work.item.type or "", "misc")
        key = _unique(_key(work), used)
        lines = "".join(f"  {name} = {{{value}}},\n" for name, value in _fields(work, kind) if value)
        out.write(f"@{kind}{{{key},\n{lines}}}\n\n".encode())


def _fields(work: Listed, kind: str) -> Iterator[tuple[str, str]]:
    item = work.item
    yield "title", f"{{{escaped(item.title)}}}"
    yield "author", " and ".join(_name(author.name) for author in item.authors)
    year = item.year or (item.published.year if item.published else None)
    yield "year", str(year) if year else ""
    if item.published and item.published.year == year:
        yield "month", str(item.published.month)
    yield _VENUES.get(kind, "howpublished"), escaped(item.venue or "")
    yield "doi", _verbatim(work.identifier("doi"))
    if arxiv := work.identifier("arxiv"):
        yield "eprint", _verbatim(arxiv)
        yield "archiveprefix", "arXiv"
    yield "url", _verbatim(item.url)
    yield "abstract", escaped(item.abstract)
    yield "keywords", ", ".join(work.goals)
    yield "note", escaped(item.uid)


def escaped(text: str) -> str:
    """`text` on one line, as TeX typesets it."""
    line = clean(text)
    return line.translate(_ESCAPES if _matching(line) else _ALONE)


def _matching(text: str) -> bool:
    """Whether each brace that closes has one before it that opens, and the other way round."""
    depth = 0
    for sign in text:
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return False
    return depth == 0


def _verbatim(text: str | None) -> str:
    """An identifier or address, which styles print as it is; braces and what would comment the rest out are coded."""
    return re.sub(r"[{}\\%\s]", lambda sign: f"\\%{ord(sign[0]):02X}", clean(text or ""))


def _name(name: str) -> str:
    """A person's name as `Family, Given`, so that nobody has to guess; any other in braces, to stay whole."""
    parts = apart(name)
    if parts is None or "," in name:
        return f"{{{escaped(name)}}}"
    given, family = (escaped(part) for part in parts)
    return f"{_whole(family)}, {_whole(given)}"


def _whole(words: str) -> str:
    """Words among which an `and` does not part two names."""
    return re.sub(r"(?i)\band\b", lambda word: f"{{{word[0]}}}", words)


def _key(work: Listed) -> str:
    """Family name, year and first telling word of the title, in small ASCII letters and digits."""
    first = work.item.authors[0].name if work.item.authors else ""
    family = (apart(first) or ("", first))[1]
    year = work.item.year or (work.item.published.year if work.item.published else "")
    words = (_plain(word) for word in work.item.title.split())
    return f"{_plain(family)}{year}{next((w for w in words if w and w not in _FILLING), '')}" or "work"


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", fold(text))[:40]


def _unique(key: str, used: Counter[str]) -> str:
    """`key`, or `key-2`, `key-3` and so on when it was used before; keys themselves have no hyphen."""
    used[key] += 1
    return key if used[key] == 1 else f"{key}-{used[key]}"
