"""The part of a work that shows why it was found, in pieces of plain text."""

from __future__ import annotations

import re

SHOWN = 240
"""Characters of an abstract that stand for it where no word of it was asked for."""

_MARKED = re.compile("\x02([^\x02\x03]*)\x03")

Pieces = tuple[tuple[str, bool], ...]


def pieces(marked: str) -> Pieces:
    """A text with marks before and after words that were asked for, in pieces, with whether each is such a word."""
    parts = _MARKED.split(marked)
    found = [(re.sub(r"[\x00-\x1f]+", " ", part), bool(n % 2)) for n, part in enumerate(parts)]
    return tuple((text, asked) for text, asked in found if text)


def beginning(text: str) -> Pieces:
    """The first words of a text."""
    line = " ".join(text.split())
    if len(line) > SHOWN:
        line = line[:SHOWN].rsplit(" ", 1)[0] + "…"
    return ((line, False),) if line else ()
