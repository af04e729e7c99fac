"""Which works to judge next: those the model doubts, of every goal, and no two alike. Pure.

A work is doubtful when its probability for some goal is near that goal's threshold (uncertainty sampling: Lewis and
Gale, "A sequential algorithm for training text classifiers", SIGIR 1994). The most doubtful works alone are often one
work many times over, so each choice among them is the one farthest from those chosen before (the greedy k-center of
Sener and Savarese, "Active learning for convolutional neural networks: a core-set approach", ICLR 2018). Goals take
turns, or the frequent ones would use up the reviewers' time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

POOL = 8
"""Works that are considered for each one that is proposed: more of them are less alike, but less doubtful."""
DIGITS = 6
LEAST = 10.0**-DIGITS
"""Probabilities are kept to six places, so that 0 and 1 stand for what is nearer to them than this."""


def propose(
    probabilities: ArrayLike, thresholds: ArrayLike, vectors: Sequence[NDArray[np.floating] | None], count: int
) -> list[int]:
    """At most `count` rows of `probabilities` (n, k), in the order in which they should be judged.

    `thresholds` (k,) say from which probability a goal is selected; `vectors` has one for each row, or None. A row is
    proposed for the goal whose threshold it is nearest to, and the goals take turns, the rarest first, for as long as
    they have rows. The same input gives the same rows.
    """
    if not vectors:
        return []
    chances = np.asarray(probabilities, np.float64)
    doubts = doubt(chances, thresholds)
    goals, nearness = doubts.argmax(axis=1), doubts.max(axis=1)
    rarest = np.argsort(chances.sum(axis=0), kind="stable")
    rows = {int(goal): np.flatnonzero(goals == goal) for goal in rarest}
    turns = _turns({goal: len(own) for goal, own in rows.items()}, count)
    pools = {}
    for goal, own in rows.items():
        most = POOL * turns.count(goal)
        pools[goal] = own[np.argsort(-nearness[own], kind="stable")][:most]
    return _farthest_first(turns, pools, vectors)


def doubt(probabilities: ArrayLike, thresholds: ArrayLike) -> NDArray[np.float64]:
    """(n, k) how near each probability is to its goal's threshold, as log-odds: at most 0, which is the threshold.

    Rounded, as distances are below: what is equally near stays so, whatever the last bits say.
    """
    return np.asarray(-np.round(np.abs(_logit(probabilities) - _logit(thresholds)), DIGITS), np.float64)


def _logit(probabilities: ArrayLike) -> NDArray[np.float64]:
    clipped = np.clip(np.asarray(probabilities, np.float64), LEAST, 1 - LEAST)
    return np.asarray(np.log(clipped) - np.log1p(-clipped))


def _turns(waiting: dict[int, int], count: int) -> list[int]:
    """Goals in the order in which they may choose, `waiting` telling how many rows each has."""
    turns: list[int] = []
    most = max(waiting.values())
    for turn in range(most):
        turns += [goal for goal, number in waiting.items() if number > turn]
        if len(turns) >= count:
            break
    return turns[: max(count, 0)]


def _farthest_first(
    turns: Sequence[int], pools: dict[int, NDArray[np.intp]], vectors: Sequence[NDArray[np.floating] | None]
) -> list[int]:
    """One row of its goal's pool for each turn: the farthest from all chosen before, of several the most doubtful."""
    rows = np.concatenate([*pools.values()])
    ends = np.cumsum([len(pool) for pool in pools.values()]).tolist()
    places = {goal: slice(end - len(pools[goal]), end) for goal, end in zip(pools, ends, strict=True)}
    directions = _directions([vectors[row] for row in rows])
    apart = np.full(len(rows), np.inf)
    chosen: list[int] = []
    for goal in turns:
        own = places[goal]
        place = own.start + int(np.argmax(apart[own]))
        chosen.append(int(rows[place]))
        apart = np.minimum(apart, np.round(1 - directions @ directions[place], DIGITS))
        apart[place] = -np.inf
    return chosen


def _directions(vectors: Sequence[NDArray[np.floating] | None]) -> NDArray[np.float64]:
    """Vectors of length 1, with one dimension more for those that are missing: far from all others, and all alike, so
    that one of them is soon chosen and the rest wait."""
    size = max((len(vector) for vector in vectors if vector is not None), default=0)
    found = np.zeros((len(vectors), size + 1))
    for row, vector in zip(found, vectors, strict=True):
        length = 0.0 if vector is None else float(np.linalg.norm(vector.astype(np.float64)))
        if vector is not None and 0 < length < np.inf:
            row[: len(vector)] = vector.astype(np.float64) / length
        else:
            row[size] = 1
    return found
