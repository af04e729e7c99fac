"""The head's files: what was saved comes back, and everything that was not saved is refused in one sentence."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from monitor.errors import ModelError
from monitor.goals import Head, manifest

LABELS = ("bread", "tea")
FILES = ("head.json", "head.safetensors")


def make_head(**changes: Any) -> Head:
    weights = np.random.default_rng(7).normal(size=(2, 16)).astype(np.float32)
    head = Head(
        name="tiny-fake.1",
        encoder="fake/1",
        labels=LABELS,
        weights=weights,
        bias=np.array([0.5, -0.25], np.float32),
        calibration=((2.0, -1.0), (1.5, 0.25)),
        thresholds=(0.5, 0.4),
        training={"data": "0"},
    )
    return dataclasses.replace(head, **changes)


def load(folder: Path, **changes: Any) -> Head:
    return Head.load(folder, **{"labels": LABELS, "encoder": "fake/1", "dimensions": 16, **changes})


def refusal(folder: Path, **changes: Any) -> str:
    with pytest.raises(ModelError) as caught:
        load(folder, **changes)
    message = str(caught.value)
    assert "\n" not in message
    assert str(folder) in message
    return message


def test_probabilities_are_the_calibrated_sigmoid() -> None:
    head = make_head()
    vector = np.full(16, 0.25, np.float32)
    expected = 1 / (1 + np.exp(-(2.0 * (head.weights[0] @ vector + 0.5) - 1.0)))
    assert head.probabilities(vector[None])[0, 0] == pytest.approx(expected, abs=1e-6)
    assert head.probabilities(np.zeros((0, 16), np.float32)).shape == (0, 2)


def test_extreme_scores_stay_probabilities() -> None:
    chances = make_head(calibration=((1e9, 0.0), (-1e9, 0.0))).probabilities(np.eye(16, dtype=np.float32))
    assert ((chances >= 0) & (chances <= 1)).all()


def test_a_saved_head_comes_back(tmp_path: Path) -> None:
    head = make_head()
    head.save(tmp_path)
    again = load(tmp_path)
    for field in dataclasses.fields(Head):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(head, field.name))


def test_saving_is_deterministic_and_leaves_nothing_else(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_head().save(tmp_path / name)
    first, second = ({p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in ("a", "b"))
    assert first == second
    assert sorted(first) == ["head.json", "head.safetensors", "manifest.json"]


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


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("place", [0, 100, -1])
def test_a_flipped_bit(tmp_path: Path, name: str, place: int, flip: Callable[[Path, int], None]) -> None:
    make_head().save(tmp_path)
    flip(tmp_path / name, place)
    assert f"{name} is damaged or was exchanged" in refusal(tmp_path)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kept", [0, 10, -1])
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


def test_a_file_that_the_manifest_does_not_list(tmp_path: Path) -> None:
    manifest.write(tmp_path, {"head.json": b"{}"})
    (tmp_path / "manifest.json").write_text('{"sha256": {}}', "utf-8")
    assert "manifest.json does not list head.json" in refusal(tmp_path)


def test_other_labels_or_another_order(tmp_path: Path) -> None:
    make_head().save(tmp_path)
    for labels in (("tea", "bread"), ("bread",), ("bread", "tea", "jam")):
        assert "head.json: its labels ['bread', 'tea'] are not those of the taxonomy" in refusal(
            tmp_path, labels=labels
        )


def test_another_encoder(tmp_path: Path) -> None:
    make_head().save(tmp_path)
    message = refusal(tmp_path, encoder="fake/2")
    assert "head.json: trained on vectors of fake/1, but the encoder is fake/2" in message


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"weights": np.zeros((2, 15), np.float32)}, "'weights' must be float32 (2, 16)"),
        ({"weights": np.zeros((2, 16), np.float64)}, "but is float64 (2, 16)"),
        ({"bias": np.zeros(3, np.float32)}, "'bias' must be float32 (2,)"),
        ({"bias": np.array([0, np.nan], np.float32)}, "'bias' holds values that are not finite"),
    ],
)
def test_coefficients_of_the_wrong_kind(tmp_path: Path, changes: dict[str, Any], sentence: str) -> None:
    make_head(**changes).save(tmp_path)
    assert f"head.safetensors: {sentence}" in refusal(tmp_path) or sentence in refusal(tmp_path)


def resave(folder: Path, meta: Mapping[str, Any] | None = None, **files: bytes) -> None:
    """Write files with right sums, as a tool with a fault of its own would."""
    head = make_head().files()
    if meta is not None:
        head["head.json"] = json.dumps({**json.loads(head["head.json"]), **meta}).encode()
    manifest.write(folder, {**head, **{name.replace("_", "."): content for name, content in files.items()}})


@pytest.mark.parametrize(
    ("meta", "sentence"),
    [
        ({"format": 2}, "head.json is not a head of format 1"),
        ({"thresholds": {}}, "head.json: name, calibration, thresholds or training are missing or odd"),
        ({"calibration": {"bread": [1], "tea": [1, 0]}}, "are missing or odd"),
        ({"thresholds": {"bread": "x", "tea": 1}}, "are missing or odd"),
    ],
)
def test_a_description_that_is_not_right(tmp_path: Path, meta: dict[str, Any], sentence: str) -> None:
    resave(tmp_path, meta)
    assert sentence in refusal(tmp_path)


def test_files_of_another_format(tmp_path: Path) -> None:
    resave(tmp_path, head_safetensors=b"\x80\x04pickle")
    assert "head.safetensors is not a safetensors file" in refusal(tmp_path)
    resave(tmp_path, head_json=b"{")
    assert "head.json is not JSON" in refusal(tmp_path)
    resave(tmp_path, head_json=b"[]")
    assert "head.json is not a head of format 1" in refusal(tmp_path)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ModelError, match="cannot be written"):
        make_head().save(tmp_path / "file")
