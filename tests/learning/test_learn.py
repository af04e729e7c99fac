"""Learning on a little world: papers about bread, tea, both or neither, among ordinary ones about other things."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ModelError
from monitor.goals import Paper
from monitor.learning import Examples, Label, draw, load_examples, save_background, write_labels
from monitor.learning import learn as module
from monitor.learning.learn import CONCEDED, LEAST, SELECTED, Learned, _cut, learn, look
from monitor.learning.machine import PRECISION
from monitor.learning.metrics import average_precision

THINGS = ("stars", "moss", "trams", "clocks", "rivers", "glass", "owls", "sand", "bells", "maps", "coins", "ropes")
WORDS = {(): "stars", ("bread",): "sourdough", ("tea",): "oolong", ("bread", "tea"): "sourdough and oolong"}
KINDS = [(), ("bread",), (), ("tea",), (), ("bread", "tea")]


def about(words: str, number: int) -> Paper:
    """A paper about `words` that has some other things in it too."""
    one, two, three = (THINGS[number // 12**place % 12] for place in range(3))
    return Paper(f"The {words} of the {one}", f"This is the {two} and the {three} for {words}.")


ORDINARY = {f"x:{n}": about(THINGS[n % 11], n) for n in range(400)}
LABELLED = {f"y:{n}": (about(WORDS[KINDS[n % 6]], 7 * n), Label(f"y:{n}", KINDS[n % 6], 3 - n % 2)) for n in range(120)}


def labelled(folder: Path, encoder: FakeEncoder, labels: Iterable[Label]) -> Examples:
    write_labels(folder / "labels.csv", labels)
    papers = {name: paper for name, (paper, _) in LABELLED.items()} | ORDINARY
    return load_examples(folder, papers=lambda ids: {i: papers[i] for i in ids}, encoder=encoder)


@pytest.fixture
def with_background(model_folder: Path, fake_encoder: FakeEncoder) -> Path:
    save_background(draw(ORDINARY, 400, fake_encoder), model_folder.parent / "background")
    return model_folder


@pytest.fixture
def plain(model_folder: Path, fake_encoder: FakeEncoder) -> Examples:
    """120 labels and no background."""
    return labelled(model_folder, fake_encoder, [label for _, label in LABELLED.values()])


@pytest.fixture
def full(with_background: Path, fake_encoder: FakeEncoder) -> Examples:
    """120 labels and a background."""
    return labelled(with_background, fake_encoder, [label for _, label in LABELLED.values()])


@pytest.fixture
def bare(with_background: Path, fake_encoder: FakeEncoder) -> Examples:
    """No label, and a background."""
    return labelled(with_background, fake_encoder, [])


def chances(learned: Learned, papers: list[Paper], encoder: FakeEncoder) -> Any:
    """Probabilities (n, k) of papers that were not learnt from."""
    from monitor.goals.words import counts

    texts = [paper.text for paper in papers]
    words = learned.vocabulary.rows([counts(text) for text in texts])
    scores = learned.machine.scores(encoder.encode(texts).vectors, words)
    return np.stack([rule.probabilities(scores[:, k]) for k, rule in enumerate(learned.rules)], axis=1)


# --- from labels -----------------------------------------------------------------------------------


def test_labels_alone_are_learnt_from_when_there_are_enough(plain: Examples, fake_encoder: FakeEncoder) -> None:
    fake_encoder.texts.clear()
    learned = learn(plain)
    assert not learned.described
    assert fake_encoder.texts == []
    assert learned.papers == tuple(label.id for label in plain.labels)
    assert (learned.natural, learned.natural_words) == (None, None)
    assert learned.vocabulary.terms == plain.terms
    for k, rule in enumerate(learned.rules):
        selected = rule.probabilities(learned.machine.unseen[:, k]) >= rule.threshold
        assert (selected == plain.targets[:, k]).mean() > 0.95
        assert rule.precise == 0


def test_what_is_learnt_holds_for_other_papers(full: Examples, fake_encoder: FakeEncoder) -> None:
    learned = learn(full)
    found = chances(learned, [about("sourdough", 1000), about("oolong", 1001), about("owls", 1002)], fake_encoder)
    least = np.array([rule.threshold for rule in learned.rules])
    assert (found >= least).tolist() == [[True, False], [False, True], [False, False]]


def test_scores_of_examples_are_those_of_their_vectors_and_words(full: Examples) -> None:
    learned = learn(full)
    part = full.only(np.array([4, 1, 3]))
    expected = learned.machine.scores(part.vectors, learned.vocabulary.weigh(part.counts))
    np.testing.assert_allclose(learned.scores(part), expected)
    elsewhere = dataclasses.replace(part, terms=("none", *part.terms), counts=_shifted(part))
    np.testing.assert_allclose(learned.scores(elsewhere), expected, err_msg="terms are told by name, not by column")


def _shifted(examples: Examples) -> Any:
    from scipy.sparse import csr_array, hstack

    return csr_array(hstack([csr_array((len(examples.labels), 1), dtype=np.float32), examples.counts]))


def test_ordinary_papers_make_the_thresholds_strict(full: Examples) -> None:
    learned = learn(full)
    assert learned.natural is not None
    assert learned.natural.scores.shape == (400, 2)
    for k, rule in enumerate(learned.rules):
        found = rule.probabilities(learned.natural.scores[:, k])
        chosen = found[found >= rule.precise]
        assert not len(chosen) or chosen.mean() >= PRECISION
        assert rule.threshold >= rule.best


def test_an_ordinary_paper_that_was_learnt_from_is_judged_by_a_machine_that_had_not_seen_it(
    with_background: Path, fake_encoder: FakeEncoder
) -> None:
    labels = [*(label for _, label in LABELLED.values()), Label("x:17", ("tea",)), Label("x:3", ())]
    learned = learn(labelled(with_background, fake_encoder, labels))
    assert learned.natural is not None
    places = [sorted(ORDINARY).index(name) for name in ("x:17", "x:3")]
    assert np.array_equal(learned.natural.scores[places], learned.machine.unseen[-2:])


def test_a_goal_with_one_label_too_few_is_not_learnt_from_labels_alone(
    model_folder: Path, fake_encoder: FakeEncoder
) -> None:
    tea = [f"y:{n}" for n in range(120) if n % 6 == 3]
    labels = [
        Label(name, ("tea",) if name in tea[: LEAST - 1] else ("bread",) if n % 2 else ())
        for n, name in enumerate(LABELLED)
    ]
    with pytest.raises(ModelError, match=r"tiny: a goal has fewer than 10 labels, and there is no background"):
        learn(labelled(model_folder, fake_encoder, labels))
    one_more = [Label(tea[LEAST - 1], ("tea",)) if label.id == tea[LEAST - 1] else label for label in labels]
    assert not learn(labelled(model_folder, fake_encoder, one_more)).described


def test_neither_label_nor_background(model_folder: Path, fake_encoder: FakeEncoder) -> None:
    with pytest.raises(ModelError, match="there is no background"):
        learn(load_examples(model_folder, encoder=fake_encoder), fake_encoder)


# --- from the taxonomy -----------------------------------------------------------------------------


def test_without_a_label_the_taxonomy_speaks(bare: Examples, fake_encoder: FakeEncoder) -> None:
    fake_encoder.texts.clear()
    learned = learn(bare, fake_encoder)
    assert learned.described
    assert fake_encoder.texts == [
        "Better Bread. Loaves.",
        "sourdough",
        "Sourdough and its starter",
        "Calm Tea. Leaves.",
        "oolong",
        "Steeping oolong",
    ], "borders are about other goals too"
    assert learned.papers[:4] == ("bread/1", "bread/2", "bread/3", "tea/1")
    assert set(learned.papers[6:]) == set(ORDINARY)


def test_a_text_about_a_goal_is_likelier_than_any_ordinary_one(bare: Examples, fake_encoder: FakeEncoder) -> None:
    learned = learn(bare, fake_encoder)
    others = chances(learned, list(ORDINARY.values()), fake_encoder)
    told = chances(learned, [about("sourdough", 1000), about("oolong", 1001)], fake_encoder)
    assert (told[0, 0], told[1, 1]) > (others[:, 0].max(), others[:, 1].max())
    assert told[0, 0] > max(0.5, told[1, 0])
    assert told[1, 1] > max(0.5, told[0, 1])


def test_a_stated_share_of_ordinary_papers_is_selected(bare: Examples, fake_encoder: FakeEncoder) -> None:
    learned = learn(bare, fake_encoder)
    assert learned.natural is not None
    for k, rule in enumerate(learned.rules):
        found = rule.probabilities(learned.natural.scores[:, k])
        assert rule.threshold == 0.5
        assert (found >= 0.5).mean() == pytest.approx(SELECTED, abs=1 / 400)
        assert np.median(found) == pytest.approx(module.FAR, abs=1e-3)


def test_the_share_is_of_papers_and_not_of_rows(
    bare: Examples, fake_encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row near a rare goal stands for one paper where another stands for many."""
    monkeypatch.setattr(module, "ORDINARY", 200)
    assert bare.background is not None
    weights = np.where(np.arange(400) < 100, 0.01, 1.33)
    background = dataclasses.replace(bare.background, weights=weights)
    learned = learn(dataclasses.replace(bare, background=background), fake_encoder)
    assert learned.natural is not None
    light = {name for name, weight in zip(background.ids, weights, strict=True) if weight < 1}
    assert len(light & set(learned.papers)) < 10, "what may carry a goal is hardly taken for carrying nothing"
    for k, rule in enumerate(learned.rules):
        chosen = rule.probabilities(learned.natural.scores[:, k]) >= rule.threshold
        assert weights[chosen].sum() / weights.sum() == pytest.approx(SELECTED, abs=1.33 / weights.sum())


def test_no_more_ordinary_papers_are_learnt_from_than_said(
    bare: Examples, fake_encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ORDINARY", 50)
    assert len(learn(bare, fake_encoder).papers) == 6 + 50


def test_it_gets_better_when_labels_come(with_background: Path, fake_encoder: FakeEncoder) -> None:
    """What people mean by bread may be moss, which the taxonomy does not say."""
    moss = [f"y:{n}" for n in range(0, 120, 6)]
    papers = {name: about("moss", 7 * n) if name in moss else paper for n, (name, (paper, _)) in _numbered()}
    write_labels(
        with_background / "labels.csv",
        [*(Label(name, ("bread",)) for name in moss[:8]), *(Label(f"y:{n}", ()) for n in range(2, 62, 6))],
    )
    few = load_examples(with_background, papers=lambda ids: {i: papers[i] for i in ids}, encoder=fake_encoder)
    none = few.only(np.array([], np.int64))
    held = [papers[name] for name in moss[10:]] + [papers[f"y:{n}"] for n in range(64, 120, 6)]
    truth = np.arange(len(held)) < 10
    before, after = (
        average_precision(truth, chances(learn(examples, fake_encoder), held, fake_encoder)[:, 0])
        for examples in (none, few)
    )
    assert after > before


def _numbered() -> Iterable[tuple[int, tuple[str, tuple[Paper, Label]]]]:
    return enumerate(LABELLED.items())


def test_labels_come_first_and_are_not_taken_for_ordinary(with_background: Path, fake_encoder: FakeEncoder) -> None:
    learned = learn(labelled(with_background, fake_encoder, [Label("x:5", ("tea",), 2)]), fake_encoder)
    assert learned.described
    assert learned.papers[0] == "x:5"
    assert learned.papers.count("x:5") == 1
    weights = learned.machine.rows.weights
    assert weights[[0, 1, 7]].tolist() == pytest.approx([2 / 3, module.DESCRIBED, module.ORDINARY_WEIGHT])
    assert learned.machine.rows.targets[0].tolist() == [False, True]


def test_a_goal_that_has_its_labels_is_calibrated_while_another_waits(
    with_background: Path, fake_encoder: FakeEncoder
) -> None:
    labels = [Label(f"y:{n}", ("bread",) if n % 6 == 1 else ()) for n in range(120) if n % 6 in (0, 1)]
    learned = learn(labelled(with_background, fake_encoder, labels), fake_encoder)
    bread, tea = learned.rules
    assert learned.described
    assert tea.best == 0.5
    found = bread.probabilities(learned.machine.unseen[:40, 0])
    assert found.sum() == pytest.approx(20, abs=0.5)


def test_labels_that_tell_like_papers_apart_do_not_select_all_others(
    with_background: Path, fake_encoder: FakeEncoder
) -> None:
    """Leave-one-out scores fall with the goal then: each paper is judged by more of the other side than of its own."""
    labels = [Label(f"y:{n}", ("tea",) if n % 2 else ()) for n in range(24)]
    write_labels(with_background / "labels.csv", labels)
    alike = about("oolong", 5)
    examples = load_examples(with_background, papers=lambda ids: dict.fromkeys(ids, alike), encoder=fake_encoder)
    learned = learn(examples, fake_encoder)
    assert learned.described
    assert learned.natural is not None
    tea = learned.rules[1]
    assert (tea.probabilities(learned.natural.scores[:, 1]) >= tea.threshold).mean() <= 2 * SELECTED


def test_the_same_examples_teach_the_same(full: Examples, bare: Examples, fake_encoder: FakeEncoder) -> None:
    for examples in (full, bare):
        one, other = learn(examples, fake_encoder), learn(examples, fake_encoder)
        assert np.array_equal(one.machine.duals, other.machine.duals)
        assert (one.rules, one.papers) == (other.rules, other.papers)
        first, second = look(one), look(other)
        assert np.array_equal(first.weights, second.weights)
        assert np.array_equal(first.cuts, second.cuts)
        assert first.passed == second.passed


# --- the first look --------------------------------------------------------------------------------


class Fixed:
    """A look that was taught before, so that there is no difference between seen and held-out papers."""

    def __init__(self, weights: Any) -> None:
        self.coef_, self.intercept_ = weights.T, np.zeros(weights.shape[1])

    def predict(self, words: Any) -> Any:
        return words @ self.coef_.T


@pytest.mark.parametrize("described", [False, True])
def test_the_cuts_concede_little_of_what_is_selected(
    full: Examples, bare: Examples, fake_encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch, described: bool
) -> None:
    learned = learn(bare if described else full, fake_encoder)
    assert learned.natural is not None
    assert learned.natural_words is not None
    monkeypatch.setattr(module, "_ridge", lambda words, scores: Fixed(learned.machine.words))
    first = look(learned)
    words = [learned.machine.rows.words, learned.natural_words]
    looks = np.concatenate([w @ first.weights.astype(np.float64) + first.bias for w in words])
    scores = np.concatenate([learned.machine.unseen, learned.natural.scores])
    for k, rule in enumerate(learned.rules):
        chosen = rule.probabilities(scores[:, k]) >= rule.threshold
        assert chosen.any()
        lost = looks[chosen, k] < first.cuts[k] - 1e-5
        assert lost.sum() <= CONCEDED * chosen.sum()
    reached = (looks[len(learned.papers) :] >= first.cuts + 1e-5).any(axis=1).mean()
    assert reached <= first.passed + 1e-9
    assert first.passed < 0.5 or described, "most ordinary papers need not be read"


def test_the_look_imitates_the_scores(full: Examples) -> None:
    learned = learn(full)
    assert learned.natural is not None
    first = look(learned)
    looks = learned.natural_words @ first.weights + first.bias
    for k in range(2):
        assert np.corrcoef(looks[:, k], learned.natural.scores[:, k])[0, 1] > 0.5
        told = learned.machine.rows.words @ first.weights[:, k] + first.bias[k]
        assert told[full.targets[:, k]].min() > np.median(told)


def test_without_a_background_nothing_is_given_up(plain: Examples) -> None:
    first = look(learn(plain))
    assert first.cuts.tolist() == [-np.inf] * 2
    assert first.passed == 1
    assert np.isfinite(first.weights).all()


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 9)), min_size=1, max_size=50), st.integers(0, 999))
def test_a_cut_loses_what_may_be_lost_and_no_more(papers: list[tuple[int, int]], many: int) -> None:
    looks = np.array([p[0] for p in papers] + [10] * many, float)
    weights = np.array([p[1] for p in papers] + [1] * many, float)
    cut = _cut(looks, weights)
    assert weights[looks < cut].sum() <= CONCEDED * weights.sum() + 1e-9
    assert weights[looks <= cut].sum() > CONCEDED * weights.sum() - 1e-9


def test_a_cut_for_nothing_gives_nothing_up() -> None:
    assert _cut(np.array([]), np.array([])) == -np.inf
