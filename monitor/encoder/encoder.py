"""Text to vectors, and which tokens of a text did how much for a score of its vector."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from monitor.encoder import compiled, reference, weights
from monitor.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Batch = tuple[NDArray[np.int64], NDArray[np.int64]]
    Probe = Callable[[Sequence[int], NDArray[np.float32]], Sequence[NDArray[np.float32] | None]]

Runtime = Literal["openvino", "torch"]
DIMENSIONS = 384
CUT = 128
"""Tokens of a text that are read, the two special ones included. The model was trained on texts cut here
(https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2), and tags do not suffer: see the model card."""
BUDGET = 1024
"""Most tokens in a batch, padding included: its texts times the longest of them."""
SPACE = f"{weights.NAME}/{weights.SUMS[weights.WEIGHTS][:12]}/{CUT}"
"""Weights and token cut: vectors of one space can be compared, whatever made them."""
CHUNK = 256
"""Texts tokenised and put into batches at a time, so that memory does not grow with the number of texts."""
WORDS = 110
"""Words of a text that are tokenised at first: of 1,000 abstracts 999 have more tokens in them than the cut leaves."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """What each token of one text adds to the product of each probe row and the text's vector."""

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
    attributions: tuple[Attribution | None, ...] = ()
    """One for each text when a probe was given, None where the probe had no rows for it; else empty."""


class Network(Protocol):
    """The transformer without tokeniser and pooling."""

    def run(
        self,
        batches: Iterator[Batch],
        take: Callable[[int, NDArray[np.float32], NDArray[np.float32]], None],
    ) -> None:
        """Means (n, d) and hidden states (n, t, d) of each batch go into `take`, with the batch's number."""


class Encoder:
    """all-MiniLM-L6-v2 on the CPU: compiled where OpenVINO is installed, else the reference on torch."""

    dimensions = DIMENSIONS
    space = SPACE
    """What vectors must share to be compared, and what a head is trained for."""

    def __init__(self, folder: Path, *, runtime: Runtime | None = None) -> None:
        """Wrap the model files in `folder`, which `open` has found and checked. By default `runtime` is the first that
        is installed."""
        self.folder = folder
        self._compiled = (runtime or ("openvino" if _has_openvino() else "torch")) == "openvino"
        self._network: Network | None = None
        self._tokenizer: Any = None

    @classmethod
    def open(cls, source: str | Path | None = None, *, runtime: Runtime | None = None) -> Encoder:
        """An encoder with the pinned weights, found as by `weights.find`; nothing heavy is loaded yet.

        Raises ModelError, naming the file, when one is missing or not the pinned one.
        """
        return cls(weights.find(source), runtime=runtime)

    @property
    def identity(self) -> str:
        """Space, runtime and precision: vectors are kept under it."""
        return f"{self.space}/{compiled.kind() if self._compiled else reference.KIND}"

    def encode(
        self,
        texts: Sequence[str],
        *,
        probe: Probe | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Encoded:
        """Vectors of `texts`, and what each token adds to their products with the rows of a probe.

        `probe` is given the places in `texts` and the vectors (n, 384) of a batch, and returns for each of them rows
        (k, 384), the gradients of k scores, say; or None for one that nobody asks about.
        `progress` is called after each batch with the number of texts in it. The same texts in the
        same order give the same bits on the same machine; in other company the last bits of a vector
        may differ, because texts of like length share a batch.
        """
        import numpy as np
        from threadpoolctl import threadpool_limits

        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        attributions: dict[int, Attribution | None] = {}
        under_way: dict[int, list[tuple[int, Any]]] = {}  # by number of the batch: places and tokens of its texts

        def given() -> Iterator[Batch]:
            """Made one after the other, so that reading tokens costs no time while the network works."""
            numbers = count()
            for start in range(0, len(texts), CHUNK):
                tokens = self._tokens(texts[start : start + CHUNK])
                for batch in batches([len(t.ids) for t in tokens], BUDGET):
                    under_way[next(numbers)] = [(start + i, tokens[i]) for i in batch]
                    yield _batch([tokens[i] for i in batch])

        def take(number: int, means: NDArray[np.float32], hidden: NDArray[np.float32]) -> None:
            places, tokens = zip(*under_way.pop(number), strict=True)
            norms = np.linalg.norm(means, axis=1, keepdims=True)
            found = means / norms
            vectors[list(places)] = found
            if probe is not None:
                for row, (place, asked) in enumerate(zip(places, probe(places, found), strict=True)):
                    attributions[place] = (
                        None if asked is None else _attribution(tokens[row], hidden[row], asked / norms[row])
                    )
            if progress is not None:
                progress(len(places))

        if texts:
            # What `take` and the probe multiply is small: BLAS with threads of its own would take the cores from
            # the network, by a seventh of the whole time.
            with threadpool_limits(limits=1, user_api="blas"):
                self._loaded().run(given(), take)
        return Encoded(vectors, tuple(attributions[i] for i in sorted(attributions)))

    def _tokens(self, texts: Sequence[str]) -> list[Any]:
        """One `tokenizers.Encoding` for each text, cut but not padded.

        Most of a text lies behind the cut. So only its first words are looked at, parted by the blanks at which every
        tokeniser of this kind parts words; and the whole text where they come to fewer tokens than that.
        """
        if self._tokenizer is None:
            os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # or a later fork prints a warning
            from tokenizers import Tokenizer

            path = self.folder / weights.TOKENIZER
            try:
                self._tokenizer = Tokenizer.from_file(str(path))
            except Exception as error:  # the library raises bare Exceptions
                raise ModelError(f"{path} cannot be loaded: {error}") from error
            self._tokenizer.enable_truncation(CUT)
            self._tokenizer.no_padding()
        heads = [_head(text) for text in texts]
        tokens = list(self._tokenizer.encode_batch(heads))
        short = [i for i, t in enumerate(tokens) if len(t.ids) < CUT and len(heads[i]) < len(texts[i])]
        for i, whole in zip(short, self._tokenizer.encode_batch([texts[i] for i in short]), strict=True):
            tokens[i] = whole
        return tokens

    def _loaded(self) -> Network:
        if self._network is None:
            path = self.folder / weights.WEIGHTS
            self._network = compiled.Compiled(path) if self._compiled else reference.Reference(self.folder)
        return self._network


def _has_openvino() -> bool:
    return importlib.util.find_spec("openvino") is not None


def _head(text: str) -> str:
    """The first `WORDS` words of `text`."""
    parts = text.split(" ", WORDS)
    return text[: len(text) - len(parts[-1])] if len(parts) > WORDS else text


def _batch(tokens: Sequence[Any]) -> Batch:
    import numpy as np

    shape = (len(tokens), max(len(t.ids) for t in tokens))
    ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for row, t in enumerate(tokens):
        ids[row, : len(t.ids)], mask[row, : len(t.ids)] = t.ids, 1
    return ids, mask


def _attribution(tokens: Any, hidden: NDArray[np.float32], rows: NDArray[np.float32]) -> Attribution:
    import numpy as np

    count = len(tokens.ids)
    return Attribution(np.array(tokens.offsets, np.int32), np.asarray(hidden[:count] @ rows.T / count, np.float32))


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
