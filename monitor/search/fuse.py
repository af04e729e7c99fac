"""Several rankings made one."""

from __future__ import annotations

from collections.abc import Sequence

K = 60
"""How little the first places count for more than those that follow: the value of the paper, good on all its sets."""


def fuse(*rankings: Sequence[int]) -> list[int]:
    """All ids of `rankings`, best first, by reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009).

    An id is worth the sum of 1 / (K + its place) over the rankings that have it. Ties keep the order of the rankings.
    """
    worth: dict[int, float] = {}
    for ranking in rankings:
        for place, one in enumerate(dict.fromkeys(ranking), start=1):
            worth[one] = worth.get(one, 0.0) + 1 / (K + place)
    return sorted(worth, key=worth.__getitem__, reverse=True)
