"""What is answered about an affiliation: countries, each with method, confidence and evidence."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from monitor.origin.finding import CONFIDENCE, Finding
from monitor.origin.piece import Clue


class Institution(NamedTuple):
    """An organisation of the registry."""

    id: str
    """Its address, https://ror.org/..."""
    parents: tuple[str, ...] = ()
    """The addresses of the organisations that it is part of."""


class Resolution(NamedTuple):
    """What a text says about where it is; without clues it is unknown.

    Two are equal when their findings are.
    """

    clues: tuple[Clue | Finding, ...] = ()
    """The most certain one of each country, in the order of the text."""
    look_up: Callable[[str, Collection[str]], Institution | None] | None = None
    """Finds the institution that a text names in a country, which most callers never ask for."""
    text: str = ""
    """What `look_up` is asked about."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The clues, each with the words that decided and where they stand."""
        return tuple(clue.finding() if isinstance(clue, Clue) else clue for clue in self.clues)

    @property
    def place(self) -> Institution | None:
        """The institution; None where it is not certain."""
        return self.look_up(self.text, self.countries) if self.look_up and self.clues else None

    @property
    def institution(self) -> str | None:
        """ROR id of the institution, as an address; None where it is not certain."""
        place = self.place
        return place.id if place else None

    @property
    def countries(self) -> tuple[str, ...]:
        """ISO 3166-1 alpha-2 codes, and XK for Kosovo, in the order of the text."""
        return tuple(clue.country for clue in self.clues)

    @property
    def method(self) -> str:
        """The rule that decided; of several countries, the least certain one's."""
        return min((clue.method for clue in self.clues), key=CONFIDENCE.__getitem__, default="none")

    @property
    def confidence(self) -> float:
        """Precision of `method` on labelled affiliations, 0 to 1."""
        return CONFIDENCE[self.method] if self.clues else 0.0

    @property
    def evidence(self) -> str:
        """The words that decided, those of several countries joined by "; "."""
        return "; ".join(finding.evidence for finding in self.findings)

    def __eq__(self, other: object) -> bool:
        return self.findings == other.findings if isinstance(other, Resolution) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.findings)


def surest(clues: Sequence[Clue | Finding]) -> tuple[Clue | Finding, ...]:
    """The most certain one of each country."""
    best: dict[str, Clue | Finding] = {}
    for clue in clues:
        known = best.setdefault(clue.country, clue)
        if CONFIDENCE[known.method] < CONFIDENCE[clue.method]:
            best[clue.country] = clue
    return tuple(best.values())
