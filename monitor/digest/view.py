"""What a digest says, as plain values in reading order: the four formats differ only in how they set it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.digest import around, brief, words
from monitor.digest.arrivals import ENOUGH
from monitor.digest.compose import goal_tag, is_told
from monitor.digest.coverage import FeedLine, feed_lines, missed
from monitor.digest.explain import explanations
from monitor.digest.places import SHOWN_GROUPS, Place, countries, place
from monitor.digest.reasons import UNKNOWN, reason
from monitor.digest.trend import trends
from monitor.types import GROUPS, Digest, Section, Shares, Work

MOST_GAPS = 10
"""Sentences on what may have been missed; the store has the rest."""


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
    standing: str
    """How new it is, and what else moved it up or down; empty when only its probability did."""
    also: tuple[int, ...]
    """Numbers of the other goals of the digest that it carries."""
    opinion: str | None = None
    """Where this reader says whether it was of use."""


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
class BriefGoal:
    """What is new in a goal, from where, and how sure, for readers with two minutes."""

    number: int
    name: str
    total: int
    moved: str | None
    """`up` or `down` when it has more or fewer works than usual."""
    places: str
    """The countries with most works, and for how many none is known."""
    best: str
    """Title of the work that stands first."""
    likelihood: str


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
    part: float
    """The same, 0 to 1."""
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
    full: str | None
    """Where the whole digest can be read, beside a copy that was cut for mail."""
    figures: tuple[tuple[str, str, str], ...]
    """Number, caption and the name of the query that gives the number, three of them."""
    headline: tuple[around.Sentence, ...]
    completeness: around.Sentence
    complete: bool
    """Whether every feed came back well."""
    moves: tuple[around.Sentence, ...]
    """Which goals have more or fewer works than usual."""
    trends: tuple[around.ShownTrend, ...]
    """Each goal over the weeks before; empty when none is known."""
    weeks: tuple[str, ...]
    """The weeks before, oldest first."""
    brief: tuple[BriefGoal, ...]
    """Each goal in three lines."""
    goals: tuple[ShownGoal, ...]
    answers: tuple[around.ShownAnswer, ...]
    """What is new to the reader's saved searches."""
    late: tuple[around.Line, ...]
    """Works of former weeks that were judged too late for their own digest."""
    more_late: int
    versions: tuple[around.Line, ...]
    """New versions of works of former weeks."""
    more_versions: int
    partners: tuple[around.Sentence, ...]
    """Sentences on partner nations and on where the authors work."""
    notable: tuple[around.Line, ...]
    """The best works in which partner nations have a part, without home."""
    together: tuple[around.Line, ...]
    """The best works of home with partner nations."""
    rest: tuple[around.Sentence, ...]
    """On the countries that are neither home nor partners."""
    abroad: tuple[around.Line, ...]
    """The best works from there."""
    new: tuple[around.New, ...]
    """Countries and institutions that goals have not seen before."""
    news_known: bool
    """Whether enough weeks are known to tell what is new."""
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
    queries: tuple[around.Query, ...]
    """Where the figures come from."""
    how: tuple[tuple[str, str], ...]
    """Term and explanation."""


def view(digest: Digest) -> View:
    """`digest` in words."""
    feeds = feed_lines(digest)
    numbers = {section.goal.slug: number for number, section in enumerate(digest.sections, 1)}
    goals = tuple(_goal(section, numbers, digest) for section in digest.sections)
    return View(
        subject=brief.subject(digest, feeds),
        period=brief.period(digest),
        span=words.span(digest.window),
        made_at=words.minute(digest.made_at),
        full=around.full(digest),
        figures=brief.figures(digest, feeds),
        headline=brief.headline(digest),
        completeness=brief.completeness(feeds),
        complete=all(feed.well for feed in feeds),
        moves=around.moves(digest),
        trends=around.shown_trends(digest),
        weeks=digest.context.weeks,
        brief=_brief(goals, digest),
        goals=goals,
        answers=around.answers(digest),
        late=around.late(digest),
        more_late=max(0, len(digest.context.late) - around.MOST_LATE),
        versions=around.versions(digest),
        more_versions=max(0, len(digest.context.versions) - around.MOST_VERSIONS),
        partners=brief.partners(digest),
        notable=around.notable(digest, "partner"),
        together=around.notable(digest, "together"),
        rest=around.rest_of_the_world(digest),
        abroad=around.notable(digest, "other"),
        new=around.new_to_goals(digest),
        news_known=len(digest.context.weeks) >= ENOUGH,
        shares=_shares(digest),
        kinds=_kinds(digest),
        pairs=brief.pairs(digest),
        table=_table(digest),
        unknown=tuple(_unknown(section, digest) for section in digest.sections),
        feeds=feeds,
        missed=missed(digest, MOST_GAPS),
        queries=around.queries(digest),
        how=explanations(digest),
    )


def _goal(section: Section, numbers: Mapping[str, int], digest: Digest) -> ShownGoal:
    number = numbers[section.goal.slug]
    works = tuple(
        _work(work, section.goal.slug, f"{number}.{position}", numbers, digest)
        for position, work in enumerate(section.works, 1)
    )
    return ShownGoal(number, words.plain(section.goal.name, 80), section.total, works)


def _brief(goals: Sequence[ShownGoal], digest: Digest) -> tuple[BriefGoal, ...]:
    moved = {trend.goal.slug: trend.moved for trend in trends(digest)}
    found = []
    for goal, section in zip(goals, digest.sections, strict=True):
        counts = dict(digest.countries.get(section.goal.slug, {}))
        unknown = counts.pop("unknown", 0)
        ranked = sorted(counts, key=lambda code: (-counts[code], words.country(code)))[:4]
        places = [f"{words.country(code)} {counts[code]:,}" for code in ranked]
        places += [f"unknown {unknown:,}"] if unknown else []
        best = goal.works[0] if goal.works else None
        found.append(
            BriefGoal(
                goal.number,
                goal.name,
                goal.total,
                moved.get(section.goal.slug),
                ", ".join(places),
                words.plain(best.title, 120) if best else "",
                best.likelihood if best else "",
            )
        )
    return tuple(found)


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
        places=tuple(replace(place(code, marks), reason=reason(code, work.origins)) for code in codes[:most])
        or (replace(place("unknown", {}), reason=UNKNOWN.get(work.origin_state or "", "")),),
        more=_more(work, len(codes) - most),
        venue=words.venue(item),
        date=words.day(item.published),
        likelihood=words.likelihood(tag.probability if tag else 0.0, said=tag is not None and tag.said),
        evidence=tuple(phrase for text in (tag.evidence[:3] if tag else ()) if (phrase := words.plain(text, 160))),
        standing=_standing(work, slug, digest),
        opinion=digest.context.opinions.get(item.uid),
        also=tuple(n for other, n in numbers.items() if other != slug and _carries(work, other, digest)),
    )


def _standing(work: Work, slug: str, digest: Digest) -> str:
    standing = digest.context.standings.get(slug, {}).get(work.item.uid)
    if standing is None:
        return ""
    said = [f"novelty {standing.novelty:.2f}"] if standing.novelty is not None else []
    said += [f"feed weighs {standing.weight:g}"] if standing.weight != 1 else []
    said += ["moved down: its feed or author had enough above"] if standing.deferred else []
    return ", ".join(said)


def _more(work: Work, places: int) -> str:
    authors = len(work.item.authors)
    unknown = round((1 - sum(origin.fraction for origin in work.origins)) * authors) if work.origins else 0
    more = f" and {places} more" if places > 0 else ""
    return f"{more}; unknown for {unknown:,} of {authors:,} authors" if unknown > 0 else more


def _carries(work: Work, slug: str, digest: Digest) -> bool:
    return is_told(goal_tag(work, slug), digest.minimum)


def _table(digest: Digest) -> tuple[CountryRow, ...]:
    """One row a country: by group, then by number of works, then by name."""
    columns = [digest.countries.get(section.goal.slug, {}) for section in digest.sections]
    rows = [
        CountryRow(place(code, digest.groups), tuple(column.get(code, 0) for column in columns))
        for code in {code for column in columns for code in column}
    ]
    return tuple(sorted(rows, key=lambda r: (GROUPS.index(r.place.group), -sum(r.counts), r.place.name)))


def fewer(table: Sequence[CountryRow], most: int) -> tuple[CountryRow, ...]:
    """At most `most` rows of `table`, in its order: all that are not of the rest of the world, and the rows with most
    works of those that are."""
    others = [row for row in table if row.place.group == "other"]
    kept = set(others[: max(0, most - (len(table) - len(others)))])
    return tuple(row for row in table if row.place.group != "other" or row in kept)


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
        Share(group, title, words.percent(part), part, max(1, round(100 * part)) if part else 0)
        for group, title in SHOWN_GROUPS.items()
        for part in (shares.authors[group],)
    )
    return ShareRow(name, shares.works, shares.by_group["partner"], parts)


def _kinds(digest: Digest) -> tuple[KindRow, ...]:
    return tuple(
        KindRow(brief.kind(name), number, words.share(number, digest.selected))
        for name, number in digest.collaborations.items()
    )
