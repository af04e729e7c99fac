"""How good the model is: nested cross-validation, so that no paper is judged by anything that has seen it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.errors import ModelError
from monitor.goals import Tagger
from monitor.learning.examples import Examples, Papers
from monitor.learning.fit import FOLDS, SEED, Matrix, Rows, fit_goal, folds, strata_of
from monitor.learning.labels import read_labels
from monitor.learning.metrics import RESAMPLES, Scores, scores

WORDS = 30_000
"""Most words and word pairs of the baseline."""

Features = Callable[[NDArray[np.int64]], Matrix]
"""Features of all rows, made with nothing but the given training rows."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of a way to make a head, from papers that it did not see."""

    encoder: str
    papers: int
    source: str
    """Where the vectors came from."""
    model: Scores
    baseline: Scores | None
    """The same method on TF-IDF words instead of vectors; None without the texts of all papers."""
    folds: int = FOLDS
    resamples: int = RESAMPLES
    seed: int = SEED

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON types."""
        return dataclasses.asdict(self)

    def table(self) -> str:
        """The figures for reading, in Markdown."""
        parts = [_table(self.model)]
        if self.baseline is not None:
            parts += ["The same method on the words themselves (TF-IDF):", _table(self.baseline)]
        return "\n\n".join(parts)


def evaluate(examples: Examples, *, papers: Papers | None = None) -> Evaluation:
    """Five folds: strength, calibration and threshold are chosen inside the four, the figures are of the fifth.

    With `papers`, and if it finds the text of every example, the word baseline is measured as well (minutes).
    Raises ModelError when there are too few labels.
    """
    texts = _texts(examples, papers)
    return Evaluation(
        encoder=examples.encoder,
        papers=len(examples.labels),
        source=examples.source,
        model=_measure(examples, lambda rows: examples.vectors),
        baseline=_measure(examples, lambda rows: _word_features(texts, rows)) if texts else None,
    )


def score(tagger: Tagger, path: Path, papers: Papers) -> Evaluation:
    """The model as it is, on the labels in the file `path` that `papers` has texts for: labels that it should not
    have learnt from. A text that it refuses to judge counts as one without goals.

    Raises ConfigError for the labels, ModelError when no text is found.
    """
    slugs = tuple(goal.slug for goal in tagger.goals)
    labels = read_labels(path, slugs)
    texts = papers([label.id for label in labels])
    known = [label for label in labels if label.id in texts]
    if not known:
        raise ModelError(f"{path}: no text was found for any of its {len(labels):,} labels")
    taggings = tagger.tag([texts[label.id] for label in known])
    chances, chosen = np.zeros((len(known), len(slugs))), np.zeros((len(known), len(slugs)), bool)
    for row, tagging in enumerate(taggings):
        for tag in tagging.tags:
            chances[row, slugs.index(tag.label)] = tag.probability
            chosen[row, slugs.index(tag.label)] = tag.selected
    truth = np.array([[slug in label.goals for slug in slugs] for label in known])
    missing = len(labels) - len(known)
    source = f"{tagger.name} as it is, on {path}; {missing:,} labels without a text"
    return Evaluation(tagger.encoder_identity, len(known), source, scores(slugs, truth, chances, chosen, SEED), None, 0)


def _measure(examples: Examples, features: Features) -> Scores:
    chances, chosen = _held_out(examples, features)
    return scores(examples.taxonomy.slugs, examples.targets, chances, chosen, SEED)


def _held_out(examples: Examples, features: Features) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(n, k) probabilities and decisions, those of each fold from fits to the others."""
    targets, strata = examples.targets, strata_of(examples.targets)
    chances, chosen = np.zeros(targets.shape), np.zeros(targets.shape, bool)
    for seen, held in folds(strata):
        matrix = features(seen)
        for k, slug in enumerate(examples.taxonomy.slugs):
            fit = fit_goal(Rows(matrix, targets[:, k], examples.weights, strata)[seen], slug)
            chances[held, k] = fit.probabilities(matrix[held])
            chosen[held, k] = chances[held, k] >= fit.threshold
    return chances, chosen


def _texts(examples: Examples, papers: Papers | None) -> list[str]:
    """The text of every example in order; nothing when one of them is not to be had."""
    if papers is None:
        return []
    found = papers([label.id for label in examples.labels])
    if any(label.id not in found for label in examples.labels):
        return []
    return [found[label.id].text for label in examples.labels]


def _word_features(texts: list[str], rows: NDArray[np.int64]) -> Matrix:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        sublinear_tf=True, ngram_range=(1, 2), min_df=2, stop_words="english", max_features=WORDS
    )
    vectorizer.fit([texts[row] for row in rows])
    return vectorizer.transform(texts).tocsr()


def _table(figures: Scores) -> str:
    lines = [
        "| goal | papers | precision | recall | F1 | average precision | calibration error |",
        "|---|---|---|---|---|---|---|",
    ]
    for slug, goal in figures.goals.items():
        cells = (goal.precision, goal.recall, goal.f1, goal.average_precision, goal.calibration_error)
        lines.append(f"| {slug} | {goal.papers} | {' | '.join(map(str, cells))} |")
    lines.append(f"| **macro-F1** | | | | **{figures.macro_f1}** | | |")
    return "\n".join(lines)
