"""Which countries a work comes from, by all the evidence there is: ranked, conflicts shown, nothing thrown away. Pure.

A *statement* is what one route says of one author; weighed, it is *evidence*. The strongest evidence about an author is
the answer. Weaker evidence, and evidence that came later and is as strong, never changes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from monitor.types import Origin

Kind = Literal["affiliation", "ror", "domain", "index", "profile"]
"""What a statement holds: an affiliation in the paper's words, a ROR id that author or publisher attached to it, the
host of an e-mail address, a country that an index of works (OpenAlex) gives, or one from a person's profile, which says
where the person is now and not where the work was done."""

State = Literal["known", "partial", "no-affiliation", "no-country"]
"""How a work stands: a country for every author; for some; no affiliation was obtained; there are affiliations, and
none tells a country. The last two need different work, so they are never one "unknown"."""

NAMED = frozenset({"country-name", "country-ending"})
"""Methods that found the country's name in the affiliation, alone in a segment or at the end of one."""

INDIRECT = frozenset({"domain", "index"})
"""Methods of answers that rest on no affiliation: ranks 4 and 5."""

STRONG = 3
"""Ranks up to this one rest on the paper's own affiliations."""

PERSON = "person"
"""The method of origins that a person told."""

WEAK = 6
"""Evidence of this rank is kept and shown, and is never an answer."""

SCORES: Mapping[str, float] = {
    "ror-attached": 0.995,  # of 5,572 affiliations that name their country, the publisher's ROR id agreed
    "index": 0.904,  # of 8,390 authorships, OpenAlex gave the countries that the affiliation tells
    "profile": 0.5,  # nobody has counted; low, because people move
}
"""How often methods that read no text were seen to be right."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one route says of one author, before a country is made of it."""

    kind: Kind
    raw: str
    """The affiliation, the ROR id, the host, or the country as ISO 3166-1 alpha-2. Never an e-mail address."""
    author: int | None = None
    """Position in the byline, from 0; None where the source does not tell whose it is."""
    ror: str | None = None
    """ROR id (https://ror.org) that comes with it."""
    corresponding: bool = False
    """Whether the source calls the author corresponding."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A statement with where and when it was obtained, and the country made of it, if any."""

    statement: Statement
    route: str
    """`feed`, or the kind of the route that was asked."""
    source: str
    """Id or address of the document that says so; for `feed` the name of the feeds."""
    fetched_at: datetime
    name: str = ""
    """The author, as the byline has it: positions move when a byline changes."""
    country: str | None = None
    method: str = "none"
    score: float = 0.0
    """How often `method` was seen to be right, 0 to 1."""
    words: str = ""
    """The words of `statement.raw` that decided."""
    span: tuple[int, int] | None = None
    """Where these words stand in `statement.raw`, as `[start, end)`."""
    institution: str | None = None
    """ROR id, where it is certain."""
    resolver: str = ""
    """Which version of the rules read the text."""

    @property
    def rank(self) -> int:
        """1, the best, to 6, by how far evidence of this kind was seen to be right; see docs/decisions.md."""
        kind = self.statement.kind
        if kind == "profile":
            return WEAK
        if kind == "index":
            return 5
        if kind == "domain" or self.method == "domain":
            return 4
        if self.method == "ror-attached":
            return 2
        return 1 if self.method in NAMED else 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all evidence about a work comes to."""

    state: State
    origins: tuple[Origin, ...] = ()
    """One row for each author and country; those of the work as a whole, where it is not told whose they are, last."""
    conflicts: tuple[Evidence, ...] = ()
    """Strong evidence that tells another country than the answer for the same author."""
    weak: tuple[Evidence, ...] = ()
    """What profiles say of authors without an answer."""
    covered: float = 0.0
    """Share of the authors that have an answer of their own."""
    strong: bool = False
    """Whether every author has an answer of rank 1 to 3: nothing more needs to be asked."""
    by_position: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """`first`, `last`, `corresponding`, `any` → the countries of these authors."""

    @property
    def whole(self) -> Mapping[str, int]:
        """Country → 1: whole counting, where a work counts once for each of its countries."""
        return dict.fromkeys(self.fractional, 1)

    @property
    def fractional(self) -> Mapping[str, float]:
        """Country → its share of the authors, the largest first; the shares add up to at most 1."""
        shares: dict[str, float] = {}
        for origin in self.origins:
            shares[origin.country] = shares.get(origin.country, 0.0) + origin.fraction
        return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))


def decide(evidence: Sequence[Evidence], authors: int, told: Sequence[str] | None = None) -> Verdict:
    """The answer for a work of `authors` authors; `evidence` in the order in which it was obtained.

    Where a person has `told` the countries of the work, these are the answer, in equal shares, and no country at all
    means that the work does not tell.

    Each of n authors counts 1/n of the work, shared equally over the author's countries. Countries of the work that no
    author can be given share what falls to the authors without an answer. What stays unknown makes the shares add up to
    less than 1.
    """
    if told is not None:
        return _told(evidence, tuple(dict.fromkeys(told)))
    about: dict[int | None, list[Evidence]] = {}
    for e in evidence:
        about.setdefault(e.statement.author, []).append(e)
    known = {n: rows for n in range(authors) if (rows := answer(about.get(n, ())))}
    whole = answer(about.get(None, ()))
    rest = 1.0 - len(known) / authors if authors else 1.0
    origins = [o for n, rows in known.items() for o in _origins(rows, 1 / authors, n)]
    if len(known) < authors or not authors:
        origins += _origins(whole, rest, None)
    corresponding = {e.statement.author for e in evidence if e.statement.corresponding}
    return Verdict(
        state=_state(evidence, origins, len(known), authors),
        origins=tuple(origins),
        conflicts=tuple(e for n, rows in known.items() for e in _conflicts(about[n], rows)),
        weak=tuple(e for e in evidence if e.rank == WEAK and e.country and e.statement.author not in known),
        covered=len(known) / authors if authors else 0.0,
        strong=bool(authors) and len(known) == authors and all(_best(rows) <= STRONG for rows in known.values()),
        by_position={
            "first": _countries(origins, {0}),
            "last": _countries(origins, {authors - 1}),
            "corresponding": _countries(origins, corresponding - {None}),
            "any": tuple(dict.fromkeys(o.country for o in origins)),
        },
    )


def answer(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The evidence that decides about one author, one row a country: that of the document with the strongest row.

    An author may have several affiliations, so each text of that document counts by its own strongest row.
    """
    documents: dict[tuple[str, str], list[Evidence]] = {}
    for e in evidence:
        if e.country and e.rank < WEAK:
            documents.setdefault((e.route, e.source), []).append(e)
    if not documents:
        return ()
    rows = min(documents.values(), key=_best)  # the first of equals: what came later does not overwrite it
    level = max(_best(rows), STRONG)
    texts: dict[str, list[Evidence]] = {}
    for e in rows:
        if e.rank <= level:
            texts.setdefault(e.statement.raw, []).append(e)
    best: dict[str, Evidence] = {}
    for e in (e for text in texts.values() for e in text if e.rank == _best(text)):
        known = best.setdefault(e.country or "", e)
        if (e.rank, -e.score) < (known.rank, -known.score):
            best[e.country or ""] = e
    return tuple(best.values())


def _told(evidence: Sequence[Evidence], countries: tuple[str, ...]) -> Verdict:
    share = 1 / max(1, len(countries))
    return Verdict(
        state="known" if countries else "no-country",
        origins=tuple(Origin(c, PERSON, 1.0, "a reviewer said so", fraction=share) for c in countries),
        conflicts=tuple(e for e in evidence if e.country and e.rank <= STRONG and e.country not in countries),
        covered=1.0 if countries else 0.0,
        strong=True,
        by_position={"first": (), "last": (), "corresponding": (), "any": countries},
    )


def _best(rows: Iterable[Evidence]) -> int:
    return min(e.rank for e in rows)


def _origins(rows: Sequence[Evidence], share: float, author: int | None) -> list[Origin]:
    return [
        Origin(
            country=e.country or "",
            method=e.method,
            confidence=e.score,
            evidence=e.words,
            institution=e.institution,
            fraction=share / len(rows),
            author=author,
        )
        for e in rows
    ]


def _conflicts(evidence: Sequence[Evidence], rows: Sequence[Evidence]) -> list[Evidence]:
    told = {e.country for e in rows}
    return [e for e in evidence if e.country and e.rank <= STRONG and e.country not in told]


def _countries(origins: Sequence[Origin], authors: set[int | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(o.country for o in origins if o.author in authors and o.author is not None))


def _state(evidence: Sequence[Evidence], origins: Sequence[Origin], known: int, authors: int) -> State:
    if authors and known == authors:
        return "known"
    if origins:
        return "partial"
    there = any(e.statement.kind in ("affiliation", "ror") for e in evidence)
    return "no-country" if there else "no-affiliation"
