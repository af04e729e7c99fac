"""The order of works below a goal: how probable, how new, whether partners have a part, through which feed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from monitor.types import Work
from monitor.weekly import Ranking, Standing

TOP = 10
"""Places at the top of a goal in which no feed and no author may have more than their part."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A work that carries a goal, with what its order depends on."""

    work: Work
    probability: float
    day: date | None
    """When it was published; of works that score the same the latest comes first."""
    partner: bool
    """Whether a partner nation has a part in it."""


def order(
    candidates: Iterable[Candidate], ranking: Ranking, nearest: Mapping[str, tuple[float, str]]
) -> list[tuple[Work, Standing]]:
    """The works, best first, each with its standing.

    `nearest` has, for the uid of a work, its novelty (0 to 1) and the nearest work of the weeks before. In the first
    TOP places a feed and a first author have at most `ranking.per_feed` and `ranking.per_author` works: what is more
    stands below, as long as there is anything else to show. So a feed full of words that please the model cannot pin
    the top.
    """
    ranked = sorted(((c, _standing(c, ranking, nearest)) for c in candidates), key=_key)
    return _spread([(c.work, standing) for c, standing in ranked], ranking)


def weight(work: Work, ranking: Ranking) -> float:
    """The weight of the feed that weighs most among those through which the work came."""
    return max((ranking.sources.get(feed, 1.0) for feed in work.item.feeds), default=1.0)


def _standing(candidate: Candidate, ranking: Ranking, nearest: Mapping[str, tuple[float, str]]) -> Standing:
    novelty, near = nearest.get(candidate.work.item.uid, (None, None))
    weighs = weight(candidate.work, ranking)
    score = candidate.probability + ranking.novelty * (novelty or 0.0)
    score += ranking.partner * candidate.partner + ranking.source * (weighs - 1)
    return Standing(round(score, 6), novelty, near, candidate.partner, weighs)


def _key(ranked: tuple[Candidate, Standing]) -> tuple[float, float, int, str]:
    candidate, standing = ranked
    day = candidate.day.toordinal() if candidate.day else 0
    return -standing.score, -candidate.probability, -day, candidate.work.item.uid


def _spread(ranked: Sequence[tuple[Work, Standing]], ranking: Ranking) -> list[tuple[Work, Standing]]:
    feeds: Counter[str] = Counter()
    authors: Counter[str] = Counter()
    top: list[tuple[Work, Standing]] = []
    later: list[tuple[Work, Standing]] = []
    for work, standing in ranked:
        feed = work.item.feeds[0] if work.item.feeds else ""
        author = work.item.authors[0].name.casefold() if work.item.authors else ""
        enough = (feed and feeds[feed] >= ranking.per_feed) or (author and authors[author] >= ranking.per_author)
        if len(top) < TOP and not enough:
            feeds[feed] += 1
            authors[author] += 1
            top.append((work, standing))
        else:
            later.append((work, standing))
    return [*top, *_marked(later, top[-1][1].score if len(top) == TOP else None)]


def _marked(later: Sequence[tuple[Work, Standing]], least: float | None) -> list[tuple[Work, Standing]]:
    """Those that had to make room are marked: they score more than the last of the top, which is full of others."""
    return [
        (work, replace(standing, deferred=True) if least is not None and standing.score > least else standing)
        for work, standing in later
    ]
