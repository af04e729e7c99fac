"""Plain ways to tag, to be beaten: key words, and logistic regression on words or on vectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from monitor.goals.taxonomy import Taxonomy
from monitor.goals.words import counts, moved
from monitor.learning.examples import Examples
from monitor.learning.learn import LEAST
from monitor.learning.machine import best_threshold, platt, sigmoid

KEYWORDS, WORDS, VECTORS = "keywords", "words (tf-idf) + logistic regression", "vectors + logistic regression"
STRENGTH = {WORDS: 16.0, VECTORS: 8.0}
"""C, the inverse of the penalty: the values that did best for these features in version 1."""
LEAST_KEYWORDS = 3
"""Single words of a goal's topics and queries that make a paper carry it; one pair of words does so too."""
FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """What a way to tag says of n papers and k goals."""

    chances: NDArray[np.float64]
    """(n, k)"""
    chosen: NDArray[np.bool_]
    """(n, k)"""


Baseline = Callable[[Examples, Examples], Decisions]
"""Learns from the first examples and judges the second."""


def keywords(seen: Examples, held: Examples) -> Decisions:
    """Decisions of the taxonomy's own words; nothing is learnt. The probability is the share of them that is there."""
    taxonomy: Taxonomy = held.taxonomy
    found = csr_array(held.counts > 0).astype(np.float64)
    chances = np.zeros((len(held.labels), len(taxonomy.slugs)))
    chosen = np.zeros(chances.shape, bool)
    for k, definition in enumerate(taxonomy.definitions):
        said = set(counts(" . ".join((*definition.topics, *definition.queries))))
        single, pair = (
            np.array([term in said and (" " in term) == paired for term in held.terms], float)
            for paired in (False, True)
        )
        hits = found @ np.stack([single, pair], axis=1)
        chances[:, k] = np.minimum((hits[:, 0] + 3 * hits[:, 1]) / 12, 1)
        chosen[:, k] = (hits[:, 1] > 0) | (hits[:, 0] >= LEAST_KEYWORDS)
    return Decisions(chances, chosen)


def words(seen: Examples, held: Examples) -> Decisions:
    """Logistic regressions on tf-idf of words and word pairs."""
    vocabulary = seen.vocabulary()
    there = vocabulary.weigh(moved(held.counts, held.terms, vocabulary.terms))
    return _regressions(seen, vocabulary.weigh(seen.counts), there, STRENGTH[WORDS])


def vectors(seen: Examples, held: Examples) -> Decisions:
    """Logistic regressions on the encoder's vectors."""
    return _regressions(seen, seen.vectors, held.vectors, STRENGTH[VECTORS])


BASELINES: dict[str, Baseline] = {KEYWORDS: keywords, WORDS: words, VECTORS: vectors}


def _regressions(
    seen: Examples, features: csr_array | NDArray[np.float32], others: csr_array | NDArray[np.float32], strength: float
) -> Decisions:
    from sklearn.model_selection import cross_val_predict

    targets = seen.targets
    chances = np.zeros((others.shape[0], targets.shape[1]))
    chosen = np.zeros(chances.shape, bool)
    # On matrices this small, two threads of BLAS take thirty times as long as one.
    with threadpool_limits(limits=1, user_api="blas"):
        for k in range(targets.shape[1]):
            holds = targets[:, k]
            if min(holds.sum(), (~holds).sum()) < LEAST:
                continue
            model = LogisticRegression(C=strength, solver="liblinear", max_iter=1_000)
            fitted = {"sample_weight": seen.weights}
            unseen = cross_val_predict(model, features, holds, cv=FOLDS, method="decision_function", params=fitted)
            slope, intercept = platt(unseen, holds)
            model.fit(features, holds, sample_weight=seen.weights)
            chances[:, k] = sigmoid(slope * model.decision_function(others) + intercept)
            chosen[:, k] = chances[:, k] >= best_threshold(sigmoid(slope * unseen + intercept))
    return Decisions(chances, chosen)
