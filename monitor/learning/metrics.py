"""How good tags are, with intervals. Pure functions of truth, probabilities and decisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1_000
BINS = 15
FIRST = (10, 20, 50)
"""Of how many likeliest papers the precision is told."""
TARGET = 0.85
"""The precision at which the coverage is told."""

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Figure = Callable[[Bools, Bools], float]
"""From truth and decisions to a figure."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True)
class Bin:
    """Papers of like probability."""

    papers: int
    said: float
    """Their mean probability."""
    true: float
    """The share of them that carries the goal."""


@dataclass(frozen=True, slots=True)
class GoalScores:
    """Figures of one goal."""

    papers: int
    """How many carry it."""
    precision: Estimate
    recall: Estimate
    f1: Estimate
    average_precision: Estimate
    calibration_error: Estimate
    """Expected calibration error over bins of equal mass; 0 is best."""
    first: dict[int, Estimate]
    """Precision among the so many likeliest papers."""
    coverage: Estimate
    """Largest share of the papers that carry the goal which some threshold reaches with a precision of `TARGET`."""
    reliability: tuple[Bin, ...]
    """The bins of the calibration error, from unlikely to likely."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of a model."""

    papers: int
    goals: dict[str, GoalScores]
    macro_f1: Estimate


@dataclass(frozen=True, slots=True)
class Difference:
    """How much higher the F1 of one model is than that of another, on the same papers."""

    goals: dict[str, Estimate]
    macro_f1: Estimate


def precision(truth: Bools, chosen: Bools) -> float:
    """Share of the chosen that are true; 0 when none is chosen."""
    return float((truth & chosen).sum() / max(1, chosen.sum()))


def recall(truth: Bools, chosen: Bools) -> float:
    """Share of the true that are chosen; 0 when none is true."""
    return float((truth & chosen).sum() / max(1, truth.sum()))


def f1(truth: Bools, chosen: Bools) -> float:
    """Harmonic mean of precision and recall."""
    return float(2 * (truth & chosen).sum() / max(1, truth.sum() + chosen.sum()))


def macro_f1(truth: Bools, chosen: Bools) -> float:
    """Mean F1 of the goals, (n, k) each."""
    return float(np.mean([f1(truth[:, k], chosen[:, k]) for k in range(truth.shape[1])]))


def average_precision(truth: Bools, chances: Floats) -> float:
    """Precision at every cut, weighted by the recall it adds; 0 when none is true. Equal probabilities are one cut,
    as in scikit-learn's function of that name, which is too slow to be resampled thousands of times."""
    hits, cuts = _cuts(truth, chances)
    gained = np.diff(hits[cuts], prepend=0)
    return float((gained * hits[cuts] / (cuts + 1)).sum() / max(1, hits[-1]))


def coverage(truth: Bools, chances: Floats, target: float = TARGET) -> float:
    """Recall at the lowest cut whose precision is `target` at least; 0 when there is none."""
    hits, cuts = _cuts(truth, chances)
    enough = hits[cuts] >= target * (cuts + 1)
    return float(hits[cuts][enough].max(initial=0) / max(1, hits[-1]))


def precision_of_first(truth: Bools, chances: Floats, number: int) -> float:
    """Share of the true among the `number` likeliest, or among all when they are fewer."""
    return float(truth[np.argsort(-chances, kind="stable")[:number]].mean())


def calibration_error(truth: Bools, chances: Floats) -> float:
    """Mean gap between probability and frequency over 15 bins of as many papers each, weighted by their size
    (Nixon et al., "Measuring calibration in deep learning", 2019)."""
    return float(sum(abs(b.said - b.true) * b.papers for b in reliability(truth, chances)) / len(truth))


def reliability(truth: Bools, chances: Floats) -> tuple[Bin, ...]:
    """The bins of `calibration_error`."""
    bins = np.array_split(np.argsort(chances, kind="stable"), BINS)
    return tuple(Bin(len(b), float(chances[b].mean()), float(truth[b].mean())) for b in bins if len(b))


def estimate(figure: Callable[[NDArray[np.int64]], float], size: int, seed: int) -> Estimate:
    """A figure of some of `size` rows, told for all of them, with its percentile bootstrap interval over rows."""
    return _estimate(figure, _picks(size, seed))


def scores(slugs: Sequence[str], truth: Bools, chances: Floats, chosen: Bools, seed: int) -> Scores:
    """All figures of n papers and k goals, with percentile bootstrap intervals over papers."""
    picks = _picks(len(truth), seed)
    return Scores(
        papers=len(truth),
        goals={s: _goal_scores(truth[:, k], chances[:, k], chosen[:, k], picks) for k, s in enumerate(slugs)},
        macro_f1=_estimate(lambda rows: macro_f1(truth[rows], chosen[rows]), picks),
    )


def difference(slugs: Sequence[str], truth: Bools, one: Bools, other: Bools, seed: int) -> Difference:
    """F1 of the decisions `one` less that of `other`, with paired bootstrap intervals (Efron and Tibshirani, 1993)."""
    picks = _picks(len(truth), seed)
    return Difference(
        goals={s: _gain(f1, truth[:, k], one[:, k], other[:, k], picks) for k, s in enumerate(slugs)},
        macro_f1=_gain(macro_f1, truth, one, other, picks),
    )


def gain(figure: Figure, truth: Bools, one: Bools, other: Bools, seed: int) -> Estimate:
    """A figure of the decisions `one` less that of `other`, (n,) or (n, k) each, with a paired bootstrap interval."""
    return _gain(figure, truth, one, other, _picks(len(truth), seed))


def _gain(figure: Figure, truth: Bools, one: Bools, other: Bools, picks: NDArray[np.int64]) -> Estimate:
    return _estimate(lambda rows: figure(truth[rows], one[rows]) - figure(truth[rows], other[rows]), picks)


def _goal_scores(truth: Bools, chances: Floats, chosen: Bools, picks: NDArray[np.int64]) -> GoalScores:
    return GoalScores(
        papers=int(truth.sum()),
        precision=_estimate(lambda rows: precision(truth[rows], chosen[rows]), picks),
        recall=_estimate(lambda rows: recall(truth[rows], chosen[rows]), picks),
        f1=_estimate(lambda rows: f1(truth[rows], chosen[rows]), picks),
        average_precision=_estimate(lambda rows: average_precision(truth[rows], chances[rows]), picks),
        calibration_error=_estimate(lambda rows: calibration_error(truth[rows], chances[rows]), picks),
        first={n: _estimate(_first(truth, chances, n), picks) for n in FIRST},
        coverage=_estimate(lambda rows: coverage(truth[rows], chances[rows]), picks),
        reliability=reliability(truth, chances),
    )


def _first(truth: Bools, chances: Floats, number: int) -> Callable[[NDArray[np.int64]], float]:
    return lambda rows: precision_of_first(truth[rows], chances[rows], number)


def _cuts(truth: Bools, chances: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many are true among so many likeliest, and after which of them a cut is possible."""
    order = np.argsort(-chances, kind="stable")
    hits, ordered = np.cumsum(truth[order], dtype=np.int64), chances[order]
    return np.asarray(hits), np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)


def _picks(papers: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, papers, (RESAMPLES, papers))


def _estimate(figure: Callable[[NDArray[np.int64]], float], picks: NDArray[np.int64]) -> Estimate:
    low, high = np.percentile([figure(rows) for rows in picks], [2.5, 97.5])
    return Estimate(figure(np.arange(picks.shape[1])), float(low), float(high))
