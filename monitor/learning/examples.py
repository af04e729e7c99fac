"""Labelled papers as a learner takes them: vectors and words on one side, goals on the other.

The vectors of labelled papers are in the head, and counts of their words in `words.safetensors`, so that a head can be
trained and evaluated again without the texts, which are not ours to ship.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from monitor.encoder import SPACE, Encoder
from monitor.errors import ModelError
from monitor.goals import Paper, Taxonomy, head, load_taxonomy
from monitor.goals.arrays import read_arrays, read_lines, save_arrays
from monitor.goals.head import read_meta
from monitor.goals.words import Vocabulary, counts, inverse_frequencies, moved
from monitor.learning import labels
from monitor.learning.background import Background, load_background
from monitor.learning.labels import Label, read_labels
from monitor.learning.machine import Rows

FILE = "words.safetensors"
LEAST_TEXTS = 2
"""A term in fewer labelled papers says nothing about others."""

Papers = Callable[[Collection[str]], Mapping[str, Paper]]
"""Finds papers by id: `find_papers` over some folders, or the store."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """n labelled papers for k goals."""

    taxonomy: Taxonomy
    labels: tuple[Label, ...]
    vectors: NDArray[np.float32]
    """(n, d), exact in 16-bit floats, as the tagger's are."""
    terms: tuple[str, ...]
    counts: csr_array
    """(n, t) how often each term is in each paper."""
    background: Background | None
    encoder: str
    """Space of the vectors."""
    encoded: int
    """How many papers were read now from texts; the others were kept."""
    missing: tuple[str, ...]
    """Ids of labels with neither kept vector nor text: they are left out."""

    @property
    def targets(self) -> NDArray[np.bool_]:
        """(n, k)"""
        slugs = self.taxonomy.slugs
        return np.array([[slug in label.goals for slug in slugs] for label in self.labels], bool).reshape(
            -1, len(slugs)
        )

    @property
    def weights(self) -> NDArray[np.float64]:
        """(n,) how much each counts: 1 when the judgement is sure, 2/3 when likely, 1/3 for a coin toss."""
        return np.array([label.confidence / 3 for label in self.labels])

    @property
    def typical(self) -> NDArray[np.bool_]:
        """(n,) those that were drawn for the goals or at random, and not proposed because they are hard; all of them
        where there is no such paper."""
        drawn = np.array([not label.proposed for label in self.labels], bool)
        return drawn if drawn.any() else ~drawn

    @property
    def source(self) -> str:
        """Where the papers came from, in words."""
        kept = len(self.labels) - self.encoded
        return f"{kept:,} kept papers, {self.encoded:,} texts read, {len(self.missing):,} labels without either"

    def vocabulary(self) -> Vocabulary:
        """The terms, weighted by how rare they are in these papers and in the background; one that is in fewer than
        two of these weighs nothing."""
        frequencies = np.asarray((self.counts > 0).sum(axis=0)).ravel().astype(np.float64)
        texts = float(len(self.labels))
        useless = frequencies < LEAST_TEXTS
        if self.background is not None:
            found = moved(self.background.counts, self.background.terms, self.terms)
            found.data[:] = 1
            frequencies += found.T @ self.background.weights
            texts += self.background.weights.sum()
        idf = inverse_frequencies(frequencies, texts)
        return Vocabulary(self.terms, np.where(useless, 0, idf).astype(np.float32))

    def rows(self, vocabulary: Vocabulary) -> Rows:
        """All rows, in the order of the labels."""
        return Rows(self.vectors, vocabulary.weigh(self.counts), self.targets, self.weights)

    def only(self, rows: NDArray[np.int64]) -> Examples:
        """Some of the rows."""
        return dataclasses.replace(
            self,
            labels=tuple(self.labels[row] for row in rows),
            vectors=self.vectors[rows],
            counts=csr_array(self.counts[rows]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """What is known of papers without their texts."""

    vectors: dict[str, NDArray[np.float32]]
    counts: dict[str, dict[str, int]]


def load_examples(
    folder: Path,
    *,
    papers: Papers | None = None,
    encoder: Encoder | None = None,
    out: Path | None = None,
    judged: Sequence[Label] | None = None,
) -> Examples:
    """The examples of the model in `folder`: its taxonomy, its labels, and vector and words for each.

    `judged` stands in for its labels. Vectors and words are taken from the folder where the right encoder made them,
    else made from the texts that `papers` finds. (Of kept papers the words that no other labelled paper has are
    forgotten, so that new labels on top of kept ones may give a slightly other vocabulary than all of them from texts.)
    The background is looked for beside `out`, then beside the folder, then among what is shipped. No label at all is no
    error: a taxonomy can do without. Raises ConfigError for taxonomy and labels, ModelError for damaged files, or when
    there are labels but nothing is known of any paper.
    """
    taxonomy, space = load_taxonomy(folder), encoder.space if encoder else SPACE
    path = folder / labels.FILE
    if judged is None:
        judged = read_labels(path, taxonomy.slugs) if path.exists() else []
    kept = _read_kept(folder, space) if (folder / FILE).exists() else _Kept({}, {})
    fresh = _read_texts(
        [label.id for label in judged if label.id not in kept.counts or label.id not in kept.vectors], papers, encoder
    )
    known = _Kept(kept.vectors | fresh.vectors, kept.counts | fresh.counts)
    whole = known.counts.keys() & known.vectors.keys()
    used = tuple(label for label in judged if label.id in whole)
    if judged and not used:
        raise ModelError(f"{path}: no label has a kept vector or a text")
    found = [known.counts[label.id] for label in used]
    texts_with = Counter(term for text in found for term in text)
    terms = tuple(sorted(term for term, number in texts_with.items() if number >= LEAST_TEXTS))
    dimensions = (encoder or Encoder).dimensions
    return Examples(
        taxonomy=taxonomy,
        labels=used,
        vectors=np.array([known.vectors[label.id] for label in used], np.float32).reshape(-1, dimensions),
        terms=terms,
        counts=Vocabulary(terms, np.ones(len(terms), np.float32)).counts(found),
        background=load_background(folder, space, out=out),
        encoder=space,
        encoded=len(fresh.vectors),
        missing=tuple(label.id for label in judged if label.id not in whole),
    )


def _read_texts(ids: Sequence[str], papers: Papers | None, encoder: Encoder | None) -> _Kept:
    if not ids or papers is None:
        return _Kept({}, {})
    found = {name: paper.text for name, paper in papers(ids).items() if paper.text}
    if not found:
        return _Kept({}, {})
    vectors = (encoder or Encoder.open()).encode(list(found.values())).vectors.astype(np.float16).astype(np.float32)
    return _Kept(dict(zip(found, vectors, strict=True)), {name: counts(text) for name, text in found.items()})


def words_file(examples: Examples, terms: Sequence[str]) -> dict[str, bytes]:
    """Name and content of the file that holds the words of the labelled papers, as columns of a head's `terms`;
    their vectors are in the head itself."""
    found = moved(examples.counts, examples.terms, terms)
    tensors = {
        "starts": found.indptr.astype(np.int32),
        "columns": found.indices.astype(np.int32 if len(terms) > np.iinfo(np.uint16).max + 1 else np.uint16),
        "counts": np.minimum(found.data, 255).astype(np.uint8),
    }
    return {FILE: save_arrays(tensors, {"ids": [label.id for label in examples.labels]})}


def _read_kept(folder: Path, space: str) -> _Kept:
    """What is kept of papers in `folder`; nothing when the vectors are of another space. Raises ModelError."""
    if read_meta(folder)["encoder"] != space:
        return _Kept({}, {})
    support, papers = read_arrays(folder, head.ARRAYS)[0].get("support"), read_lines(folder, head.PAPERS)
    (tensors, about), terms = read_arrays(folder, FILE), read_lines(folder, head.TERMS)
    try:
        if support is None:
            raise LookupError("there are no vectors")
        names = [terms[column] for column in tensors["columns"].tolist()]
        found, starts = tensors["counts"].tolist(), tensors["starts"].tolist()
        spans = zip(about["ids"], starts[:-1], starts[1:], strict=True)
        return _Kept(
            dict(zip(papers, support.astype(np.float32), strict=True)),
            {name: dict(zip(names[a:b], found[a:b], strict=True)) for name, a, b in spans},
        )
    except (LookupError, TypeError, ValueError) as error:
        raise ModelError(f"{folder / FILE} does not hold the words of labelled papers: {error}") from error
