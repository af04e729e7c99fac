from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder

from monitor.errors import ConfigError, ModelError
from monitor.goals import Head, Paper, manifest
from monitor.goals.arrays import save_arrays
from monitor.goals.head import Arrays
from monitor.learning import Examples, draw, load_examples, save_background
from monitor.learning.examples import words_file

PAPERS = {
    "a": Paper("Sourdough at night", "It rises."),
    "b": Paper("Oolong at noon", "It steeps."),
    "c": Paper("Sourdough with oolong"),
}


def papers(ids: Collection[str]) -> Mapping[str, Paper]:
    return {name: PAPERS[name] for name in ids if name in PAPERS}


@pytest.fixture
def folder(model_folder: Path) -> Path:
    lines = ("id,goals,confidence,stratum", "a,bread,3,x", "b,tea,2,x", "c,bread;tea,1,x", "d,,3,x")
    (model_folder / "labels.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return model_folder


def head_of(examples: Examples, terms: tuple[str, ...]) -> Head:
    """A head that knows nothing but the papers."""
    return Head(
        name="tiny-none.1",
        encoder=examples.encoder,
        labels=("bread", "tea"),
        papers=tuple(label.id for label in examples.labels),
        terms=terms,
        arrays=Arrays(
            support=examples.vectors.astype(np.float16),
            duals=np.zeros((len(examples.labels), 2), np.float32),
            words=np.zeros((len(terms), 2), np.float32),
            bias=np.zeros(2, np.float32),
            idf=np.ones(len(terms), np.float32),
            look=np.zeros((len(terms), 2), np.float32),
            look_bias=np.zeros(2, np.float32),
            cuts=np.full(2, -np.inf, np.float32),
        ),
        gamma=2.0,
        calibration=((1.0, 0.0),) * 2,
        thresholds=(0.5, 0.5),
    )


def keep(folder: Path, examples: Examples) -> None:
    """What a training leaves in the folder; a head may have more terms than the examples."""
    terms = ("another", *examples.terms)
    manifest.write(folder, {**head_of(examples, terms).files(), **words_file(examples, terms)})


def test_vectors_and_words_are_made_from_texts(folder: Path, fake_encoder: FakeEncoder) -> None:
    examples = load_examples(folder, papers=papers, encoder=fake_encoder)
    assert [label.id for label in examples.labels] == ["a", "b", "c"]
    assert examples.targets.tolist() == [[True, False], [False, True], [True, True]]
    assert examples.weights.tolist() == pytest.approx([1, 2 / 3, 1 / 3])
    assert examples.encoder == "fake"
    assert (examples.encoded, examples.missing) == (3, ("d",))
    assert examples.source == "0 kept papers, 3 texts read, 1 labels without either"
    expected = fake_encoder.encode([PAPERS["a"].text]).vectors[0]
    np.testing.assert_allclose(examples.vectors[0], expected, atol=1e-3)
    assert np.array_equal(examples.vectors, examples.vectors.astype(np.float16)), "exact in 16 bits"
    assert examples.terms == ("oolong", "sourdough")
    assert examples.counts.toarray().tolist() == [[0, 1], [1, 0], [1, 1]]
    assert examples.background is None


def test_kept_papers_need_no_texts(folder: Path, fake_encoder: FakeEncoder) -> None:
    first = load_examples(folder, papers=papers, encoder=fake_encoder)
    keep(folder, first)
    fake_encoder.texts.clear()
    second = load_examples(folder, encoder=fake_encoder)
    assert np.array_equal(first.vectors, second.vectors)
    assert first.terms == second.terms
    assert (first.counts != second.counts).nnz == 0
    assert (second.encoded, second.missing, fake_encoder.texts) == (0, ("d",), [])


def test_only_new_labels_are_read(folder: Path, fake_encoder: FakeEncoder) -> None:
    first = load_examples(folder, papers=lambda ids: papers(["a", "b"]), encoder=fake_encoder)
    keep(folder, first)
    fake_encoder.texts.clear()
    asked: list[str] = []

    def remembered(ids: Collection[str]) -> Mapping[str, Paper]:
        asked.extend(ids)
        return papers(ids)

    second = load_examples(folder, papers=remembered, encoder=fake_encoder)
    assert (asked, fake_encoder.texts) == (["c", "d"], [PAPERS["c"].text])
    assert second.source == "2 kept papers, 1 texts read, 1 labels without either"
    assert [label.id for label in second.labels] == ["a", "b", "c"], "the order is that of the labels"


def test_a_text_that_is_empty_is_none(folder: Path, fake_encoder: FakeEncoder) -> None:
    examples = load_examples(folder, papers=lambda ids: {**papers(ids), "d": Paper(" ")}, encoder=fake_encoder)
    assert examples.missing == ("d",)


def test_what_another_encoder_made_is_not_used(folder: Path, fake_encoder: FakeEncoder) -> None:
    keep(folder, load_examples(folder, papers=papers, encoder=fake_encoder))
    with pytest.raises(ModelError, match=r"labels\.csv: no label has a kept vector or a text"):
        load_examples(folder)


@pytest.mark.parametrize("content", [None, "id,goals\n"])
def test_no_label_is_no_error(model_folder: Path, fake_encoder: FakeEncoder, content: str | None) -> None:
    if content is not None:
        (model_folder / "labels.csv").write_text(content, "utf-8")
    examples = load_examples(model_folder, papers=papers, encoder=fake_encoder)
    assert (examples.labels, examples.terms, examples.missing) == ((), (), ())
    assert (examples.targets.shape, examples.vectors.shape) == ((0, 2), (0, 16))
    assert examples.counts.shape == (0, 0)
    assert examples.source == "0 kept papers, 0 texts read, 0 labels without either"
    assert fake_encoder.texts == []


def test_labels_that_are_wrong_are_refused(folder: Path, fake_encoder: FakeEncoder) -> None:
    (folder / "labels.csv").write_text("id,goals\na,jam\n", "utf-8")
    with pytest.raises(ConfigError, match=r"labels\.csv, line 2: there is no goal 'jam'"):
        load_examples(folder, papers=papers, encoder=fake_encoder)


@pytest.mark.parametrize("name", ["words.safetensors", "head.safetensors", "papers.txt", "terms.txt", "head.json"])
def test_damaged_files_are_refused(
    folder: Path, fake_encoder: FakeEncoder, flip: Callable[[Path, int], None], name: str
) -> None:
    keep(folder, load_examples(folder, papers=papers, encoder=fake_encoder))
    flip(folder / name, -3)
    with pytest.raises(ModelError, match=rf"{name} is damaged"):
        load_examples(folder, encoder=fake_encoder)


STARTS, COLUMNS, COUNTS = np.array([0, 1], np.int32), np.zeros(1, np.uint16), np.ones(1, np.uint8)


@pytest.mark.parametrize(
    "content",
    [
        save_arrays({"other": COUNTS}, {"ids": []}),
        save_arrays({"starts": STARTS, "columns": COLUMNS, "counts": COUNTS}),
        save_arrays({"starts": STARTS, "columns": COLUMNS, "counts": COUNTS}, {"ids": ["a", "b"]}),
        save_arrays({"starts": STARTS, "columns": COLUMNS + 99, "counts": COUNTS}, {"ids": ["a"]}),
        save_arrays({"starts": STARTS, "columns": COLUMNS, "counts": COUNTS[:0]}, {"ids": ["a"]}),
    ],
    ids=range(5),
)
def test_a_file_that_holds_something_else(folder: Path, fake_encoder: FakeEncoder, content: bytes) -> None:
    keep(folder, load_examples(folder, papers=papers, encoder=fake_encoder))
    manifest.write(folder, {"words.safetensors": content})
    with pytest.raises(ModelError, match=r"words\.safetensors does not hold the words of labelled papers"):
        load_examples(folder, encoder=fake_encoder)


def test_words_of_a_paper_without_a_vector_are_not_used(folder: Path, fake_encoder: FakeEncoder) -> None:
    examples = load_examples(folder, papers=papers, encoder=fake_encoder)
    keep(folder, examples)
    fewer = examples.only(np.array([0, 1]))
    manifest.write(folder, head_of(fewer, ("another", *examples.terms)).files())
    found = load_examples(folder, encoder=fake_encoder)
    assert ([label.id for label in found.labels], found.missing) == (["a", "b"], ("c", "d"))


def test_a_model_without_a_head_is_refused_when_words_are_there(folder: Path, fake_encoder: FakeEncoder) -> None:
    keep(folder, load_examples(folder, papers=papers, encoder=fake_encoder))
    (folder / "head.json").unlink()
    with pytest.raises(ModelError, match=r"head\.json cannot be read"):
        load_examples(folder, encoder=fake_encoder)


# --- words -----------------------------------------------------------------------------------------


def test_terms_in_fewer_than_two_seen_rows_weigh_nothing(folder: Path, fake_encoder: FakeEncoder) -> None:
    examples = load_examples(folder, papers=papers, encoder=fake_encoder)
    assert (examples.vocabulary().idf > 0).all()
    some = examples.only(np.array([0, 2])).vocabulary()
    assert some.terms == ("oolong", "sourdough")
    assert some.idf.tolist() == pytest.approx([0, 1])
    assert np.isfinite(some.weigh(examples.counts).toarray()).all()


def test_the_background_tells_how_rare_a_term_is_but_not_that_it_is_of_use(
    folder: Path, fake_encoder: FakeEncoder
) -> None:
    ordinary = {f"x:{n}": Paper(f"The oolong of the house of kind{n}", "This is of the house.") for n in range(20)}
    save_background(draw(ordinary, 20, fake_encoder), folder.parent / "background")
    examples = load_examples(folder, papers=papers, encoder=fake_encoder)
    assert examples.background is not None
    oolong, sourdough = examples.vocabulary().idf.tolist()
    assert oolong == pytest.approx(1 + np.log(24 / 23))
    assert sourdough == pytest.approx(1 + np.log(24 / 3))
    some = examples.only(np.array([0, 2])).vocabulary()
    assert some.idf.tolist()[0] == 0, "twenty ordinary papers do not make up for it"


def test_rows_hold_all_in_the_order_of_the_labels(folder: Path, fake_encoder: FakeEncoder) -> None:
    examples = load_examples(folder, papers=papers, encoder=fake_encoder)
    rows = examples.rows(examples.vocabulary())
    assert np.array_equal(rows.vectors, examples.vectors)
    assert rows.weights.tolist() == examples.weights.tolist()
    np.testing.assert_allclose(np.square(rows.words.toarray()).sum(axis=1), 1, rtol=1e-6)


def test_some_of_the_rows(folder: Path, fake_encoder: FakeEncoder) -> None:
    examples = load_examples(folder, papers=papers, encoder=fake_encoder)
    part = examples.only(np.array([2, 0]))
    assert [label.id for label in part.labels] == ["c", "a"]
    assert np.array_equal(part.vectors, examples.vectors[[2, 0]])
    assert part.counts.toarray().tolist() == [[1, 1], [0, 1]]
    assert examples.only(np.array([], np.int64)).targets.shape == (0, 2)
