"""Bodies of the European Union among the affiliations of a work. Pure: what it knows, it is given.

A body stands in some country and does not belong to it: an author at the Joint Research Centre in Ispra counts for
the European Union and not for Italy. Bodies are recognised by ROR id where the record brings one, else by name.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from monitor.types import EU, Affiliation, Author, Body, Origin

ADDRESS = "https://ror.org/"
"""What stands before a ROR id where it is written as an address, as origins have it."""

LIMIT = 10_000
"""How many characters of an affiliation are read."""

RULES = "lens.2"
"""Name of the rules in this module."""

METHODS = {"body-ror": 0.99, "body-name": 0.98}
"""Method → how often it is right. By name, the shipped list took 69 of 248 thousand affiliations and names of
organisations for bodies, 68 of them rightly; a ROR id is as good as the record that brings it."""

_BREAK = re.compile(r"[,;:()\[\]{}|/\n\u2013\u2014]|\s-\s")
_WORD = re.compile(r"[^\W_]+")
_LABEL = re.compile(r"(?:\d+|[a-z](?= ))\s*")
"""What ties an affiliation to an author: "1European Commission", "a European Commission"."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A body in an affiliation, and how it was recognised."""

    body: Body
    method: str
    evidence: str
    """The name that the list has for it, or the ROR id: the words of the record, but for accents and capitals."""
    ror: str | None
    """ROR id of the site, where the record names one, else of the body; None when the list has none."""


class Lens:
    """Tells which affiliations are those of `bodies`."""

    def __init__(self, bodies: Sequence[Body]) -> None:
        self.version = f"{RULES}/{hashlib.sha256(repr(tuple(bodies)).encode()).hexdigest()[:16]}"
        """Changes with the rules and with the list, so that works are seen anew."""
        self._by_ror = {ror: body for body in bodies for ror in body.rors}
        self._by_name = {
            fold(name): (rank, body, name) for rank, body in enumerate(bodies) for name in (body.name, *body.also)
        }
        self.names = {f"{ADDRESS}{ror}": body.name for body in bodies for ror in body.rors}
        """ROR id of each body and of its sites, as an address → the name that the list has for the body."""
        names = "|".join(map(re.escape, sorted(self._by_name, key=len, reverse=True)))
        self._names = re.compile(rf"(?:^|\n)(?:the )?({names})(?![^\W_])") if names else None

    def body(self, affiliation: Affiliation) -> Sighting | None:
        """The body that an affiliation names; None when it names none.

        A name counts where a part of the affiliation begins with it, parts being what commas, brackets and dashes
        set off, so that "Department for Exiting the European Union" and "Bone and Joint Research Centre" are none.
        Of several bodies the one further down the list is meant: parts stand below what they belong to.
        """
        ror = _bare(affiliation.ror)
        if ror in self._by_ror:
            return Sighting(self._by_ror[ror], "body-ror", ror, ror)
        if self._names is None:
            return None
        text = "\n".join(_segments(affiliation.text[:LIMIT]))
        words = f" {text} ".replace("\n", " ")
        named = [self._by_name[match[1]] for match in self._names.finditer(text)]
        meant = [one for one in named if not one[1].near or any(f" {fold(near)} " in words for near in one[1].near)]
        if not meant:
            return None
        _, body, name = max(meant, key=itemgetter(0))
        return Sighting(body, "body-name", name, body.rors[0] if body.rors else None)

    def origins(self, authors: Sequence[Author], found: Sequence[Origin]) -> tuple[Origin, ...] | None:
        """`found` with the bodies' authors moved from the host country to EU; None when no body has a part.

        The share of an author stays what it was, and is shared equally over EU and the countries that the author's
        other affiliations tell. An author of a body for whom no country was found counts as one of n authors.
        """
        room = max(0.0, 1.0 - sum(origin.fraction for origin in found))
        by_author: dict[int | None, list[Origin]] = {}
        for origin in found:
            by_author.setdefault(origin.author, []).append(origin)
        seen = [self._whole(origin) for origin in by_author.get(None, ())]
        for position, author in enumerate(authors):
            own = by_author.get(position, [])
            share = sum(origin.fraction for origin in own) or min(1 / len(authors), room)
            seen += self._author(author, position, own, share)
        return tuple(seen) if any(origin.country == EU for origin in seen) else None

    def _whole(self, origin: Origin) -> Origin:
        """An origin of the work as a whole: a body's only where its institution is one."""
        return replace(origin, country=EU) if _bare(origin.institution) in self._by_ror else origin

    def _author(self, author: Author, position: int, found: Sequence[Origin], share: float) -> list[Origin]:
        sightings = [(affiliation, self.body(affiliation)) for affiliation in author.affiliations]
        first = next((sighting for _, sighting in sightings if sighting), None) or self._located(found)
        if first is None or share <= 0:
            return list(found)
        inside = [affiliation.text for affiliation, sighting in sightings if sighting]
        outside = [affiliation.text for affiliation, sighting in sightings if not sighting]
        kept = [origin for origin in found if not self._hosts(origin, inside, outside)]
        part = share / (len(kept) + 1)
        confidence = METHODS[first.method]
        institution = f"{ADDRESS}{first.ror}" if first.ror else None
        body = Origin(EU, first.method, confidence, first.evidence, institution, part, position)
        return [*(replace(origin, fraction=part) for origin in kept), body]

    def _located(self, found: Sequence[Origin]) -> Sighting | None:
        """A body that only the step locate recognised, by the institution it gives."""
        for origin in found:
            ror = _bare(origin.institution)
            if ror in self._by_ror:
                return Sighting(self._by_ror[ror], "body-ror", origin.evidence, ror)
        return None

    def _hosts(self, origin: Origin, inside: Sequence[str], outside: Sequence[str]) -> bool:
        """Whether a country was told by the bodies' affiliations alone: it is where they stand."""
        if _bare(origin.institution) in self._by_ror:
            return True
        if not inside or any(origin.evidence in text for text in outside):
            return False
        return not outside or any(origin.evidence in text for text in inside)


def fold(text: str) -> str:
    """`text` as words of small letters without accents, one blank between them."""
    plain = text
    if not text.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(_WORD.findall(plain.casefold()))


def _segments(text: str) -> list[str]:
    folded = (fold(part) for part in _BREAK.split(text))
    return [_LABEL.sub("", part, count=1) if _LABEL.match(part) else part for part in folded if part]


def _bare(ror: str | None) -> str:
    """A ROR id without its address; empty when there is none."""
    return ror.rstrip("/").rpartition("/")[2].lower() if ror else ""
