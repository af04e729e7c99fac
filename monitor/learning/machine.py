"""The machine behind a head: kernel ridge regression on vectors and words, all of whose choices are made on the rows
that it is given, so whoever holds rows back measures honestly.

The targets are +1 and -1; a row of weight w has noise λ / w. The scores of the rows themselves, each from a machine
that has not seen it, have a closed form (Rasmussen and Williams, 2006, section 5.4.2): choosing, calibrating and
setting thresholds by leave-one-out costs one inverse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, special
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression

from monitor.learning.metrics import average_precision

GAMMA = 2.0
"""How fast the kernel on vectors fades: exp(-γ d²)."""
SHARES = (0.5, 1.0, 2.0)
"""Values of β that are tried: how much the kernel on words counts beside that on vectors."""
NOISES = (0.1, 0.2)
"""Values of λ that are tried."""
PRECISION = 0.85
"""The share of what is selected from ordinary papers that is to be right."""
MARGIN = 0.02
"""What is aimed for beyond that: among the likeliest ordinary papers the probabilities of a first round ran so much
above the share that readers found right."""
SURER = (0.9, 0.89, 0.88)
"""What is aimed for instead where it costs next to nothing: a precision that is just reached on average is missed by
every other sample."""
COST = 0.005
"""Next to nothing: so much of the expected F1 on typical papers."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """n texts to learn from, for k goals."""

    vectors: NDArray[np.float32]
    """(n, d)"""
    words: csr_array
    """(n, t) tf-idf"""
    targets: NDArray[np.bool_]
    """(n, k)"""
    weights: Floats
    """(n,) how much a row counts: a doubtful label counts less. Calibration and thresholds are about the rows as
    they come, so there each counts as one."""


@dataclass(frozen=True, slots=True, eq=False)
class Natural:
    """Scores of ordinary papers, which nobody need have labelled."""

    scores: Floats
    """(b, k), of a machine that has not seen them."""
    weights: Floats
    """(b,) how many papers each stands for."""


@dataclass(frozen=True, slots=True, eq=False)
class Machine:
    """A fitted machine."""

    rows: Rows
    share: float
    """The β that was chosen."""
    noise: float
    """The λ that was chosen."""
    duals: Floats
    """(n, k)"""
    unseen: Floats
    """(n, k) leave-one-out scores of the rows."""

    @property
    def words(self) -> Floats:
        """(t, k) the linear weights that the kernel on words comes to."""
        return np.asarray(self.share * (self.rows.words.T @ self.duals))

    @property
    def bias(self) -> Floats:
        """(k,)"""
        return np.asarray(self.duals.sum(axis=0))

    def scores(self, vectors: NDArray[np.float32], words: csr_array) -> Floats:
        """(n, k) scores of other texts."""
        found = np.empty((len(vectors), self.duals.shape[1]))
        duals = self.duals.astype(np.float32)
        for start in range(0, len(vectors), 2048):
            pulls = kernel(vectors[start : start + 2048], self.rows.vectors)
            found[start : start + 2048] = pulls @ duals
        return np.asarray(found + words @ self.words + self.bias)


@dataclass(frozen=True, slots=True)
class Rule:
    """From the score of one goal to a decision."""

    slope: float
    intercept: float
    """probability = sigmoid(slope * score + intercept)"""
    best: float
    """The threshold with the highest expected F1 on labelled papers."""
    precise: float
    """The least threshold with which `PRECISION` of what is selected from ordinary papers is right, or more where that
    is cheap, as far as probabilities tell."""

    @property
    def threshold(self) -> float:
        """The threshold in use: the stricter of the two."""
        return max(self.best, self.precise)

    def probabilities(self, scores: Floats) -> Floats:
        """(n,) scores to probabilities."""
        return sigmoid(self.slope * scores + self.intercept)


def kernel(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, m) similarities of vectors: exp(-γ |v - v'|²)."""
    squares = np.square(left).sum(axis=1)[:, None] + np.square(right).sum(axis=1) - 2 * (left @ right.T)
    return np.asarray(np.exp(-GAMMA * np.maximum(squares, 0)), np.float32)


def fit(rows: Rows, *, shares: Sequence[float] = SHARES, noises: Sequence[float] = NOISES) -> Machine:
    """The machine whose leave-one-out scores have the highest mean average precision over the goals."""
    pulls, alike = kernel(rows.vectors, rows.vectors), (rows.words @ rows.words.T).toarray()
    best: tuple[float, Machine] | None = None
    for share, noise in product(shares, noises):
        matrix = pulls.astype(np.float64)
        matrix += share * alike
        matrix += 1  # the constant function, left free
        matrix[np.diag_indices_from(matrix)] += noise / rows.weights
        inverse = _inverse(matrix)
        signs = np.where(rows.targets, 1.0, -1.0)
        duals = inverse @ signs
        unseen = signs - duals / np.diag(inverse)[:, None]
        goals = range(rows.targets.shape[1])
        mean = float(np.mean([average_precision(rows.targets[:, k], unseen[:, k]) for k in goals]))
        if best is None or mean > best[0]:
            best = mean, Machine(rows, share, noise, duals, unseen)
    if best is None:
        raise ValueError("no share or no noise was given")
    return best[1]


def _inverse(matrix: Floats) -> Floats:
    """The inverse of a positive definite matrix, in its place."""
    factor, failed = linalg.lapack.dpotrf(matrix, lower=0, overwrite_a=1)
    if failed:
        raise ArithmeticError("the kernel matrix is not positive definite")
    found, _ = linalg.lapack.dpotri(factor, lower=0, overwrite_c=1)
    upper = np.triu(found)
    return np.asarray(upper + np.triu(found, 1).T)


def rule(
    unseen: Floats, holds: NDArray[np.bool_], natural: Natural | None, goal: int, typical: NDArray[np.bool_]
) -> Rule:
    """Calibration and thresholds of the goal in column `goal` from leave-one-out scores (n,) and labels (n,).

    `typical` (n,) marks the papers by which it is told what a strict threshold costs: those that were labelled because
    they are hard lie about the thresholds, and would make it look dear.
    """
    slope, intercept = platt(unseen, holds)
    chances = sigmoid(slope * unseen + intercept)
    best, precise = best_threshold(chances), 0.0
    if natural is not None:
        ordinary = sigmoid(slope * natural.scores[:, goal] + intercept)
        precise = _affordable(chances[typical], best, ordinary, natural.weights)
    return Rule(slope, intercept, best, precise)


def _affordable(chances: Floats, best: float, ordinary: Floats, weights: Floats) -> float:
    """The threshold for the highest of the aims that costs no more than `COST` beyond the least of them."""
    least = precise_threshold(ordinary, weights, PRECISION + MARGIN)
    enough = expected_f1(chances, max(best, least)) - COST
    for aim in SURER:
        precise = precise_threshold(ordinary, weights, aim)
        if expected_f1(chances, max(best, precise)) >= enough:
            return max(precise, least)
    return least


def platt(scores: Floats, holds: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and intercept of the sigmoid from scores to probabilities, fitted without a penalty to the targets that
    Platt smooths by one paper on either side, so that scores which part the goals do not make it a step.

    The slope is never below 0. Leave-one-out scores fall with the goal where labels tell papers apart that are all
    alike: each paper is judged by one fewer of its own side than of the other. They know nothing then, and a falling
    sigmoid would select nearly everything that is unlike those papers.
    """
    carrying, others = holds.sum(), (~holds).sum()
    targets = np.where(holds, (carrying + 1) / (carrying + 2), 1 / (others + 2))
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", max_iter=1_000)
    twice, sides = np.tile(scores, 2)[:, None], np.repeat([True, False], len(scores))
    model.fit(twice, sides, sample_weight=np.concatenate([targets, 1 - targets]))
    if model.coef_[0, 0] <= 0:
        return 0.0, float(special.logit(targets.mean()))
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def best_threshold(chances: Floats) -> float:
    """The probability to select from, so that the expected F1 is highest if the probabilities are right. Unlike the
    best cut of the labels themselves it does not follow the chance order of a few papers near the border."""
    ordered = np.sort(chances)[::-1]
    expected = 2 * np.cumsum(ordered) / (np.arange(1, len(ordered) + 1) + ordered.sum())
    return float(ordered[expected.argmax()])


def expected_f1(chances: Floats, threshold: float) -> float:
    """The F1 to expect of selecting all from `threshold` on: with m selected about 2 * (sum of their probabilities) /
    (m + sum of all) (Lewis, "Evaluating and optimizing autonomous text classification systems", SIGIR 1995)."""
    chosen = chances[chances >= threshold]
    return float(2 * chosen.sum() / (len(chosen) + chances.sum()))


def precise_threshold(chances: Floats, weights: Floats, target: float) -> float:
    """The least probability from which on the mean probability of papers, weighted, is at least `target`.

    Labelled papers are chosen to be hard or to carry a goal; ordinary ones are mostly clear cases without. Which of
    them would be selected, and how likely each is, tells the precision to expect without a label (compare the
    estimate in Lewis 1995). When not even the likeliest paper is so sure, it is `target` itself.
    """
    order = np.argsort(-chances, kind="stable")
    means = np.cumsum((chances * weights)[order]) / np.cumsum(weights[order])
    last = np.append(np.diff(chances[order]) != 0, True)  # who selects one of several equal papers selects all
    enough = np.flatnonzero((means >= target) & last)
    return float(chances[order[enough[-1]]]) if len(enough) else target


def sigmoid(logits: Any) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(np.asarray(logits, np.float64) / 2)))
