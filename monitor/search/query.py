"""What people type into a search box → an expression of FTS5, and the words by which meaning is looked for.

    query   = all { OR all }
    all     = part { [AND] part }
    part    = (NOT | -) part | FIELD: part | ( query ) | "phrase" | word | beginning*

Nothing raises: where signs cannot be read so, every word of the query is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST_CHARACTERS = 1_000
MOST_PARTS = 64
MOST_DEPTH = 16
LEAST_BEGINNING = 3
"""Letters of a beginning: shorter ones are those of half of all texts, and are searched as words."""

FIELDS = {
    "title": "title",
    "abstract": "abstract",
    "author": "authors",
    "authors": "authors",
    "institution": "institutions",
    "institutions": "institutions",
}
"""What may stand before a colon → the column."""

_TOKEN = re.compile(
    r'(?P<phrase>"[^"]*")|(?P<sign>[()])|(?P<minus>-)(?=["(\w])|(?P<field>[A-Za-z]+):(?=[("\w])|(?P<word>[^\s()"]+)'
)
_OPERATORS = frozenset({"AND", "OR", "NOT"})

FILLING = frozenset(
    {
        *("a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "have", "how", "in", "into", "is"),
        *("it", "its", "not", "of", "on", "or", "that", "the", "their", "this", "to", "was", "were", "what", "when"),
        *("where", "which", "who", "why", "will", "with"),
    }
)
"""Words that nearly every text has, and which are not asked for while others are."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read."""

    expression: str | None
    """For FTS5; None when there is no word in the query."""
    strict: str | None
    """The part of it that also binds what is found by meaning: phrases, fields, what is excluded, choices."""
    words: str
    """What the encoder reads."""
    understood: bool = True


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of an expression."""

    text: str
    plain: bool
    """A word that merely is asked for."""
    excluded: bool = False


class _UnreadableError(Exception):
    """The signs of a query do not make sense."""


def read(query: str) -> Query:
    """The query as people type it. Characters without meaning are left out, and so is what is too long."""
    text = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]+", " ", query)[:MOST_CHARACTERS].strip()
    try:
        return _Reader(text).query()
    except _UnreadableError:
        words = _words(text)
        expression = " AND ".join(_quoted(word) for word in _telling(words)[:MOST_PARTS])
        return Query(expression or None, None, " ".join(words), understood=False)


class _Reader:
    """Reads one query by recursive descent."""

    def __init__(self, text: str) -> None:
        self.tokens = [(m.lastgroup or "", m.group()) for m in _TOKEN.finditer(text)]
        if len(self.tokens) > 2 * MOST_PARTS or text.count('"') % 2:
            raise _UnreadableError
        self.place = 0
        self.said: list[str] = []
        self.silent = 0
        """Within how many parts we are that say nothing of what texts are to mean."""

    def query(self) -> Query:
        parts = self._choices(0)
        if self.place < len(self.tokens):
            raise _UnreadableError
        strict = [part for part in parts if not part.plain]
        kept = [part for part in strict if not part.excluded]
        # What is only excluded cannot stand alone in FTS5; then the whole expression binds.
        bound = _joined(strict if kept else parts) if strict else None
        return Query(_joined(parts), bound, " ".join(self.said))

    def _choices(self, depth: int) -> list[_Part]:
        if depth > MOST_DEPTH:
            raise _UnreadableError
        found = [self._all(depth)]
        while self._take("OR"):
            found.append(self._all(depth))
        if len(found) == 1:
            return found[0]
        choices = [text for text in map(_joined, found) if text]
        return [_Part(f"({' OR '.join(choices)})", plain=False)] if choices else []

    def _all(self, depth: int) -> list[_Part]:
        parts = [*self._part(depth)]
        while self.place < len(self.tokens) and not self._next("OR", ")"):
            self._take("AND")
            parts += self._part(depth)
        telling = [part for part in parts if not (part.plain and _bare(part.text) in FILLING)]
        if parts and all(part.excluded for part in parts):
            raise _UnreadableError
        return telling if any(not part.excluded for part in telling) else parts

    def _part(self, depth: int) -> list[_Part]:
        kind, sign = self._any()
        if kind == "minus" or (kind == "word" and sign == "NOT"):
            return [_Part(self._needed(depth, silent=True), plain=False, excluded=True)]
        if kind == "field" and (column := FIELDS.get(sign[:-1].lower())):
            silent = column in ("authors", "institutions")
            return [_Part(f"{{{column}}} : ({self._needed(depth, silent=silent)})", plain=False)]
        if sign == "(":
            inner = _joined(self._choices(depth + 1))
            if not self._take(")"):
                raise _UnreadableError
            return [_Part(f"({inner})", plain=False)] if inner else []
        if kind == "sign" or sign in _OPERATORS:
            raise _UnreadableError
        words = sign.strip('"').rstrip(":" if kind == "field" else "")
        if not _words(words):
            return []
        if not self.silent:
            self.said.append(words.rstrip("*"))
        return [_Part(_quoted(words), plain=False)] if kind == "phrase" else [_Part(_term(words), plain=True)]

    def _needed(self, depth: int, *, silent: bool) -> str:
        """The part that has to follow."""
        if depth > MOST_DEPTH:
            raise _UnreadableError
        self.silent += silent
        text = _joined(self._part(depth + 1))
        self.silent -= silent
        if text is None:
            raise _UnreadableError
        return text

    def _next(self, *wanted: str) -> bool:
        return self.place < len(self.tokens) and self.tokens[self.place][1] in wanted

    def _take(self, wanted: str) -> bool:
        found = self._next(wanted)
        self.place += found
        return found

    def _any(self) -> tuple[str, str]:
        if self.place >= len(self.tokens):
            raise _UnreadableError
        self.place += 1
        return self.tokens[self.place - 1]


def _joined(parts: Sequence[_Part]) -> str | None:
    """Parts that all have to hold, and none of those that are excluded; None when nothing is asked for."""
    wanted = [part.text for part in parts if not part.excluded]
    if not wanted:
        return None
    excluded = "".join(f" NOT {part.text}" for part in parts if part.excluded)
    joined = " AND ".join(wanted)
    return f"({joined}){excluded}" if excluded else joined


def _words(text: str) -> list[str]:
    """What FTS5 would make at least one token of."""
    return [word for word in text.replace('"', " ").split() if any(sign.isalnum() for sign in word)]


def _telling(words: Sequence[str]) -> list[str]:
    return [word for word in words if word.lower() not in FILLING] or list(words)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _bare(term: str) -> str:
    return term.strip('"').lower()


def _term(word: str) -> str:
    """A word, or the beginning of words."""
    bare = word.rstrip("*")
    beginning = word.endswith("*") and sum(sign.isalnum() for sign in bare) >= LEAST_BEGINNING
    return f"{_quoted(bare)} *" if beginning else _quoted(bare)
