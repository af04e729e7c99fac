"""How good tags are, with intervals. Pure functions of truth, probabilities and decisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1_000
BINS = 15

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


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


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of a model."""

    goals: dict[str, GoalScores]
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
    order = np.argsort(-chances, kind="stable")
    hits, ordered = np.cumsum(truth[order]), chances[order]
    cuts = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    gained = np.diff(hits[cuts], prepend=0)
    return float((gained * hits[cuts] / (cuts + 1)).sum() / max(1, hits[-1]))


def calibration_error(truth: Bools, chances: Floats) -> float:
    """Mean gap between probability and frequency over 15 bins of as many papers each, weighted by their size
    (Nixon et al., "Measuring calibration in deep learning", 2019)."""
    bins = np.array_split(np.argsort(chances, kind="stable"), BINS)
    gaps = [abs(chances[b].mean() - truth[b].mean()) * len(b) for b in bins if len(b)]
    return float(sum(gaps) / len(truth))


def scores(slugs: tuple[str, ...], truth: Bools, chances: Floats, chosen: Bools, seed: int) -> Scores:
    """All figures of n papers and k goals, with percentile bootstrap intervals over papers."""
    picks = np.random.default_rng(seed).integers(0, len(truth), (RESAMPLES, len(truth)))
    return Scores(
        goals={s: _goal_scores(truth[:, k], chances[:, k], chosen[:, k], picks) for k, s in enumerate(slugs)},
        macro_f1=_estimate(lambda rows: macro_f1(truth[rows], chosen[rows]), picks),
    )


def _goal_scores(truth: Bools, chances: Floats, chosen: Bools, picks: NDArray[np.int64]) -> GoalScores:
    return GoalScores(
        papers=int(truth.sum()),
        precision=_estimate(lambda rows: precision(truth[rows], chosen[rows]), picks),
        recall=_estimate(lambda rows: recall(truth[rows], chosen[rows]), picks),
        f1=_estimate(lambda rows: f1(truth[rows], chosen[rows]), picks),
        average_precision=_estimate(lambda rows: average_precision(truth[rows], chances[rows]), picks),
        calibration_error=_estimate(lambda rows: calibration_error(truth[rows], chances[rows]), picks),
    )


def _estimate(figure: Callable[[NDArray[np.int64]], float], picks: NDArray[np.int64]) -> Estimate:
    low, high = np.percentile([figure(rows) for rows in picks], [2.5, 97.5])
    return Estimate(figure(np.arange(picks.shape[1])), float(low), float(high))
