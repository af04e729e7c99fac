from __future__ import annotations

import dataclasses
import math
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from monitor.goals.words import Vocabulary
from monitor.learning import machine as module
from monitor.learning.machine import (
    COST,
    MARGIN,
    PRECISION,
    SURER,
    Machine,
    Natural,
    Rows,
    Rule,
    best_threshold,
    expected_f1,
    fit,
    kernel,
    platt,
    precise_threshold,
    rule,
    sigmoid,
)
from monitor.learning.metrics import average_precision

WORDS = Vocabulary([f"w{n}" for n in range(20)], np.linspace(1, 3, 20, dtype=np.float32))


def made(number: int, seed: int = 5) -> Rows:
    """Rows of which a third carries the first goal, told by vectors, and half the second, told by a word."""
    rng = np.random.default_rng(seed)
    targets = np.stack([np.arange(number) % 3 == 0, np.arange(number) % 2 == 0], axis=1)
    vectors = rng.normal(size=(number, 8)).astype(np.float32)
    vectors[:, 0] += 2 * targets[:, 0]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = [
        {f"w{word}": 1 + word % 2 for word in (*rng.integers(2, 20, 5).tolist(), int(holds))} for holds in targets[:, 1]
    ]
    return Rows(vectors, WORDS.rows(texts), targets, rng.choice([1.0, 2 / 3, 1 / 3], number))


def part(rows: Rows, which: Any) -> Rows:
    return Rows(rows.vectors[which], csr_array(rows.words[which]), rows.targets[which], rows.weights[which])


def exact_scores(machine: Machine, rows: Rows) -> Any:
    """Scores by the formula, in 64 bits."""
    pulls = kernel(rows.vectors, machine.rows.vectors).astype(np.float64)
    alike = (rows.words @ machine.rows.words.T).toarray()
    return (pulls + machine.share * alike + 1) @ machine.duals


def test_scores_without_a_row_are_those_of_a_machine_that_never_had_it() -> None:
    rows = made(24)
    for share, noise in product((0.5, 2.0), (0.1, 0.2)):
        unseen = fit(rows, shares=(share,), noises=(noise,)).unseen
        for row in range(24):
            others = np.delete(np.arange(24), row)
            without = fit(part(rows, others), shares=(share,), noises=(noise,))
            np.testing.assert_allclose(exact_scores(without, part(rows, [row]))[0], unseen[row], atol=1e-6)


def test_the_duals_solve_the_system_with_the_noise_of_each_row() -> None:
    rows = made(60)
    machine = fit(rows)
    noise = (machine.noise / rows.weights)[:, None] * machine.duals
    np.testing.assert_allclose(exact_scores(machine, rows) + noise, np.where(rows.targets, 1, -1), atol=1e-6)


def test_scores_of_new_texts_are_those_of_the_formula() -> None:
    machine, others = fit(made(90)), made(2100, seed=6)
    found = machine.scores(others.vectors, others.words)
    np.testing.assert_allclose(found, exact_scores(machine, others), atol=1e-4)
    assert machine.scores(others.vectors[:0], others.words[:0]).shape == (0, 2)


def test_the_kernel_on_words_comes_to_linear_weights_and_the_constant_to_a_bias() -> None:
    machine, others = fit(made(60)), made(30, seed=7)
    alike = (others.words @ machine.rows.words.T).toarray()
    np.testing.assert_allclose(others.words @ machine.words, machine.share * alike @ machine.duals, atol=1e-5)
    np.testing.assert_allclose(machine.bias, np.ones(60) @ machine.duals, atol=1e-12)


def test_what_is_told_by_vectors_and_what_is_told_by_words_are_learnt() -> None:
    machine, others = fit(made(240)), made(120, seed=8)
    found = machine.scores(others.vectors, others.words)
    for k in range(2):
        assert average_precision(others.targets[:, k], found[:, k]) > 0.7
        assert average_precision(machine.rows.targets[:, k], machine.unseen[:, k]) > 0.7
    assert machine.words[1, 1] == machine.words[:, 1].max()


def test_the_same_rows_give_the_same_machine() -> None:
    one, other = fit(made(120)), fit(made(120))
    assert (one.share, one.noise) == (other.share, other.noise)
    assert np.array_equal(one.duals, other.duals)
    assert np.array_equal(one.unseen, other.unseen)


def test_the_choice_is_the_one_with_the_best_scores_of_unseen_rows() -> None:
    rows = made(90)

    def mean(share: float, noise: float) -> float:
        unseen = fit(rows, shares=(share,), noises=(noise,)).unseen
        return float(np.mean([average_precision(rows.targets[:, k], unseen[:, k]) for k in range(2)]))

    chosen = fit(rows, shares=(0.01, 1.0, 50.0), noises=(0.1, 5.0))
    best = max(mean(share, noise) for share, noise in product((0.01, 1.0, 50.0), (0.1, 5.0)))
    assert mean(chosen.share, chosen.noise) == best
    assert fit(rows).share in module.SHARES
    assert fit(rows).noise in module.NOISES


def test_doubtful_labels_count_less() -> None:
    rows = made(240)
    wrong = rows.targets.copy()
    wrong[:80] = ~wrong[:80]
    trusting = fit(dataclasses.replace(rows, targets=wrong, weights=np.ones(240)))
    doubting = fit(dataclasses.replace(rows, targets=wrong, weights=np.where(np.arange(240) < 80, 0.01, 1.0)))
    others = made(120, seed=9)
    for k in range(2):
        trusted, doubted = (
            average_precision(others.targets[:, k], machine.scores(others.vectors, others.words)[:, k])
            for machine in (trusting, doubting)
        )
        assert doubted > trusted


def test_one_row_and_texts_without_words_are_taken() -> None:
    rows = made(1)
    assert np.isfinite(fit(rows).duals).all()
    empty = dataclasses.replace(rows, words=csr_array((1, 20), dtype=np.float32))
    assert np.isfinite(fit(empty).scores(rows.vectors, rows.words)).all()


def test_nothing_to_choose_from_is_refused() -> None:
    with pytest.raises(ValueError, match="no share or no noise"):
        fit(made(6), shares=())


def test_the_inverse_of_a_matrix_that_has_one_and_of_one_that_is_not_positive() -> None:
    np.testing.assert_allclose(module._inverse(np.array([[2.0, 1.0], [1.0, 2.0]])), np.array([[2, -1], [-1, 2]]) / 3)
    with pytest.raises(ArithmeticError, match="not positive definite"):
        module._inverse(np.array([[1.0, 2.0], [2.0, 1.0]]))


def test_the_kernel_is_one_for_the_same_vector_and_fades() -> None:
    east, north = np.eye(2, dtype=np.float32)
    pulls = kernel(np.stack([east, north]), np.stack([east, -east]))
    np.testing.assert_allclose(pulls, np.exp(-module.GAMMA * np.array([[0, 4], [2, 2]])), rtol=1e-6)


# --- from scores to decisions --------------------------------------------------------------------


def test_calibration_finds_the_sigmoid_that_labels_were_drawn_from() -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(size=20_000)
    slope, intercept = platt(scores, rng.random(20_000) < sigmoid(3 * scores - 1))
    assert (slope, intercept) == (pytest.approx(3, abs=0.15), pytest.approx(-1, abs=0.1))


@pytest.mark.parametrize("scores", [np.linspace(-1.15, 0.85, 40), np.array([-0.128, -0.166, -2.41])])
def test_scores_that_part_the_labels_wholly_are_calibrated_too(scores: Any) -> None:
    slope, intercept = platt(scores, scores > -0.15)
    assert slope > 0
    assert np.isfinite([slope, intercept]).all()


def test_scores_that_fall_with_the_goal_tell_nothing_and_select_nothing() -> None:
    scores, holds = np.linspace(-1, 1, 40), np.arange(40) < 10
    assert platt(scores, holds) == (0, pytest.approx(math.log((10 * 11 / 12 + 30 / 32) / (30 * 31 / 32 + 10 / 12))))
    ordinary = Natural(np.linspace(-3, 1, 1000)[:, None], np.ones(1000))
    found = rule(scores, holds, ordinary, 0, np.ones(40, bool))
    assert not (found.probabilities(ordinary.scores[:, 0]) >= found.threshold).any()


def test_calibrated_probabilities_add_up_to_the_papers_that_carry_the_goal() -> None:
    rows = made(120)
    unseen = fit(rows).unseen[:, 1]
    found = rule(unseen, rows.targets[:, 1], None, 1, np.ones(120, bool))
    chances = found.probabilities(unseen)
    assert chances.sum() == pytest.approx(60, abs=0.1)
    assert found.best == best_threshold(chances)
    assert (found.precise, found.threshold) == (0, found.best)


def test_a_rule_reads_the_column_of_its_goal_and_is_as_strict_as_ordinary_papers_ask() -> None:
    rows = made(120)
    unseen, everyone = fit(rows).unseen[:, 0], np.ones(120, bool)
    low, high = np.full(1000, -0.5), np.linspace(-1, 1.5, 1000)
    natural = Natural(np.stack([high, low], axis=1), np.where(np.arange(1000) < 500, 9.0, 1.0))
    found = rule(unseen, rows.targets[:, 0], natural, 0, everyone)
    asked = precise_threshold(found.probabilities(high), natural.weights, PRECISION + MARGIN)
    assert asked <= found.precise <= precise_threshold(found.probabilities(high), natural.weights, SURER[0])
    other = rule(unseen, rows.targets[:, 0], natural, 1, everyone)
    assert other.precise == other.threshold >= PRECISION + MARGIN, "no ordinary paper is so sure"


@pytest.mark.parametrize(("near", "aim"), [(0, 0.9), (40, 0.88)])
def test_so_much_is_aimed_for_as_costs_next_to_nothing(near: int, aim: float) -> None:
    """Typical papers are far from the thresholds, but for those `near` them; hard ones are near, and do not count."""
    far, between = np.repeat([-3.0, 3.0], [60, 60]), np.linspace(0, 1, near)
    hard = np.linspace(-1, 1, 80)
    scores = np.concatenate([far, between, hard])
    holds = scores + 0.2 * np.sin(40 * scores) > 0.3
    typical = np.arange(len(scores)) < 120 + near
    ordinary = np.linspace(-3, 1, 400)
    natural = Natural(ordinary[:, None], np.ones(400))
    found = rule(scores, holds, natural, 0, typical)
    chances = found.probabilities(ordinary)
    assert found.precise == precise_threshold(chances, natural.weights, aim)


@given(st.integers(0, 10_000))
def test_a_stricter_aim_never_costs_more_than_said(seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=60)
    holds = scores + np.random.default_rng(seed + 1).normal(size=60) > 0
    natural = Natural(np.linspace(-4, 4, 200)[:, None], np.ones(200))
    found = rule(scores, holds, natural, 0, np.ones(60, bool))
    own, ordinary = found.probabilities(scores), found.probabilities(natural.scores[:, 0])
    least = precise_threshold(ordinary, natural.weights, PRECISION + MARGIN)
    assert found.precise >= least
    assert expected_f1(own, found.threshold) >= expected_f1(own, max(found.best, least)) - COST - 1e-12


def test_the_threshold_in_use_is_the_stricter_one() -> None:
    assert Rule(1, 0, 0.4, 0.6).threshold == 0.6
    assert Rule(1, 0, 0.6, 0.4).threshold == 0.6


def test_the_threshold_of_certain_probabilities_parts_them() -> None:
    assert best_threshold(np.array([0.0, 1.0, 0.99, 0.01])) == pytest.approx(0.99)
    assert best_threshold(np.full(5, 0.2)) == pytest.approx(0.2)


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=50))
def test_the_threshold_is_about_half_the_best_expected_f1(chances: list[float]) -> None:
    values = np.array(chances)
    least = best_threshold(values)
    expected = expected_f1(values, least)
    assert least >= expected / 2 - 1e-9, "each chosen paper must raise the expected F1"
    assert all(expected_f1(values, other) <= expected + 1e-9 for other in values)


def test_the_precise_threshold_of_small_cases() -> None:
    chances = np.array([0.2, 0.9, 0.6, 0.8])
    assert precise_threshold(chances, np.ones(4), 0.85) == 0.8
    assert precise_threshold(chances, np.ones(4), 0.9) == 0.9
    assert precise_threshold(chances, np.array([1, 1, 1, 9.0]), 0.85) == 0.9, "0.8 stands for nine papers"
    assert precise_threshold(chances, np.ones(4), 0.95) == 0.95, "not even the likeliest is so sure"
    assert precise_threshold(chances, np.ones(4), 0.1) == 0.2


def mean_from(least: float, chances: Any, weights: Any) -> float:
    chosen = chances >= least
    return float(np.average(chances[chosen], weights=weights[chosen]))


@example([(40, 1), (28, 1), (28, 1)], 0.85)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 5)), min_size=1, max_size=40),
    st.sampled_from([0.3, 0.5, 0.85, 0.99]),
)
def test_what_is_selected_is_as_precise_as_asked_and_one_value_less_is_not(
    papers: list[tuple[int, int]], target: float
) -> None:
    """Probabilities may be equal: who selects one of them selects all."""
    chances, weights = np.array([p[0] / 40 for p in papers]), np.array([float(p[1]) for p in papers])
    least = precise_threshold(chances, weights, target)
    if chances.max() < target:
        assert least == target
        return
    assert mean_from(least, chances, weights) >= target - 1e-9
    lower = chances[chances < least]
    if len(lower):
        assert mean_from(lower.max(), chances, weights) < target + 1e-9


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_the_papers_does_not_matter(chances: list[float], random: Any) -> None:
    assume(abs(max(chances) - 0.85) > 1e-9)
    mixed = random.sample(chances, len(chances))
    one, other = (precise_threshold(np.array(c), np.ones(len(c)), 0.85) for c in (chances, mixed))
    assert one == pytest.approx(other)
    assert best_threshold(np.array(chances)) == best_threshold(np.array(mixed))


def test_sigmoid_does_not_overflow() -> None:
    np.testing.assert_allclose(sigmoid(np.array([-1e6, 0.0, 1e6])), [0, 0.5, 1])


@given(st.floats(-30, 30))
def test_sigmoid_is_what_it_says_and_its_two_sides_add_up(logit: float) -> None:
    assert float(sigmoid(logit)) == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-12)
    assert float(sigmoid(logit) + sigmoid(-logit)) == pytest.approx(1)
