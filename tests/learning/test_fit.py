from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ModelError
from monitor.learning import fit as module
from monitor.learning.fit import Rows, best_threshold, fit_goal, folds, sigmoid, strata_of


@pytest.fixture
def rows() -> Rows:
    """240 rows of which a third carries the goal, told by the first of eight features, with noise."""
    rng = np.random.default_rng(5)
    holds = np.arange(240) % 3 == 0
    features = rng.normal(size=(240, 8)).astype(np.float32)
    features[:, 0] += 2 * holds
    return Rows(features, holds, np.ones(240), holds.astype(np.int64))


def test_a_goal_is_learnt_and_its_probabilities_mean_something(rows: Rows) -> None:
    fit = fit_goal(rows, "bread")
    chances = fit.probabilities(rows.features)
    assert ((chances >= fit.threshold) == rows.holds).mean() > 0.8
    assert abs(chances.mean() - rows.holds.mean()) < 0.05
    assert 0 < fit.threshold < 1
    assert fit.slope > 0
    assert fit.strength in module.STRENGTHS
    assert int(np.argmax(np.abs(fit.weights))) == 0


def test_the_same_rows_give_the_same_fit(rows: Rows) -> None:
    one, other = fit_goal(rows, "bread"), fit_goal(rows, "bread")
    assert np.array_equal(one.weights, other.weights)
    assert (one.bias, one.slope, one.intercept, one.threshold) == (
        other.bias,
        other.slope,
        other.intercept,
        other.threshold,
    )


def test_doubtful_labels_count_less(rows: Rows) -> None:
    wrong = rows.holds.copy()
    wrong[:60] = ~wrong[:60]
    doubt = np.where(np.arange(240) < 60, 0.01, 1.0)
    trusting = fit_goal(Rows(rows.features, wrong, np.ones(240), rows.strata), "bread")
    doubting = fit_goal(Rows(rows.features, wrong, doubt, rows.strata), "bread")
    assert doubting.weights[0] > trusting.weights[0]


def test_sparse_features_are_taken_too(rows: Rows) -> None:
    from scipy.sparse import csr_matrix

    sparse = csr_matrix(np.maximum(rows.features, 0))
    fit = fit_goal(Rows(sparse, rows.holds, rows.weights, rows.strata), "bread")
    assert fit.probabilities(sparse).shape == (240,)


@pytest.mark.parametrize("carrying", [0, 9, 231, 240])
def test_too_few_labels_are_refused(rows: Rows, carrying: int) -> None:
    holds = np.arange(240) < carrying
    with pytest.raises(ModelError, match=rf"goal 'tea': {carrying} of 240 labelled papers carry it; at least 10"):
        fit_goal(Rows(rows.features, holds, rows.weights, holds.astype(np.int64)), "tea")


def test_the_threshold_of_certain_probabilities_parts_them() -> None:
    assert best_threshold(np.array([0.0, 1.0, 0.99, 0.01])) == pytest.approx(0.99)
    assert best_threshold(np.full(5, 0.2)) == pytest.approx(0.2)


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=50))
def test_the_threshold_is_about_half_the_best_expected_f1(chances: list[float]) -> None:
    values = np.array(chances)
    least = best_threshold(values)
    chosen = values[values >= least]
    expected = 2 * chosen.sum() / (len(chosen) + values.sum())
    assert least >= expected / 2 - 1e-9, "each chosen paper must raise the expected F1"


@given(st.lists(st.integers(0, 4), min_size=10, max_size=80))
def test_folds_hold_every_row_out_once(numbers: list[int]) -> None:
    strata = np.array(numbers)
    held = np.concatenate([held for _, held in folds(strata)])
    assert sorted(held.tolist()) == list(range(len(strata)))
    for (seen, out), (seen_again, out_again) in zip(folds(strata), folds(strata), strict=True):
        assert not set(seen) & set(out)
        assert np.array_equal(seen, seen_again)
        assert np.array_equal(out, out_again)


def test_strata_are_the_combinations_of_goals() -> None:
    targets = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], bool)
    assert strata_of(targets).tolist() == [0, 1, 2, 3]


def test_sigmoid_does_not_overflow() -> None:
    np.testing.assert_allclose(sigmoid(np.array([-1e6, 0.0, 1e6])), [0, 0.5, 1])
