"""What a digest says, as plain values in reading order: the four formats differ only in how they set it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from monitor.digest import brief, words
from monitor.digest.compose import goal_tag
from monitor.digest.coverage import FeedLine, feed_lines, missed
from monitor.digest.reasons import UNKNOWN, reason
from monitor.types import GROUPS, Digest, PartnerGroup, Section, Shares, Work

MARKS: Mapping[str, str] = {"home": "home", "partner": "partner", "ec": "European Commission"}
"""Groups that are marked beside a country's name."""

SHOWN_GROUPS: Mapping[str, str] = {
    "partner": "Partner",
    "home": "Home",
    "ec": "EU bodies",
    "other": "Other",
    "unknown": "Unknown",
}
"""Groups in the order of the shares, partners first, and their names."""


MOST_GAPS = 10
"""Sentences on what may have been missed; the store has the rest."""


@dataclass(frozen=True, slots=True)
class Place:
    """A country, of a work or of all works."""

    name: str
    mark: str | None
    group: str
    reason: str = ""
    """Of a country of a work, what tells it."""

    def __str__(self) -> str:
        name = f"{self.name} ({self.mark})" if self.mark else self.name
        return f"{name}: {self.reason}" if self.reason else name


@dataclass(frozen=True, slots=True)
class ShownWork:
    """A work as it is shown under one goal."""

    number: str
    uid: str
    title: str
    link: str | None
    host: str | None
    authors: str
    places: tuple[Place, ...]
    more: str
    """What follows the places: how many more there are, and of how many authors none is known."""
    venue: str
    date: str
    likelihood: str
    evidence: tuple[str, ...]
    also: tuple[int, ...]
    """Numbers of the other goals of the digest that it carries."""


@dataclass(frozen=True, slots=True)
class ShownGoal:
    """A section."""

    number: int
    name: str
    total: int
    works: tuple[ShownWork, ...]

    @property
    def rest(self) -> int:
        """How many works are not shown."""
        return self.total - len(self.works)


@dataclass(frozen=True, slots=True)
class CountryRow:
    """A line of the table: works per goal, in the order of the goals."""

    place: Place
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """The part of the authors that belongs to a group."""

    group: str
    name: str
    percent: str
    width: int
    """The same as a whole number, for a bar: 0 to 100, at least 1 for what is not nothing."""

    def __str__(self) -> str:
        return f"{self.name[:1].lower() if self.group != 'ec' else self.name[:1]}{self.name[1:]} {self.percent}"


@dataclass(frozen=True, slots=True)
class ShareRow:
    """How the works of a goal, or all works, fall to the groups."""

    name: str
    works: int
    partner: int
    """Works in which a partner nation has a part."""
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class KindRow:
    """How many works are of one kind of collaboration."""

    name: str
    works: int
    percent: str


@dataclass(frozen=True, slots=True)
class View:
    """Everything a digest says."""

    subject: str
    period: str
    span: str
    made_at: str
    figures: tuple[tuple[str, str], ...]
    """Number and caption, three of them."""
    headline: tuple[str, ...]
    completeness: str
    complete: bool
    """Whether every feed came back well."""
    goals: tuple[ShownGoal, ...]
    partners: tuple[str, ...]
    """Sentences on partner nations and on where the authors work."""
    shares: tuple[ShareRow, ...]
    """One row a goal, and one for all works; empty when there is none."""
    kinds: tuple[KindRow, ...]
    """Works by kind of collaboration."""
    pairs: str
    """A sentence on the places that are most often together."""
    table: tuple[CountryRow, ...]
    unknown: tuple[str, ...]
    """Share of the works of each goal of which no country is known."""
    feeds: tuple[FeedLine, ...]
    missed: tuple[str, ...]
    """Sentences on what may have been missed."""
    how: tuple[tuple[str, str], ...]
    """Term and explanation."""


def view(digest: Digest) -> View:
    """`digest` in words."""
    feeds = feed_lines(digest)
    numbers = {section.goal.slug: number for number, section in enumerate(digest.sections, 1)}
    return View(
        subject=brief.subject(digest, feeds),
        period=brief.period(digest),
        span=words.span(digest.window),
        made_at=words.minute(digest.made_at),
        figures=brief.figures(digest, feeds),
        headline=brief.headline(digest),
        completeness=brief.completeness(feeds),
        complete=all(feed.well for feed in feeds),
        goals=tuple(_goal(section, numbers, digest) for section in digest.sections),
        partners=brief.partners(digest),
        shares=_shares(digest),
        kinds=_kinds(digest),
        pairs=brief.pairs(digest),
        table=_table(digest),
        unknown=tuple(_unknown(section, digest) for section in digest.sections),
        feeds=feeds,
        missed=missed(digest, MOST_GAPS),
        how=brief.explanations(digest),
    )


def _goal(section: Section, numbers: Mapping[str, int], digest: Digest) -> ShownGoal:
    number = numbers[section.goal.slug]
    works = tuple(
        _work(work, section.goal.slug, f"{number}.{position}", numbers, digest)
        for position, work in enumerate(section.works, 1)
    )
    return ShownGoal(number, words.plain(section.goal.name, 80), section.total, works)


def _work(work: Work, slug: str, number: str, numbers: Mapping[str, int], digest: Digest, most: int = 6) -> ShownWork:
    item, tag, link = work.item, goal_tag(work, slug), words.link(work.item)
    codes = countries(work)
    marks = digest.marks.get(item.uid, digest.groups)
    return ShownWork(
        number=number,
        uid=words.plain(item.uid, 120),
        title=words.plain(item.title, 300) or "(no title given)",
        link=link,
        host=words.host(link) if link else None,
        authors=words.byline(item.authors),
        places=tuple(replace(_place(code, marks), reason=reason(code, work.origins)) for code in codes[:most])
        or (replace(_place("unknown", {}), reason=UNKNOWN.get(work.origin_state or "", "")),),
        more=_more(work, len(codes) - most),
        venue=words.venue(item),
        date=words.day(item.published),
        likelihood=words.likelihood(tag.probability if tag else 0.0),
        evidence=tuple(phrase for text in (tag.evidence[:3] if tag else ()) if (phrase := words.plain(text, 160))),
        also=tuple(n for other, n in numbers.items() if other != slug and _carries(work, other, digest)),
    )


def _more(work: Work, places: int) -> str:
    authors = len(work.item.authors)
    unknown = round((1 - sum(origin.fraction for origin in work.origins)) * authors) if work.origins else 0
    more = f" and {places} more" if places > 0 else ""
    return f"{more}; unknown for {unknown:,} of {authors:,} authors" if unknown > 0 else more


def _carries(work: Work, slug: str, digest: Digest) -> bool:
    tag = goal_tag(work, slug)
    return tag is not None and tag.probability >= digest.minimum


def countries(work: Work) -> list[str]:
    """Codes of the countries of a work: the greatest share first, then by code."""
    shares: dict[str, float] = {}
    for origin in work.origins:
        shares[origin.country] = shares.get(origin.country, 0.0) + origin.fraction
    return sorted(shares, key=lambda code: (-shares[code], code))


def _place(code: str, groups: Mapping[str, PartnerGroup]) -> Place:
    group = groups.get(code, "unknown" if code == "unknown" else "other")
    return Place(words.country(code), MARKS.get(group), group)


def _table(digest: Digest) -> tuple[CountryRow, ...]:
    """One row a country: by group, then by number of works, then by name."""
    columns = [digest.countries.get(section.goal.slug, {}) for section in digest.sections]
    rows = [
        CountryRow(_place(code, digest.groups), tuple(column.get(code, 0) for column in columns))
        for code in {code for column in columns for code in column}
    ]
    return tuple(sorted(rows, key=lambda r: (GROUPS.index(r.place.group), -sum(r.counts), r.place.name)))


def _unknown(section: Section, digest: Digest) -> str:
    return words.share(digest.countries.get(section.goal.slug, {}).get("unknown", 0), section.total)


def _shares(digest: Digest) -> tuple[ShareRow, ...]:
    if not digest.shares_of_all or not digest.selected:
        return ()
    rows = [
        _share_row(f"{number} {words.plain(section.goal.name, 80)}", shares)
        for number, section in enumerate(digest.sections, 1)
        if (shares := digest.shares.get(section.goal.slug)) and shares.works
    ]
    return (*rows, _share_row("All works", digest.shares_of_all))


def _share_row(name: str, shares: Shares) -> ShareRow:
    parts = tuple(
        Share(group, title, words.percent(part), max(1, round(100 * part)) if part else 0)
        for group, title in SHOWN_GROUPS.items()
        for part in (shares.authors[group],)
    )
    return ShareRow(name, shares.works, shares.by_group["partner"], parts)


def _kinds(digest: Digest) -> tuple[KindRow, ...]:
    return tuple(
        KindRow(brief.kind(name), number, words.share(number, digest.selected))
        for name, number in digest.collaborations.items()
    )
