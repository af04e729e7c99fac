"""The background: ordinary papers, as vectors and words, that nobody labelled.

Thresholds are set so that what is selected from ordinary papers is right, the first look is taught on them, and a
taxonomy without labels takes them for papers that carry nothing. They are a random sample in which a paper is the
likelier to be drawn the more a first look says that it may carry a rare goal; each row's weight tells how many papers
it stands for, so that sums over rows estimate sums over the literature without bias (Horvitz and Thompson, JASA 1952).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from monitor import shipped
from monitor.encoder import Encoder
from monitor.errors import ModelError
from monitor.goals import Paper, Tagger, manifest
from monitor.goals.arrays import lines, read_arrays, read_lines, save_arrays
from monitor.goals.papers import refusal
from monitor.goals.words import Vocabulary, counts

FILE, TERMS = "papers.safetensors", "terms.txt"
FOLDER = "background"
SEED = 20261126
LEAST_TEXTS = 4
"""A term in fewer of the papers is not kept."""
CERTAIN = 0.2
"""Probability of a rare goal after the first look from which on every paper is drawn; below, by its square."""
COMMON = 0.02
"""A goal that more of the papers may carry is not rare: a plain sample holds enough of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """b ordinary papers."""

    ids: tuple[str, ...]
    vectors: NDArray[np.float32]
    """(b, d)"""
    terms: tuple[str, ...]
    counts: csr_array
    """(b, t) how often each term is in each paper."""
    weights: NDArray[np.float64]
    """(b,) how many papers each stands for, scaled to a mean of 1."""
    encoder: str
    """Space of the vectors."""


def load_background(model: Path, space: str, *, out: Path | None = None) -> Background | None:
    """The background beside the folder of `model`, else the shipped one; None when its vectors are of another space.

    Raises ModelError for a damaged one.
    """
    own = [place.parent / FOLDER for place in (out, model) if place is not None]
    folder = next((f for f in own if (f / FILE).exists()), None) or shipped.path(f"models/{FOLDER}")
    (tensors, about), terms = read_arrays(folder, FILE), read_lines(folder, TERMS)
    try:
        if about["encoder"] != space:
            return None
        parts = tensors["counts"].astype(np.float32), tensors["columns"].astype(np.int32), tensors["starts"]
        if len(columns := tensors["columns"]) and columns.max() >= len(terms):
            raise ValueError("it has columns without a term")
        return Background(
            ids=tuple(about["ids"]),
            vectors=tensors["vectors"].astype(np.float32) * tensors["scales"],
            terms=terms,
            counts=csr_array(parts, shape=(len(about["ids"]), len(terms))),
            weights=tensors["weights"].astype(np.float64),
            encoder=space,
        )
    except (LookupError, TypeError, ValueError) as error:
        raise ModelError(f"{folder / FILE} does not hold a background: {error}") from error


def draw(papers: Mapping[str, Paper], size: int, encoder: Encoder, *, tagger: Tagger | None = None) -> Background:
    """A background of about `size` of `papers` and, with a `tagger`, more of those that may carry a rare goal.

    The same papers, in any order, give the same draw. A paper that cannot be read is passed over.
    """
    ids = sorted(name for name, paper in papers.items() if refusal(paper) is None)
    if not ids:
        raise ModelError("there is no paper to draw a background from")
    rare = _rare(ids, papers, tagger) if tagger else np.zeros(len(ids))
    odds = np.minimum(1, size / len(ids) + (rare / CERTAIN) ** 2)
    rows = _sample(odds)
    weights = 1 / odds[rows]
    texts = [papers[ids[row]].text for row in rows]
    found = [counts(text) for text in texts]
    seen = Counter(term for text in found for term in text)
    terms = tuple(sorted(term for term, number in seen.items() if number >= LEAST_TEXTS))
    vocabulary = Vocabulary(terms, np.ones(len(terms), np.float32))
    return Background(
        ids=tuple(ids[row] for row in rows),
        vectors=encoder.encode(texts).vectors,
        terms=terms,
        counts=vocabulary.counts(found),
        weights=weights / weights.mean(),
        encoder=encoder.space,
    )


def _sample(odds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows drawn with these probabilities, their sum of them to within one: systematic sampling in a random order
    (Madow, "On the theory of systematic sampling, II", 1949)."""
    random = np.random.default_rng(SEED)
    order = random.permutation(np.flatnonzero(odds < 1))
    start = random.random()
    ends = start + np.round(np.cumsum(odds[order]), 9)  # rounded, or an even sample might miss its number by one
    begins = np.concatenate([[start], ends])[:-1]
    return np.sort(np.concatenate([np.flatnonzero(odds >= 1), order[np.floor(ends) > np.floor(begins)]]))


def _rare(ids: Sequence[str], papers: Mapping[str, Paper], tagger: Tagger) -> NDArray[np.float64]:
    """(n,) the highest probability of a goal that few of the papers may carry."""
    chances = tagger.first_look([papers[name] for name in ids])
    rare = (chances >= CERTAIN).mean(axis=0) < COMMON
    return np.asarray(chances[:, rare].max(axis=1, initial=0))


def save_background(background: Background, folder: Path) -> None:
    """Write it into `folder`, vectors in 8 bits a number; raises ModelError."""
    scales = np.maximum(np.abs(background.vectors).max(axis=0), 1e-6).astype(np.float32) / 127
    tensors = {
        "vectors": np.rint(background.vectors / scales).astype(np.int8),
        "scales": scales,
        "weights": background.weights.astype(np.float32),
        "starts": background.counts.indptr.astype(np.int32),
        "columns": background.counts.indices.astype(np.int32 if len(background.terms) > 65_536 else np.uint16),
        "counts": np.minimum(background.counts.data, 255).astype(np.uint8),
    }
    about = {"encoder": background.encoder, "ids": list(background.ids)}
    manifest.write(folder, {TERMS: lines(background.terms), FILE: save_arrays(tensors, about)})
