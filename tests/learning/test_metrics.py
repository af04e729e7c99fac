from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
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


def test_intervals_hold_the_value_and_come_out_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "RESAMPLES", 100)
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


# --- ranking ---------------------------------------------------------------------------------------

RANKED = np.array([0.9, 0.8, 0.7, 0.75, 0.3, 0.2, 0.1, 0.05])
"""Probabilities for TRUTH: the third true one comes after a false one."""

pairs_of = st.lists(st.tuples(st.booleans(), st.integers(0, 8).map(lambda n: n / 8)), min_size=1, max_size=40)


def arrays(pairs: list[tuple[bool, float]]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    return np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])


def test_coverage_is_what_a_strict_threshold_reaches() -> None:
    assert metrics.coverage(TRUTH, RANKED) == pytest.approx(2 / 3)
    assert metrics.coverage(TRUTH, RANKED, 0.75) == 1
    assert metrics.coverage(TRUTH, RANKED, 0.1) == 1
    assert metrics.coverage(TRUTH, 1 - RANKED) == 0
    assert metrics.coverage(np.zeros(8, bool), RANKED) == 0
    assert metrics.coverage(TRUTH, np.full(8, 0.5)) == 0, "equal probabilities cannot be told apart"


@given(pairs_of, st.sampled_from([0.3, 0.5, 0.85, 1.0]))
def test_coverage_is_the_best_recall_of_any_threshold_that_is_precise(
    pairs: list[tuple[bool, float]], target: float
) -> None:
    truth, chances = arrays(pairs)
    cuts = [chances >= least for least in chances]
    reached = [metrics.recall(truth, c) for c in cuts if metrics.precision(truth, c) >= target]
    assert metrics.coverage(truth, chances, target) == pytest.approx(max(reached, default=0))


def test_precision_of_the_first() -> None:
    assert [metrics.precision_of_first(TRUTH, RANKED, n) for n in (1, 2, 3, 4)] == pytest.approx([1, 1, 2 / 3, 3 / 4])
    assert metrics.precision_of_first(TRUTH, RANKED, 50) == pytest.approx(3 / 8), "there are only eight"


@given(pairs_of, st.integers(1, 50))
def test_precision_of_the_first_is_that_of_choosing_them(pairs: list[tuple[bool, float]], number: int) -> None:
    truth, chances = arrays(pairs)
    chosen = np.zeros(len(truth), bool)
    chosen[np.argsort(-chances, kind="stable")[:number]] = True
    assert metrics.precision_of_first(truth, chances, number) == pytest.approx(metrics.precision(truth, chosen))


# --- calibration -----------------------------------------------------------------------------------


def test_the_bins_go_from_unlikely_to_likely() -> None:
    chances, truth = np.linspace(0, 1, 30), np.arange(30) >= 15
    bins = metrics.reliability(truth, chances)
    assert [b.papers for b in bins] == [2] * 15
    assert bins[0] == metrics.Bin(2, pytest.approx(0.5 / 29), 0)  # type: ignore[arg-type]
    assert [b.true for b in bins] == [0] * 7 + [0.5] + [1] * 7
    assert len(metrics.reliability(truth[:4], chances[:4])) == 4


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=60))
def test_the_bins_hold_every_paper_once_and_give_the_calibration_error(pairs: list[tuple[bool, float]]) -> None:
    truth, chances = arrays(pairs)
    bins = metrics.reliability(truth, chances)
    sizes = [b.papers for b in bins]
    assert sum(sizes) == len(truth)
    assert max(sizes) - min(sizes) <= 1
    assert [b.said for b in bins] == sorted(b.said for b in bins)
    assert sum(b.said * b.papers for b in bins) == pytest.approx(chances.sum())
    assert sum(b.true * b.papers for b in bins) == pytest.approx(truth.sum())
    gap = sum(abs(b.said - b.true) * b.papers for b in bins) / len(truth)
    assert metrics.calibration_error(truth, chances) == pytest.approx(gap)


# --- two models ------------------------------------------------------------------------------------


def test_the_difference_of_two_models_is_that_of_their_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "RESAMPLES", 100)
    rng = np.random.default_rng(4)
    truth = rng.random((200, 2)) < 0.4
    one, other = (truth ^ (rng.random((200, 2)) < wrong) for wrong in (0.05, 0.3))
    found = metrics.difference(("bread", "tea"), truth, one, other, 1)
    expected = metrics.macro_f1(truth, one) - metrics.macro_f1(truth, other)
    assert found.macro_f1.value == pytest.approx(expected)
    assert found.goals["tea"].value == pytest.approx(
        metrics.f1(truth[:, 1], one[:, 1]) - metrics.f1(truth[:, 1], other[:, 1])
    )
    assert 0 < found.macro_f1.low < found.macro_f1.value < found.macro_f1.high
    back = metrics.difference(("bread", "tea"), truth, other, one, 1).macro_f1
    assert (back.value, back.low, back.high) == pytest.approx(
        (-found.macro_f1.value, -found.macro_f1.high, -found.macro_f1.low)
    )


@settings(max_examples=20)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=20))
def test_a_model_does_not_differ_from_itself(pairs: list[tuple[bool, bool]]) -> None:
    truth, chosen = (np.array(side)[:, None] for side in zip(*pairs, strict=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics, "RESAMPLES", 20)
        found = metrics.difference(("bread",), truth, chosen, chosen, 1)
    assert found.macro_f1 == found.goals["bread"] == metrics.Estimate(0, 0, 0)


def test_all_figures_of_a_goal_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "RESAMPLES", 20)
    rng = np.random.default_rng(3)
    truth = rng.random((100, 1)) < 0.3
    chances = np.clip(truth * 0.4 + rng.random((100, 1)) * 0.6, 0, 1)
    found = metrics.scores(("bread",), truth, chances, chances > 0.5, seed=1).goals["bread"]
    assert tuple(found.first) == metrics.FIRST
    assert found.coverage.value == metrics.coverage(truth[:, 0], chances[:, 0])
    assert found.first[10].value == metrics.precision_of_first(truth[:, 0], chances[:, 0], 10)
    assert found.reliability == metrics.reliability(truth[:, 0], chances[:, 0])
