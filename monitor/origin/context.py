"""Which countries stay when one text names several: homonyms told apart by their surroundings, territories kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from monitor.origin.piece import Clue
from monitor.origin.text import fold


class Homonym(NamedTuple):
    """A name that reads as `country`, and is `instead` (None: no country at all) in certain company."""

    country: str
    instead: str | None
    beside: frozenset[str] = frozenset()
    """Countries named in the same affiliation that give it away."""
    when: re.Pattern[str] | None = None
    """Words that give it away."""
    unless: re.Pattern[str] | None = None
    """Words that settle it the other way."""

    def applies(self, others: Iterable[str], text: str) -> bool:
        """Whether the name means `instead`, in folded `text`, beside `others`."""
        suspected = not self.beside.isdisjoint(others) or bool(self.when and self.when.search(text))
        return suspected and not (self.unless and self.unless.search(text))


def _words(*phrases: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b")


HOMONYMS = (
    Homonym(
        "GE",
        "US",
        frozenset({"US"}),
        _words(
            *("ga", r"3[01]\d{3}", "athens", "atlanta", "augusta", "savannah", "macon", "emory", "decatur", "kennesaw"),
            *("statesboro", "tifton", "georgia tech", "institute of technology", "university of georgia"),
            *("georgia state", "georgia southern", "georgia regents", "georgia health", "medical college of georgia"),
        ),
        _words("tbilisi", "kutaisi", "batumi", "gori", "telavi", "zugdidi"),
    ),
    Homonym(
        "MK",
        "GR",
        frozenset({"GR"}),
        _words("thessaloniki", "university of macedonia", "kozani", "kavala", "serres", "florina", "drama"),
        _words("skopje", "bitola", "tetovo", "ohrid", "stip", "north macedonia", "fyrom", "republic of macedonia"),
    ),
    Homonym(
        "CG",
        "CD",
        frozenset({"CD"}),
        _words("dr", "democratic", "democratique", "kinshasa", "lubumbashi", "kisangani", "goma", "bukavu", "dem rep"),
        _words("brazzaville"),
    ),
    Homonym("KR", "KP", frozenset({"KP"}), _words("democratic peoples", "pyongyang"), _words("seoul", "south korea")),
    Homonym(
        "HK",
        "CN",
        when=_words("shenzhen", "guangzhou", "zhuhai"),
        unless=_words("kowloon", "new territories", "sha tin", "shatin", "pokfulam", "hong kong sar", "hksar"),
    ),
    Homonym("LB", None, frozenset({"US"}), unless=_words("beirut", "byblos", "tripoli", "saida", "tyre")),
    Homonym("LC", None, frozenset({"AU"}), _words("brisbane", "queensland", "qld"), _words("castries")),
    Homonym("JE", None, frozenset({"US"})),
    Homonym("MC", None, frozenset({"DE"})),
    Homonym("AM", None, frozenset({"CO"})),
    Homonym("IE", None, when=_words("northern ireland"), unless=_words("dublin")),
)

TERRITORIES = {
    territory: sovereign
    for sovereign, territories in {
        "AU": "CC CX NF",
        "CN": "HK MO TW",
        "DK": "FO GL",
        "FI": "AX",
        "FR": "BL GF GP MF MQ NC PF PM RE WF YT",
        "GB": "AI BM FK GG GI IM IO JE KY MS PN SH TC VG",
        "NL": "AW BQ CW SX",
        "NZ": "CK NU TK",
        "US": "AS GU MP PR VI",
    }.items()
    for territory in territories.split()
}
"""Territory with a code of its own → the sovereign that is dropped when both are named."""


_SUSPECT = frozenset(homonym.country for homonym in HOMONYMS)
"""Alone, every other country stays what it is."""


def settle(clues: list[Clue], piece: str) -> list[Clue]:
    """What stays of the countries that one affiliation, `piece`, names."""
    if len(clues) < 2 and (not clues or clues[0].country not in _SUSPECT):
        return clues
    named = {clue.country for clue in clues}
    if not _SUSPECT.isdisjoint(named):
        clues = _told_apart(clues, named, fold(piece))
    present = [clue for clue in clues if clue.method != "former-country"]
    clues = present or clues
    sovereigns = {TERRITORIES[clue.country] for clue in clues if clue.country in TERRITORIES}
    return [clue for clue in clues if clue.country not in sovereigns] if sovereigns else clues


def _told_apart(clues: list[Clue], named: set[str], folded: str) -> list[Clue]:
    for homonym in HOMONYMS:
        if homonym.country in named and homonym.applies(named, folded):
            clues = list(_reread(clues, homonym))
    return clues


def _reread(clues: Iterable[Clue], homonym: Homonym) -> Iterator[Clue]:
    for clue in clues:
        if clue.country != homonym.country:
            yield clue
        elif homonym.instead:
            method = "us-state" if homonym.instead == "US" else clue.method
            yield clue._replace(country=homonym.instead, method=method)
