"""From affiliation text to countries: the names of countries first, else what the rest of the address weighs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial

from monitor.origin import context, domains, evidence, institutions, known, mentions, places
from monitor.origin.finding import Finding
from monitor.origin.gazetteer import Gazetteer
from monitor.origin.names import Mention, Names
from monitor.origin.piece import Clue, Piece
from monitor.origin.resolution import Resolution, surest
from monitor.origin.segment import Segments
from monitor.origin.text import fold, ordinary, pieces, segments
from monitor.origin.weigh import CLEAR_LEAD, ENOUGH, weigh

VERSION = "origin.4"
"""Name of these rules and tables; an answer of an older version may be asked for again."""

LIMIT = 5_000
"""How many characters of a text are read: no affiliation is longer, and hostile texts are."""

_OF_THE_US = re.compile(r"(?:^|[,;(\n]) ?(?:[Tt]he )?(U\. ?S\.|US)(?= [A-Z][a-z])")
"""Bodies of the United States: "U.S. Naval Research Laboratory". Small letters must follow, because "us" is a word."""

_TWO_CAPITALS = frozenset({"BR", "IN", "IT"})
"""Countries whose own parts are written with two capitals: "Brazil, PA" is Pará."""

_SCRIPTS = re.compile(
    r"""(?P<JP>[\u3041-\u30fa]+) | (?P<KR>[\uac00-\ud7a3]+) | (?P<TH>[\u0e01-\u0e4e]+) | (?P<GE>[\u10d0-\u10fa]+)
      | (?P<LK>[\u0d80-\u0dff]+) | (?P<LA>[\u0e80-\u0eff]+) | (?P<MM>[\u1000-\u109f]+) | (?P<ET>[\u1200-\u137f]+)
      | (?P<KH>[\u1780-\u17ff]+)""",
    re.VERBOSE,
)
"""Scripts of one country. On the names of 51,370 organisations 99 in 100 were right; Hebrew (95), Greek (88),
Devanagari (90) and Armenian (73) were not good enough, and Chinese characters, Arabic and Cyrillic say little."""


class Resolver:
    """Affiliation text → countries. The same text gives the same answer, whatever was asked before."""

    def __init__(self, gazetteer: Gazetteer | None = None) -> None:
        self._names = Names.load()
        self._gazetteer = gazetteer
        self._evidence = gazetteer.evidence if gazetteer else evidence.of(dict(known.entries()))
        self._segments = Segments(self._evidence)
        self._find = partial(institutions.find, gazetteer, self._segments) if gazetteer else None

    def resolve(self, affiliation: str, *, domain: str | None = None) -> Resolution:
        """The countries that `affiliation` tells.

        `domain`, the host of the author's e-mail address, is asked only when the text says nothing.
        Never raises, whatever the text; an e-mail address in it is never part of the evidence.
        """
        text = affiliation[:LIMIT]
        hosts: tuple[str, ...] = ()
        found: Sequence[Clue | Finding]
        if (folded := ordinary(text)) is not None:
            piece = Piece(text, 0, folded)
            found = self._named(piece) or _in_order(self._placed(piece))
        else:
            text, hosts = domains.take_out(text)
            found = self._told(self._pieces(text))
        if not found:
            found = self._hosts(affiliation, hosts) or self._hosts("", (domain,) if domain else ()) or _script(text)
        return Resolution(tuple(found) if len(found) < 2 else surest(found), self._find, text)

    def country_of(self, ror: str) -> str | None:
        """The country of a ROR id; None where the registry is not loaded, or does not tell one."""
        return self._gazetteer.country_of(ror) if self._gazetteer else None

    def name_of(self, ror: str) -> str | None:
        """What the organisation with a ROR id is called; None where the registry is not loaded, or has none of it."""
        return self._gazetteer.name_of(ror) if self._gazetteer else None

    @property
    def registry(self) -> str | None:
        """Release of the registry of organisations that is loaded; None without one."""
        return self._gazetteer.stamp.release if self._gazetteer else None

    @property
    def version(self) -> str:
        """Rules and, where one is loaded, release of the registry: what an answer depends on."""
        return f"{VERSION}/{self._gazetteer.stamp.release}" if self._gazetteer else VERSION

    def _pieces(self, text: str) -> list[Piece]:
        """The single affiliations; a country that stands alone belongs to the one before it."""
        merged: list[tuple[int, int]] = []
        for start, end in pieces(text):
            if merged and end - start < 80 and self._names.whole(fold(" ".join(segments(text[start:end])))):
                merged[-1] = merged[-1][0], end
            else:
                merged.append((start, end))
        return [Piece(text[start:end], start) for start, end in merged]

    def _told(self, pieces: list[Piece]) -> list[Clue]:
        """What the pieces tell, in the order of the text."""
        found: list[Clue] = []
        rest: list[Piece] = []
        for piece in pieces:
            if named := self._named(piece):
                found += named
            else:
                rest.append(piece)
        if rest:
            named_elsewhere = bool(found)
            for piece in rest:
                found += self._placed(piece, named_elsewhere)
            return _in_order(found)
        return found

    def _named(self, piece: Piece) -> list[Clue]:
        """The countries that whole segments are the names of, or their ends."""
        found = [
            clue
            for index, mention in mentions.outside(self._names, piece.folded)
            for clue in [self._clue(piece, index, mention)]
            if not (mention.ends and "-" in piece.text and _is_compound(clue))
        ]
        return context.settle(found, piece.text)

    def _clue(self, piece: Piece, index: int, mention: Mention) -> Clue:
        country, method, first, last, _ = mention
        if last < 0:
            begin, _ = piece.place(index)
            return Clue(country, method, piece, -1, begin, begin - last)
        if not last and index + 1 < len(piece.folded):
            following = piece.folded[index + 1]
            if following in places.US_STATES and _is_us_town(country, piece.segment(index + 1)):
                return Clue("US", "us-state", piece, index + 1)
        return Clue(country, method, piece, index, first, last)

    def _placed(self, piece: Piece, named_elsewhere: bool = False) -> list[Clue]:
        """What postcodes and states tell, else the gazetteer, else names of countries between other words.

        Where other pieces name a country, this one may be no affiliation at all, and has to say more.
        """
        known = list(map(self._segments.__getitem__, piece.folded))
        if place := places.find(piece.text, "".join([segment.hint for segment in known])):
            return [Clue(place.country, place.method, piece, -1, place.begin, place.end)]
        if named_elsewhere:
            return weigh(piece, known, self._evidence, least=ENOUGH, lead=CLEAR_LEAD)
        return weigh(piece, known, self._evidence) or context.settle(self._inside(piece), piece.text)

    def _inside(self, piece: Piece) -> list[Clue]:
        """Country names between other words: "the Japan Agency for ..."."""
        found = [
            self._clue(piece, index, mention)
            for index, segment in enumerate(piece.folded)
            for mention in mentions.inside(self._names, segment)
        ]
        named = (match.span(1) for match in _OF_THE_US.finditer(piece.text))
        return found + [Clue("US", "country-inside", piece, -1, *place) for place in named]

    def _hosts(self, text: str, hosts: Iterable[str]) -> list[Finding]:
        found = []
        for host in hosts:
            host = host.rpartition("@")[2]
            code = domains.owner(host, self._evidence.hosts) or domains.country(host, self._names.codes)
            if code:
                start = max(text.find(host), 0)
                found.append(Finding(code, "domain", host, start, start + len(host) if text else 0))
        return found


def _in_order(clues: list[Clue]) -> list[Clue]:
    """`clues` in the order of the text."""
    if len(clues) > 1:
        clues.sort(key=lambda clue: clue.finding().start)
    return clues


def _is_compound(clue: Clue) -> bool:
    """Whether a name at the end of a segment is the second half of a compound: "Sud-Luxembourg", "Israel-Canada"."""
    words = clue.finding().evidence
    return "-" in words and fold(words).count(" ") >= clue.last - clue.first


def _is_us_town(code: str, following: str) -> bool:
    """Whether a country's name, with `following` after it, is a town of the USA: "Lebanon, NH"."""
    own = following == code or (len(following) == 2 and code in _TWO_CAPITALS)
    return not own and places.is_us_state(following)


def _script(text: str) -> list[Finding]:
    match = None if text.isascii() else _SCRIPTS.search(text)
    return [Finding(match.lastgroup or "", "script", match[0], match.start(), match.end())] if match else []
