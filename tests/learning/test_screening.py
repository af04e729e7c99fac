"""Screening and corrections, simulated: the figures by hand, the ways on a little world."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ModelError
from monitor.goals import Paper
from monitor.learning import (
    Examples,
    Label,
    after_corrections,
    corrected_table,
    load_examples,
    metrics,
    screening_table,
    simulate,
    write_labels,
)
from monitor.learning.screening import OWN, RANDOM, SVM, Ints, Learner, Saving, Screening, over_seeds, screen
from monitor.learning.timesplit import month

SAID = {(): "stars", ("bread",): "sourdough", ("tea",): "oolong"}
KINDS: list[tuple[str, ...]] = [(), ("bread",), (), (), ("tea",), (), (), ()]


def name(number: int) -> str:
    """Papers of two years, one every few days."""
    return f"arxiv:{24 + number // 200:02}{1 + number % 200 * 12 // 200:02}.{number:05}"


@pytest.fixture
def examples(model_folder: Path, fake_encoder: FakeEncoder) -> Examples:
    """400 papers, an eighth of each goal; one in seventeen is labelled wrongly."""
    found = [Label(name(n), KINDS[(n + (n % 17 == 16)) % 8]) for n in range(400)]
    write_labels(model_folder / "labels.csv", found)
    texts = {
        name(n): Paper(f"Study {n % 7}", f"This is the {SAID[KINDS[n % 8]]} of kind {n % 11}.") for n in range(400)
    }
    return load_examples(model_folder, papers=lambda ids: {i: texts[i] for i in ids}, encoder=fake_encoder)


def by_rank(rank: list[float]) -> Learner:
    return lambda rows, holds: np.array(rank)


def test_reading_goes_on_until_enough_is_found() -> None:
    holds = np.array([False] * 180 + [True] * 20)
    prior: Ints = np.array([199, 0])
    best = screen(holds, prior, by_rank(np.arange(200.0).tolist()))
    assert best[:19].tolist() == list(range(198, 179, -1)), "the likeliest first"
    assert len(best) >= 20, "a tenth of the pool is read in any case"
    worst = screen(holds, prior, by_rank((-np.arange(200.0)).tolist()))
    assert len(worst) == 198
    assert set(worst.tolist()) == set(range(200)) - {199, 0}


@given(st.integers(0, 2**32 - 1))
def test_no_paper_is_read_twice_and_the_learner_knows_only_what_was_read(seed: int) -> None:
    random = np.random.default_rng(seed)
    holds = random.random(120) < 0.2
    holds[:2] = True, False
    seen: list[int] = []

    def learner(rows: Ints, told: np.ndarray) -> np.ndarray:
        assert np.array_equal(told, holds[rows])
        seen.append(len(rows))
        return random.random(120)

    order = screen(holds, np.array([0, 1]), learner)
    assert len(set(order.tolist())) == len(order)
    assert not {0, 1} & set(order.tolist())
    assert holds[order].sum() >= np.ceil(0.95 * (holds.sum() - 1))
    assert seen == sorted(seen)


def test_learning_saves_work_and_chance_none(examples: Examples) -> None:
    found = simulate(examples, seeds=2)
    assert found.carrying == {"bread": 50, "tea": 50}
    assert found.median(OWN) > 0.4
    assert found.median(SVM) > 0.4
    assert abs(found.median(RANDOM)) < 0.2
    assert all(found.possible(goal) >= max(s.saved) for w in found.ways.values() for goal, s in w.items())
    assert simulate(examples, seeds=2) == found, "the same seeds, the same figures"
    assert f"**{found.median(OWN):.3f}**" in screening_table(found)
    assert found.to_json()["median"][OWN] == found.median(OWN)
    assert "[" in screening_table(found)
    once = Screening(10, {"tea": 3}, {OWN: {"tea": Saving((0.5,), (0.25,))}}, 1)
    assert "| tea | 3 |" in screening_table(once)
    assert "| 0.500 | 0.250 |" in screening_table(once), "one seed has no interval"


def test_a_goal_that_hardly_anything_carries_is_refused(examples: Examples) -> None:
    rows = np.flatnonzero(~examples.targets[:, 1])
    with pytest.raises(ModelError, match="too few papers carry 'tea'"):
        simulate(examples.only(rows), seeds=1)


def test_the_mean_over_seeds_has_students_interval() -> None:
    found = over_seeds([0.7, 0.8])
    assert found.value == pytest.approx(0.75)
    assert found.high - found.value == pytest.approx(12.706 * 0.05, abs=1e-3)
    assert over_seeds([0.7]) == metrics.Estimate(0.7, 0.7, 0.7)


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("arxiv:2601.00012", "2026-01"),
        ("arxiv:cs/0703041", "2007-03"),
        ("arxiv:math.GT/9912001", "1999-12"),
        ("arxiv:2613.00012", None),
        ("doi:10.5555/2601.1", None),
    ],
)
def test_the_month_of_an_arxiv_identifier(identifier: str, expected: str | None) -> None:
    assert month(identifier) == expected


def test_corrections_are_of_papers_between_the_old_and_the_measured(
    examples: Examples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "RESAMPLES", 20)
    found = after_corrections(examples, corrections=30)
    assert (found.older, found.corrections, found.measured) == (280, 30, 60)
    assert found.since == ("2025-05", "2025-09")
    assert found.after.macro_f1.value > 0.8
    assert found == after_corrections(examples, corrections=30)
    assert "| bread |" in corrected_table(found)
    with pytest.raises(ModelError, match="too few papers: 200 corrections"):
        after_corrections(examples)
