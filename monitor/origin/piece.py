"""One affiliation, cut into the parts of an address, with the way back from each part to the text."""

from __future__ import annotations

from monitor.origin.resolution import Finding
from monitor.origin.text import bare, cut, fold_lines, span


class Piece:
    """One affiliation of a text."""

    __slots__ = ("_lines", "cut", "folded", "start", "text")

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.start = start
        """Where it begins in the whole text."""
        self.cut = cut(text)
        self.folded = fold_lines(self.cut)
        """Its segments, folded; some are empty."""
        self._lines: list[str] | None = None

    def segment(self, index: int) -> str:
        """Segment `index` as it stands in the text."""
        begin, end = self.place(index)
        return self.text[begin:end]

    def finding(self, country: str, method: str, index: int) -> Finding:
        """A finding that all of segment `index` is the evidence of."""
        begin, end = self.place(index)
        return Finding(country, method, self.text[begin:end], self.start + begin, self.start + end)

    def finding_of_words(self, country: str, method: str, index: int, first: int, last: int) -> Finding:
        """A finding by the words `first` to `last` (exclusive) of the folded segment `index`."""
        begin, end = self.place(index)
        left, right = span(self.text[begin:end], first, last)
        return self.finding_at(country, method, begin + left, begin + right)

    def finding_at(self, country: str, method: str, begin: int, end: int) -> Finding:
        """A finding by the characters `begin` to `end` (exclusive) of the piece."""
        return Finding(country, method, self.text[begin:end], self.start + begin, self.start + end)

    def place(self, index: int) -> tuple[int, int]:
        """Where segment `index` begins and ends in the piece."""
        if self._lines is None:
            self._lines = self.cut.split("\n")
        return bare(self._lines[index], sum(map(len, self._lines[:index])) + index)
