"""The head: what turns a text's vector and words into a probability for each goal.

A score is the mean of a Gaussian process, which is kernel ridge regression with the constant function left free
(Rasmussen and Williams, "Gaussian processes for machine learning", 2006, chapter 2), over two views of a text:

    score(x) = Σ_i a_i exp(-γ |v(x) - v_i|²)  +  words(x) · w  +  b

where v is the encoder's vector, v_i those of the papers that were learnt from, and words(x) the text's tf-idf row. Next
to it stands the *first look*: a linear score on the words alone, made to imitate the full score, with a cut for each
goal. A text below every cut cannot reach a threshold, but for the share that the head was trained to concede; the
encoder need not read it.

The files are `head.safetensors` (the arrays), `papers.txt` and `terms.txt` (one line for each v_i and each row of w),
`head.json` (everything else), and their sums in the manifest. There is no pickle in them, and no version of
scikit-learn is needed to use them.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.encoder import Attribution
from monitor.errors import ModelError
from monitor.goals import manifest
from monitor.goals.arrays import lines, read_arrays, read_lines, save_arrays
from monitor.goals.words import Vocabulary, terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

ARRAYS, PAPERS, TERMS, META = "head.safetensors", "papers.txt", "terms.txt", "head.json"
FORMAT = 2


@dataclass(frozen=True, eq=False)
class Arrays:
    """The numbers of a head, for m papers learnt from, k goals, d dimensions and t terms."""

    support: NDArray[np.float16]
    """(m, d) vectors of the papers that were learnt from."""
    duals: NDArray[np.float32]
    """(m, k) a: how much each of them pulls at each goal."""
    words: NDArray[np.float32]
    """(t, k) w"""
    bias: NDArray[np.float32]
    """(k,) b"""
    idf: NDArray[np.float32]
    """(t,) weights of the terms."""
    look: NDArray[np.float32]
    """(t, k) weights of the first look."""
    look_bias: NDArray[np.float32]
    """(k,)"""
    cuts: NDArray[np.float32]
    """(k,) least score of the first look with which a goal is still possible; minus infinity: always."""


@dataclass(frozen=True, eq=False)
class Head:
    """Texts to probabilities, for k goals."""

    name: str
    """Name of the model with its version, such as `goals-minilm-krr.2`: written into every tag."""
    encoder: str
    """Space of the vectors it was trained on."""
    labels: tuple[str, ...]
    papers: tuple[str, ...]
    """Ids of the papers that were learnt from, in the order of their vectors."""
    terms: tuple[str, ...]
    arrays: Arrays
    gamma: float
    """How fast the pull of a paper fades with distance."""
    calibration: tuple[tuple[float, float], ...]
    """Slope and intercept for each goal: probability = sigmoid(slope * score + intercept),
    Platt's scaling (Advances in Large Margin Classifiers, 1999)."""
    thresholds: tuple[float, ...]
    """Least probability at which a goal is selected."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """What it was made from and how, for the record."""

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Makes the rows of words that scores take."""
        return Vocabulary(self.terms, self.arrays.idf)

    def scores(self, vectors: NDArray[np.float32], words: csr_array) -> NDArray[np.float64]:
        """Vectors (n, d) and words (n, t) of n texts to scores (n, k)."""
        import numpy as np

        linear = words @ self._words + self.arrays.bias
        return np.asarray(self._pulls(vectors) @ self.arrays.duals + linear, np.float64)

    def first_look(self, words: csr_array) -> NDArray[np.float64]:
        """Words (n, t) of n texts to what the scores (n, k) are likely to be."""
        import numpy as np

        return np.asarray(words @ self.arrays.look.astype(np.float64) + self.arrays.look_bias)

    def possible(self, looks: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(n,) whether any goal is possible after a first look (n, k)."""
        import numpy as np

        return np.asarray((looks >= self.arrays.cuts).any(axis=1))

    def probabilities(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, k) to (n, k), to six places, so that what is stored is what was compared with the threshold."""
        import numpy as np

        slope, intercept = np.array(self.calibration, np.float64).T
        logits = np.clip(slope * scores + intercept, -700, 700)
        return np.asarray(np.round(1 / (1 + np.exp(-logits)), 6))

    def gradients(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) to (n, k, d): how each score rises with the vector, for evidence."""
        import numpy as np

        papers, goals = self.arrays.duals.shape
        slopes = np.float32(2 * self.gamma) * self.arrays.duals.T
        weighed = (self._pulls(vectors)[:, None, :] * slopes).reshape(-1, papers)  # one product reads the papers once
        towards = (weighed @ self._support).reshape(len(vectors), goals, vectors.shape[1])
        return np.asarray(towards - weighed.sum(axis=1).reshape(-1, goals, 1) * vectors[:, None, :], np.float32)

    def word_attribution(self, text: str, words: csr_array) -> Attribution:
        """What each word of `text`, whose row `words` (1, t) is, adds to each score by itself and in pairs; a pair's
        share is halved between its words. The spans are in the order of the text; together they add up to words · w."""
        import numpy as np

        values = dict(zip(words.indices.tolist(), words.data.tolist(), strict=True))
        places = list(terms(text))
        times = Counter(place.term for place in places)
        sums: dict[tuple[int, int], NDArray[np.float32]] = {}
        for term, first, last in places:
            column = self.vocabulary.column(term)
            if column in values:
                share = values[column] / times[term] / 2 * self.arrays.words[column]
                for span in (first, last):
                    sums[span] = sums.get(span, 0) + share
        spans = sorted(sums)
        shares = np.array([sums[span] for span in spans], np.float32).reshape(len(spans), len(self.labels))
        return Attribution(np.array(spans, np.int32).reshape(len(spans), 2), shares)

    @cached_property
    def _support(self) -> NDArray[np.float32]:
        import numpy as np

        return self.arrays.support.astype(np.float32)

    @cached_property
    def _words(self) -> NDArray[np.float64]:
        import numpy as np

        return self.arrays.words.astype(np.float64)

    @cached_property
    def _squares(self) -> NDArray[np.float32]:
        import numpy as np

        return np.asarray(np.square(self._support).sum(axis=1))

    def _pulls(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) to (n, m): the kernel with every paper learnt from."""
        import numpy as np

        squares = np.square(vectors).sum(axis=1, keepdims=True) + self._squares - 2 * (vectors @ self._support.T)
        return np.asarray(np.exp(-self.gamma * np.maximum(squares, 0)), np.float32)

    def files(self) -> dict[str, bytes]:
        """Name and content of the files that hold this head."""
        meta = {
            "format": FORMAT,
            "name": self.name,
            "encoder": self.encoder,
            "labels": list(self.labels),
            "gamma": self.gamma,
            "calibration": dict(zip(self.labels, self.calibration, strict=True)),
            "thresholds": dict(zip(self.labels, self.thresholds, strict=True)),
            "training": dict(self.training),
        }
        return {
            ARRAYS: save_arrays({f.name: getattr(self.arrays, f.name) for f in fields(Arrays)}),
            PAPERS: lines(self.papers),
            TERMS: lines(self.terms),
            META: (json.dumps(meta, indent=2, ensure_ascii=False) + "\n").encode(),
        }

    def save(self, folder: Path) -> None:
        """Write the head into `folder`, replacing another one; raises ModelError."""
        manifest.write(folder, self.files())

    @classmethod
    def load(cls, folder: Path, *, labels: Sequence[str], encoder: str, dimensions: int) -> Head:
        """The head in `folder`, for exactly these labels in this order and vectors of this space.

        Raises ModelError, one sentence with the file's name, when a file is missing, damaged or cut
        short, or when the head was made for other labels, another encoder or another dimension.
        """
        path = folder / META
        if not path.exists() and not (folder / manifest.FILE).exists():
            raise ModelError(f"{folder} has no head yet: `monitor train {folder.name}` makes one")
        meta, tensors = read_meta(folder), read_arrays(folder, ARRAYS)[0]
        papers, listed = (read_lines(folder, name) for name in (PAPERS, TERMS))
        if meta["labels"] != list(labels):
            raise ModelError(f"{path}: its labels {meta['labels']} are not those of the taxonomy, {list(labels)}")
        if meta["encoder"] != encoder:
            raise ModelError(f"{path}: trained on vectors of {meta['encoder']}, but the encoder is {encoder}")
        _check_shapes(folder / ARRAYS, tensors, len(labels), dimensions, (len(papers), len(listed)))
        try:
            return cls(
                name=str(meta["name"]),
                encoder=encoder,
                labels=tuple(labels),
                papers=papers,
                terms=listed,
                arrays=Arrays(**{f.name: tensors[f.name] for f in fields(Arrays)}),
                gamma=_finite(meta["gamma"]),
                calibration=tuple((_finite(a), _finite(b)) for a, b in (meta["calibration"][s] for s in labels)),
                thresholds=tuple(_finite(meta["thresholds"][s]) for s in labels),
                training=meta["training"],
            )
        except (LookupError, TypeError, ValueError) as error:
            raise ModelError(f"{path}: name, gamma, calibration, thresholds or training are missing or odd") from error


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value} is not finite")
    return number


def read_meta(folder: Path) -> dict[str, Any]:
    """What head.json says; raises ModelError."""
    path = folder / META
    try:
        meta = json.loads(manifest.read(folder, META))
    except ValueError as error:
        raise ModelError(f"{path} is not JSON: {error}") from error
    if not isinstance(meta, dict) or meta.get("format") != FORMAT or not {"labels", "encoder"} <= meta.keys():
        raise ModelError(f"{path} is not a head of format {FORMAT}")
    return meta


def _check_shapes(
    path: Path, tensors: Mapping[str, NDArray[Any]], labels: int, dimensions: int, listed: tuple[int, int]
) -> None:
    import numpy as np

    papers, terms = listed
    shapes = {
        "support": (papers, dimensions),
        "duals": (papers, labels),
        "words": (terms, labels),
        "bias": (labels,),
        "idf": (terms,),
        "look": (terms, labels),
        "look_bias": (labels,),
        "cuts": (labels,),
    }
    for name, shape in shapes.items():
        found, kind = tensors.get(name), np.float16 if name == "support" else np.float32
        if found is None or found.dtype != kind or found.shape != shape:
            what = "missing" if found is None else f"{found.dtype} {found.shape}"
            needed = f"{np.dtype(kind)} {shape}"
            raise ModelError(f"{path}: {name!r} must be {needed} for this taxonomy and encoder, but is {what}")
        if not (np.isfinite(found) | (found == -np.inf if name == "cuts" else False)).all():
            raise ModelError(f"{path}: {name!r} holds values that are not finite")
