"""Which works to judge next: those whose judgement is worth most. Pure.

Worth has three parts. A work is *doubtful* when its probability for some goal is near that goal's threshold
(uncertainty sampling: Lewis and Gale, "A sequential algorithm for training text classifiers", SIGIR 1994): at the
threshold itself 1, half as much for each unit of log-odds away. It is *relevant* as far as some goal is likely, since
readers see what is selected, and an error there costs them most. The worthiest works alone are often one work many
times over, so each counts as far as it is *apart* from those chosen before (maximal marginal relevance: Carbonell and
Goldstein, SIGIR 1998). Goals take turns, or the frequent ones would use up the reviewers' time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

POOL = 8
"""Works that are considered for each one that is proposed: more of them are less alike, but worth less."""
DIGITS = 6
LEAST = 10.0**-DIGITS
"""Probabilities are kept to six places, so that 0 and 1 stand for what is nearer to them than this."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A work that should be judged, and what that is worth."""

    row: int
    goal: int
    """The goal whose threshold it is nearest to."""
    doubt: float
    """0 to 1: 1 is at the threshold."""
    relevance: float
    """0 to 1: the probability of its likeliest goal."""
    apart: float
    """0 to 1: 0 is the same as one that was proposed before it."""

    @property
    def value(self) -> float:
        """What judging it is worth, 0 to 1."""
        return self.doubt * (1 + self.relevance) / 2 * self.apart


def propose(
    probabilities: ArrayLike, thresholds: ArrayLike, vectors: Sequence[NDArray[np.floating] | None], count: int
) -> list[Proposal]:
    """At most `count` rows of `probabilities` (n, k), in the order in which they should be judged.

    `thresholds` (k,) say from which probability a goal is selected; `vectors` has one for each row, or None. A row is
    proposed for the goal whose threshold it is nearest to, and the goals take turns, the rarest first, for as long as
    they have rows. The same input gives the same rows.
    """
    if not vectors:
        return []
    chances = np.asarray(probabilities, np.float64)
    distances = distance(chances, thresholds)
    goals, doubts = distances.argmin(axis=1), 2.0 ** -distances.min(axis=1)
    worth = doubts * (1 + chances.max(axis=1)) / 2
    rarest = np.argsort(chances.sum(axis=0), kind="stable")
    rows = {int(goal): np.flatnonzero(goals == goal) for goal in rarest}
    turns = _turns({goal: len(own) for goal, own in rows.items()}, count)
    pools = {}
    for goal, own in rows.items():
        most = POOL * turns.count(goal)
        pools[goal] = own[np.argsort(-worth[own], kind="stable")][:most]
    return [
        Proposal(row, goal, float(doubts[row]), float(chances[row].max()), apart)
        for goal, row, apart in _worthiest(turns, pools, worth, vectors)
    ]


def distance(probabilities: ArrayLike, thresholds: ArrayLike) -> NDArray[np.float64]:
    """(n, k) how far each probability is from its goal's threshold, in log-odds.

    Rounded, as distances of vectors are below: what is equally near stays so, whatever the last bits say.
    """
    return np.asarray(np.round(np.abs(_logit(probabilities) - _logit(thresholds)), DIGITS), np.float64)


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


def _worthiest(
    turns: Sequence[int],
    pools: dict[int, NDArray[np.intp]],
    worth: NDArray[np.float64],
    vectors: Sequence[NDArray[np.floating] | None],
) -> list[tuple[int, int, float]]:
    """For each turn its goal, the row of its pool that is worth most there, and how far that is apart."""
    rows = np.concatenate([*pools.values()])
    ends = np.cumsum([len(pool) for pool in pools.values()]).tolist()
    places = {goal: slice(end - len(pools[goal]), end) for goal, end in zip(pools, ends, strict=True)}
    directions = _directions([vectors[row] for row in rows])
    apart = np.ones(len(rows))
    taken = np.zeros(len(rows), bool)
    chosen: list[tuple[int, int, float]] = []
    for goal in turns:
        own = places[goal]
        gains = np.where(taken[own], -1, worth[rows[own]] * apart[own])
        place = own.start + int(np.argmax(gains))  # of several the one that is worth most by itself
        chosen.append((goal, int(rows[place]), float(apart[place])))
        taken[place] = True
        apart = np.minimum(apart, np.clip(np.round(1 - directions @ directions[place], DIGITS), 0, 1))
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
