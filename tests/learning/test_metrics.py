from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from monitor.learning import metrics

TRUTH = np.array([1, 1, 1, 0, 0, 0, 0, 0], bool)
CHOSEN = np.array([1, 1, 0, 1, 0, 0, 0, 0], bool)


def test_figures_of_a_small_case() -> None:
    assert metrics.precision(TRUTH, CHOSEN) == pytest.approx(2 / 3)
    assert metrics.recall(TRUTH, CHOSEN) == pytest.approx(2 / 3)
    assert metrics.f1(TRUTH, CHOSEN) == pytest.approx(2 / 3)
    both = np.stack([TRUTH, TRUTH], axis=1), np.stack([CHOSEN, TRUTH], axis=1)
    assert metrics.macro_f1(*both) == pytest.approx((2 / 3 + 1) / 2)


def test_nothing_chosen_and_nothing_true_are_zero_and_no_error() -> None:
    nothing = np.zeros(8, bool)
    assert metrics.precision(TRUTH, nothing) == metrics.f1(TRUTH, nothing) == 0
    assert metrics.recall(nothing, CHOSEN) == metrics.f1(nothing, nothing) == 0


def test_calibration_error_of_honest_and_of_boasting_probabilities() -> None:
    chances = np.repeat([0.1, 0.9], 750)
    honest = np.concatenate([np.arange(750) % 10 == 0, np.arange(750) % 10 != 0])
    assert metrics.calibration_error(honest, chances) < 0.02
    assert metrics.calibration_error(honest, np.repeat([0.0, 1.0], 750)) == pytest.approx(0.1, abs=0.01)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.1, 0.2, 0.5, 0.9])), min_size=1, max_size=40))
def test_average_precision_is_that_of_scikit_learn(pairs: list[tuple[bool, float]]) -> None:
    truth, chances = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    expected = average_precision_score(truth, chances) if truth.any() else 0
    assert metrics.average_precision(truth, chances) == pytest.approx(expected)


def test_intervals_hold_the_value_and_come_out_the_same() -> None:
    rng = np.random.default_rng(3)
    truth = rng.random((300, 2)) < 0.3
    chances = np.clip(truth * 0.4 + rng.random((300, 2)) * 0.6, 0, 1)
    found = metrics.scores(("bread", "tea"), truth, chances, chances > 0.5, seed=1)
    assert found == metrics.scores(("bread", "tea"), truth, chances, chances > 0.5, seed=1)
    assert found != metrics.scores(("bread", "tea"), truth, chances, chances > 0.5, seed=2)
    for estimate in (found.macro_f1, found.goals["tea"].precision, found.goals["bread"].average_precision):
        assert 0 <= estimate.low < estimate.value < estimate.high <= 1
    assert found.goals["bread"].papers == truth[:, 0].sum()
    assert str(metrics.Estimate(0.5, 0.25, 0.75)) == "0.500 [0.250, 0.750]"


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=60))
def test_calibration_error_is_a_share(pairs: list[tuple[bool, float]]) -> None:
    truth, chances = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    assert 0 <= metrics.calibration_error(truth, chances) <= 1
