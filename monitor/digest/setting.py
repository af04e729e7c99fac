"""How text is set: in columns for plain text, and so that it stays text in Markdown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

WIDTH = 72

_ACTIVE = re.compile(r"[\\`*_\[\]<>#|~&$]|:(?=//)|(?<=www)\.", re.IGNORECASE)
"""What starts something inside a line of CommonMark, of GitHub's dialect (tables, strike-through, autolinks) or of
its formulas. Marks that matter only where a line begins are left alone: feed data never begins a line."""


class Markdown(str):
    """Text that is Markdown already."""

    __slots__ = ()


def markdown(value: object) -> str:
    """`value` as Markdown that reads as it: backslashes before whatever would be active."""
    return value if isinstance(value, Markdown) else _ACTIVE.sub(r"\\\g<0>", str(value))


def autolink(url: str) -> Markdown:
    """A safe link as Markdown shows it: whole, with its real host."""
    return Markdown(f"<{url}>")


def wrap(text: str, indent: int = 0) -> str:
    """`text` in lines that end at column 72, every line but the first indented.

    The first takes up no more room than the others: it may be written after an indent, or begin with
    a number that hangs.
    """
    return ("\n" + " " * indent).join(_lines(text.split(" "), WIDTH - indent))


def _lines(words: Iterable[str], width: int) -> Iterator[str]:
    line, taken = "", 0
    for piece in (piece for word in words for piece in _pieces(word, width)):
        room = columns(piece)
        if line and taken + 1 + room > width:
            yield line
            line, taken = piece, room
        else:
            line, taken = (f"{line} {piece}", taken + 1 + room) if line else (piece, room)
    yield line


def _pieces(word: str, width: int) -> Iterator[str]:
    """`word`, cut where it is wider than a line."""
    if columns(word) <= width:
        yield word
        return
    piece, taken = "", 0
    for character in word:
        room = columns(character)
        if taken + room > width:
            yield piece
            piece, taken = "", 0
        piece, taken = piece + character, taken + room
    yield piece


def columns(text: str) -> int:
    """Columns that `text` takes on a terminal (Unicode Standard Annex 11): East Asian wide characters take two."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def row(name: str, counts: Iterable[object]) -> str:
    """A line of a table, `counts` to the right; "under 1%" is set as "<1%", so that all columns are equally wide."""
    numbers = [_figure(count) for count in counts]
    width = max(4, min(7, (WIDTH - 24) // max(1, len(numbers))))
    room = WIDTH - width * len(numbers)
    name = name if columns(name) <= room else next(_pieces(name, room))
    return name + " " * (room - columns(name)) + "".join(number.rjust(width) for number in numbers)


def _figure(count: object) -> str:
    return f"{count:,}" if isinstance(count, int) else str(count).replace("under ", "<").replace("over ", ">")


def code(text: str) -> Markdown:
    """A block of code as Markdown shows it; nothing in it is active."""
    return Markdown("\n".join(f"    {line}" for line in text.splitlines()))
