"""Which organisation of the registry an affiliation names, where that is certain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.origin.evidence import NAME
from monitor.origin.finding import Finding
from monitor.origin.gazetteer import Gazetteer
from monitor.origin.piece import Clue, Piece
from monitor.origin.resolution import Institution
from monitor.origin.tokens import tokens
from monitor.origin.weigh import Hit, look_up

SURE = 2.0
"""The least weight, over all countries, of a name that stands for one organisation and no department."""


def find(gazetteer: Gazetteer, text: str, clues: Sequence[Clue | Finding]) -> Institution | None:
    """The one organisation that `text` names in the country of `clues`; None where it names none or several.

    Of an organisation and what that is part of, it is the organisation.
    """
    countries = {clue.country for clue in clues}
    if len(countries) != 1:
        return None
    (country,) = countries
    piece = Piece(text, 0)
    found = {index for hit in look_up(piece, gazetteer.evidence) for index in _bearers(gazetteer, piece, hit, country)}
    left = found - _ancestors(gazetteer, found)
    return gazetteer.institution(left.pop()) if len(left) == 1 else None


def _bearers(gazetteer: Gazetteer, piece: Piece, hit: Hit, country: str) -> list[int]:
    kind, votes, index, first, last, factor = hit
    if kind != NAME or sum(weight for _, weight in votes) < SURE or (factor < 1.0 and last - first < 2):
        return []
    return gazetteer.bearers(" ".join(tokens(piece.folded[index])[first:last]), country)


def _ancestors(gazetteer: Gazetteer, found: Iterable[int]) -> set[int]:
    """Everything that one of `found` is part of, however far up."""
    above: set[int] = set()
    waiting = list(found)
    while waiting:
        new = [parent for parent in gazetteer.parents(waiting.pop()) if parent not in above]
        above.update(new)
        waiting += new
    return above
