from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigError, ModelError
from monitor.goals import Paper, Tagger, load_taxonomy
from monitor.learning import Examples, Label, compare, draw, evaluate, load_examples, metrics, save_background, score
from monitor.learning import write_labels as write
from monitor.learning.baselines import BASELINES, KEYWORDS, VECTORS, WORDS
from monitor.learning.evaluate import FOLDS, folds
from monitor.learning.train import fit_head

SAID = {(): "stars", ("bread",): "sourdough", ("tea",): "oolong", ("bread", "tea"): "sourdough and oolong"}
KINDS = [(), ("bread",), (), ("tea",), (), ("bread", "tea")]
PAPERS = {f"x:{n}": Paper(f"The study {n % 7}", f"This is {SAID[KINDS[n % 6]]} of kind {n % 11}.") for n in range(120)}
LABELS = [Label(f"x:{n}", KINDS[(n + (n % 17 == 16)) % 6], 3 - n % 2, "made") for n in range(120)]
"""One in seventeen is wrong: labels that are parted wholly have no calibration."""


def papers(ids: Collection[str]) -> Mapping[str, Paper]:
    return {name: PAPERS[name] for name in ids if name in PAPERS}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "RESAMPLES", 20)


@pytest.fixture
def load(model_folder: Path, fake_encoder: FakeEncoder) -> Callable[[list[Label]], Examples]:
    def loaded(labels: list[Label]) -> Examples:
        write(model_folder / "labels.csv", labels)
        return load_examples(model_folder, papers=papers, encoder=fake_encoder)

    return loaded


@pytest.fixture
def tagger(load: Callable[[list[Label]], Examples], fake_encoder: FakeEncoder) -> Tagger:
    examples = load(LABELS)
    return Tagger(examples.taxonomy, fit_head(examples, 1), fake_encoder)


def test_the_evaluation_reports_the_model_beside_plain_ways(load: Callable[[list[Label]], Examples]) -> None:
    evaluation = evaluate(load(LABELS))
    assert evaluation.papers == evaluation.model.papers == 120
    assert evaluation.model.macro_f1.value > 0.9
    assert list(evaluation.baselines) == [KEYWORDS, WORDS, VECTORS]
    assert evaluation.hard is None
    assert evaluation.lenient is not None
    assert evaluation.lenient.goals["tea"].recall.value >= evaluation.model.goals["tea"].recall.value
    words = evaluation.lenient.macro_f1.value - evaluation.baselines[WORDS].macro_f1.value
    assert list(evaluation.ahead) == list(evaluation.baselines)
    assert evaluation.ahead[WORDS].macro_f1.value == pytest.approx(words)
    assert (evaluation.encoder, evaluation.folds) == ("fake", FOLDS)
    plain = json.loads(json.dumps(evaluation.to_json()))
    assert plain["model"]["goals"]["tea"]["papers"] == 41
    assert set(plain["model"]["macro_f1"]) == {"value", "low", "high"}
    assert plain["source"] == "0 kept papers, 120 texts read, 0 labels without either"
    assert evaluate(load(LABELS)) == evaluation, "the same labels give the same figures"


def test_labels_that_say_nothing_give_figures_of_chance(load: Callable[[list[Label]], Examples]) -> None:
    """Were anything chosen with the held-out fold in sight, shuffled labels would look learnt."""
    order = np.random.default_rng(2).permutation(120)
    goals = [LABELS[row].goals for row in order]
    examples = load([dataclasses.replace(label, goals=g) for label, g in zip(LABELS, goals, strict=True)])
    evaluation = evaluate(examples)
    share = examples.targets.mean(axis=0)
    for figures in (evaluation.model, evaluation.baselines[WORDS], evaluation.baselines[VECTORS]):
        for goal, part in zip(figures.goals.values(), share, strict=True):
            assert goal.average_precision.value < part + 0.2


def test_proposed_labels_are_told_apart_from_drawn_ones(load: Callable[[list[Label]], Examples]) -> None:
    """The proposed ones have their goals exchanged, so that the figures on them must be bad."""
    other = {(): (), ("bread",): ("tea",), ("tea",): ("bread",), ("bread", "tea"): ()}
    labels = [
        dataclasses.replace(label, goals=other[label.goals], stratum="proposed:border", confidence=1)
        if n % 12 > 8
        else dataclasses.replace(label, confidence=3)
        for n, label in enumerate(LABELS)
    ]
    evaluation = evaluate(load(labels))
    assert evaluation.hard is not None
    assert (evaluation.papers, evaluation.model.papers, evaluation.hard.papers) == (120, 90, 30)
    assert evaluation.model.macro_f1.value > 0.7
    assert evaluation.hard.macro_f1.value < 0.5
    assert list(evaluation.baselines) == [KEYWORDS, WORDS, VECTORS, f"{WORDS} (drawn)", f"{VECTORS} (drawn)"]
    assert {figures.papers for figures in evaluation.baselines.values()} == {90}
    drawn = evaluate(load([label for label in labels if not label.proposed]))
    assert drawn.hard is None
    assert evaluation.baselines[f"{WORDS} (drawn)"].macro_f1.value == pytest.approx(
        drawn.baselines[WORDS].macro_f1.value, abs=0.1
    )


def test_when_all_are_proposed_the_figures_are_of_them(load: Callable[[list[Label]], Examples]) -> None:
    evaluation = evaluate(load([dataclasses.replace(label, stratum="proposed") for label in LABELS]))
    assert (evaluation.model.papers, evaluation.hard) == (120, None)
    assert list(evaluation.baselines) == list(BASELINES)


@pytest.mark.parametrize("background", [False, True])
@pytest.mark.parametrize("number", [0, 3, 24, 36])
def test_too_few_labels_are_refused(
    load: Callable[[list[Label]], Examples],
    model_folder: Path,
    fake_encoder: FakeEncoder,
    number: int,
    background: bool,
) -> None:
    """Of thirty-six, twelve carry each goal: enough to learn from, but not when a fifth is held out."""
    if background:
        save_background(draw(PAPERS, 100, fake_encoder), model_folder.parent / "background")
    with pytest.raises(ModelError, match="labels"):
        evaluate(load(LABELS[:number]))


def test_a_background_is_taken_into_every_fold(
    load: Callable[[list[Label]], Examples], model_folder: Path, fake_encoder: FakeEncoder
) -> None:
    save_background(draw(PAPERS, 100, fake_encoder), model_folder.parent / "background")
    assert evaluate(load(LABELS[:60])).model.macro_f1.value > 0.8


# --- folds -----------------------------------------------------------------------------------------

targets_of = st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=10, max_size=80)


@given(targets_of)
def test_folds_hold_every_row_out_once(rows: list[tuple[bool, bool, bool]]) -> None:
    targets = np.array(rows)
    found, again = list(folds(targets)), list(folds(targets))
    assert len(found) == FOLDS
    assert sorted(np.concatenate([held for _, held in found]).tolist()) == list(range(len(rows)))
    for (seen, held), (seen_again, held_again) in zip(found, again, strict=True):
        assert sorted([*seen, *held]) == list(range(len(rows)))
        assert np.array_equal(seen, seen_again)
        assert np.array_equal(held, held_again)


@given(targets_of)
def test_folds_spread_every_common_combination_evenly(rows: list[tuple[bool, bool, bool]]) -> None:
    number = Counter(rows)
    rare = sum(times for times in number.values() if times < FOLDS)
    taken = rare if rare < FOLDS else 0  # too few for folds of their own: they stand with the commonest
    for _, held in folds(np.array(rows)):
        there = Counter(rows[row] for row in held)
        for kind, times in number.items():
            if times >= FOLDS:
                assert there[kind] >= times // FOLDS - (taken if times == max(number.values()) else 0)


# --- models as they are ----------------------------------------------------------------------------


@pytest.fixture
def others(tmp_path: Path) -> Path:
    """Labels of the same papers under other ids, and of one that has no text."""
    rows = [f"y:{n},{';'.join(label.goals)}" for n, label in enumerate(LABELS[:60])]
    (tmp_path / "others.csv").write_text("\n".join(["id,goals", *rows, "y:missing,tea"]), "utf-8")
    return tmp_path / "others.csv"


def texts(ids: Collection[str]) -> Mapping[str, Paper]:
    return {name: PAPERS["x" + name[1:]] for name in ids if "x" + name[1:] in PAPERS}


def test_a_model_is_scored_as_it_is_on_the_labels_that_have_texts(tagger: Tagger, others: Path) -> None:
    found = score(tagger, others, texts)
    assert (found.papers, found.baselines, found.folds, found.encoder) == (60, {}, 0, "fake/1")
    assert found.model.macro_f1.value > 0.9
    assert found.source == f"tiny-minilm-krr.1 as it is, on {others}; 1 labels without a text"
    with pytest.raises(ModelError, match="no text was found for any of its 61 labels"):
        score(tagger, others, lambda ids: {})


def test_a_text_that_is_refused_counts_as_one_without_goals(tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text("id,goals\ny:1,bread\nz,\nw,tea\n", "utf-8")
    odd = {"y:1": PAPERS["x:1"], "z": Paper("0123 4567"), "w": Paper("")}
    found = score(tagger, tmp_path / "odd.csv", lambda ids: odd)
    assert found.papers == 3
    assert found.model.goals["bread"].f1.value == 1
    assert found.model.goals["tea"].recall.value == 0


def test_the_baselines_are_taught_on_the_examples_of_the_model(
    tagger: Tagger, others: Path, load: Callable[[list[Label]], Examples]
) -> None:
    found = score(tagger, others, texts, load(LABELS))
    assert list(found.baselines) == list(BASELINES)
    assert found.baselines[WORDS].macro_f1.value > 0.9
    assert found.baselines[VECTORS].macro_f1.value > 0.9


def test_a_model_without_labels_has_no_baselines_beside_it(
    tagger: Tagger, others: Path, load: Callable[[list[Label]], Examples]
) -> None:
    assert score(tagger, others, texts, load([])).baselines == {}


def test_labels_of_other_goals_are_refused(tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "jam.csv").write_text("id,goals\ny:1,jam\n", "utf-8")
    with pytest.raises(ConfigError, match="there is no goal 'jam'"):
        score(tagger, tmp_path / "jam.csv", texts)


def test_a_model_does_not_differ_from_itself(tagger: Tagger, others: Path) -> None:
    found = compare(tagger, tagger, others, texts)
    assert (found.papers, found.names) == (60, (tagger.name, tagger.name))
    assert found.scores[0] == found.scores[1] == score(tagger, others, texts).model
    none = metrics.Estimate(0, 0, 0)
    assert found.gain == metrics.Difference({"bread": none, "tea": none}, none)
    assert json.loads(json.dumps(found.to_json()))["gain"]["macro_f1"]["value"] == 0


def test_the_gain_is_of_the_first_over_the_second(
    tagger: Tagger, others: Path, load: Callable[[list[Label]], Examples], fake_encoder: FakeEncoder
) -> None:
    good = fit_head(load(LABELS), 1)
    bad = dataclasses.replace(good, name="tiny-bad.2", thresholds=(1.1, 1.1))
    other = Tagger(load_taxonomy(others.parent / "tiny"), bad, fake_encoder)
    found = compare(tagger, other, others, texts)
    assert found.names == ("tiny-minilm-krr.1", "tiny-bad.2")
    assert found.gain.macro_f1.value == found.scores[0].macro_f1.value - found.scores[1].macro_f1.value > 0
    assert compare(other, tagger, others, texts).gain.macro_f1.value == -found.gain.macro_f1.value


def test_models_of_different_goals_are_not_compared(tagger: Tagger, others: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    text = (tmp_path / "tiny" / "taxonomy.yaml").read_text("utf-8").replace("Leaves.", "Leaves and water.")
    (tmp_path / "other" / "taxonomy.yaml").write_text(text, "utf-8")
    parts: Any = tagger
    other = Tagger(load_taxonomy(tmp_path / "other"), parts._head, tagger.encoder)
    with pytest.raises(ModelError, match=r"have different goals, so they cannot be compared"):
        compare(tagger, other, others, texts)
