"""The names of the gazetteer that one segment of an address is, or holds: the longest from each word on."""

from __future__ import annotations

from monitor.origin.evidence import ACRONYM, LENGTHS, LONGEST, NAME, REGION, TOWN, WORD, Evidence

INSIDE = {NAME: 0.78, ACRONYM: 0.7, TOWN: 0.5, REGION: 0.6, WORD: 0.99}
"""What is left of a weight where the name is only part of a segment."""
AT_END = 0.8
"""The same for a town at the end of a segment: "University of Marburg"."""
AT_START = 0.9
"""The same for a name at the start of a text that is written without spaces."""
ONE_WORD = 0.4
"""The same for a body whose name is one word."""


Hit = tuple[str, tuple[tuple[str, float], ...], int, int, float, str]
"""Kind, votes, first and last word (exclusive) of those that count, what the place leaves of the votes, and for an
acronym the capitals that must stand in the text; in unspaced text, the number of characters from the start, negative,
in place of the last word. A plain tuple, because some ten are made for each text."""


def whole(evidence: Evidence, segment: str, words: list[str]) -> Hit | None:
    """The name that the folded `segment` is, of which `words` count, or begins with where it is unspaced; or None."""
    entry = evidence.names.get(" ".join(words))
    if entry is not None:
        return *entry, 0, len(words), 1.0, segment.upper() if entry[0] == ACRONYM else ""
    size = 0 if segment.isascii() else _unspaced(evidence, segment)
    return (*evidence.names[segment[:size]], 0, -size, AT_START, "") if size else None


def _unspaced(evidence: Evidence, segment: str) -> int:
    """How many characters the longest name has at the start of a segment in Chinese characters; 0 for none."""
    if "\u3400" <= segment[0] <= "\u9fff":
        for size in range(min(len(segment), LONGEST), 1, -1):
            if segment[:size] in evidence.names:
                return size
    return 0


def parts(evidence: Evidence, words: list[str]) -> list[Hit]:
    """The names among the `words` of a segment that count."""
    hits: list[Hit] = []
    first, size = 0, len(words)
    names, lengths = evidence.names, evidence.lengths
    while first < size:
        word = words[first]
        for length in LENGTHS[lengths.get(word, 0) & (1 << size - first) - 1]:
            last = first + length
            entry = names.get(word if length == 1 else " ".join(words[first:last]))
            if entry is not None:
                kind = entry[0]
                factor = AT_END if kind == TOWN and last == size else INSIDE[kind]
                if length == 1 and kind == NAME:
                    factor = ONE_WORD
                capitals = word.upper() if length == 1 and kind == ACRONYM else ""
                hits.append((*entry, first, last, factor, capitals))
                first = last - 1
                break
        first += 1
    return hits
