"""Which organisation of the registry an affiliation names, where that is certain."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from monitor.origin.evidence import NAME
from monitor.origin.gazetteer import Gazetteer
from monitor.origin.lookup import Hit
from monitor.origin.piece import Piece
from monitor.origin.resolution import Institution
from monitor.origin.segment import Segments
from monitor.origin.tokens import tokens
from monitor.origin.weigh import look_up

SURE = 2.0
"""The least weight, over all countries, of a name that stands for one organisation and no department."""


def find(gazetteer: Gazetteer, known: Segments, text: str, countries: Collection[str]) -> Institution | None:
    """The one organisation that `text` names in the one country of `countries`; None where it names none or several.

    Of an organisation and what that is part of, it is the organisation.
    """
    if len(countries) != 1:
        return None
    (country,) = countries
    piece = Piece(text, 0)
    segments = [known[folded] for folded in piece.folded]
    found = {
        bearer
        for index, hit in look_up(piece, segments, gazetteer.evidence)
        for bearer in _bearers(gazetteer, piece.folded[index], hit, country)
    }
    left = found - _ancestors(gazetteer, found)
    return gazetteer.institution(left.pop()) if len(left) == 1 else None


def _bearers(gazetteer: Gazetteer, segment: str, hit: Hit, country: str) -> list[int]:
    kind, votes, first, last, factor, _ = hit
    if kind != NAME or sum(weight for _, weight in votes) < SURE or (factor < 1.0 and last - first < 2):
        return []
    return gazetteer.bearers(" ".join(tokens(segment)[first:last]), country)


def _ancestors(gazetteer: Gazetteer, found: Iterable[int]) -> set[int]:
    """Everything that one of `found` is part of, however far up."""
    above: set[int] = set()
    waiting = list(found)
    while waiting:
        new = [parent for parent in gazetteer.parents(waiting.pop()) if parent not in above]
        above.update(new)
        waiting += new
    return above
