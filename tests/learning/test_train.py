"""Training and evaluation on a little world: 90 papers about bread, tea, both or stars."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder

from monitor import shipped
from monitor.errors import ModelError
from monitor.goals import Head, Paper, Tagger, load_taxonomy
from monitor.learning import Label, evaluate, fit, load_examples, metrics, read_labels, score, train, write_labels
from monitor.learning.fit import strata_of
from monitor.learning.train import fit_head

WORDS = {("bread",): "sourdough", ("tea",): "oolong", ("bread", "tea"): "sourdough oolong", (): "stars"}
KINDS = [(), ("bread",), (), ("tea",), (), ("bread", "tea")]


def world(number: int) -> dict[str, tuple[Paper, Label]]:
    made = {}
    for n in range(number):
        goals, name = KINDS[n % len(KINDS)], f"x:{n}"
        text = f"{WORDS[goals]} of kind {n} {WORDS[goals]}"
        made[name] = Paper(f"Study {n % 7}", text), Label(name, goals, 3 - n % 2, "made")
    return made


PAPERS = {name: paper for name, (paper, _) in world(90).items()}


def papers(ids: Collection[str]) -> Mapping[str, Paper]:
    return {name: PAPERS[name] for name in ids if name in PAPERS}


@pytest.fixture
def folder(model_folder: Path) -> Path:
    write_labels(model_folder / "labels.csv", [label for _, label in world(90).values()])
    (model_folder / "about.md").write_text("## Limits\n\nNone of it is real.\n", "utf-8")
    return model_folder


@pytest.fixture(autouse=True)
def quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Less of everything for the little world; the shipped model is measured as it was made."""
    if "shipped" in request.node.name:
        return
    monkeypatch.setattr(metrics, "RESAMPLES", 20)
    monkeypatch.setattr(fit, "STRENGTHS", (1.0, 8.0))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_trained_model_tags(folder: Path, fake_encoder: FakeEncoder) -> None:
    training = train(folder, papers=papers, encoder=fake_encoder)
    assert training.head.name == "tiny-minilm-lr.1"
    assert training.evaluation.model.macro_f1.value > 0.9
    taxonomy = load_taxonomy(folder)
    head = Head.load(folder, labels=taxonomy.slugs, encoder="fake/1", dimensions=16)
    tagger = Tagger(taxonomy, head, fake_encoder)
    taggings = tagger.tag([Paper("Study", "sourdough of kind sourdough"), Paper("Study", "stars of kind stars")])
    assert [[tag.label for tag in t.selected] for t in taggings] == [["bread"], []]


def test_the_card_tells_figures_limits_and_method(folder: Path, fake_encoder: FakeEncoder) -> None:
    training = train(folder, papers=papers, encoder=fake_encoder)
    card = (folder / "card.md").read_text("utf-8")
    assert card.startswith("# tiny-minilm-lr.1\n")
    assert str(training.evaluation.model.macro_f1) in card
    assert "Better Bread (`bread`)" in card
    assert card.endswith("None of it is real.\n")


def test_training_again_changes_not_a_byte_and_needs_no_texts(folder: Path, fake_encoder: FakeEncoder) -> None:
    train(folder, papers=papers, encoder=fake_encoder)
    first = contents(folder)
    train(folder, encoder=fake_encoder)
    second = contents(folder)
    assert {n: c for n, c in first.items() if n != "card.md"} == {n: c for n, c in second.items() if n != "card.md"}


def test_another_label_makes_the_next_version(folder: Path, fake_encoder: FakeEncoder) -> None:
    train(folder, papers=papers, encoder=fake_encoder)
    labels = read_labels(folder / "labels.csv", ("bread", "tea"))
    changed = dataclasses.replace(labels[0], goals=("tea",), who="kim", when="2026-07-01T00:00:00Z")
    write_labels(folder / "labels.csv", [changed, *labels[1:]])
    assert train(folder, encoder=fake_encoder).head.name == "tiny-minilm-lr.2"


def test_a_model_may_be_written_elsewhere(folder: Path, fake_encoder: FakeEncoder, tmp_path: Path) -> None:
    before = contents(folder)
    train(folder, out=tmp_path / "own", papers=papers, encoder=fake_encoder)
    assert contents(folder) == before
    assert sorted(contents(tmp_path / "own")) == [
        "about.md",
        "card.md",
        "head.json",
        "head.safetensors",
        "labels.csv",
        "manifest.json",
        "taxonomy.yaml",
        "vectors.safetensors",
    ]


def test_too_few_labels(folder: Path, fake_encoder: FakeEncoder) -> None:
    write_labels(folder / "labels.csv", [label for _, label in world(18).values()])
    with pytest.raises(ModelError, match=r"goal 'bread': .* at least 10 must"):
        train(folder, papers=papers, encoder=fake_encoder)
    assert not (folder / "head.json").exists()


def test_a_head_without_a_record_of_its_training(folder: Path, fake_encoder: FakeEncoder) -> None:
    training = train(folder, papers=papers, encoder=fake_encoder)
    dataclasses.replace(training.head, training={}).save(folder)
    with pytest.raises(ModelError, match=r"head\.json has no name with a version, or no record of its training"):
        train(folder, encoder=fake_encoder)


def test_a_place_that_cannot_be_written(folder: Path, fake_encoder: FakeEncoder, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ModelError, match="cannot be written"):
        train(folder, out=tmp_path / "file", papers=papers, encoder=fake_encoder)


def test_the_evaluation_reports_model_and_baseline(folder: Path, fake_encoder: FakeEncoder) -> None:
    evaluation = evaluate(load_examples(folder, papers=papers, encoder=fake_encoder), papers=papers)
    assert evaluation.baseline is not None
    assert evaluation.papers == 90
    plain = json.loads(json.dumps(evaluation.to_json()))
    assert plain["model"]["goals"]["tea"]["papers"] == 30
    assert set(plain["model"]["macro_f1"]) == {"value", "low", "high"}
    assert plain["source"] == "0 kept vectors, 90 texts encoded, 0 labels without either"
    table = evaluation.table()
    assert table.count("| bread |") == 2
    assert "TF-IDF" in table


def test_a_model_is_scored_as_it_is_on_other_labels(folder: Path, fake_encoder: FakeEncoder, tmp_path: Path) -> None:
    head = train(folder, papers=papers, encoder=fake_encoder).head
    tagger = Tagger(load_taxonomy(folder), head, fake_encoder)  # type: ignore[arg-type]
    others = {f"y:{n}": paper for n, paper in enumerate(PAPERS.values())}
    file = tmp_path / "others.csv"
    rows = [f"y:{n},{';'.join(label.goals)}" for n, (_, label) in enumerate(world(90).values())]
    file.write_text("\n".join(["id,goals", *rows, "y:missing,tea"]), "utf-8")
    found = score(tagger, file, lambda ids: {i: others[i] for i in ids if i in others})
    assert (found.papers, found.baseline) == (90, None)
    assert found.model.macro_f1.value > 0.9
    assert "1 labels without a text" in found.source
    with pytest.raises(ModelError, match="no text was found for any of its 91 labels"):
        score(tagger, file, lambda ids: {})


def test_without_all_texts_there_is_no_baseline(folder: Path, fake_encoder: FakeEncoder) -> None:
    examples = load_examples(folder, papers=papers, encoder=fake_encoder)
    assert evaluate(examples).baseline is None
    assert evaluate(examples, papers=lambda ids: papers(ids[1:])).baseline is None  # type: ignore[index]


def test_labels_that_say_nothing_give_figures_of_chance(folder: Path, fake_encoder: FakeEncoder) -> None:
    """Were anything chosen with the held-out fold in sight, shuffled labels would look learnt."""
    examples = load_examples(folder, papers=papers, encoder=fake_encoder)
    shuffled = np.random.default_rng(2).permutation(examples.targets)
    evaluation = evaluate(dataclasses.replace(examples, targets=shuffled))
    share = examples.targets.mean(axis=0)
    for goal, part in zip(evaluation.model.goals.values(), share, strict=True):
        assert goal.average_precision.value < part + 0.2


# --- the shipped model ---------------------------------------------------------------------------


def test_the_shipped_vectors_belong_to_the_shipped_labels_and_encoder() -> None:
    examples = load_examples(shipped.path("models/goals"))
    assert examples.source == "2,225 kept vectors, 0 texts encoded, 0 labels without either"
    np.testing.assert_allclose(np.linalg.norm(examples.vectors, axis=1), 1, atol=2e-3)
    assert len(np.unique(strata_of(examples.targets))) > 10


@pytest.mark.slow
def test_the_shipped_head_is_what_its_labels_and_vectors_give() -> None:
    folder = shipped.path("models/goals")
    taxonomy = load_taxonomy(folder)
    examples = load_examples(folder)
    head = Head.load(folder, labels=taxonomy.slugs, encoder=examples.encoder, dimensions=examples.vectors.shape[1])
    again = fit_head(examples, int(head.name.rpartition(".")[2]))
    assert again.name == head.name
    assert again.training["data"] == head.training["data"]
    np.testing.assert_allclose(again.weights, head.weights, atol=1e-3)
    np.testing.assert_allclose(again.thresholds, head.thresholds, atol=1e-3)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_shipped_model_reaches_its_floor() -> None:
    assert evaluate(load_examples(shipped.path("models/goals"))).model.macro_f1.value >= 0.75
