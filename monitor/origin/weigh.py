"""Evidence weighed: what institutions, towns, regions and telling words say together about one affiliation."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.origin import lookup
from monitor.origin.evidence import ACRONYM, NAME, WORD, Evidence
from monitor.origin.lookup import Hit
from monitor.origin.piece import Clue, Piece
from monitor.origin.segment import Segment
from monitor.origin.tokens import WORDS, key

LEAST = 1.2
"""The least weight that is an answer."""
LEAD = 0.75
"""How far the answer must be ahead of the next country."""
ENOUGH, CLEAR_LEAD = 3.0, 1.5
"""The same for whole segments alone; with so much the others are not read."""
MOST_BY_WORDS = 1.2
"""Telling words weigh no more than this together."""


def weigh(
    piece: Piece, segments: Sequence[Segment], evidence: Evidence, *, least: float = LEAST, lead: float = LEAD
) -> list[Clue]:
    """The country that the evidence in the `segments` of `piece` is for, as one clue; none where it is weak or divided.

    It weighs `least` or more, and is ahead of the next country by `lead`.
    """
    hits, rest = _whole(piece.text, segments)
    best = _leader(_scores(hits), ENOUGH, CLEAR_LEAD) if hits else None
    if best is None:
        hits += _parts(piece.text, rest, evidence)
        best = _leader(_scores(hits), least, lead) if hits else None
    return [_clue(piece, hits, best)] if best else _pair(piece, evidence)


def look_up(piece: Piece, segments: Sequence[Segment], evidence: Evidence) -> list[tuple[int, Hit]]:
    """The names in `piece`, each with its segment: whole segments, else the longest from each word on."""
    hits, rest = _whole(piece.text, segments)
    return hits + _parts(piece.text, rest, evidence)


def _whole(text: str, segments: Sequence[Segment]) -> tuple[list[tuple[int, Hit]], list[tuple[int, Segment]]]:
    """The segments that are names, and the others."""
    hits: list[tuple[int, Hit]] = []
    rest: list[tuple[int, Segment]] = []
    for index, segment in enumerate(segments):
        hit = segment.whole
        if hit is not None and hit[5] in text:
            hits.append((index, hit))
        else:
            rest.append((index, segment))
    return hits, rest


def _parts(text: str, segments: list[tuple[int, Segment]], evidence: Evidence) -> list[tuple[int, Hit]]:
    """The names within some segments."""
    hits: list[tuple[int, Hit]] = []
    for index, segment in segments:
        if segment.parts is None:
            segment.parts = lookup.parts(evidence, segment.words)
        hits += [(index, hit) for hit in segment.parts if hit[5] in text]
    return hits


def _scores(hits: list[tuple[int, Hit]]) -> dict[str, float]:
    """What all hits say together, by country."""
    if len(hits) == 1 and hits[0][1][0] != WORD:
        _, votes, _, _, factor, _ = hits[0][1]
        return {country: weight * factor for country, weight in votes}
    scores: dict[str, float] = {}
    words: dict[str, float] = {}
    for _, (kind, votes, _, _, factor, _) in hits:
        into = words if kind == WORD else scores
        for country, weight in votes:
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


def _clue(piece: Piece, hits: list[tuple[int, Hit]], country: str) -> Clue:
    """The clue by the one of `hits` that says most for `country`."""
    index, hit = hits[0] if len(hits) == 1 else max(hits, key=lambda hit: _weight(hit[1], country))
    kind, _, first, last, factor, _ = hit
    if factor == 1.0:
        return Clue(country, kind, piece, index)
    if last < 0:
        begin, _ = piece.place(index)
        return Clue(country, kind, piece, -1, begin, begin - last)
    counted = [i for i, word in enumerate(piece.folded[index].split()) if WORDS.get(word, word)]
    return Clue(country, kind, piece, index, counted[first], counted[last - 1] + 1)


def _weight(hit: Hit, country: str) -> float:
    """What `hit` says for `country`."""
    for code, weight in hit[1]:
        if code == country:
            return weight * hit[4]
    return 0.0
