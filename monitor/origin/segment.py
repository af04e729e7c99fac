"""What one part of an address tells when no country is named.

The parts of addresses repeat: of those of 20,000 affiliations that are all different, six in ten stood in one before.
So what was worked out about one is kept for the next time.
"""

from __future__ import annotations

from monitor.origin import lookup, places
from monitor.origin.evidence import Evidence
from monitor.origin.lookup import Hit
from monitor.origin.tokens import counting

MOST = 32_768
"""How many segments are remembered; some 15 MB."""
LONGEST = 128
"""Characters of the longest that is."""


class Segment:
    """One folded part of an address."""

    __slots__ = ("hint", "parts", "whole", "words")

    def __init__(self, folded: str, evidence: Evidence) -> None:
        written = folded.split(" ")
        self.hint = places.hint(written)
        """The states that it gives reason to look for."""
        self.words = counting(written)
        """Its words as names of the gazetteer are looked up by."""
        self.whole = lookup.whole(evidence, folded, self.words) if folded else None
        """The name of the gazetteer that it is, or begins with where it is unspaced."""
        self.parts: list[Hit] | None = None
        """The names of the gazetteer that it holds; None until they are asked for."""


class Segments(dict[str, Segment]):
    """The segments met lately, by their text.

    A dictionary, because it looks a text up several times as fast as a function can be called.
    """

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    def __missing__(self, folded: str) -> Segment:
        segment = Segment(folded, self._evidence)
        if len(folded) <= LONGEST:
            if len(self) >= MOST:
                self.clear()
            self[folded] = segment
        return segment
