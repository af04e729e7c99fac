"""Which works a subscriber is told about, and in which order. Pure: what it knows, it is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from monitor.digest import lens
from monitor.digest.arrivals import arrivals
from monitor.digest.rank import Candidate, order
from monitor.types import (
    Digest,
    Fetch,
    Gap,
    Goal,
    PartnerGroup,
    Partners,
    Section,
    Subscriber,
    Tag,
    Window,
    Work,
)
from monitor.weekly import Context, Former, Past, Ranking, Standing

Works = tuple[Work, ...]

NOTABLE = 5
"""How many works a list over all goals has."""

FACET = "goal"
"""Facet of the tags that a digest is ordered by."""


def compose(
    *,
    subscriber: Subscriber,
    week: str,
    window: Window,
    made_at: datetime,
    works: Sequence[Work],
    seen: int,
    unjudged: int = 0,
    goals: Sequence[Goal],
    coverage: Sequence[Fetch],
    watched: Sequence[str],
    partners: Partners,
    running: bool = False,
    gaps: Sequence[Gap] = (),
    possibly_missed: Mapping[str, int] | None = None,
    past: Past = Past(),  # noqa: B008 — frozen
    former: Sequence[Work] = (),
    ranking: Ranking = Ranking(),  # noqa: B008
    queries: Mapping[str, str] | None = None,
    base_url: str | None = None,
) -> Digest:
    """The digest of `window` for `subscriber`.

    `works` are those first seen in the window that carry a goal, `seen` counts all that were first seen and `unjudged`
    those of them that wait for a model, `coverage` holds every fetch of the window and `watched` the feeds that should
    have been fetched; `gaps` and `possibly_missed` (feed → works) tell what may have been missed. `past` is what the
    store holds of the time before, `former` has the works that it names, `ranking` decides the order of the
    `subscriber.most` works that a goal shows, `queries` is the SQL behind the figures. What `past` says was told before
    is left out. The group of a country is that on the day of the paper.
    """
    tagged = [work for work in works if _selected(work) and work.item.uid not in past.told]
    chosen = [_Chosen(work, _groups(work, window, partners)) for work in tagged]
    wanted = [goal for goal in goals if not subscriber.goals or goal.slug in subscriber.goals]
    chosen = [c for c in chosen if _fits(c, subscriber) and any(_carries(c.work, g.slug, subscriber) for g in wanted)]
    by_goal = {g.slug: [c for c in chosen if _carries(c.work, g.slug, subscriber)] for g in wanted}
    ranked = {slug: order(_candidates(slug, by_goal[slug], window), ranking, past.nearest) for slug in by_goal}
    sections = tuple(
        Section(goal, tuple(work for work, _ in ranked[goal.slug][: subscriber.most]), len(ranked[goal.slug]))
        for goal in wanted
    )
    seen_as = {slug: [(c.work, c.groups) for c in members] for slug, members in by_goal.items()}
    all_seen_as = [(c.work, c.groups) for c in chosen]
    notable = _notable(chosen, ranked)
    before = _former([_Chosen(work, _groups(work, window, partners)) for work in former], past, subscriber, by_goal)
    shown = {work.item.uid for works in (*(s.works for s in sections), *notable.values()) for work in works}
    return Digest(
        subscriber=subscriber.name,
        week=week,
        window=window,
        made_at=made_at,
        sections=sections,
        countries={slug: _count(c.groups or ("unknown",) for c in members) for slug, members in by_goal.items()},
        seen=seen,
        unjudged=unjudged,
        tagged=len(tagged),
        unknown=sum(not work.origins for work in tagged),
        coverage=tuple(sorted(coverage, key=lambda fetch: (fetch.feed, fetch.started_at))),
        silent=tuple(sorted(set(watched) - {fetch.feed for fetch in coverage})),
        groups=_latest_groups(chosen, window),
        models=tuple(sorted({tag.model for work in tagged for tag in _selected(work)})),
        running=running,
        selected=len(chosen),
        by_group=_count({c.groups[country] for country in c.groups} or {"unknown"} for c in chosen),
        marks={c.work.item.uid: c.groups for c in chosen if c.work.item.uid in shown},
        shares={slug: lens.shares(works) for slug, works in seen_as.items()},
        shares_of_all=lens.shares(all_seen_as),
        collaborations=lens.collaborations(all_seen_as),
        pairs=lens.pairs(all_seen_as),
        asked=subscriber.countries,
        minimum=subscriber.minimum,
        gaps=tuple(gap for gap in gaps if gap.feed in watched),
        possibly_missed={feed: n for feed, n in (possibly_missed or {}).items() if feed in watched},
        notable=notable,
        context=Context(
            standings={s.goal.slug: dict(_standings(s, ranked[s.goal.slug])) for s in sections},
            ranking=ranking,
            weeks=past.weeks,
            counts={g.slug: past.counts.get(g.slug, (0,) * len(past.weeks)) for g in wanted},
            totals={g.slug: sum(goal_tag(work, g.slug) is not None for work in tagged) for g in wanted},
            versions=tuple(one for one in before if one.changed),
            late=tuple(one for one in before if one.uid in past.late and one.uid not in past.told),
            arrivals=arrivals({slug: [work for work, _ in works] for slug, works in ranked.items()}, past),
            answers=past.answers,
            repeated=sum(work.item.uid in past.told for work in works if _selected(work)),
            queries=queries or {},
            base_url=base_url,
        ),
        language=subscriber.language,
    )


def goal_tag(work: Work, slug: str) -> Tag | None:
    """The tag by which `work` carries the goal `slug`; None when it does not."""
    return max((t for t in _selected(work) if t.label == slug), key=lambda t: t.probability, default=None)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A work, and country → group on its day for each of its countries."""

    work: Work
    groups: Mapping[str, PartnerGroup]


def _selected(work: Work) -> tuple[Tag, ...]:
    return tuple(tag for tag in work.tags if tag.facet == FACET and tag.selected)


def _carries(work: Work, slug: str, subscriber: Subscriber) -> bool:
    return is_told(goal_tag(work, slug), subscriber.minimum)


def is_told(tag: Tag | None, minimum: float) -> bool:
    """Whether a reader who asked for `minimum` is told of a work by this tag. People's word needs no probability."""
    return tag is not None and (tag.said or tag.probability >= minimum)


def _fits(chosen: _Chosen, subscriber: Subscriber) -> bool:
    """Whether a country of the work, or a group of one, is among those the subscriber asked for."""
    if not subscriber.countries:
        return True
    places = {*chosen.groups, *chosen.groups.values()} or {"unknown"}
    return not places.isdisjoint(subscriber.countries)


def _former(works: Sequence[_Chosen], past: Past, subscriber: Subscriber, wanted: Collection[str]) -> Sequence[Former]:
    """Those of `works` that fit the subscriber as a work of the week would, the oldest news first."""
    found = []
    for one in works:
        item = one.work.item
        goals = tuple(sorted(slug for slug in wanted if _carries(one.work, slug, subscriber)))
        if goals and item.first_seen and _fits(one, subscriber):
            changed = past.versions.get(item.uid)
            found.append(Former(item.uid, item.title, item.url, goals, item.first_seen, changed))
    return sorted(found, key=lambda one: (one.changed or one.first_seen, one.uid))


def _groups(work: Work, window: Window, partners: Partners) -> dict[str, PartnerGroup]:
    on = _day(work, window)
    return {country: partners.group(country, on) for country in dict.fromkeys(o.country for o in work.origins)}


def _day(work: Work, window: Window) -> date:
    """Day of the paper, as the views tell it: published; where records tell the year alone, its last day by which the
    work was there; else first seen. A date in the future is taken for a slip of the record."""
    item = work.item
    seen = (item.first_seen or window.since).date()
    if item.published:
        return min(item.published, window.until).date()
    return min(date(item.year, 12, 31), seen) if item.year else seen


def _candidates(slug: str, members: Sequence[_Chosen], window: Window) -> Iterator[Candidate]:
    for member in members:
        work, tag = member.work, goal_tag(member.work, slug)
        day = _day(work, window) if work.item.published else None
        chance = 1.0 if tag and tag.said else tag.probability if tag else 0.0
        yield Candidate(work, chance, day, "partner" in member.groups.values())


def _standings(section: Section, ranked: Sequence[tuple[Work, Standing]]) -> Iterator[tuple[str, Standing]]:
    for work, standing in ranked[: len(section.works)]:
        yield work.item.uid, standing


def _notable(chosen: Sequence[_Chosen], ranked: Mapping[str, Sequence[tuple[Work, Standing]]]) -> dict[str, Works]:
    """The best works of partners, of home with partners, and of the rest of the world, each by its best goal."""
    best: dict[str, float] = {}
    for works in ranked.values():
        for work, standing in works:
            best[work.item.uid] = max(best.get(work.item.uid, 0.0), standing.score)
    found: dict[str, list[Work]] = {"partner": [], "together": [], "other": []}
    for one in sorted(chosen, key=lambda c: (-best[c.work.item.uid], c.work.item.uid)):
        groups = set(one.groups.values())
        if "partner" in groups:
            found["together" if "home" in groups else "partner"].append(one.work)
        elif groups == {"other"}:
            found["other"].append(one.work)
    return {name: tuple(works[:NOTABLE]) for name, works in found.items()}


def _latest_groups(chosen: Sequence[_Chosen], window: Window) -> dict[str, PartnerGroup]:
    """country → its group on the day of its latest work; only a change of the list makes works differ."""
    groups: dict[str, PartnerGroup] = {}
    for one in sorted(chosen, key=lambda c: (_day(c.work, window), c.work.item.uid)):
        groups.update(one.groups)
    return dict(sorted(groups.items()))


def _count(names: Iterable[Iterable[str]]) -> dict[str, int]:
    return dict(sorted(Counter(name for some in names for name in some).items()))
