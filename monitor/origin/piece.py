"""One affiliation, cut into the parts of an address, with the way back from each part to the text."""

from __future__ import annotations

from typing import NamedTuple

from monitor.origin.finding import Finding
from monitor.origin.text import bare, cut, segments, span


class Piece:
    """One affiliation of a text."""

    __slots__ = ("_lines", "folded", "start", "text")

    def __init__(self, text: str, start: int, folded: list[str] | None = None) -> None:
        self.text = text
        self.start = start
        """Where it begins in the whole text."""
        self.folded = segments(text) if folded is None else folded
        """Its segments, folded; some are empty."""
        self._lines: list[str] | None = None

    def segment(self, index: int) -> str:
        """Segment `index` as it stands in the text."""
        begin, end = self.place(index)
        return self.text[begin:end]

    def place(self, index: int) -> tuple[int, int]:
        """Where segment `index` begins and ends in the piece."""
        if self._lines is None:
            self._lines = cut(self.text).split("\n")
        return bare(self._lines[index], sum(map(len, self._lines[:index])) + index)


class Clue(NamedTuple):
    """One country that a piece tells, and how.

    The words that say so are looked for when they are asked for, which many callers never do.
    """

    country: str
    method: str
    piece: Piece
    segment: int = -1
    """The segment that they are in; -1 where `first` and `last` are characters of the piece."""
    first: int = 0
    last: int = 0
    """The first and the last word (exclusive) of the folded segment; all of the segment where `last` is 0."""

    def place(self) -> tuple[int, int]:
        """Where the words begin and end in the piece."""
        if self.segment < 0:
            return self.first, self.last
        begin, end = self.piece.place(self.segment)
        if not self.last:
            return begin, end
        left, right = span(self.piece.text[begin:end], self.first, self.last)
        return begin + left, begin + right

    def finding(self) -> Finding:
        """The country with the words as they stand in the text."""
        (begin, end), piece = self.place(), self.piece
        return Finding(self.country, self.method, piece.text[begin:end], piece.start + begin, piece.start + end)
