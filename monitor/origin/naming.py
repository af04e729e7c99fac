"""Which countries a text names, by the names alone: a judge of labels that knows none of the resolver's rules."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.origin.names import Names
from monitor.origin.text import fold

SHORT_NAMES = frozenset({"usa", "uk", "uae", "prc", "us"})
LEAST_LETTERS = 4
"""Names of countries of fewer Latin letters count as named only when they are in `SHORT_NAMES`."""


class Naming:
    """Tells whether a text names a country, in any language."""

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = {}
        for name, (code, rank) in Names.load().table.items():
            if rank != "none" and (not name.isascii() or len(name) >= LEAST_LETTERS or name in SHORT_NAMES):
                self._names.setdefault(code, set()).add(name)

    def named(self, text: str, countries: Iterable[str]) -> frozenset[str]:
        """Those of `countries` that `text` names."""
        padded = f" {fold(text)} "
        return frozenset(code for code in countries if self._names_one(padded, code))

    def _names_one(self, padded: str, code: str) -> bool:
        names = self._names.get(code, ())
        return any((f" {name} " if name.isascii() else name) in padded for name in names)

    def corrected(self, label: frozenset[str], told: frozenset[str], texts: Iterable[str]) -> frozenset[str]:
        """The countries that an author is labelled with, as the author's own `texts` correct them.

        What is told and named there is right. Where every text names one of those, a labelled country that none names
        is wrong. Everything else of the label stands, so that only a country's name speaks for an answer.
        """
        named = [self.named(text, label | told) for text in texts]
        somewhere = frozenset().union(*named)
        stands = label & somewhere if named and all(told & names for names in named) else label
        return stands | (told & somewhere)
