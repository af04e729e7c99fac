"""The head: its formula, and its files. What was saved comes back; anything else is refused in one sentence."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ModelError
from monitor.goals import Head, manifest
from monitor.goals.arrays import lines, save_arrays
from monitor.goals.head import Arrays, read_meta
from monitor.goals.words import counts

LABELS = ("bread", "tea")
PAPERS = ("p:1", "p:2", "p:3")
TERMS = ("sourdough", "oolong", "sourdough starter", "leaves")
FILES = ("head.json", "head.safetensors", "papers.txt", "terms.txt")
TEXTS = ("Sourdough starter, and the sourdough rises", "Oolong leaves", "Stars", "")
DRAWN = np.random.default_rng(7)


def draw(*shape: int) -> Any:
    return DRAWN.normal(size=shape).astype(np.float32)


ARRAYS = Arrays(
    support=(draw(3, 16) / 4).astype(np.float16),
    duals=draw(3, 2),
    words=draw(4, 2),
    bias=draw(2),
    idf=np.array([1, 2, 3, 4], np.float32),
    look=draw(4, 2),
    look_bias=draw(2),
    cuts=np.array([0.5, -np.inf], np.float32),
)
VECTORS = draw(4, 16) / 4


def make_head(arrays: Mapping[str, Any] | None = None, **changes: Any) -> Head:
    head = Head(
        name="tiny-fake.1",
        encoder="fake",
        labels=LABELS,
        papers=PAPERS,
        terms=TERMS,
        arrays=dataclasses.replace(ARRAYS, **(arrays or {})),
        gamma=1.5,
        calibration=((2.0, -1.0), (1.5, 0.25)),
        thresholds=(0.5, 0.4),
        training={"data": "0"},
    )
    return dataclasses.replace(head, **changes)


def load(folder: Path, **changes: Any) -> Head:
    return Head.load(folder, **{"labels": LABELS, "encoder": "fake", "dimensions": 16, **changes})


def refusal(folder: Path, **changes: Any) -> str:
    with pytest.raises(ModelError) as caught:
        load(folder, **changes)
    message = str(caught.value)
    assert "\n" not in message
    assert str(folder) in message
    return message


def rows(head: Head, *texts: str) -> Any:
    return head.vocabulary.rows(counts(text) for text in texts)


def formula(vector: Any, row: Any, goal: int) -> float:
    """The score as the head's description has it."""
    score = float(ARRAYS.bias[goal])
    for paper, dual in zip(ARRAYS.support.astype(float), ARRAYS.duals[:, goal], strict=True):
        score += float(dual) * math.exp(-1.5 * sum((a - b) ** 2 for a, b in zip(vector, paper, strict=True)))
    return score + sum(float(a) * float(w) for a, w in zip(row, ARRAYS.words[:, goal], strict=True))


# --- scores -----------------------------------------------------------------------------------


def test_scores_are_those_of_the_formula() -> None:
    head = make_head()
    words = rows(head, *TEXTS)
    found = head.scores(VECTORS, words)
    expected = [[formula(v, r, k) for k in range(2)] for v, r in zip(VECTORS, words.toarray(), strict=True)]
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert head.scores(VECTORS[:0], words[:0]).shape == (0, 2)


def test_a_paper_that_was_learnt_from_pulls_with_all_its_weight() -> None:
    head = make_head({"support": 9 * np.eye(3, 16, dtype=np.float16)}, gamma=5.0)
    found = head.scores(9 * np.eye(3, 16, dtype=np.float32), rows(head, "", "", ""))
    np.testing.assert_allclose(found, ARRAYS.duals + ARRAYS.bias, atol=1e-6)


def test_gradients_are_those_of_the_formula() -> None:
    head = make_head()
    found = head.gradients(VECTORS)
    assert (found.shape, found.dtype) == ((4, 2, 16), np.float32)
    nothing, step = np.zeros(len(TERMS)), 1e-5 * np.eye(16)
    for n, vector in enumerate(VECTORS.astype(float)):
        for k in range(2):
            slopes = [(formula(vector + s, nothing, k) - formula(vector - s, nothing, k)) / 2e-5 for s in step]
            np.testing.assert_allclose(found[n, k], slopes, atol=1e-4)


def test_no_vectors_no_gradients() -> None:
    assert make_head().gradients(VECTORS[:0]).shape == (0, 2, 16)


def test_probabilities_are_the_calibrated_sigmoid() -> None:
    scores = np.array([[0.25, -1.0], [3.0, 2.0]])
    expected = [[1 / (1 + math.exp(-(2 * a - 1))), 1 / (1 + math.exp(-(1.5 * b + 0.25)))] for a, b in scores]
    found = make_head().probabilities(scores)
    np.testing.assert_allclose(found, expected, atol=6e-7)
    assert np.array_equal(found, np.round(found, 6))
    assert make_head().probabilities(np.zeros((0, 2))).shape == (0, 2)


@given(st.lists(st.tuples(*[st.floats(-1e300, 1e300)] * 2), min_size=1), st.sampled_from([1.0, -1.0, 1e7]))
def test_extreme_scores_stay_probabilities(scores: list[tuple[float, float]], slope: float) -> None:
    chances = make_head(calibration=((slope, 0.0), (slope, 5.0))).probabilities(np.array(scores))
    assert ((chances >= 0) & (chances <= 1)).all()


# --- words ------------------------------------------------------------------------------------


def test_what_words_add_adds_up_to_their_part_of_the_score() -> None:
    head = make_head()
    for text in TEXTS:
        row = rows(head, text)
        found = head.word_attribution(text, row)
        assert found.contributions.shape == (len(found.spans), 2)
        assert found.contributions.dtype == np.float32
        expected = (row @ ARRAYS.words)[0]
        np.testing.assert_allclose(found.contributions.sum(axis=0), expected, atol=1e-6)


@given(st.lists(st.sampled_from(["Sourdough", "starter", "oolong", "leaves", "of", "stars", "."])).map(" ".join))
def test_what_words_add_adds_up_for_any_text(text: str) -> None:
    head = make_head()
    row = rows(head, text)
    found = head.word_attribution(text, row)
    np.testing.assert_allclose(found.contributions.sum(axis=0), (row @ ARRAYS.words)[0], atol=1e-5)
    spans = [tuple(span) for span in found.spans.tolist()]
    assert spans == sorted(set(spans))
    assert {text[a:b].lower() for a, b in spans} <= {"sourdough", "starter", "oolong", "leaves"}


def test_a_pair_is_halved_between_its_words() -> None:
    head = make_head({"words": np.array([[0, 0], [0, 0], [8, 4], [0, 0]], np.float32)}, terms=TERMS)
    text = "the sourdough and its starter"
    found = head.word_attribution(text, head.vocabulary.rows([{"sourdough starter": 1}]))
    assert [text[a:b] for a, b in found.spans] == ["sourdough", "starter"]
    np.testing.assert_allclose(found.contributions, [[4, 2], [4, 2]], atol=1e-6)


def test_each_place_of_a_word_adds_the_same() -> None:
    head = make_head()
    text = "oolong or oolong"
    found = head.word_attribution(text, rows(head, text))
    assert found.spans.tolist() == [[0, 6], [10, 16]]
    np.testing.assert_allclose(found.contributions, [ARRAYS.words[1] / 2] * 2, atol=1e-6)


def test_a_text_without_known_words_has_nothing_to_show() -> None:
    head = make_head()
    found = head.word_attribution("Stars", rows(head, "Stars"))
    assert (found.spans.shape, found.contributions.shape) == ((0, 2), (0, 2))


def test_the_first_look_is_linear_in_the_words() -> None:
    head = make_head()
    words = rows(head, *TEXTS)
    found = head.first_look(words)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, words.toarray().astype(float) @ ARRAYS.look + ARRAYS.look_bias, atol=1e-6)
    np.testing.assert_allclose(found[2], ARRAYS.look_bias, atol=1e-6)


def test_a_goal_is_possible_from_its_cut_on() -> None:
    looks = np.array([[0.5, -9], [0.49, -9], [-9, 2], [9, 9], [-9, 1.99]])
    head = make_head({"cuts": np.array([0.5, 2], np.float32)})
    assert head.possible(looks).tolist() == [True, False, True, True, False]
    assert head.possible(looks[:0]).tolist() == []


def test_a_goal_without_a_cut_is_always_possible() -> None:
    head = make_head({"cuts": np.array([0.5, -np.inf], np.float32)})
    assert head.possible(np.array([[-1e30, -1e30]])).tolist() == [True]


# --- files ------------------------------------------------------------------------------------


def test_a_saved_head_comes_back(tmp_path: Path) -> None:
    head = make_head()
    head.save(tmp_path)
    again = load(tmp_path)
    for field in dataclasses.fields(Head):
        if field.name != "arrays":
            assert getattr(again, field.name) == getattr(head, field.name)
    for field in dataclasses.fields(Arrays):
        found, expected = getattr(again.arrays, field.name), getattr(head.arrays, field.name)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    words = rows(head, *TEXTS)
    assert np.array_equal(again.scores(VECTORS, words), head.scores(VECTORS, words))


def test_saving_is_deterministic_and_leaves_nothing_else(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_head().save(tmp_path / name)
    load(tmp_path / "a").save(tmp_path / "c")
    first, *others = ({p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in ("a", "b", "c"))
    assert others == [first, first]
    assert sorted(first) == ["head.json", "head.safetensors", "manifest.json", "papers.txt", "terms.txt"]


def test_lists_are_one_line_each(tmp_path: Path) -> None:
    make_head().save(tmp_path)
    assert (tmp_path / "papers.txt").read_text("utf-8") == "p:1\np:2\np:3\n"
    assert (tmp_path / "terms.txt").read_text("utf-8").splitlines() == list(TERMS)


def test_a_head_that_learnt_from_nothing_comes_back(tmp_path: Path) -> None:
    none = {
        name: getattr(ARRAYS, name)[:0] for name in ("support", "duals", "words", "idf", "look")
    }  # a head for nothing but its bias
    make_head(none, papers=(), terms=()).save(tmp_path)
    head = load(tmp_path)
    np.testing.assert_allclose(head.scores(VECTORS, rows(head, *TEXTS)), [ARRAYS.bias] * 4, atol=1e-6)


def test_saving_over_another_head_keeps_the_sums_of_other_files(tmp_path: Path) -> None:
    manifest.write(tmp_path, {"vectors.safetensors": b"v"})
    make_head().save(tmp_path)
    make_head(name="tiny-fake.2").save(tmp_path)
    assert load(tmp_path).name == "tiny-fake.2"
    assert manifest.read(tmp_path, "vectors.safetensors") == b"v"


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_missing_file(tmp_path: Path, name: str) -> None:
    make_head().save(tmp_path)
    (tmp_path / name).unlink()
    assert f"{name} cannot be read: No such file or directory" in refusal(tmp_path)


def test_a_folder_without_a_head(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path} has no head yet: `monitor train {tmp_path.name}` makes one"


def test_a_folder_with_the_manifest_of_other_files_only(tmp_path: Path) -> None:
    manifest.write(tmp_path, {"vectors.safetensors": b"v"})
    assert "manifest.json does not list head.json" in refusal(tmp_path)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("place", [0, 7, -1])
def test_a_flipped_bit(tmp_path: Path, name: str, place: int, flip: Callable[[Path, int], None]) -> None:
    make_head().save(tmp_path)
    flip(tmp_path / name, place)
    assert f"{name} is damaged or was exchanged" in refusal(tmp_path)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kept", [0, 4, -1])
def test_a_file_cut_short(tmp_path: Path, name: str, kept: int) -> None:
    make_head().save(tmp_path)
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[:kept])
    assert f"{name} is damaged or was exchanged" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"sha256": 1}', b'{"sha256": null}', b"{", b"\xff"])
def test_a_manifest_that_is_none(tmp_path: Path, content: bytes) -> None:
    make_head().save(tmp_path)
    (tmp_path / "manifest.json").write_bytes(content)
    assert "manifest.json is not a manifest of a model" in refusal(tmp_path)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_the_manifest_does_not_list(tmp_path: Path, name: str) -> None:
    make_head().save(tmp_path)
    sums = json.loads((tmp_path / "manifest.json").read_bytes())["sha256"]
    del sums[name]
    (tmp_path / "manifest.json").write_text(json.dumps({"sha256": sums}), "utf-8")
    assert f"manifest.json does not list {name}" in refusal(tmp_path)


def test_other_labels_or_another_order(tmp_path: Path) -> None:
    make_head().save(tmp_path)
    for labels in (("tea", "bread"), ("bread",), ("bread", "tea", "jam")):
        assert "head.json: its labels ['bread', 'tea'] are not those of the taxonomy" in refusal(
            tmp_path, labels=labels
        )


def test_another_encoder(tmp_path: Path) -> None:
    make_head().save(tmp_path)
    message = refusal(tmp_path, encoder="other")
    assert "head.json: trained on vectors of fake, but the encoder is other" in message


def test_another_dimension(tmp_path: Path) -> None:
    make_head().save(tmp_path)
    message = refusal(tmp_path, dimensions=15)
    assert "head.safetensors: 'support' must be float16 (3, 15)" in message
    assert message.endswith("but is float16 (3, 16)")


def zeros(*shape: int, kind: Any = np.float32) -> Any:
    return np.zeros(shape, kind)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"support": zeros(3, 15, kind=np.float16)}, "'support' must be float16 (3, 16)"),
        ({"support": zeros(2, 16, kind=np.float16)}, "'support' must be float16 (3, 16)"),
        ({"support": zeros(3, 16)}, "but is float32 (3, 16)"),
        ({"duals": zeros(3, 3)}, "'duals' must be float32 (3, 2)"),
        ({"duals": zeros(2, 2)}, "'duals' must be float32 (3, 2)"),
        ({"duals": zeros(3, 2, kind=np.float64)}, "but is float64 (3, 2)"),
        ({"words": zeros(3, 2)}, "'words' must be float32 (4, 2)"),
        ({"words": zeros(4, 2, kind=np.float16)}, "but is float16 (4, 2)"),
        ({"bias": zeros(3)}, "'bias' must be float32 (2,)"),
        ({"idf": zeros(5)}, "'idf' must be float32 (4,)"),
        ({"look": zeros(2, 4)}, "'look' must be float32 (4, 2)"),
        ({"look_bias": zeros(1, 2)}, "'look_bias' must be float32 (2,)"),
        ({"cuts": zeros(1)}, "'cuts' must be float32 (2,)"),
        ({"cuts": zeros(2, kind=np.int32)}, "but is int32 (2,)"),
    ],
)
def test_arrays_of_the_wrong_kind(tmp_path: Path, changes: dict[str, Any], sentence: str) -> None:
    make_head(changes).save(tmp_path)
    message = refusal(tmp_path)
    assert "head.safetensors: " in message
    assert sentence in message


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Arrays)])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_arrays_that_are_not_finite(tmp_path: Path, name: str, value: float) -> None:
    array = getattr(ARRAYS, name).copy()
    array.flat[-1] = value
    make_head({name: array}).save(tmp_path)
    if name == "cuts" and value == -np.inf:
        assert load(tmp_path).arrays.cuts[-1] == -np.inf
    else:
        assert f"head.safetensors: {name!r} holds values that are not finite" in refusal(tmp_path)


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Arrays)])
def test_an_array_that_is_missing(tmp_path: Path, name: str) -> None:
    tensors = {f.name: getattr(ARRAYS, f.name) for f in dataclasses.fields(Arrays) if f.name != name}
    resave(tmp_path, head_safetensors=save_arrays(tensors))
    message = refusal(tmp_path)
    assert f"head.safetensors: {name!r} must be " in message
    assert message.endswith("but is missing")


def resave(folder: Path, meta: Mapping[str, Any] | None = None, **files: bytes) -> None:
    """Write files with right sums, as a tool with a fault of its own would."""
    head = make_head().files()
    if meta is not None:
        head["head.json"] = json.dumps({**json.loads(head["head.json"]), **meta}).encode()
    manifest.write(folder, {**head, **{name.replace("_", "."): content for name, content in files.items()}})


@pytest.mark.parametrize(
    ("file", "listed", "sentence"),
    [
        ("papers_txt", PAPERS[:2], "'support' must be float16 (2, 16)"),
        ("papers_txt", (*PAPERS, "p:4"), "'support' must be float16 (4, 16)"),
        ("terms_txt", TERMS[:3], "'words' must be float32 (3, 2)"),
        ("terms_txt", (), "'words' must be float32 (0, 2)"),
    ],
)
def test_lists_of_another_length(tmp_path: Path, file: str, listed: tuple[str, ...], sentence: str) -> None:
    resave(tmp_path, **{file: lines(listed)})
    assert f"head.safetensors: {sentence}" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("meta", "sentence"),
    [
        ({"format": 1}, "head.json is not a head of format 2"),
        ({"thresholds": {}}, "head.json: name, gamma, calibration, thresholds or training are missing or odd"),
        ({"calibration": {"bread": [1], "tea": [1, 0]}}, "are missing or odd"),
        ({"calibration": {"bread": [1, 0]}}, "are missing or odd"),
        ({"thresholds": {"bread": "x", "tea": 1}}, "are missing or odd"),
        ({"gamma": None}, "are missing or odd"),
        ({"gamma": "wide"}, "are missing or odd"),
        ({"gamma": math.nan}, "are missing or odd"),
        ({"calibration": {"bread": [1, math.inf], "tea": [1, 0]}}, "are missing or odd"),
        ({"thresholds": {"bread": 0.5, "tea": math.nan}}, "are missing or odd"),
    ],
)
def test_a_description_that_is_not_right(tmp_path: Path, meta: dict[str, Any], sentence: str) -> None:
    resave(tmp_path, meta)
    assert sentence in refusal(tmp_path)


@pytest.mark.parametrize("key", ["name", "gamma", "calibration", "thresholds", "training"])
def test_a_description_with_a_gap(tmp_path: Path, key: str) -> None:
    meta = json.loads(make_head().files()["head.json"])
    del meta[key]
    resave(tmp_path, head_json=json.dumps(meta).encode())
    assert "head.json: name, gamma, calibration, thresholds or training are missing or odd" in refusal(tmp_path)


@pytest.mark.parametrize("key", ["labels", "encoder", "format"])
def test_a_description_of_something_else(tmp_path: Path, key: str) -> None:
    meta = json.loads(make_head().files()["head.json"])
    del meta[key]
    resave(tmp_path, head_json=json.dumps(meta).encode())
    assert "head.json is not a head of format 2" in refusal(tmp_path)


def test_files_of_another_format(tmp_path: Path) -> None:
    resave(tmp_path, head_safetensors=b"\x80\x04pickle")
    assert "head.safetensors is not a safetensors file" in refusal(tmp_path)
    resave(tmp_path, terms_txt=b"\xff\n")
    assert "terms.txt is not UTF-8" in refusal(tmp_path)
    resave(tmp_path, head_json=b"{")
    assert "head.json is not JSON" in refusal(tmp_path)
    resave(tmp_path, head_json=b"[]")
    assert "head.json is not a head of format 2" in refusal(tmp_path)


def test_the_description_can_be_read_by_itself(tmp_path: Path) -> None:
    make_head().save(tmp_path)
    meta = read_meta(tmp_path)
    assert (meta["format"], meta["name"], meta["labels"]) == (2, "tiny-fake.1", ["bread", "tea"])
    assert meta["training"] == {"data": "0"}


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ModelError, match="cannot be written"):
        make_head().save(tmp_path / "file")
