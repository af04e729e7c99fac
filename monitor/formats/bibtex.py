"""BibTeX as proceedings publish it: records with their fields, and the braces that only BibTeX needs taken away.

Format: https://www.bibtex.com/g/bibtex-format/ and btxdoc. Read in one pass, whatever is in it; what cannot be read is
passed over and counted. TeX inside the values stays as it is, for those who make it readable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from monitor import bylines, text

LONGEST = 100_000
"""Characters that a value may have."""

MOST_BROKEN = 20
"""Records without an end after which reading ends too."""

_START = re.compile(r"@\s*([A-Za-z]+)\s*\{\s*([^\s,{}\"]*)\s*,")
_FIELD = re.compile(r"\s*,?\s*([A-Za-z][\w-]*)\s*=\s*")
_BARE = re.compile(r"[\w.-]+")
_BRACE = re.compile(r"\\.|[{}]|\n@\w+\s*\{", re.DOTALL)
_QUOTE = re.compile(r"\\.|[{}\"]|\n@\w+\s*\{", re.DOTALL)
_PIECE = re.compile(r"\\[A-Za-z]+\*?|\\.|[{}$]|[^\\{}$]+", re.DOTALL)
_AND = re.compile(r"[{}]|\s+and\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `@InProceedings{key, title = {...}}`. Kind and names of fields are in small letters."""

    kind: str
    key: str
    fields: Mapping[str, str]

    def line(self, name: str, limit: int = text.TITLE_LIMIT) -> str:
        """The words of a field on one line; empty when it is not there."""
        return text.clean(plain(self.fields.get(name, "")), limit)


def records(source: str) -> tuple[list[Record], int]:
    """The records of `source`, and how many more were begun and could not be read to their end."""
    found, broken, place = list[Record](), 0, 0
    while broken < MOST_BROKEN and (start := _START.search(source, place)):
        fields, end = _fields(source, start.end())
        if end is None:
            broken += 1
        elif start[2]:
            found.append(Record(start[1].lower(), start[2], fields))
        place = start.end() if end is None else end
    return found, broken


def _fields(source: str, place: int) -> tuple[dict[str, str], int | None]:
    """The fields from `place` on, and where the record ends; None when it has no end."""
    fields = dict[str, str]()
    while named := _FIELD.match(source, place):
        value, place = _value(source, named.end())
        if value is None:
            return fields, None
        fields.setdefault(named[1].lower(), value)
    closing = re.compile(r"[\s,]*\}").match(source, place)
    return fields, closing.end() if closing else None


def _value(source: str, place: int) -> tuple[str | None, int]:
    """The value that begins at `place` and where it ends: parts in braces, in quotes or bare, joined by `#`."""
    parts = list[str]()
    while True:
        opening = source[place : place + 1]
        if opening in ("{", '"') and opening:
            end = _closing(source, place + 1, quoted=opening == '"')
            if end is None:
                return None, place
            parts.append(source[place + 1 : end])
            place = end + 1
        elif bare := _BARE.match(source, place):
            parts.append(bare[0])
            place = bare.end()
        else:
            return None, place
        joined = re.compile(r"\s*#\s*").match(source, place)
        if not joined:
            return "".join(parts), place
        place = joined.end()


def _closing(source: str, place: int, *, quoted: bool) -> int | None:
    """Where the brace or quote opened before `place` is closed; None when the next record comes before that."""
    depth = 0
    for token in (_QUOTE if quoted else _BRACE).finditer(source, place, place + LONGEST):
        if token[0].startswith("\n@"):
            return None
        if token[0] == "{":
            depth += 1
        elif token[0] == "}" and (depth or quoted):
            depth -= 1
        elif token[0] == "}" or (token[0] == '"' and not depth):
            return token.start()
    return None


def plain(value: str) -> str:
    """`value` without braces that keep capitals or words together: `{CNN}s` is `CNNs`. Those of TeX's commands stay."""
    if "{" not in value and "}" not in value:
        return value
    words, kept, argument, formula = list[str](), list[bool](), False, False
    for piece in _PIECE.findall(value):
        if piece == "{":
            kept.append(argument or formula)
            words.append("{" if kept[-1] else "")
        elif piece == "}":
            stays = kept.pop() if kept else False
            words.append("}" if stays else "")
            argument = stays
            continue
        else:
            words.append(piece)
            formula ^= piece == "$"
        argument = piece[0] == "\\" and piece not in ("\\\\", "\\{", "\\}", "\\$", "\\%", "\\&", "\\#", "\\_")
    return "".join(words)


def names(value: str) -> Iterator[str]:
    """The names of a field of authors: `Family, Given and Given Family`, as they are displayed."""
    depth, start = 0, 0
    for token in [*_AND.finditer(value), None]:
        if token is None or (depth == 0 and token[0] not in "{}"):
            name = bylines.natural(text.clean(plain(value[start : token.start() if token else None]), text.TITLE_LIMIT))
            if bylines.is_person(name):
                yield name
            start = token.end() if token else start
        else:
            depth = max(0, depth + (1 if token[0] == "{" else -1 if token[0] == "}" else 0))
