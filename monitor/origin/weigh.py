"""Evidence weighed: what institutions, towns, regions and telling words say together about one affiliation."""

from __future__ import annotations

from monitor.origin.evidence import ACRONYM, NAME, REGION, TOWN, WORD, Evidence
from monitor.origin.piece import Piece
from monitor.origin.resolution import Finding
from monitor.origin.tokens import WORDS

LEAST = 1.2
"""The least weight that is an answer."""
LEAD = 0.5
"""How far the answer must be ahead of the next country."""
MOST_BY_WORDS = 1.2
"""Telling words weigh no more than this together."""

INSIDE = {NAME: 0.9, ACRONYM: 0.7, TOWN: 0.5, REGION: 0.6, WORD: 0.99}
"""What is left of a weight where the name is only part of a segment."""
AT_END = 0.8
"""The same for a town at the end of a segment: "University of Marburg"."""
ONE_WORD = 0.4
"""The same for a body whose name is one word."""


Hit = tuple[str, tuple[tuple[str, float], ...], int, int, int, float]
"""Kind, votes, segment, first and last word (exclusive) of those that count, and what the place leaves of the votes.
A plain tuple, because some ten are made for each text."""


def weigh(piece: Piece, evidence: Evidence) -> list[Finding]:
    """The country that the evidence in `piece` is for, as one finding; none where it is weak or divided."""
    hits = look_up(piece, evidence)
    scores: dict[str, float] = {}
    words: dict[str, float] = {}
    for kind, votes, _, _, _, factor in hits:
        into = words if kind == WORD else scores
        for country, weight in votes:
            into[country] = into.get(country, 0.0) + weight * factor
    for country, weight in words.items():
        scores[country] = scores.get(country, 0.0) + min(weight, MOST_BY_WORDS)
    if not scores:
        return []
    best = max(scores, key=scores.__getitem__)
    score = scores.pop(best)
    if score < LEAST or score - max(scores.values(), default=0.0) < LEAD:
        return []
    return [_finding(piece, max(hits, key=lambda hit: _weight(hit, best)), best)]


def _weight(hit: Hit, country: str) -> float:
    """How much `hit` says for `country`."""
    return hit[5] * sum(weight for code, weight in hit[1] if code == country)


def _finding(piece: Piece, hit: Hit, country: str) -> Finding:
    kind, _, index, first, last, factor = hit
    if factor == 1.0:
        return piece.finding(country, kind, index)
    counted = [i for i, word in enumerate(piece.folded[index].split()) if WORDS.get(word, word)]
    return piece.finding_of_words(country, kind, index, counted[first], counted[last - 1] + 1)


def look_up(piece: Piece, evidence: Evidence) -> list[Hit]:
    """The names in `piece`: whole segments, else the longest from each word on."""
    hits: list[Hit] = []
    names, common = evidence.names, WORDS.get
    for index, segment in enumerate(piece.folded):
        if segment:
            words = [token for word in segment.split(" ") if (token := common(word, word))]
            entry = names.get(" ".join(words))
            if entry is not None and (entry[0] != ACRONYM or segment.upper() in piece.text):
                hits.append((*entry, index, 0, len(words), 1.0))
            else:
                _scan(hits, piece, index, words, evidence)
    return hits


def _scan(hits: list[Hit], piece: Piece, index: int, words: list[str], evidence: Evidence) -> None:
    first, size = 0, len(words)
    names, lengths = evidence.names, evidence.lengths
    while first < size:
        for length in lengths.get(words[first], ()):
            last = first + length
            entry = names.get(" ".join(words[first:last])) if last <= size else None
            if entry is not None and (entry[0] != ACRONYM or words[first].upper() in piece.text):
                hits.append((*entry, index, first, last, _factor(entry[0], length, last == size)))
                first = last - 1
                break
        first += 1


def _factor(kind: str, length: int, at_end: bool) -> float:
    if kind == NAME and length == 1:
        return ONE_WORD
    return AT_END if kind == TOWN and at_end else INSIDE[kind]
