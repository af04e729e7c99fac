"""Evidence weighed: what institutions, towns, regions and telling words say together about one affiliation."""

from __future__ import annotations

from monitor.origin.evidence import ACRONYM, LENGTHS, LONGEST, NAME, REGION, TOWN, WORD, Evidence
from monitor.origin.piece import Clue, Piece
from monitor.origin.tokens import WORDS, key

LEAST = 1.2
"""The least weight that is an answer."""
LEAD = 0.75
"""How far the answer must be ahead of the next country."""
ENOUGH, CLEAR_LEAD = 3.0, 1.5
"""The same for whole segments alone; with so much the others are not read."""
MOST_BY_WORDS = 1.2
"""Telling words weigh no more than this together."""

INSIDE = {NAME: 0.78, ACRONYM: 0.7, TOWN: 0.5, REGION: 0.6, WORD: 0.99}
"""What is left of a weight where the name is only part of a segment."""
AT_END = 0.8
"""The same for a town at the end of a segment: "University of Marburg"."""
AT_START = 0.9
"""The same for a name at the start of a text that is written without spaces."""
ONE_WORD = 0.4
"""The same for a body whose name is one word."""


Hit = tuple[str, tuple[tuple[str, float], ...], int, int, int, float]
"""Kind, votes, segment, first and last word (exclusive) of those that count, and what the place leaves of the votes;
in unspaced text, the number of characters from the start, negative, in place of the last word.
A plain tuple, because some ten are made for each text."""


def weigh(piece: Piece, evidence: Evidence, *, least: float = LEAST, lead: float = LEAD) -> list[Clue]:
    """The country that the evidence in `piece` is for, as one clue; none where it is weak or divided.

    It weighs `least` or more, and is ahead of the next country by `lead`.
    """
    hits, rest = _whole(piece, evidence)
    best = _leader(_scores(hits), ENOUGH, CLEAR_LEAD) if hits else None
    if best is None:
        for index, words in rest:
            _scan(hits, piece, index, words, evidence)
        best = _leader(_scores(hits), least, lead) if hits else None
    return [_clue(piece, hits, best)] if best else _pair(piece, evidence)


def _scores(hits: list[Hit]) -> dict[str, float]:
    """What all hits say together, by country."""
    if len(hits) == 1 and hits[0][0] != WORD:
        return {country: weight * hits[0][5] for country, weight in hits[0][1]}
    scores: dict[str, float] = {}
    words: dict[str, float] = {}
    for hit in hits:
        factor = hit[5]
        into = words if hit[0] == WORD else scores
        for country, weight in hit[1]:
            into[country] = into.get(country, 0.0) + weight * factor
    for country, weight in words.items():
        scores[country] = scores.get(country, 0.0) + min(weight, MOST_BY_WORDS)
    return scores


def _leader(scores: dict[str, float], least: float, lead: float) -> str | None:
    """The country that has `least` and is so far ahead of the others."""
    best, most, second = None, 0.0, 0.0
    for country, score in scores.items():
        if score > most:
            best, most, second = country, score, most
        elif score > second:
            second = score
    return best if most >= least and most - second >= lead else None


def _pair(piece: Piece, evidence: Evidence) -> list[Clue]:
    """The countries of two bodies that one segment joins: "INRIA and KAIST"."""
    for index, segment in enumerate(piece.folded):
        left, joint, right = segment.partition(" and ")
        if joint and (first := _sole(left, evidence)) and (second := _sole(right, evidence)):
            size, whole = left.count(" ") + 1, segment.count(" ") + 1
            return [
                Clue(first[1], first[0], piece, index, 0, size),
                Clue(second[1], second[0], piece, index, size + 1, whole),
            ]
    return []


def _sole(folded: str, evidence: Evidence) -> tuple[str, str] | None:
    """Kind and country of the body that is called `folded`, where all its weight, and enough, is for one country."""
    kind, votes = evidence.names.get(key(folded), ("", ()))
    return (kind, votes[0][0]) if kind in (NAME, ACRONYM) and len(votes) == 1 and votes[0][1] >= LEAST else None


def _clue(piece: Piece, hits: list[Hit], country: str) -> Clue:
    """The clue by the one of `hits` that says most for `country`."""
    kind, _, index, first, last, factor = hits[0]
    if len(hits) > 1:
        weights = [hit[5] * sum(weight for code, weight in hit[1] if code == country) for hit in hits]
        kind, _, index, first, last, factor = hits[weights.index(max(weights))]
    if factor == 1.0:
        return Clue(country, kind, piece, index)
    if last < 0:
        begin, _ = piece.place(index)
        return Clue(country, kind, piece, -1, begin, begin - last)
    counted = [i for i, word in enumerate(piece.folded[index].split()) if WORDS.get(word, word)]
    return Clue(country, kind, piece, index, counted[first], counted[last - 1] + 1)


def look_up(piece: Piece, evidence: Evidence) -> list[Hit]:
    """The names in `piece`: whole segments, else the longest from each word on."""
    hits, rest = _whole(piece, evidence)
    for index, words in rest:
        _scan(hits, piece, index, words, evidence)
    return hits


def _whole(piece: Piece, evidence: Evidence) -> tuple[list[Hit], list[tuple[int, list[str]]]]:
    """The segments that are names, and the words of the others."""
    hits: list[Hit] = []
    rest: list[tuple[int, list[str]]] = []
    names, common = evidence.names, WORDS.get
    for index, segment in enumerate(piece.folded):
        if segment:
            words = segment.split(" ")
            words = list(filter(None, map(common, words, words)))
            entry = names.get(" ".join(words))
            if entry is not None and (entry[0] != ACRONYM or segment.upper() in piece.text):
                hits.append((*entry, index, 0, len(words), 1.0))
            elif not segment.isascii() and (size := _unspaced(segment, evidence)):
                hits.append((*names[segment[:size]], index, 0, -size, AT_START))
            else:
                rest.append((index, words))
    return hits, rest


def _unspaced(segment: str, evidence: Evidence) -> int:
    """How many characters the longest name has at the start of a segment in Chinese characters; 0 for none."""
    if "\u3400" <= segment[0] <= "\u9fff":
        for size in range(min(len(segment), LONGEST), 1, -1):
            if segment[:size] in evidence.names:
                return size
    return 0


def _scan(hits: list[Hit], piece: Piece, index: int, words: list[str], evidence: Evidence) -> None:
    first, size = 0, len(words)
    names, lengths = evidence.names, evidence.lengths
    while first < size:
        for length in LENGTHS[lengths.get(words[first], 0) & (1 << size - first) - 1]:
            last = first + length
            entry = names.get(" ".join(words[first:last]))
            if entry is not None and (entry[0] != ACRONYM or words[first].upper() in piece.text):
                hits.append((*entry, index, first, last, _factor(entry[0], length, last == size)))
                first = last - 1
                break
        first += 1


def _factor(kind: str, length: int, at_end: bool) -> float:
    if kind == NAME and length == 1:
        return ONE_WORD
    return AT_END if kind == TOWN and at_end else INSIDE[kind]
