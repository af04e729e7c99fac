"""Fitting one goal: how strongly to regularise, how to calibrate, and where to cut, all by cross-validation.

Everything is decided on the rows that are passed in, so whoever holds rows back measures honestly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from monitor.errors import ModelError

SEED = 20260701
FOLDS = 5
STRENGTHS = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Values of C that are tried: the inverse of the penalty on the squared coefficients."""
LEAST = 10
"""Papers that must carry a goal, and that must not, before anything is learnt about it."""
Matrix = Any
"""(n, d) features: a numpy array, or a scipy sparse matrix for the word baseline."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A fitted goal."""

    weights: NDArray[np.float64]
    """(d,)"""
    bias: float
    slope: float
    intercept: float
    """probability = sigmoid(slope * score + intercept), score = features · weights + bias"""
    threshold: float
    strength: float
    """The C that was chosen."""

    def probabilities(self, features: Matrix) -> NDArray[np.float64]:
        """(n,) probabilities of the rows of `features`."""
        scores = np.asarray(features @ self.weights).ravel() + self.bias
        return sigmoid(self.slope * scores + self.intercept)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """n labelled rows of one goal, or some of them."""

    features: Matrix
    holds: NDArray[np.bool_]
    """(n,) whether a row carries the goal."""
    weights: NDArray[np.float64]
    """(n,) how much a row counts in the regression: a doubtful label counts less. Calibration and threshold
    are about the rows as they come, so there each counts as one."""
    strata: NDArray[np.int64]
    """(n,) folds keep the mix of these."""

    def __getitem__(self, rows: NDArray[np.int64]) -> Rows:
        return Rows(self.features[rows], self.holds[rows], self.weights[rows], self.strata[rows])


def fit_goal(rows: Rows, name: str) -> Fit:
    """Fit a goal. Raises ModelError, with the goal's `name`, when too few rows carry it or too few do not."""
    holds = rows.holds
    if min(holds.sum(), (~holds).sum()) < LEAST:
        raise ModelError(
            f"goal {name!r}: {holds.sum()} of {len(holds)} labelled papers carry it; "
            f"at least {LEAST} must and {LEAST} must not"
        )
    # On matrices this small, two threads of BLAS take thirty times as long as one.
    with threadpool_limits(limits=1, user_api="blas"):
        trials = []
        for strength in STRENGTHS:
            scores = _held_out_scores(rows, strength)
            slope, intercept = _platt(scores, holds)
            chances = sigmoid(slope * scores + intercept)
            trials.append((log_loss(holds, chances), strength, slope, intercept, chances))
        _, strength, slope, intercept, chances = min(trials, key=lambda trial: trial[:2])
        model = _regress(rows, strength)
    return Fit(model.coef_[0], float(model.intercept_[0]), slope, intercept, best_threshold(chances), strength)


def best_threshold(chances: NDArray[np.float64]) -> float:
    """The probability to select from, so that the expected F1 is highest if the probabilities are right.

    Selecting the m likeliest of n, the expected F1 is about 2 * (sum of their probabilities) / (m + sum of all)
    (Lewis, "Evaluating and optimizing autonomous text classification systems", SIGIR 1995). Unlike the best cut
    of the labels themselves it does not follow the chance order of a few papers near the border.
    """
    ordered = np.sort(chances)[::-1]
    expected = 2 * np.cumsum(ordered) / (np.arange(1, len(ordered) + 1) + ordered.sum())
    return float(ordered[expected.argmax()])


def folds(strata: NDArray[np.int64], number: int = FOLDS) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Training and held-out rows of each fold: the same for the same rows, each stratum spread evenly.

    Strata with fewer rows than folds are taken together.
    """
    _, place, count = np.unique(strata, return_inverse=True, return_counts=True)
    merged = np.where(count[place] < number, -1, place)
    if (merged == -1).sum() < number:
        merged[merged == -1] = np.argmax(count)
    yield from StratifiedKFold(number, shuffle=True, random_state=SEED).split(merged[:, None], merged)


def strata_of(targets: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(n,) one number for each combination of goals in (n, k)."""
    numbers: NDArray[np.int64] = targets @ (1 << np.arange(targets.shape[1], dtype=np.int64))
    return numbers


def sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(logits / 2)))


def _held_out_scores(rows: Rows, strength: float) -> NDArray[np.float64]:
    """(n,) scores of all rows, each from a model that has not seen it."""
    scores = np.zeros(len(rows.holds))
    for seen, held in folds(rows.strata):
        scores[held] = _regress(rows[seen], strength).decision_function(rows.features[held])
    return scores


def _platt(scores: NDArray[np.float64], holds: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and intercept of the sigmoid from scores to probabilities: Platt's scaling has no penalty."""
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", max_iter=1_000).fit(scores[:, None], holds)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def _regress(rows: Rows, strength: float) -> Any:
    model = LogisticRegression(C=strength, max_iter=1_000)
    return model.fit(rows.features, rows.holds, sample_weight=rows.weights)
