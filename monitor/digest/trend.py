"""What moved: the works of a goal this week against the weeks before. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import fmean, variance
from typing import Literal

from monitor.types import Digest, Goal

ENOUGH = 4
"""Weeks before that a comparison needs."""

UNUSUAL = 2.0
"""How many standard deviations of a weekly count from the mean are called unusual."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A goal over the weeks."""

    goal: Goal
    before: tuple[int, ...]
    """Works of the weeks before, oldest first."""
    now: int
    mean: float
    """Of the weeks before; 0 when there are none."""
    moved: Literal["up", "down"] | None
    """None: within the usual spread, too few weeks to tell, or a week that is not over or not judged whole."""


def trends(digest: Digest) -> tuple[Trend, ...]:
    """One of each goal of the digest."""
    context = digest.context
    found = []
    for section in digest.sections:
        before = context.counts.get(section.goal.slug, ())
        now = context.totals.get(section.goal.slug, section.total)
        moved = None if digest.running or digest.unjudged else movement(before, now)
        found.append(Trend(section.goal, before, now, fmean(before) if before else 0.0, moved))
    return tuple(found)


def movement(before: tuple[int, ...], now: int) -> Literal["up", "down"] | None:
    """Whether `now` lies further than UNUSUAL from the mean of `before`.

    The spread is that of the weeks before, and never less than that of a Poisson count of the same mean; the mean of n
    weeks is itself uncertain by an n-th of that variance.
    """
    if len(before) < ENOUGH:
        return None
    mean = fmean(before)
    spread = max(mean, variance(before), 0.25)
    distance = (now - mean) / sqrt(spread * (1 + 1 / len(before)))
    return "up" if distance >= UNUSUAL else "down" if distance <= -UNUSUAL else None
