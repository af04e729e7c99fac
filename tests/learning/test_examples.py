from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from safetensors.numpy import save

from monitor.errors import ModelError
from monitor.goals import Paper, manifest
from monitor.learning import load_examples
from monitor.learning.examples import vector_file

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


def test_vectors_are_made_from_texts(folder: Path, fake_encoder: FakeEncoder) -> None:
    examples = load_examples(folder, papers=papers, encoder=fake_encoder)
    assert [label.id for label in examples.labels] == ["a", "b", "c"]
    assert examples.targets.tolist() == [[True, False], [False, True], [True, True]]
    assert examples.weights.tolist() == pytest.approx([1, 2 / 3, 1 / 3])
    assert examples.encoder == "fake/1"
    assert (examples.encoded, examples.missing) == (3, ("d",))
    assert examples.source == "0 kept vectors, 3 texts encoded, 1 labels without either"
    expected = fake_encoder.encode([PAPERS["a"].text]).vectors[0]
    np.testing.assert_allclose(examples.vectors[0], expected, atol=1e-3)


def test_kept_vectors_need_no_texts(folder: Path, fake_encoder: FakeEncoder) -> None:
    first = load_examples(folder, papers=papers, encoder=fake_encoder)
    manifest.write(folder, {"vectors.safetensors": vector_file(first)})
    fake_encoder.texts.clear()
    second = load_examples(folder, encoder=fake_encoder)
    assert np.array_equal(first.vectors, second.vectors)
    assert (second.encoded, second.missing, fake_encoder.texts) == (0, ("d",), [])


def test_only_new_labels_are_encoded(folder: Path, fake_encoder: FakeEncoder) -> None:
    first = load_examples(folder, papers=lambda ids: papers(["a", "b"]), encoder=fake_encoder)
    manifest.write(folder, {"vectors.safetensors": vector_file(first)})
    fake_encoder.texts.clear()
    second = load_examples(folder, papers=papers, encoder=fake_encoder)
    assert fake_encoder.texts == [PAPERS["c"].text]
    assert second.source == "2 kept vectors, 1 texts encoded, 1 labels without either"


def test_vectors_of_another_encoder_are_not_used(folder: Path, fake_encoder: FakeEncoder) -> None:
    first = load_examples(folder, papers=papers, encoder=fake_encoder)
    manifest.write(folder, {"vectors.safetensors": vector_file(first)})
    with pytest.raises(ModelError, match=r"labels\.csv: no label has a kept vector or a text"):
        load_examples(folder)


def test_damaged_vectors_are_refused(
    folder: Path, fake_encoder: FakeEncoder, flip: Callable[[Path, int], None]
) -> None:
    first = load_examples(folder, papers=papers, encoder=fake_encoder)
    manifest.write(folder, {"vectors.safetensors": vector_file(first)})
    flip(folder / "vectors.safetensors", -3)
    with pytest.raises(ModelError, match=r"vectors\.safetensors is damaged"):
        load_examples(folder, encoder=fake_encoder)


@pytest.mark.parametrize(
    "content",
    [
        b"none",
        save({"other": np.zeros((1, 2))}, metadata={"about": '{"encoder": "fake/1", "ids": []}'}),
        save({"vectors": np.zeros((1, 2))}),
        save({"vectors": np.zeros((1, 2))}, metadata={"about": "["}),
        save({"vectors": np.zeros((1, 2))}, metadata={"about": "[]"}),
        save({"vectors": np.zeros((1, 2))}, metadata={"about": '{"encoder": "fake/1", "ids": []}'}),
    ],
)
def test_a_file_that_holds_something_else(folder: Path, fake_encoder: FakeEncoder, content: bytes) -> None:
    manifest.write(folder, {"vectors.safetensors": content})
    with pytest.raises(ModelError, match=r"vectors\.safetensors does not hold vectors of labelled papers"):
        load_examples(folder, encoder=fake_encoder)
