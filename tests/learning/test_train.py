"""Training on a little world: 120 papers about bread, tea, both or stars; then the shipped model."""

from __future__ import annotations

import dataclasses
import errno
import json
import sys
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_encoder import FakeEncoder

from monitor import atomic, cli, shipped
from monitor.app import App
from monitor.errors import ModelError
from monitor.goals import Head, Paper, Tagger, load_taxonomy
from monitor.learning import (
    Label,
    draw,
    evaluate,
    load_examples,
    metrics,
    read_labels,
    save_background,
    train,
    write_labels,
)
from monitor.learning.baselines import BASELINES, KEYWORDS
from monitor.learning.learn import learn, look
from monitor.learning.train import fit_head

SAID = {(): "stars", ("bread",): "sourdough", ("tea",): "oolong", ("bread", "tea"): "sourdough and oolong"}
KINDS = [(), ("bread",), (), ("tea",), (), ("bread", "tea")]
LABELS = [Label(f"x:{n}", KINDS[(n + (n % 17 == 16)) % 6], 3 - n % 2, "made") for n in range(120)]
"""One in seventeen is wrong: labels that are parted wholly have no calibration."""
PAPERS = {
    f"x:{n}": Paper(f"The study {n % 7}", f"This is the {SAID[KINDS[n % 6]]} of kind {n % 11}.") for n in range(120)
}
ORDINARY = {f"o:{n}": Paper(f"The owls of study {n % 7}", f"This is the sand of kind {n}.") for n in range(100)}

BREAD, STARS = (
    Paper("The study", "This is the sourdough of a kind."),
    Paper("The study", "This is the stars of a kind."),
)


def papers(ids: Collection[str]) -> Mapping[str, Paper]:
    return {name: PAPERS[name] for name in ids if name in PAPERS}


@pytest.fixture
def folder(model_folder: Path) -> Path:
    write_labels(model_folder / "labels.csv", LABELS)
    (model_folder / "about.md").write_text("## Limits\n\nNone of it is real.\n", "utf-8")
    return model_folder


@pytest.fixture(autouse=True)
def quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer figures for the little world; the shipped model is measured as it was made."""
    if "shipped" not in request.node.name:
        monkeypatch.setattr(metrics, "RESAMPLES", 20)
        monkeypatch.setattr(sys.modules["monitor.learning.evaluate"], "BASELINES", {KEYWORDS: BASELINES[KEYWORDS]})


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def add_background(folder: Path, encoder: FakeEncoder) -> None:
    save_background(draw(ORDINARY, 100, encoder), folder.parent / "background")


def open_tagger(folder: Path, encoder: FakeEncoder) -> Tagger:
    taxonomy = load_taxonomy(folder)
    return Tagger(taxonomy, Head.load(folder, labels=taxonomy.slugs, encoder="fake", dimensions=16), encoder)


def selected(tagger: Tagger, *wanted: Paper) -> list[list[str]]:
    return [[tag.label for tag in tagging.selected] for tagging in tagger.tag(wanted)]


def test_a_trained_model_tags(folder: Path, fake_encoder: FakeEncoder) -> None:
    training = train(folder, papers=papers, encoder=fake_encoder)
    assert training.head.name == "tiny-minilm-krr.1"
    assert training.evaluation is not None
    assert training.evaluation.model.macro_f1.value > 0.9
    assert selected(open_tagger(folder, fake_encoder), BREAD, STARS) == [["bread"], []]


def test_the_head_gives_the_scores_of_the_machine(folder: Path, fake_encoder: FakeEncoder) -> None:
    add_background(folder, fake_encoder)
    examples = load_examples(folder, papers=papers, encoder=fake_encoder)
    learned, head = learn(examples), fit_head(examples, 1)
    words = learned.vocabulary.weigh(examples.counts)
    np.testing.assert_allclose(head.scores(examples.vectors, words), learned.scores(examples), atol=1e-4)
    assert np.array_equal(head.arrays.cuts, look(learned).cuts)
    for k, rule in enumerate(learned.rules):
        assert head.thresholds[k] == pytest.approx(rule.threshold, abs=1e-6)
        assert head.training["best_f1"][head.labels[k]] == pytest.approx(rule.best, abs=1e-6)
    assert (head.training["background"], head.training["carrying"]) == (100, {"bread": 41, "tea": 41})
    assert json.loads(json.dumps(dict(head.training))) == head.training


def test_what_is_loaded_is_what_was_trained(folder: Path, fake_encoder: FakeEncoder) -> None:
    trained = train(folder, papers=papers, encoder=fake_encoder).head
    loaded = Head.load(folder, labels=trained.labels, encoder="fake", dimensions=16)
    for field in dataclasses.fields(trained.arrays):
        expected = getattr(trained.arrays, field.name)
        assert np.array_equal(getattr(loaded.arrays, field.name), expected), field.name
    assert (loaded.papers, loaded.terms, loaded.calibration) == (trained.papers, trained.terms, trained.calibration)
    assert (loaded.thresholds, loaded.training) == (trained.thresholds, trained.training)


def test_the_card_tells_figures_limits_and_method(folder: Path, fake_encoder: FakeEncoder) -> None:
    training = train(folder, papers=papers, encoder=fake_encoder)
    card = (folder / "card.md").read_text("utf-8")
    assert training.evaluation is not None
    assert card.startswith("# tiny-minilm-krr.1\n")
    assert str(training.evaluation.model.macro_f1) in card
    assert "Better Bread (`bread`)" in card
    assert "](calibration.svg)" in card
    assert (folder / "calibration.svg").read_bytes().startswith(b"<svg")
    assert card.endswith("None of it is real.\n")


def test_training_again_changes_not_a_byte_and_needs_no_texts(folder: Path, fake_encoder: FakeEncoder) -> None:
    add_background(folder, fake_encoder)
    train(folder, papers=papers, encoder=fake_encoder)
    first = contents(folder)
    fake_encoder.texts.clear()
    train(folder, encoder=fake_encoder)
    second = contents(folder)
    assert {n: c for n, c in first.items() if n != "card.md"} == {n: c for n, c in second.items() if n != "card.md"}
    assert fake_encoder.texts == []


def test_another_label_makes_the_next_version(folder: Path, fake_encoder: FakeEncoder) -> None:
    train(folder, papers=papers, encoder=fake_encoder)
    labels = read_labels(folder / "labels.csv", ("bread", "tea"))
    changed = dataclasses.replace(labels[0], goals=("tea",), who="kim", when="2026-07-01T00:00:00Z", guide="1")
    write_labels(folder / "labels.csv", [changed, *labels[1:]])
    assert train(folder, encoder=fake_encoder).head.name == "tiny-minilm-krr.2"
    assert train(folder, encoder=fake_encoder).head.name == "tiny-minilm-krr.2"


def test_what_does_not_decide_about_the_head_leaves_its_name(folder: Path, fake_encoder: FakeEncoder) -> None:
    train(folder, papers=papers, encoder=fake_encoder)
    labels = [dataclasses.replace(label, stratum="proposed", who="kim") for label in LABELS]
    write_labels(folder / "labels.csv", labels)
    assert train(folder, encoder=fake_encoder).head.name == "tiny-minilm-krr.1"


@pytest.mark.parametrize("what", ["confidence", "taxonomy", "background"])
def test_whatever_decides_about_the_head_makes_the_next_version(
    folder: Path, fake_encoder: FakeEncoder, what: str
) -> None:
    train(folder, papers=papers, encoder=fake_encoder)
    if what == "confidence":
        write_labels(folder / "labels.csv", [dataclasses.replace(LABELS[0], confidence=1), *LABELS[1:]])
    elif what == "taxonomy":
        path = folder / "taxonomy.yaml"
        path.write_text(path.read_text("utf-8").replace("Leaves.", "Leaves and water."), "utf-8")
    else:
        add_background(folder, fake_encoder)
    assert train(folder, encoder=fake_encoder).head.name == "tiny-minilm-krr.2"


def test_new_labels_are_read_and_the_others_kept(folder: Path, fake_encoder: FakeEncoder) -> None:
    write_labels(folder / "labels.csv", LABELS[:90])
    train(folder, papers=papers, encoder=fake_encoder)
    write_labels(folder / "labels.csv", LABELS[:93])
    fake_encoder.texts.clear()
    training = train(folder, papers=papers, encoder=fake_encoder)
    assert fake_encoder.texts == [PAPERS[f"x:{n}"].text for n in (90, 91, 92)]
    assert training.examples.source == "90 kept papers, 3 texts read, 0 labels without either"


def test_a_model_may_be_written_elsewhere(folder: Path, fake_encoder: FakeEncoder, tmp_path: Path) -> None:
    before = contents(folder)
    train(folder, out=tmp_path / "own", papers=papers, encoder=fake_encoder)
    assert contents(folder) == before
    assert sorted(contents(tmp_path / "own")) == [
        "about.md",
        "calibration.svg",
        "card.md",
        "head.json",
        "head.safetensors",
        "labels.csv",
        "manifest.json",
        "papers.txt",
        "taxonomy.yaml",
        "terms.txt",
        "words.safetensors",
    ]
    assert (tmp_path / "own" / "labels.csv").read_bytes() == before["labels.csv"]
    again = train(tmp_path / "own", encoder=fake_encoder)
    assert again.head.name == "tiny-minilm-krr.1"
    assert again.examples.encoded == 0


def test_the_background_beside_the_new_model_is_used(folder: Path, fake_encoder: FakeEncoder, tmp_path: Path) -> None:
    """`monitor background` puts it into the home, where the first training of a shipped taxonomy goes too."""
    out = tmp_path / "home" / "models" / "tiny"
    save_background(draw(ORDINARY, 100, fake_encoder), out.parent / "background")
    training = train(folder, out=out, papers=papers, encoder=fake_encoder)
    assert training.head.training["background"] == 100


def test_labels_that_suffice_to_learn_but_not_to_measure(folder: Path, fake_encoder: FakeEncoder) -> None:
    """Of thirty-six, twelve carry each goal, and some folds would have to do with nine."""
    write_labels(folder / "labels.csv", LABELS[:36])
    training = train(folder, papers=papers, encoder=fake_encoder)
    assert training.evaluation is None
    assert not training.head.training["described"]
    assert selected(open_tagger(folder, fake_encoder), BREAD, STARS) == [["bread"], []]


def test_too_few_labels_and_no_background(folder: Path, fake_encoder: FakeEncoder) -> None:
    write_labels(folder / "labels.csv", LABELS[:18])
    with pytest.raises(ModelError, match=r"tiny: a goal has fewer than 10 labels, and there is no background"):
        train(folder, papers=papers, encoder=fake_encoder)
    assert not (folder / "head.json").exists()


@pytest.mark.parametrize("number", [0, 18])
def test_a_model_with_few_labels_tags_too(folder: Path, fake_encoder: FakeEncoder, number: int) -> None:
    add_background(folder, fake_encoder)
    write_labels(folder / "labels.csv", LABELS[:number])
    training = train(folder, papers=papers, encoder=fake_encoder)
    assert training.evaluation is None
    assert training.head.training["described"]
    bread, ordinary = selected(open_tagger(folder, fake_encoder), BREAD, ORDINARY["o:5"])
    assert "bread" in bread
    assert ordinary == []
    card = (folder / "card.md").read_text("utf-8")
    assert "Nothing was measured" in card
    assert "How good it is" not in card
    again = contents(folder)
    train(folder, encoder=fake_encoder)
    assert contents(folder)["head.safetensors"] == again["head.safetensors"]
    assert contents(folder)["head.json"] == again["head.json"]


def test_a_model_grows_from_no_label_to_enough_of_them(folder: Path, fake_encoder: FakeEncoder) -> None:
    add_background(folder, fake_encoder)
    described = []
    for version, number in enumerate((0, 12, 120), 1):
        write_labels(folder / "labels.csv", LABELS[:number])
        training = train(folder, papers=papers, encoder=fake_encoder)
        assert training.head.name == f"tiny-minilm-krr.{version}"
        assert len(training.examples.labels) == number
        described.append(training.head.training["described"])
    assert described == [True, True, False]


def test_a_head_without_a_record_of_its_training(folder: Path, fake_encoder: FakeEncoder) -> None:
    training = train(folder, papers=papers, encoder=fake_encoder)
    dataclasses.replace(training.head, training={}).save(folder)
    with pytest.raises(ModelError, match=r"head\.json has no name with a version, or no record of its training"):
        train(folder, encoder=fake_encoder)


def test_a_place_that_cannot_be_written(folder: Path, fake_encoder: FakeEncoder, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ModelError, match="cannot be written"):
        train(folder, out=tmp_path / "file", papers=papers, encoder=fake_encoder)


@pytest.mark.parametrize("name", ["card.md", "head.safetensors", "terms.txt", "manifest.json"])
def test_a_full_disk_leaves_the_old_model(
    folder: Path, fake_encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    train(folder, papers=papers, encoder=fake_encoder)
    write_labels(folder / "labels.csv", [dataclasses.replace(LABELS[0], goals=("tea",)), *LABELS[1:]])
    before, whole = contents(folder), atomic._write_synced

    def full(path: Path, content: bytes) -> None:
        if path.name.startswith(f".{name}."):
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(path, content)

    monkeypatch.setattr(atomic, "_write_synced", full)
    with pytest.raises(ModelError, match=r"cannot be written: .*No space left"):
        train(folder, encoder=fake_encoder)
    after = contents(folder)
    told = {"card.md", "calibration.svg"}
    assert {n: c for n, c in after.items() if n not in told} == {n: c for n, c in before.items() if n not in told}
    assert selected(open_tagger(folder, fake_encoder), BREAD, STARS) == [["bread"], []]


# --- a taxonomy of one's own, with the real encoder and the shipped background ---------------------

OWN = """\
name: foods
goals:
  - slug: bread
    name: Better Bread
    meaning: How bread is made, from the grain to the loaf.
    topics: [sourdough fermentation, gluten and dough rheology, wheat milling and flour]
    borders: [Cake is none.]
    queries: [Lactic acid bacteria in sourdough bread, Effect of kneading on the structure of wheat dough]
  - slug: tea
    name: Calm Tea
    meaning: How tea is grown, made and drunk.
    topics: [tea plants, oolong and green tea, catechins and caffeine in tea]
    borders: []
    queries: [Catechins of green tea leaves, Withering and oxidation of oolong tea]
"""
RECORDS = [
    {
        "id": "f:1",
        "title": "Yeasts and lactic acid bacteria of traditional sourdough",
        "abstract": "We study how the starter changes the flavour and the crumb of wheat bread during fermentation.",
    },
    {
        "id": "f:2",
        "title": "Polyphenols in leaves of tea grown at high altitude",
        "abstract": "We measure catechins and caffeine in green and oolong tea from twelve gardens.",
    },
    {
        "id": "f:3",
        "title": "Spectral gaps of random regular graphs",
        "abstract": "We prove that the second eigenvalue of the adjacency matrix is close to the bound of Alon.",
    },
    {
        "id": "f:4",
        "title": "A survey of quasars at high redshift",
        "abstract": "We present the luminosity function of quasars in the near infrared and discuss reionisation.",
    },
]

Run = Callable[..., str]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a folder of a taxonomy, and no more of a model than that."""
    (tmp_path / "models" / "foods").mkdir(parents=True)
    (tmp_path / "models" / "foods" / "taxonomy.yaml").write_text(OWN, "utf-8")
    (tmp_path / "papers.jsonl").write_text("".join(json.dumps(record) + "\n" for record in RECORDS), "utf-8")
    return tmp_path


@pytest.fixture
def run(home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in `home` that must go well; its stdout."""

    def command(*arguments: str) -> str:
        code = cli.run(list(arguments), App(home, clock=lambda: datetime.now(UTC), env={}))
        out, err = capfd.readouterr()
        assert code == 0, err
        return out

    return command


def classified(run: Run, home: Path) -> list[dict[str, Any]]:
    out = run("classify", "--model", "foods", str(home / "papers.jsonl"))
    return [json.loads(line) for line in out.splitlines()]


def test_three_lines_make_a_model_of_a_taxonomy(run: Run, home: Path) -> None:
    folder = home / "models" / "foods"
    out = run("train", "foods")
    assert "Too few labels to measure anything." in out
    assert f"foods-minilm-krr.1 in {folder}" in out
    answers = classified(run, home)
    # Without labels some ordinary paper in two hundred is selected, here a mathematical one.
    assert [answer["selected"] for answer in answers[:2]] == [["bread"], ["tea"]]
    assert max(answers[2]["goals"].values()) < min(answers[0]["goals"]["bread"], answers[1]["goals"]["tea"])
    assert answers[0]["evidence"]["bread"]
    assert "Nothing was measured" in (folder / "card.md").read_text("utf-8")

    write_labels(folder / "labels.csv", [Label("f:1", ("bread",)), Label("f:2", ("tea",)), Label("f:4", ("bread",))])
    out = run("train", "foods", "--texts", str(home / "papers.jsonl"))
    assert f"foods-minilm-krr.2 in {folder}" in out
    after = classified(run, home)
    assert [answer["selected"] for answer in after[:2]] == [["bread"], ["tea"]]
    assert after[3]["goals"]["bread"] > answers[3]["goals"]["bread"], "a label says more than the taxonomy"


# --- the shipped model ---------------------------------------------------------------------------


def test_the_shipped_papers_belong_to_the_shipped_labels_and_encoder() -> None:
    examples = load_examples(shipped.path("models/goals"))
    assert examples.source == "7,729 kept papers, 0 texts read, 0 labels without either"
    np.testing.assert_allclose(np.linalg.norm(examples.vectors, axis=1), 1, atol=2e-3)
    assert examples.background is not None
    assert np.diff(examples.counts.indptr).min() > 0, "every paper has words"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_shipped_head_is_what_its_labels_and_papers_give() -> None:
    folder = shipped.path("models/goals")
    taxonomy = load_taxonomy(folder)
    examples = load_examples(folder)
    head = Head.load(folder, labels=taxonomy.slugs, encoder=examples.encoder, dimensions=examples.vectors.shape[1])
    again = fit_head(examples, int(head.name.rpartition(".")[2]))
    assert again.name == head.name
    assert again.training["data"] == head.training["data"]
    assert (again.papers, again.terms, again.gamma) == (head.papers, head.terms, head.gamma)
    for name in ("support", "duals", "words", "bias", "idf"):
        np.testing.assert_allclose(getattr(again.arrays, name), getattr(head.arrays, name), atol=1e-3, err_msg=name)
    for name in ("look", "look_bias", "cuts"):
        np.testing.assert_allclose(getattr(again.arrays, name), getattr(head.arrays, name), atol=1e-2, err_msg=name)
    np.testing.assert_allclose(again.calibration, head.calibration, atol=1e-3)
    np.testing.assert_allclose(again.thresholds, head.thresholds, atol=1e-3)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_shipped_model_reaches_its_floor() -> None:
    figures = evaluate(load_examples(shipped.path("models/goals")), beside=False).model
    assert figures.papers == 2245, "the drawn labels; the proposed ones are hard on purpose"
    # The card has the figures; the last bits of another processor may move a paper or two across a threshold.
    assert figures.macro_f1.value >= 0.83
    assert figures.goals["cyber"].f1.value >= 0.95
    for slug, goal in figures.goals.items():
        assert goal.f1.value >= 0.73, slug
        assert goal.calibration_error.value <= 0.05, slug
