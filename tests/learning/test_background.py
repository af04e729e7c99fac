from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st

from monitor.encoder import SPACE
from monitor.errors import ModelError
from monitor.goals import Paper, manifest
from monitor.goals.arrays import lines, save_arrays
from monitor.learning import draw, load_background, save_background
from monitor.learning.background import CERTAIN, COMMON, LEAST_TEXTS, Background, _sample

THINGS = ("stars", "moss", "trams", "clocks", "rivers", "glass", "owls")


def ordinary(number: int) -> dict[str, Paper]:
    """Papers that can be read, in English, no two alike."""
    return {
        f"x:{n}": Paper(f"The {THINGS[n % 7]} of the {THINGS[n // 7 % 7]}", f"This is the study of kind number{n}.")
        for n in range(number)
    }


class Looker:
    """A tagger that finds the rare goal in the papers whose title names owls first, and a common one in all."""

    def first_look(self, papers: Sequence[Paper]) -> Any:
        rare = [CERTAIN if paper.title.startswith("The owls of the owls") else 0.0 for paper in papers]
        return np.stack([rare, np.ones(len(papers))], axis=1)


def test_a_draw_takes_as_many_as_asked_with_vectors_and_words(fake_encoder: FakeEncoder) -> None:
    papers = ordinary(60)
    drawn = draw(papers, 25, fake_encoder)
    assert len(drawn.ids) == len(set(drawn.ids)) == 25
    assert drawn.ids == tuple(sorted(drawn.ids))
    assert drawn.encoder == "fake"
    expected = fake_encoder.encode([papers[name].text for name in drawn.ids]).vectors
    np.testing.assert_allclose(drawn.vectors, expected)
    assert drawn.counts.shape == (25, len(drawn.terms))
    assert drawn.weights.tolist() == [1] * 25
    assert "study" in drawn.terms
    assert ((drawn.counts > 0).sum(axis=0) >= LEAST_TEXTS).all()
    assert not any(term.startswith("number") for term in drawn.terms)


def test_there_may_be_fewer_papers_than_asked(fake_encoder: FakeEncoder) -> None:
    assert len(draw(ordinary(5), 100, fake_encoder).ids) == 5


def test_another_order_of_the_papers_gives_the_same_draw(fake_encoder: FakeEncoder) -> None:
    papers = ordinary(60)
    one = draw(papers, 20, fake_encoder)
    other = draw(dict(reversed(papers.items())), 20, fake_encoder)
    assert (one.ids, one.terms) == (other.ids, other.terms)
    assert np.array_equal(one.vectors, other.vectors)
    assert (one.counts != other.counts).nnz == 0


def test_papers_that_cannot_be_read_are_passed_over(fake_encoder: FakeEncoder) -> None:
    unreadable = {"x:empty": Paper(""), "x:digits": Paper("0123 4567 8901"), "x:notice": Paper("Editorial board")}
    drawn = draw({**unreadable, **ordinary(10)}, 100, fake_encoder)
    assert set(drawn.ids) == set(ordinary(10))
    with pytest.raises(ModelError, match="there is no paper to draw a background from"):
        draw(unreadable, 100, fake_encoder)


def test_what_may_carry_a_rare_goal_is_drawn_for_certain_and_weighs_less(fake_encoder: FakeEncoder) -> None:
    papers = ordinary(210)
    rare = {name for name, paper in papers.items() if paper.title.startswith("The owls of the owls")}
    assert 0 < len(rare) < COMMON * 210
    drawn = draw(papers, 40, fake_encoder, tagger=Looker())  # type: ignore[arg-type]
    weights = dict(zip(drawn.ids, drawn.weights.tolist(), strict=True))
    assert rare < weights.keys()
    assert drawn.weights.mean() == pytest.approx(1)
    light, heavy = {weights[name] for name in rare}, {weights[name] for name in weights.keys() - rare}
    assert len(light) == len(heavy) == 1
    assert heavy.pop() == pytest.approx(210 / 40 * light.pop()), "a sum over the rows is one over the papers"


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=60))
def test_a_sample_holds_what_is_certain_and_as_many_as_expected(odds: list[float]) -> None:
    values = np.array(odds)
    rows = _sample(values)
    assert set(np.flatnonzero(values == 1)) <= set(rows.tolist())
    assert abs(len(rows) - values.sum()) < 1 + 1e-6
    assert np.array_equal(rows, np.unique(rows))


# --- files ---------------------------------------------------------------------------------------


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The folder of a model that has a background of its own beside it."""
    save_background(draw(ordinary(40), 30, FakeEncoder()), tmp_path / "background")
    return tmp_path / "tiny"


def test_what_is_saved_is_loaded_with_a_small_error(model: Path) -> None:
    expected = draw(ordinary(40), 30, FakeEncoder())
    found = load_background(model, "fake")
    assert found is not None
    assert (found.ids, found.terms, found.encoder) == (expected.ids, expected.terms, "fake")
    assert (found.counts != expected.counts).nnz == 0
    np.testing.assert_allclose(found.weights, expected.weights, rtol=1e-6)
    most = np.abs(expected.vectors).max(axis=0)
    assert (np.abs(found.vectors - expected.vectors) <= most / 254 * 1.001).all()
    assert found.vectors.dtype == np.float32


@given(
    st.lists(st.lists(st.integers(0, 300), min_size=3, max_size=3), min_size=1, max_size=6),
    st.lists(st.floats(-1, 1, width=32), min_size=4, max_size=4),
)
def test_any_background_comes_back(
    tmp_path_factory: pytest.TempPathFactory, often: list[list[int]], vector: list[float]
) -> None:
    from scipy.sparse import csr_array

    folder, rows = tmp_path_factory.mktemp("any"), len(often)
    vectors = np.array([vector] * rows, np.float32)
    ids, counts = tuple(f"x:{n}" for n in range(rows)), csr_array(np.array(often, np.float32))
    save_background(Background(ids, vectors, ("a", "b", "a b"), counts, np.ones(rows), "s"), folder / "background")
    found = load_background(folder / "model", "s")
    assert found is not None
    assert found.counts.toarray().tolist() == np.minimum(often, 255).tolist()
    np.testing.assert_allclose(found.vectors, vectors, atol=1 / 254 + 1e-6)


def test_vectors_of_another_space_are_none(model: Path) -> None:
    assert load_background(model, "other") is None
    assert load_background(model, SPACE) is None, "the own folder comes before the shipped one"


def test_the_shipped_one_is_there_for_models_without_their_own(tmp_path: Path) -> None:
    found = load_background(tmp_path / "tiny", SPACE)
    assert found is not None
    assert len(found.ids) == len(set(found.ids)) == len(found.vectors) >= 6_000
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=0.02)
    assert found.weights.mean() == pytest.approx(1, abs=1e-3)
    assert load_background(tmp_path / "tiny", "fake") is None


def test_a_flipped_bit_is_found(model: Path, flip: Callable[[Path, int], None]) -> None:
    flip(model.parent / "background" / "papers.safetensors", -3)
    with pytest.raises(ModelError, match=r"papers\.safetensors is damaged"):
        load_background(model, "fake")


def test_a_missing_list_of_terms_is_found(model: Path) -> None:
    (model.parent / "background" / "terms.txt").unlink()
    with pytest.raises(ModelError, match=r"terms\.txt cannot be read"):
        load_background(model, "fake")


PARTS = {
    "vectors": np.zeros((1, 2), np.int8),
    "scales": np.ones(2, np.float32),
    "weights": np.ones(1, np.float32),
    "starts": np.array([0, 1], np.int32),
    "columns": np.zeros(1, np.uint16),
    "counts": np.ones(1, np.uint8),
}


@pytest.mark.parametrize(
    "content",
    [
        save_arrays({}, {"encoder": "fake", "ids": ["x:1"]}),
        save_arrays(PARTS),
        save_arrays(PARTS, {"encoder": "fake"}),
        save_arrays(PARTS, {"encoder": "fake", "ids": 1}),
        save_arrays(PARTS, {"encoder": "fake", "ids": ["x:1", "x:2"]}),
        save_arrays({**PARTS, "scales": np.ones(3, np.float32)}, {"encoder": "fake", "ids": ["x:1"]}),
    ],
    ids=range(6),
)
def test_a_file_that_holds_something_else(tmp_path: Path, content: bytes) -> None:
    manifest.write(tmp_path / "background", {"terms.txt": lines(("a",)), "papers.safetensors": content})
    with pytest.raises(ModelError, match=r"papers\.safetensors does not hold a background"):
        load_background(tmp_path / "tiny", "fake")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "background").write_bytes(b"")
    with pytest.raises(ModelError, match="cannot be written"):
        save_background(draw(ordinary(5), 5, FakeEncoder()), tmp_path / "background")
