"""What the lens of partners shows of a set of works: shares, kinds of collaboration, pairs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from monitor.types import COLLABORATIONS, GROUPS, Pair, PartnerGroup, Shares, Work, collaboration

Groups = Mapping[str, PartnerGroup]
"""place → group on the day of the work, for each of its places."""

MOST_PAIRS = 50
"""Pairs that a digest keeps; they are read from the top."""


def shares(works: Sequence[tuple[Work, Groups]]) -> Shares:
    """How the works fall to the groups: whole works, and shares of their authors.

    The share of a group is the mean, over the works, of the part of the authors that belongs to it; what no place is
    known for is `unknown`, so that the shares add up to 1.
    """
    parts: dict[str, float] = dict.fromkeys(GROUPS, 0.0)
    whole: Counter[str] = Counter()
    for work, groups in works:
        known = 0.0
        for origin in work.origins:
            part = min(origin.fraction, 1.0 - known)
            parts[groups[origin.country]] += part
            known += part
        parts["unknown"] += 1.0 - known
        whole.update(set(groups.values()) or {"unknown"})
    total = len(works)
    return Shares(
        works=total,
        by_group={group: whole[group] for group in GROUPS},
        authors={group: round(parts[group] / total, 4) if total else 0.0 for group in GROUPS},
    )


def collaborations(works: Iterable[tuple[Work, Groups]]) -> dict[str, int]:
    """Kind of collaboration → number of works, in the order of the kinds; each work has one."""
    counted = Counter(collaboration(groups) for _, groups in works)
    return {kind: counted[kind] for kind in COLLABORATIONS if counted[kind]}


def pairs(works: Iterable[tuple[Work, Groups]]) -> tuple[Pair, ...]:
    """Which places work together, the most frequent pairs first; of each the place of the first group stands first."""
    counted: Counter[tuple[str, str]] = Counter()
    for _, groups in works:
        ranked = sorted(groups, key=lambda place: (GROUPS.index(groups[place]), place))
        counted.update(combinations(ranked, 2))
    first = sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))[:MOST_PAIRS]
    return tuple(Pair(one, other, number) for (one, other), number in first)
